import type { Channel } from '../journey/cases.events.ts';
import type { Draws } from './draws.ts';
import { PARAMETERS as P } from './parameters.ts';
import { workingDayFrom, workingDaysLater } from './working-days.ts';

/** What a draw decides: no two decisions share a number. */
export const FOR = {
  SIZE: 1,
  CHANNEL: 2,
  SPONSOR: 3,
  FAMILY_READY: 4,
  MINOR: 5,
  LINK_READY: 6,
  CRITERION: 7,
  CRITERION_KIND: 8,
  PLACE: 9,
  SEARCH_READY: 10,
  TURN: 11,
  ADAPTED: 12,
  SUSPENDED: 13,
  SUSPENDED_AFTER: 14,
  SUSPENDED_FOR: 15,
  REVOKED: 16,
  REVOKED_AFTER: 17,
  RELINKED: 18,
  TRANSFER: 19,
  LEAVING: 20,
  LEAVING_HOW: 21,
  LEAVING_AFTER: 22,
  TRANSIT: 23,
  TRANSIT_AFTER: 24,
  HOST: 25,
  HOST_AFTER: 26,
  HOST_KIND: 27,
  BIRTH: 28,
  BIRTH_AFTER: 29,
  STOCK_AGE: 30,
  FAMILY_SIZE: 31,
  FAMILY_OWN_CASE: 32,
  MINOR_PLACED: 33,
  OFFER_FATE: 34,
  WITHDRAWN_AFTER: 35,
  ANSWER_AFTER: 36,
  TAKEN_BACK: 37,
  JUDGED_AFTER: 38,
  JUSTIFIED: 39,
  SIGNED_AFTER: 40,
  STARTS_AFTER: 41,
  MOVED_AFTER: 42,
  FAMILY_MOVED: 43,
  CLOSED: 44,
  CLOSED_AFTER: 45,
  LATE: 46,
  RECORDED_AFTER: 47,
  CORRECTED: 48,
  CORRECTED_BY: 49,
  CORRECTED_AFTER: 50,
  PACE: 51,
  PLACE_START: 52,
  OPENING: 53,
  IMPEDIMENT: 60,
  IMPEDIMENT_RETRACTED: 61,
  IMPEDIMENT_RESOLVED: 62,
  STEP: 63,
  STEP_AFTER: 64,
  ROUTE: 65,
  ITEM: 66,
  ITEM_AFTER: 67,
  PROFILE_AFTER: 68,
  PROFILE: 69,
  ACCEPTED: 70,
  ASSIGNED: 71,
  VIEWED: 72,
  REFUSAL_REASON: 73,
  HOME: 74,
  NOTE: 75,
  BIRTH_YEAR: 76,
  ROLE: 77,
  ORIGIN: 78,
  NAME: 79,
  CENTRE: 80,
  STREET: 81,
  WORKER: 82,
  REASON: 83,
  CASE_ID: 100,
  PERSON_ID: 101,
  OFFER_ID: 102,
  IMPEDIMENT_ID: 103,
  NOTE_ID: 104,
  COMMAND_ID: 105,
  EVENT_ID: 106,
} as const;

export interface LinkMade {
  readonly on: number;
  /** Index of the municipality. */
  readonly place: number;
  /** 0: not revoked. */
  revokedOn: number;
  /** 0: not transferred to another by agreement. */
  transferredOn: number;
  transferredTo: number;
}

/** Index of the municipality that is to find the home. */
export function placeOf(household: Household): number {
  const last = household.links.at(-1);
  if (last === undefined) return household.sponsorPlace;
  return last.transferredOn > 0 ? last.transferredTo : last.place;
}

/** Waiting for a link or a home; an offer is being dealt with; housed; gone without a home. */
export type Phase = 'WAITING' | 'OFFERED' | 'HOUSED' | 'GONE';

/**
 * What is remembered of a household: where the market has taken it. Everything else follows from its number and the seed, and
 * is worked out anew when it is needed.
 */
export interface Household {
  readonly number: number;
  /** Days are numbers (days since 1970-01-01); 0: not so. */
  readonly permitOn: number;
  readonly size: number;
  readonly channel: Channel;
  /** The household whose home this family comes to; it has no link of its own. */
  readonly sponsor: number;
  readonly sponsorPlace: number;
  phase: Phase;
  /** Raised whenever its place in a queue no longer holds. */
  ticket: number;
  links: LinkMade[];
  /** Days on which a home was offered, each under the last link of its day. */
  offers: number[];
  familyOn: number;
  familySize: number;
  transitOn: number;
  hostOn: number;
  leftOn: number;
  /** Number of facts recorded, and the hash of the last of them ('': to be looked up). */
  written: number;
  hash: string;
  /** The day on which more is recorded, as far as the market has taken it; 0: nothing more. */
  nextOn: number;
  /** A rule said no: nothing more is recorded of it. */
  refused: boolean;
}

export function newHousehold(
  draws: Draws,
  number: number,
  permitOn: number,
  joining?: { readonly size: number; readonly sponsor: number; readonly place: number },
): Household {
  return {
    number,
    permitOn,
    size: joining?.size ?? 1 + draws.choose(P.householdSizes, number, FOR.SIZE),
    channel: joining
      ? 'FAMILY_REUNIFICATION'
      : (['ASYLUM', 'RELOCATION', 'RESETTLEMENT'] as const)[draws.choose(P.channels, number, FOR.CHANNEL)]!,
    sponsor: joining?.sponsor ?? -1,
    sponsorPlace: joining?.place ?? -1,
    phase: 'WAITING',
    ticket: 0,
    links: [],
    offers: [],
    familyOn: 0,
    familySize: 0,
    transitOn: 0,
    hostOn: 0,
    leftOn: 0,
    written: 0,
    hash: '',
    nextOn: 0,
    refused: false,
  };
}

/** In the care of Nidos: needs no home of a municipality. */
export function isMinor(draws: Draws, { number, size, channel }: Household): boolean {
  return size === 1 && channel === 'ASYLUM' && draws.chance(P.unaccompaniedMinors, number, FOR.MINOR);
}

/** Left somebody behind who will follow. */
export function isSponsor(draws: Draws, household: Household): boolean {
  const { number, channel } = household;
  if (channel !== 'ASYLUM' || hasPartner(draws, household) || isMinor(draws, household)) return false;
  return draws.chance(P.sponsors, number, FOR.SPONSOR);
}

/** The second of a household of two is a partner more often than not, of a larger one nearly always. */
export function hasPartner(draws: Draws, { number, size }: Household): boolean {
  return size > 1 && draws.chance(size === 2 ? 600 : 850, number, FOR.ROLE);
}

export function needsAdaptedHome(draws: Draws, { number }: Household): boolean {
  return draws.chance(P.adaptedHome, number, FOR.ADAPTED);
}

export function linkReadyOn(draws: Draws, { number, permitOn, channel }: Household): number {
  const deciles = channel === 'RESETTLEMENT' ? P.linkReadyDaysResettled : P.linkReadyDays;
  return permitOn + draws.spread(deciles, number, FOR.LINK_READY);
}

/** From when to when the terms are suspended under the first link; undefined: they are not. */
export function suspensionOf(draws: Draws, household: Household): { from: number; until: number } | undefined {
  const { number, links } = household;
  const [first] = links;
  if (first === undefined || !draws.chance(P.suspended, number, FOR.SUSPENDED)) return undefined;
  const from = first.on + draws.spread(P.suspendedAfterDays, number, FOR.SUSPENDED_AFTER);
  return { from, until: from + draws.spread(P.suspendedForDays, number, FOR.SUSPENDED_FOR) };
}

/** When a household can be offered a home under its last link: not before its search begins, nor while it is suspended. */
export function searchReadyOn(draws: Draws, household: Household): number {
  const { number, links } = household;
  const ready = links.at(-1)!.on + draws.spread(P.searchReadyDays, number, FOR.SEARCH_READY, links.length);
  const suspension = links.length === 1 ? suspensionOf(draws, household) : undefined;
  return suspension === undefined ? ready : Math.max(ready, suspension.until);
}

/** Its turn in the municipality: the day of the link, moved by what makes a home easy or hard to find. */
export function turnOf(draws: Draws, household: Household): number {
  const { number, size, familySize, familyOn, channel, links } = household;
  const persons = Math.min(8, size + (familyOn > 0 ? familySize : 0));
  return (
    links[0]!.on +
    draws.spread(P.turnDays, number, FOR.TURN) +
    P.turnDaysBySize[persons - 1]! +
    (needsAdaptedHome(draws, household) ? P.turnDaysAdapted : 0) +
    (channel === 'RESETTLEMENT' ? P.turnDaysResettled : 0)
  );
}

/** The child born into this household: the day of birth. Only where there are two adults. */
export function birthOn(draws: Draws, household: Household): number {
  const { number, permitOn } = household;
  if (!hasPartner(draws, household) || !draws.chance(P.birth, number, FOR.BIRTH)) return 0;
  return permitOn + draws.spread(P.birthAfterDays, number, FOR.BIRTH_AFTER);
}

/** What becomes of an offer. Days that do not come are 0. */
export interface OfferCourse {
  readonly fate: 'WITHDRAWN' | 'JUSTIFIED' | 'UNJUSTIFIED' | 'MOVED';
  readonly withdrawnOn: number;
  readonly refusedOn: number;
  readonly judgedOn: number;
  readonly acceptedOn: number;
  readonly signedOn: number;
  readonly startsOn: number;
  readonly movedOn: number;
}

const NO_DAYS = { withdrawnOn: 0, refusedOn: 0, judgedOn: 0, acceptedOn: 0, signedOn: 0, startsOn: 0, movedOn: 0 };

/** @param nth place of the offer among the household's */
export function courseOf(draws: Draws, { number, offers }: Household, nth: number): OfferCourse {
  const offeredOn = offers[nth]!;
  const after = (deciles: Parameters<Draws['spread']>[0], purpose: number) =>
    draws.spread(deciles, number, purpose, nth);
  const chance = draws.below(1_000, number, FOR.OFFER_FATE, nth);
  if (chance < P.offerWithdrawn) {
    const withdrawnOn = workingDayFrom(offeredOn + after(P.offerWithdrawnAfterDays, FOR.WITHDRAWN_AFTER));
    return { ...NO_DAYS, fate: 'WITHDRAWN', withdrawnOn };
  }
  const answeredOn = workingDayFrom(offeredOn + after(P.answerAfterDays, FOR.ANSWER_AFTER));
  let refusedOn = 0;
  let acceptedOn = answeredOn;
  if (chance < P.offerWithdrawn + P.offerRefused) {
    refusedOn = answeredOn;
    const settledOn = workingDayFrom(refusedOn + after(P.refusalJudgedAfterDays, FOR.JUDGED_AFTER));
    if (!draws.chance(P.refusalTakenBack, number, FOR.TAKEN_BACK, nth)) {
      const justified = draws.chance(P.refusalJustified, number, FOR.JUSTIFIED, nth);
      return { ...NO_DAYS, fate: justified ? 'JUSTIFIED' : 'UNJUSTIFIED', refusedOn, judgedOn: settledOn };
    }
    acceptedOn = settledOn;
  }
  const signedOn = workingDayFrom(acceptedOn + after(P.signedAfterDays, FOR.SIGNED_AFTER));
  const startsOn = signedOn + after(P.tenancyStartsAfterDays, FOR.STARTS_AFTER);
  const movedOn = workingDayFrom(startsOn + after(P.movedAfterDays, FOR.MOVED_AFTER));
  return { ...NO_DAYS, fate: 'MOVED', refusedOn, acceptedOn, signedOn, startsOn, movedOn };
}

/** The working day on which something is recorded that happened on a day. */
export function recordedOn(
  draws: Draws,
  number: number,
  occurredOn: number,
  what: number,
  nth: number,
  latePerMille: number = P.recordedLate,
): number {
  const at = what * 4_096 + nth;
  const isLate = draws.chance(latePerMille, number, FOR.LATE, at);
  const deciles = isLate ? P.recordedLateDays : P.recordedAfterDays;
  const told = workingDaysLater(occurredOn, draws.spread(deciles, number, FOR.RECORDED_AFTER, at));
  // A file comes to the desk every other day.
  return (told + number) % 2 === 0 ? told : workingDayFrom(told + 1);
}
