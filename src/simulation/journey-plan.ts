import { dateOfEpochDay } from '../event-sourcing/days.ts';
import {
  IDENTITY_ITEMS,
  INTEGRATION_STEPS,
  JOURNEY_STEP,
  LEARNING_ROUTES,
  LINK_REVOCATION_REASONS,
  OFFER_REFUSAL_REASONS,
  OFFER_WITHDRAWAL_REASONS,
  type CaseFact,
  type CaseFactType,
  type HousingKind,
} from '../journey/cases.events.ts';
import type { Draws } from './draws.ts';
import {
  birthOn,
  courseOf,
  FOR,
  isMinor,
  isSponsor,
  recordedOn,
  suspensionOf,
  type Household,
  type OfferCourse,
} from './household.ts';
import { PARAMETERS as P } from './parameters.ts';
import type { Place } from './places.ts';
import { CHILD, FactWords } from './plan-facts.ts';
import type { PlannedFact, Speaker } from './planned-fact.ts';
import { impedimentsOf, type PhaseSpan } from './plan-impediments.ts';
import { workingDayFrom, workingDaysLater } from './working-days.ts';

const HOST_KINDS: readonly HousingKind[] = ['HOST_STAY', 'SELF_CARE', 'ACCELERATION_ARRANGEMENT', 'HOTEL_SCHEME'];

/**
 * All facts of a household as far as the market has taken it, in the order in which they are recorded. Worked out anew at every
 * call; what lies in the past comes out the same every time, because a later turn of the market only adds to it.
 * @param from the first day on which anything is recorded: what happened before was taken over on it
 */
export function journeyPlan(
  draws: Draws,
  places: readonly Place[],
  from: number,
  household: Household,
): readonly PlannedFact[] {
  return new Plan(draws, places, from, household).facts();
}

class Plan {
  private readonly draws: Draws;
  private readonly places: readonly Place[];
  private readonly from: number;
  private readonly household: Household;
  private readonly number: number;
  private readonly words: FactWords;
  private readonly planned: PlannedFact[] = [];

  constructor(draws: Draws, places: readonly Place[], from: number, household: Household) {
    this.draws = draws;
    this.places = places;
    this.from = from;
    this.household = household;
    this.number = household.number;
    this.words = new FactWords(draws, household);
  }

  facts(): readonly PlannedFact[] {
    const { household, planned } = this;
    if (household.sponsor >= 0) this.joinSponsor();
    else if (isMinor(this.draws, household)) this.placeMinor();
    else this.findHome();
    // As the effective history stands; who records a link of the chain has recorded the ones before.
    planned.sort((a, b) => a.on - b.on || JOURNEY_STEP[a.type] - JOURNEY_STEP[b.type]);
    let last = this.from;
    const opened = planned[0]!.recordedOn;
    for (const one of planned) {
      if (one.isLink) last = one.recordedOn = Math.max(last, one.recordedOn);
      else one.recordedOn = Math.max(one.recordedOn, opened, one.follows?.recordedOn ?? 0);
    }
    return planned.sort((a, b) => a.recordedOn - b.recordedOn);
  }

  private add(
    type: CaseFactType,
    on: number,
    by: Speaker,
    place: number,
    make: () => CaseFact,
    more: {
      /** Which draw decides when it is recorded. */
      readonly what: number;
      readonly nth?: number;
      readonly late?: number;
      readonly side?: boolean;
      readonly counts?: number;
      readonly follows?: PlannedFact | undefined;
    },
  ): PlannedFact {
    const told = recordedOn(this.draws, this.number, on, more.what, more.nth ?? 0, more.late);
    const one: PlannedFact = {
      type,
      on,
      recordedOn: Math.max(told, this.from),
      by,
      place,
      counts: more.counts ?? 0,
      isLink: more.side !== true,
      follows: more.follows,
      amends: undefined,
      make,
    };
    this.planned.push(one);
    return one;
  }

  /** Following family with a case of its own. */
  private joinSponsor(): void {
    const { draws, number, words, household } = this;
    const { permitOn, sponsor, sponsorPlace } = household;
    this.permit(draws.uuid(sponsor, FOR.CASE_ID));
    const movedOn = workingDayFrom(permitOn + draws.spread(P.familyMovedAfterDays, number, FOR.FAMILY_MOVED));
    const moved = () => words.moved(movedOn, words.holders(), 'REGULAR', this.codeOf(sponsorPlace), null);
    const more = { what: FOR.MOVED_AFTER, late: P.moveRecordedLate, counts: household.size };
    this.add('MovedIn', movedOn, 'MUNICIPALITY', sponsorPlace, moved, more);
    if (draws.chance(P.closed, number, FOR.CLOSED)) this.close(movedOn, 'HOUSED', sponsorPlace);
  }

  private placeMinor(): void {
    const { draws, number, words, household } = this;
    this.permit(null);
    const placedOn = workingDayFrom(
      household.permitOn + draws.spread(P.minorPlacedAfterDays, number, FOR.MINOR_PLACED),
    );
    const place = draws.below(this.places.length, number, FOR.PLACE);
    const moved = () => words.moved(placedOn, [0], 'NIDOS_PLACEMENT', this.codeOf(place), null);
    this.add('MovedIn', placedOn, 'COA', -1, moved, { what: FOR.MOVED_AFTER });
    this.close(placedOn, 'OUT_OF_SCOPE', -1);
  }

  private permit(sponsorCaseId: string | null): void {
    const { words, household } = this;
    const { permitOn } = household;
    this.add('PermitGranted', permitOn, 'COA', -1, () => words.permit(permitOn, sponsorCaseId), { what: FOR.SIZE });
  }

  private findHome(): void {
    const { draws, number, words, household } = this;
    const { permitOn, leftOn } = household;
    this.permit(null);
    const courses = household.offers.map((_, nth) => courseOf(draws, household, nth));
    const end = leftOn > 0 ? leftOn : Infinity;
    const moved = courses.findLast(({ fate }) => fate === 'MOVED');
    const offeredOn = household.offers[0] ?? Infinity;
    this.identity(Math.min(end, moved?.movedOn ?? Infinity));
    const profileOn = workingDayFrom(permitOn + draws.spread(P.profileAfterDays, number, FOR.PROFILE_AFTER));
    if (profileOn < Math.min(end, offeredOn)) {
      const profile = () => words.profile(profileOn, isSponsor(draws, household));
      this.add('InformationProfileCompleted', profileOn, 'COA', -1, profile, { what: FOR.PROFILE });
    }
    this.links(Math.min(end, offeredOn));
    this.suspension(end);
    this.interim();
    for (const [nth, course] of courses.entries()) this.offer(nth, course);
    const closedOn = this.settle(moved, courses.at(-1));
    this.growth(moved?.movedOn ?? Infinity, Math.min(end, closedOn));
    if (moved !== undefined) this.movedIn(moved, courses.indexOf(moved));
    if (leftOn > 0) this.leave(leftOn);
    this.impediments(this.spans(courses, moved, end, closedOn));
    this.note();
  }

  private identity(end: number): void {
    const { draws, number, words } = this;
    for (const [nth, item] of IDENTITY_ITEMS.entries()) {
      if (!draws.chance(P.identityItems[nth]!, number, FOR.ITEM, nth)) continue;
      const on = workingDayFrom(this.household.permitOn + 3 + draws.below(30, number, FOR.ITEM_AFTER, nth));
      if (on >= end) continue;
      const obtained = (): CaseFact => ({
        type: 'IdentityItemObtained',
        data: { item, occurredOn: dateOfEpochDay(on), personId: words.personId(0) },
      });
      this.add('IdentityItemObtained', on, 'COA', -1, obtained, { what: FOR.ITEM, nth, side: true });
    }
  }

  /** @param end the day of the first offer, or of leaving */
  private links(end: number): void {
    const { draws, number, words, household } = this;
    for (const [nth, link] of household.links.entries()) {
      const { on, place, revokedOn, transferredOn, transferredTo } = link;
      const until = revokedOn > 0 ? Math.min(end, revokedOn) : end;
      const linked = () => words.linked(on, this.codeOf(place), nth);
      this.add('MunicipalityLinked', on, 'COA', place, linked, { what: FOR.PLACE, nth });
      const assignedOn = workingDayFrom(on + 1);
      if (nth === 0 && assignedOn < until && draws.chance(P.assigned, number, FOR.ASSIGNED))
        this.assign(assignedOn, place);
      const acceptedOn = workingDayFrom(on + 1 + draws.below(12, number, FOR.ACCEPTED, 10 + nth));
      if (acceptedOn < until) {
        const by = transferredOn > 0 && acceptedOn >= transferredOn ? transferredTo : place;
        this.takeUp(acceptedOn, by, nth);
      }
      if (transferredOn > 0) {
        const transferred = (): CaseFact => ({
          type: 'MunicipalityTransferAgreed',
          data: { municipality: this.codeOf(transferredTo), note: null, occurredOn: dateOfEpochDay(transferredOn) },
        });
        this.add('MunicipalityTransferAgreed', transferredOn, 'MUNICIPALITY', transferredTo, transferred, {
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
        this.add('LinkRevoked', revokedOn, 'COA', place, revoked, { what: FOR.REVOKED, nth });
      }
    }
  }

  private assign(on: number, place: number): void {
    const assigned = (): CaseFact => ({
      type: 'CaseAssigned',
      data: { assignee: this.workerOf(place), occurredOn: dateOfEpochDay(on), organisation: this.codeOf(place) },
    });
    this.add('CaseAssigned', on, 'MUNICIPALITY', place, assigned, { what: FOR.ASSIGNED });
  }

  private takeUp(on: number, place: number, nth: number): void {
    const type = this.draws.chance(P.profileAccepted, this.number, FOR.ACCEPTED, nth)
      ? 'ProfileAccepted'
      : 'SearchStarted';
    const occurredOn = dateOfEpochDay(on);
    const made = (): CaseFact =>
      type === 'ProfileAccepted' ? { type, data: { contact: null, occurredOn } } : { type, data: { occurredOn } };
    this.add(type, on, 'MUNICIPALITY', place, made, { what: FOR.ACCEPTED, nth });
  }

  private suspension(end: number): void {
    const { draws, household } = this;
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
    this.add('TermSuspended', on, 'MUNICIPALITY', this.placeOn(on), suspended, { what: FOR.SUSPENDED });
    if (until > end) return;
    const resumed = (): CaseFact => ({ type: 'TermResumed', data: { occurredOn: dateOfEpochDay(until) } });
    this.add('TermResumed', until, 'MUNICIPALITY', this.placeOn(until), resumed, { what: FOR.SUSPENDED_FOR });
  }

  /** Where they lived in the meantime. */
  private interim(): void {
    const { draws, number, words, household } = this;
    const { transitOn, hostOn } = household;
    if (transitOn > 0) {
      const place = this.placeOn(transitOn);
      const here = this.presentOn(transitOn);
      const moved = () => words.moved(transitOn, here, 'TRANSIT_LOCATION', this.codeOf(place), null);
      this.add('MovedIn', transitOn, 'MUNICIPALITY', place, moved, { what: FOR.TRANSIT, counts: here.length });
    }
    if (hostOn > 0) {
      const kind = HOST_KINDS[draws.choose(P.hostStayKinds, number, FOR.HOST_KIND)]!;
      const place = draws.below(this.places.length, number, FOR.HOST_KIND, 1);
      const moved = () => words.moved(hostOn, this.presentOn(hostOn), kind, this.codeOf(place), null);
      this.add('MovedIn', hostOn, 'COA', -1, moved, { what: FOR.HOST });
    }
  }

  private offer(nth: number, course: OfferCourse): void {
    const { draws, number, words, household } = this;
    const offeredOn = household.offers[nth]!;
    const place = this.placeOn(offeredOn);
    const { withdrawnOn, refusedOn, judgedOn, acceptedOn, signedOn, startsOn } = course;
    const tell = (type: CaseFactType, on: number, by: Speaker, what: number, make: () => CaseFact) =>
      on > 0 && this.add(type, on, by, place, make, { what, nth });
    const about = (on: number) => ({ occurredOn: dateOfEpochDay(on), offerId: words.offerId(nth) });
    const offered = () => words.offered(offeredOn, this.codeOf(place), nth);
    tell('HomeOffered', offeredOn, 'HOUSING_ASSOCIATION', FOR.OFFER_ID, offered);
    const answeredOn = refusedOn > 0 ? refusedOn : withdrawnOn > 0 ? withdrawnOn : acceptedOn;
    const viewedOn = workingDayFrom(offeredOn + 1);
    if (viewedOn < answeredOn && draws.chance(P.viewing, number, FOR.VIEWED, nth)) {
      const noShow = draws.chance(P.viewingNoShow, number, FOR.VIEWED, 10 + nth);
      tell('HomeViewed', viewedOn, 'HOUSING_ASSOCIATION', FOR.VIEWED, () => ({
        type: 'HomeViewed',
        data: { ...about(viewedOn), outcome: noShow ? 'NO_SHOW' : 'HELD' },
      }));
    }
    tell('OfferWithdrawn', withdrawnOn, 'HOUSING_ASSOCIATION', FOR.WITHDRAWN_AFTER, () => ({
      type: 'OfferWithdrawn',
      data: { ...about(withdrawnOn), reason: draws.pick(OFFER_WITHDRAWAL_REASONS, number, FOR.REASON, 10 + nth) },
    }));
    tell('OfferRefused', refusedOn, 'MUNICIPALITY', FOR.REFUSAL_REASON, () => ({
      type: 'OfferRefused',
      data: {
        note: null,
        ...about(refusedOn),
        reason: draws.pick(OFFER_REFUSAL_REASONS, number, FOR.REFUSAL_REASON, nth),
      },
    }));
    tell('RefusalJudged', judgedOn, 'COA', FOR.JUDGED_AFTER, () => ({
      type: 'RefusalJudged',
      data: { judgement: course.fate === 'JUSTIFIED' ? 'JUSTIFIED' : 'UNJUSTIFIED', note: null, ...about(judgedOn) },
    }));
    tell('OfferAccepted', acceptedOn, 'MUNICIPALITY', FOR.ANSWER_AFTER, () => ({
      type: 'OfferAccepted',
      data: about(acceptedOn),
    }));
    tell('TenancySigned', signedOn, 'HOUSING_ASSOCIATION', FOR.SIGNED_AFTER, () => ({
      type: 'TenancySigned',
      data: { ...about(signedOn), tenancyStartOn: dateOfEpochDay(startsOn) },
    }));
  }

  /** Who comes to the household: a child is born, the family follows. */
  private growth(movedOn: number, end: number): void {
    const { draws, number, words, household } = this;
    const { familyOn, familySize } = household;
    const bornOn = birthOn(draws, household);
    if (bornOn > 0 && bornOn < end) {
      const born = () => words.childBorn(bornOn);
      this.add('ChildBorn', bornOn, 'MUNICIPALITY', this.placeOn(bornOn), born, { what: FOR.BIRTH });
    }
    if (familyOn === 0 || familySize === 0 || familyOn >= end) return;
    const arrived = () => words.familyArrived(familyOn);
    this.add('FollowingFamilyArrived', familyOn, 'COA', this.placeOn(familyOn), arrived, { what: FOR.FAMILY_SIZE });
    if (familyOn <= movedOn) return;
    const on = workingDayFrom(familyOn + draws.spread(P.familyMovedAfterDays, number, FOR.FAMILY_MOVED));
    const place = this.placeOn(on);
    const moved = () => words.moved(on, words.family(), 'REGULAR', this.codeOf(place), null);
    const more = { what: FOR.FAMILY_MOVED, late: P.moveRecordedLate, counts: familySize };
    this.add('MovedIn', on, 'MUNICIPALITY', place, moved, more);
  }

  private movedIn(course: OfferCourse, nth: number): void {
    const { draws, number, words, household } = this;
    const { movedOn, startsOn } = course;
    const { familyOn, transitOn } = household;
    const place = this.placeOn(movedOn);
    // Of those who lived in a transit location, only the family that came since; a child born there never counts.
    const followed = familyOn > transitOn && familyOn <= movedOn ? household.familySize : 0;
    const counts = transitOn > 0 ? followed : this.presentOn(movedOn).length;
    const moved = (on: number) => () =>
      words.moved(on, this.presentOn(movedOn), 'REGULAR', this.codeOf(place), words.offerId(nth));
    const more = { what: FOR.MOVED_AFTER, nth, late: P.moveRecordedLate, counts };
    const planned = this.add('MovedIn', movedOn, 'MUNICIPALITY', place, moved(movedOn), more);
    this.steps(movedOn, place);
    if (!draws.chance(P.moveCorrected, number, FOR.CORRECTED)) return;
    const trueOn = Math.max(startsOn, movedOn - draws.spread(P.moveCorrectedByDays, number, FOR.CORRECTED_BY));
    // Late enough for the move to be recorded, whatever had to be recorded before it.
    const after = 40 + draws.spread(P.correctedAfterDays, number, FOR.CORRECTED_AFTER);
    const putRightOn = workingDayFrom(planned.recordedOn + after);
    const bornOn = birthOn(draws, household);
    const othersCame = (familyOn > 0 && familyOn <= putRightOn) || (bornOn > 0 && bornOn <= putRightOn);
    if (trueOn !== movedOn && !othersCame) this.amend(planned, putRightOn, 'CORRECT', moved(trueOn));
  }

  private steps(movedOn: number, place: number): void {
    const { draws, number, words } = this;
    for (const [nth, step] of INTEGRATION_STEPS.entries()) {
      if (!draws.chance(P.integrationSteps[nth]!, number, FOR.STEP, nth)) continue;
      const on = workingDayFrom(movedOn + draws.spread(P.integrationStepDays[nth]!, number, FOR.STEP_AFTER, nth));
      const reached = (): CaseFact => ({
        type: 'IntegrationStepReached',
        data: {
          occurredOn: dateOfEpochDay(on),
          personId: words.personId(0),
          route: step === 'LEARNING_ROUTE' ? draws.pick(LEARNING_ROUTES, number, FOR.ROUTE) : null,
          step,
        },
      });
      const by = step === 'SOCIAL_SUPPORT' ? 'SUPPORT_ORGANISATION' : 'MUNICIPALITY';
      this.add('IntegrationStepReached', on, by, place, reached, { what: FOR.STEP, nth });
    }
  }

  /** When the case is closed; Infinity: not as far as is known. */
  private settle(moved: OfferCourse | undefined, last: OfferCourse | undefined): number {
    const { draws, number, household } = this;
    if (last?.fate === 'UNJUSTIFIED') {
      const on = workingDayFrom(last.judgedOn + 14 + draws.below(21, number, FOR.CLOSED_AFTER));
      this.closing(on, 'OTHER', this.placeOn(on));
      return on;
    }
    if (moved === undefined || (isSponsor(draws, household) && household.familyOn === 0)) return Infinity;
    if (!draws.chance(P.closed, number, FOR.CLOSED)) return Infinity;
    return this.close(Math.max(moved.movedOn, household.familyOn), 'HOUSED', this.placeOn(moved.movedOn));
  }

  private close(since: number, reason: 'HOUSED' | 'OUT_OF_SCOPE', place: number): number {
    const on = workingDayFrom(since + this.draws.spread(P.closedAfterDays, this.number, FOR.CLOSED_AFTER));
    this.closing(on, reason, place);
    return on;
  }

  private closing(on: number, reason: 'HOUSED' | 'OUT_OF_SCOPE' | 'OTHER', place: number): void {
    const closed = (): CaseFact => ({ type: 'CaseClosed', data: { occurredOn: dateOfEpochDay(on), reason } });
    this.add('CaseClosed', on, place === -1 ? 'COA' : 'MUNICIPALITY', place, closed, { what: FOR.CLOSED });
  }

  private leave(on: number): void {
    const { draws, number, words } = this;
    const here = this.presentOn(on);
    const how = draws.choose(P.leavingHow, number, FOR.LEAVING_HOW);
    const type =
      how === 0 ? 'PermitWithdrawn' : how === 2 && here.length === 1 ? 'PersonDeceased' : 'HouseholdDeparted';
    const left = (): CaseFact => {
      const occurredOn = dateOfEpochDay(on);
      const personIds = here.map((nth) => words.personId(nth));
      if (type === 'PersonDeceased') return { type, data: { occurredOn, personId: words.personId(0) } };
      return { type, data: { occurredOn, personIds } };
    };
    this.add(type, on, 'COA', this.placeOn(on), left, { what: FOR.LEAVING });
  }

  private impediments(spans: readonly PhaseSpan[]): void {
    const { draws, number } = this;
    for (const { nth, pattern, from, until, isRetracted } of impedimentsOf(draws, this.household, spans)) {
      const by = pattern.phase === 'LINKING' ? 'COA' : 'MUNICIPALITY';
      const place = pattern.phase === 'LINKING' ? -1 : this.placeOn(from);
      const { code, owner, term } = pattern;
      const impedimentId = () => draws.uuid(number, FOR.IMPEDIMENT_ID, nth);
      const reported = (): CaseFact => ({
        type: 'ImpedimentReported',
        data: { code, impedimentId: impedimentId(), note: null, occurredOn: dateOfEpochDay(from), owner, term },
      });
      const side = { what: FOR.IMPEDIMENT, nth, side: true };
      const report = this.add('ImpedimentReported', from, by, place, reported, side);
      if (isRetracted) this.amend(report, workingDaysLater(report.recordedOn + 1, 60), 'RETRACT', reported);
      if (until === 0) continue;
      const resolved = (): CaseFact => ({
        type: 'ImpedimentResolved',
        data: { impedimentId: impedimentId(), note: null, occurredOn: dateOfEpochDay(until) },
      });
      const more = { what: FOR.IMPEDIMENT, nth: 1_000 + nth, side: true, follows: report };
      this.add('ImpedimentResolved', until, by, place, resolved, more);
    }
  }

  private note(): void {
    const { draws, number, household } = this;
    const [first] = household.links;
    if (first === undefined || !draws.chance(P.note, number, FOR.NOTE)) return;
    const on = workingDayFrom(first.on + 1 + draws.below(40, number, FOR.NOTE, 1));
    const note = (): CaseFact => ({
      type: 'NoteAdded',
      data: { noteId: draws.uuid(number, FOR.NOTE_ID), occurredOn: dateOfEpochDay(on), text: null },
    });
    this.add('NoteAdded', on, 'MUNICIPALITY', this.placeOn(on), note, { what: FOR.NOTE, side: true });
  }

  private amend(target: PlannedFact, on: number, how: 'CORRECT' | 'RETRACT', make: () => CaseFact): void {
    const { type, by, place, counts } = target;
    const amends = { target, how };
    this.planned.push({ type, on, recordedOn: on, by, place, counts, isLink: false, follows: target, amends, make });
  }

  /** Who is in the household on a day, those who come on it included. */
  private presentOn(on: number): readonly number[] {
    const { draws, words, household } = this;
    const { familyOn, familySize } = household;
    const bornOn = birthOn(draws, household);
    return [
      ...words.holders(),
      ...(familySize > 0 && familyOn <= on ? words.family() : []),
      ...(bornOn > 0 && bornOn <= on ? [CHILD] : []),
    ];
  }

  private spans(
    courses: readonly OfferCourse[],
    moved: OfferCourse | undefined,
    end: number,
    closedOn: number,
  ): readonly PhaseSpan[] {
    const { permitOn, links } = this.household;
    const spans: PhaseSpan[] = [{ phase: 'LINKING', from: permitOn, until: Math.min(end, links[0]?.on ?? Infinity) }];
    const last = courses.at(-1);
    const found = moved?.acceptedOn ?? (last?.fate === 'UNJUSTIFIED' ? last.refusedOn : Infinity);
    for (const { on, revokedOn } of links) {
      spans.push({ phase: 'SEARCH', from: on, until: Math.min(end, found, revokedOn > 0 ? revokedOn : Infinity) });
    }
    if (moved === undefined) return spans;
    return [
      ...spans,
      { phase: 'SIGNING', from: moved.acceptedOn, until: moved.signedOn },
      { phase: 'MOVING', from: moved.signedOn, until: moved.movedOn },
      { phase: 'SETTLING', from: moved.movedOn, until: closedOn },
    ];
  }

  private codeOf(place: number): string {
    return this.places[place]!.code;
  }

  /** Index of the municipality linked on a day; the first one before that, -1 without a link. */
  private placeOn(on: number): number {
    const { links } = this.household;
    const link = links.findLast((one) => one.on <= on) ?? links[0];
    if (link === undefined) return -1;
    return link.transferredOn > 0 && link.transferredOn <= on ? link.transferredTo : link.place;
  }

  private workerOf(place: number): string {
    const { code, inhabitants } = this.places[place]!;
    const workers = 1 + Math.floor(inhabitants / 40_000);
    return `${code.toLowerCase()}-${1 + this.draws.below(workers, this.number, FOR.WORKER)}`;
  }
}
