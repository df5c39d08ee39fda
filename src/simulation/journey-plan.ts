import type { Draws } from './draws.ts';
import { courseOf, FOR, isMinor, isSponsor, type Household } from './household.ts';
import { PARAMETERS as P } from './parameters.ts';
import type { Place } from './places.ts';
import { close, movedIn, offer, settle, spans } from './plan-housing.ts';
import { PlanSheet } from './plan-sheet.ts';
import { growth, identity, impediments, interim, leave, links, note, permit, suspension } from './plan-waiting.ts';
import type { PlannedFact } from './planned-fact.ts';
import { workingDayFrom } from './working-days.ts';

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
  const sheet = new PlanSheet(draws, places, from, household);
  if (household.sponsor >= 0) joinSponsor(sheet);
  else if (isMinor(draws, household)) placeMinor(sheet);
  else findHome(sheet);
  return sheet.facts();
}

/** Following family with a case of its own. */
function joinSponsor(sheet: PlanSheet): void {
  const { draws, number, words, household } = sheet;
  const { permitOn, sponsor, sponsorPlace } = household;
  permit(sheet, draws.uuid(sponsor, FOR.CASE_ID));
  const movedOn = workingDayFrom(permitOn + draws.spread(P.familyMovedAfterDays, number, FOR.FAMILY_MOVED));
  const moved = () => words.moved(movedOn, words.holders(), 'REGULAR', sheet.codeOf(sponsorPlace), null);
  const more = { what: FOR.MOVED_AFTER, late: P.moveRecordedLate, counts: household.size };
  sheet.add('MovedIn', movedOn, 'MUNICIPALITY', sponsorPlace, moved, more);
  if (draws.chance(P.closed, number, FOR.CLOSED)) close(sheet, movedOn, 'HOUSED', sponsorPlace);
}

function placeMinor(sheet: PlanSheet): void {
  const { draws, number, words, household } = sheet;
  permit(sheet, null);
  const placedOn = workingDayFrom(household.permitOn + draws.spread(P.minorPlacedAfterDays, number, FOR.MINOR_PLACED));
  const place = sheet.somewhere(FOR.PLACE, 0, placedOn);
  const moved = () => words.moved(placedOn, [0], 'NIDOS_PLACEMENT', sheet.codeOf(place), null);
  sheet.add('MovedIn', placedOn, 'COA', -1, moved, { what: FOR.MOVED_AFTER });
  close(sheet, placedOn, 'OUT_OF_SCOPE', -1);
}

function findHome(sheet: PlanSheet): void {
  const { draws, number, words, household } = sheet;
  const { permitOn, leftOn } = household;
  permit(sheet, null);
  const courses = household.offers.map((_, nth) => courseOf(draws, household, nth));
  const end = leftOn > 0 ? leftOn : Infinity;
  const moved = courses.findLast(({ fate }) => fate === 'MOVED');
  const offeredOn = household.offers[0] ?? Infinity;
  identity(sheet, Math.min(end, moved?.movedOn ?? Infinity));
  const profileOn = workingDayFrom(permitOn + draws.spread(P.profileAfterDays, number, FOR.PROFILE_AFTER));
  if (profileOn < Math.min(end, offeredOn)) {
    const profile = () => words.profile(profileOn, isSponsor(draws, household));
    sheet.add('InformationProfileCompleted', profileOn, 'COA', -1, profile, { what: FOR.PROFILE });
  }
  links(sheet, Math.min(end, offeredOn));
  suspension(sheet, end);
  interim(sheet);
  for (const [nth, course] of courses.entries()) offer(sheet, nth, course);
  const closedOn = settle(sheet, moved, courses.at(-1));
  growth(sheet, moved?.movedOn ?? Infinity, Math.min(end, closedOn));
  if (moved !== undefined) movedIn(sheet, moved, courses.indexOf(moved));
  if (leftOn > 0) leave(sheet, leftOn);
  impediments(sheet, spans(sheet, courses, moved, end, closedOn));
  note(sheet);
}
