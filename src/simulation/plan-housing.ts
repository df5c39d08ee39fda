import { dateOfEpochDay } from '../event-sourcing/days.ts';
import {
  INTEGRATION_STEPS,
  LEARNING_ROUTES,
  OFFER_REFUSAL_REASONS,
  OFFER_WITHDRAWAL_REASONS,
  type CaseFact,
  type CaseFactType,
} from '../journey/cases.events.ts';
import { birthOn, FOR, isSponsor, type OfferCourse } from './household.ts';
import { PARAMETERS as P } from './parameters.ts';
import type { PhaseSpan } from './plan-impediments.ts';
import type { PlanSheet } from './plan-sheet.ts';
import type { Speaker } from './planned-fact.ts';
import { workingDayFrom } from './working-days.ts';

export function offer(sheet: PlanSheet, nth: number, course: OfferCourse): void {
  const { draws, number, words, household } = sheet;
  const offeredOn = household.offers[nth]!;
  const place = sheet.placeOn(offeredOn);
  const { withdrawnOn, refusedOn, judgedOn, acceptedOn, signedOn, startsOn } = course;
  const tell = (type: CaseFactType, on: number, by: Speaker, what: number, make: () => CaseFact) =>
    on > 0 && sheet.add(type, on, by, place, make, { what, nth });
  const about = (on: number) => ({ occurredOn: dateOfEpochDay(on), offerId: words.offerId(nth) });
  const offered = () => words.offered(offeredOn, sheet.codeOf(place), nth);
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

export function movedIn(sheet: PlanSheet, course: OfferCourse, nth: number): void {
  const { draws, number, words, household } = sheet;
  const { movedOn, startsOn } = course;
  const { familyOn, transitOn } = household;
  const place = sheet.placeOn(movedOn);
  // Of those who lived in a transit location, only the family that came since; a child born there never counts.
  const followed = familyOn > transitOn && familyOn <= movedOn ? household.familySize : 0;
  const counts = transitOn > 0 ? followed : sheet.presentOn(movedOn).length;
  const moved = (on: number) => () =>
    words.moved(on, sheet.presentOn(movedOn), 'REGULAR', sheet.codeOf(place), words.offerId(nth));
  const more = { what: FOR.MOVED_AFTER, nth, late: P.moveRecordedLate, counts };
  const planned = sheet.add('MovedIn', movedOn, 'MUNICIPALITY', place, moved(movedOn), more);
  steps(sheet, movedOn, place);
  if (!draws.chance(P.moveCorrected, number, FOR.CORRECTED)) return;
  const trueOn = Math.max(startsOn, movedOn - draws.spread(P.moveCorrectedByDays, number, FOR.CORRECTED_BY));
  // Late enough for the move to be recorded, whatever had to be recorded before it.
  const after = 40 + draws.spread(P.correctedAfterDays, number, FOR.CORRECTED_AFTER);
  const putRightOn = workingDayFrom(planned.recordedOn + after);
  const bornOn = birthOn(draws, household);
  const othersCame = (familyOn > 0 && familyOn <= putRightOn) || (bornOn > 0 && bornOn <= putRightOn);
  if (trueOn !== movedOn && !othersCame) sheet.amend(planned, putRightOn, 'CORRECT', moved(trueOn));
}

function steps(sheet: PlanSheet, movedOn: number, place: number): void {
  const { draws, number, words } = sheet;
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
    sheet.add('IntegrationStepReached', on, by, place, reached, { what: FOR.STEP, nth });
  }
}

/** When the case is closed; Infinity: not as far as is known. */
export function settle(sheet: PlanSheet, moved: OfferCourse | undefined, last: OfferCourse | undefined): number {
  const { draws, number, household } = sheet;
  if (last?.fate === 'UNJUSTIFIED') {
    const on = workingDayFrom(last.judgedOn + 14 + draws.below(21, number, FOR.CLOSED_AFTER));
    closing(sheet, on, 'OTHER', sheet.placeOn(on));
    return on;
  }
  if (moved === undefined || (isSponsor(draws, household) && household.familyOn === 0)) return Infinity;
  if (!draws.chance(P.closed, number, FOR.CLOSED)) return Infinity;
  return close(sheet, Math.max(moved.movedOn, household.familyOn), 'HOUSED', sheet.placeOn(moved.movedOn));
}

export function close(sheet: PlanSheet, since: number, reason: 'HOUSED' | 'OUT_OF_SCOPE', place: number): number {
  const on = workingDayFrom(since + sheet.draws.spread(P.closedAfterDays, sheet.number, FOR.CLOSED_AFTER));
  closing(sheet, on, reason, place);
  return on;
}

function closing(sheet: PlanSheet, on: number, reason: 'HOUSED' | 'OUT_OF_SCOPE' | 'OTHER', place: number): void {
  const closed = (): CaseFact => ({ type: 'CaseClosed', data: { occurredOn: dateOfEpochDay(on), reason } });
  sheet.add('CaseClosed', on, place === -1 ? 'COA' : 'MUNICIPALITY', place, closed, { what: FOR.CLOSED });
}

export function spans(
  sheet: PlanSheet,
  courses: readonly OfferCourse[],
  moved: OfferCourse | undefined,
  end: number,
  closedOn: number,
): readonly PhaseSpan[] {
  const { permitOn, links } = sheet.household;
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
