import { dateOfEpochDay } from '../event-sourcing/days.ts';
import { IDENTITY_ITEMS, LINK_REVOCATION_REASONS, type CaseFact, type HousingKind } from '../journey/cases.events.ts';
import { birthOn, FOR, isSponsor, suspensionOf } from './household.ts';
import { PARAMETERS as P } from './parameters.ts';
import { impedimentsOf, type PhaseSpan } from './plan-impediments.ts';
import type { PlanSheet } from './plan-sheet.ts';
import { workingDayFrom, workingDaysLater } from './working-days.ts';

const HOST_KINDS: readonly HousingKind[] = ['HOST_STAY', 'SELF_CARE', 'ACCELERATION_ARRANGEMENT', 'HOTEL_SCHEME'];

export function permit(sheet: PlanSheet, sponsorCaseId: string | null): void {
  const { words, household } = sheet;
  const { permitOn } = household;
  sheet.add('PermitGranted', permitOn, 'COA', -1, () => words.permit(permitOn, sponsorCaseId), { what: FOR.SIZE });
}

export function identity(sheet: PlanSheet, end: number): void {
  const { draws, number, words } = sheet;
  for (const [nth, item] of IDENTITY_ITEMS.entries()) {
    if (!draws.chance(P.identityItems[nth]!, number, FOR.ITEM, nth)) continue;
    const on = workingDayFrom(sheet.household.permitOn + 3 + draws.below(30, number, FOR.ITEM_AFTER, nth));
    if (on >= end) continue;
    const obtained = (): CaseFact => ({
      type: 'IdentityItemObtained',
      data: { item, occurredOn: dateOfEpochDay(on), personId: words.personId(0) },
    });
    sheet.add('IdentityItemObtained', on, 'COA', -1, obtained, { what: FOR.ITEM, nth, side: true });
  }
}

/** @param end the day of the first offer, or of leaving */
export function links(sheet: PlanSheet, end: number): void {
  const { draws, number, words, household } = sheet;
  for (const [nth, link] of household.links.entries()) {
    const { on, place, revokedOn, transferredOn, transferredTo } = link;
    const until = revokedOn > 0 ? Math.min(end, revokedOn) : end;
    const linked = () => words.linked(on, sheet.codeOf(place), nth);
    sheet.add('MunicipalityLinked', on, 'COA', place, linked, { what: FOR.PLACE, nth });
    const assignedOn = workingDayFrom(on + 1);
    if (nth === 0 && assignedOn < until && draws.chance(P.assigned, number, FOR.ASSIGNED))
      assign(sheet, assignedOn, place);
    const acceptedOn = workingDayFrom(on + 1 + draws.below(12, number, FOR.ACCEPTED, 10 + nth));
    if (acceptedOn < until) {
      const by = transferredOn > 0 && acceptedOn >= transferredOn ? transferredTo : place;
      takeUp(sheet, acceptedOn, by, nth);
    }
    if (transferredOn > 0) {
      const transferred = (): CaseFact => ({
        type: 'MunicipalityTransferAgreed',
        data: { municipality: sheet.codeOf(transferredTo), note: null, occurredOn: dateOfEpochDay(transferredOn) },
      });
      sheet.add('MunicipalityTransferAgreed', transferredOn, 'MUNICIPALITY', transferredTo, transferred, {
        what: FOR.TRANSFER,
      });
    }
    if (revokedOn > 0) {
      const revoked = (): CaseFact => ({
        type: 'LinkRevoked',
        data: {
          note: null,
          occurredOn: dateOfEpochDay(revokedOn),
          reason: draws.pick(LINK_REVOCATION_REASONS, number, FOR.REASON, nth),
        },
      });
      sheet.add('LinkRevoked', revokedOn, 'COA', place, revoked, { what: FOR.REVOKED, nth });
    }
  }
}

function assign(sheet: PlanSheet, on: number, place: number): void {
  const assigned = (): CaseFact => ({
    type: 'CaseAssigned',
    data: { assignee: sheet.workerOf(place), occurredOn: dateOfEpochDay(on), organisation: sheet.codeOf(place) },
  });
  sheet.add('CaseAssigned', on, 'MUNICIPALITY', place, assigned, { what: FOR.ASSIGNED });
}

function takeUp(sheet: PlanSheet, on: number, place: number, nth: number): void {
  const type = sheet.draws.chance(P.profileAccepted, sheet.number, FOR.ACCEPTED, nth)
    ? 'ProfileAccepted'
    : 'SearchStarted';
  const occurredOn = dateOfEpochDay(on);
  const made = (): CaseFact =>
    type === 'ProfileAccepted' ? { type, data: { contact: null, occurredOn } } : { type, data: { occurredOn } };
  sheet.add(type, on, 'MUNICIPALITY', place, made, { what: FOR.ACCEPTED, nth });
}

export function suspension(sheet: PlanSheet, end: number): void {
  const { draws, household } = sheet;
  const suspension = suspensionOf(draws, household);
  const [first] = household.links;
  if (suspension === undefined || first === undefined) return;
  const offeredOn = household.offers[0] ?? Infinity;
  const ends = Math.min(end, first.revokedOn > 0 ? first.revokedOn : Infinity, offeredOn);
  const [on, until] = [workingDayFrom(suspension.from), workingDayFrom(suspension.until)];
  if (on >= ends) return;
  const suspended = (): CaseFact => ({
    type: 'TermSuspended',
    data: {
      note: null,
      occurredOn: dateOfEpochDay(on),
      reason: isSponsor(draws, household) ? 'FAMILY_DUE' : 'MEDICAL',
    },
  });
  sheet.add('TermSuspended', on, 'MUNICIPALITY', sheet.placeOn(on), suspended, { what: FOR.SUSPENDED });
  if (until > end) return;
  const resumed = (): CaseFact => ({ type: 'TermResumed', data: { occurredOn: dateOfEpochDay(until) } });
  sheet.add('TermResumed', until, 'MUNICIPALITY', sheet.placeOn(until), resumed, { what: FOR.SUSPENDED_FOR });
}

/** Where they lived in the meantime. */
export function interim(sheet: PlanSheet): void {
  const { draws, number, words, household } = sheet;
  const { transitOn, hostOn } = household;
  if (transitOn > 0) {
    const place = sheet.placeOn(transitOn);
    const here = sheet.presentOn(transitOn);
    const moved = () => words.moved(transitOn, here, 'TRANSIT_LOCATION', sheet.codeOf(place), null);
    sheet.add('MovedIn', transitOn, 'MUNICIPALITY', place, moved, { what: FOR.TRANSIT, counts: here.length });
  }
  if (hostOn > 0) {
    const kind = HOST_KINDS[draws.choose(P.hostStayKinds, number, FOR.HOST_KIND)]!;
    const place = sheet.somewhere(FOR.HOST_KIND, 1, hostOn);
    const moved = () => words.moved(hostOn, sheet.presentOn(hostOn), kind, sheet.codeOf(place), null);
    sheet.add('MovedIn', hostOn, 'COA', -1, moved, { what: FOR.HOST });
  }
}

/** Who comes to the household: a child is born, the family follows. */
export function growth(sheet: PlanSheet, movedOn: number, end: number): void {
  const { draws, number, words, household } = sheet;
  const { familyOn, familySize } = household;
  const bornOn = birthOn(draws, household);
  if (bornOn > 0 && bornOn < end) {
    const born = () => words.childBorn(bornOn);
    sheet.add('ChildBorn', bornOn, 'MUNICIPALITY', sheet.placeOn(bornOn), born, { what: FOR.BIRTH });
  }
  if (familyOn === 0 || familySize === 0 || familyOn >= end) return;
  const arrived = () => words.familyArrived(familyOn);
  sheet.add('FollowingFamilyArrived', familyOn, 'COA', sheet.placeOn(familyOn), arrived, { what: FOR.FAMILY_SIZE });
  if (familyOn <= movedOn) return;
  const on = workingDayFrom(familyOn + draws.spread(P.familyMovedAfterDays, number, FOR.FAMILY_MOVED));
  const place = sheet.placeOn(on);
  const moved = () => words.moved(on, words.family(), 'REGULAR', sheet.codeOf(place), null);
  const more = { what: FOR.FAMILY_MOVED, late: P.moveRecordedLate, counts: familySize };
  sheet.add('MovedIn', on, 'MUNICIPALITY', place, moved, more);
}

export function leave(sheet: PlanSheet, on: number): void {
  const { draws, number, words } = sheet;
  const here = sheet.presentOn(on);
  const how = draws.choose(P.leavingHow, number, FOR.LEAVING_HOW);
  const type = how === 0 ? 'PermitWithdrawn' : how === 2 && here.length === 1 ? 'PersonDeceased' : 'HouseholdDeparted';
  const left = (): CaseFact => {
    const occurredOn = dateOfEpochDay(on);
    const personIds = here.map((nth) => words.personId(nth));
    if (type === 'PersonDeceased') return { type, data: { occurredOn, personId: words.personId(0) } };
    return { type, data: { occurredOn, personIds } };
  };
  sheet.add(type, on, 'COA', sheet.placeOn(on), left, { what: FOR.LEAVING });
}

export function impediments(sheet: PlanSheet, spans: readonly PhaseSpan[]): void {
  const { draws, number } = sheet;
  for (const { nth, pattern, from, until, isRetracted } of impedimentsOf(draws, sheet.household, spans)) {
    const by = pattern.phase === 'LINKING' ? 'COA' : 'MUNICIPALITY';
    const place = pattern.phase === 'LINKING' ? -1 : sheet.placeOn(from);
    const { code, owner, term } = pattern;
    const impedimentId = () => draws.uuid(number, FOR.IMPEDIMENT_ID, nth);
    const reported = (): CaseFact => ({
      type: 'ImpedimentReported',
      data: { code, impedimentId: impedimentId(), note: null, occurredOn: dateOfEpochDay(from), owner, term },
    });
    const side = { what: FOR.IMPEDIMENT, nth, side: true };
    const report = sheet.add('ImpedimentReported', from, by, place, reported, side);
    if (isRetracted) sheet.amend(report, workingDaysLater(report.recordedOn + 1, 60), 'RETRACT', reported);
    if (until === 0) continue;
    const resolved = (): CaseFact => ({
      type: 'ImpedimentResolved',
      data: { impedimentId: impedimentId(), note: null, occurredOn: dateOfEpochDay(until) },
    });
    const more = { what: FOR.IMPEDIMENT, nth: 1_000 + nth, side: true, follows: report };
    sheet.add('ImpedimentResolved', until, by, place, resolved, more);
  }
}

export function note(sheet: PlanSheet): void {
  const { draws, number, household } = sheet;
  const [first] = household.links;
  if (first === undefined || !draws.chance(P.note, number, FOR.NOTE)) return;
  const on = workingDayFrom(first.on + 1 + draws.below(40, number, FOR.NOTE, 1));
  const note = (): CaseFact => ({
    type: 'NoteAdded',
    data: { noteId: draws.uuid(number, FOR.NOTE_ID), occurredOn: dateOfEpochDay(on), text: null },
  });
  sheet.add('NoteAdded', on, 'MUNICIPALITY', sheet.placeOn(on), note, { what: FOR.NOTE, side: true });
}
