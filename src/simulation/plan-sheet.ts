import { JOURNEY_STEP, type CaseFact, type CaseFactType } from '../journey/cases.events.ts';
import type { Draws } from './draws.ts';
import { birthOn, FOR, recordedOn, type Household } from './household.ts';
import type { Place } from './places.ts';
import { CHILD, FactWords } from './plan-facts.ts';
import type { PlannedFact, Speaker } from './planned-fact.ts';

/** What is planned for one household, fact by fact, and what the facts are made from. */
export class PlanSheet {
  readonly draws: Draws;
  readonly places: readonly Place[];
  readonly household: Household;
  readonly number: number;
  readonly words: FactWords;
  private readonly from: number;
  private planned: PlannedFact[] = [];

  /** @param from the first day on which anything is recorded */
  constructor(draws: Draws, places: readonly Place[], from: number, household: Household) {
    this.draws = draws;
    this.places = places;
    this.from = from;
    this.household = household;
    this.number = household.number;
    this.words = new FactWords(draws, household);
  }

  /** In the order of recording. Once only: who keeps a few of them is not to keep all of them through this sheet. */
  facts(): readonly PlannedFact[] {
    const { planned } = this;
    this.planned = [];
    // As the effective history stands; who records a link of the chain has recorded the ones before.
    planned.sort((a, b) => a.on - b.on || JOURNEY_STEP[a.type] - JOURNEY_STEP[b.type]);
    let last = this.from;
    const opened = planned[0]!.recordedOn;
    for (const one of planned) {
      if (one.isLink) last = one.recordedOn = Math.max(last, one.recordedOn);
      else one.recordedOn = Math.max(one.recordedOn, opened, one.follows?.recordedOn ?? 0);
    }
    planned.sort((a, b) => a.recordedOn - b.recordedOn);
    for (const [revision, one] of planned.entries()) one.revision = revision;
    return planned;
  }

  add(
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
      revision: -1,
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

  amend(target: PlannedFact, on: number, how: 'CORRECT' | 'RETRACT', make: () => CaseFact): void {
    const { type, by, place, counts } = target;
    const amends = { target, how };
    const [revision, isLink] = [-1, false];
    this.planned.push({ type, on, recordedOn: on, revision, by, place, counts, isLink, follows: target, amends, make });
  }

  /** Who is in the household on a day, those who come on it included. */
  presentOn(on: number): readonly number[] {
    const { draws, words, household } = this;
    const { familyOn, familySize } = household;
    const bornOn = birthOn(draws, household);
    return [
      ...words.holders(),
      ...(familySize > 0 && familyOn <= on ? words.family() : []),
      ...(bornOn > 0 && bornOn <= on ? [CHILD] : []),
    ];
  }

  /** A municipality that exists on a day, any of them. */
  somewhere(purpose: number, nth: number, on: number): number {
    let place = this.draws.below(this.places.length, this.number, purpose, nth);
    for (let one = this.places[place]!; on < one.from || on >= one.until; one = this.places[place]!) {
      place = (place + 1) % this.places.length;
    }
    return place;
  }

  codeOf(place: number): string {
    return this.places[place]!.code;
  }

  /** Index of the municipality linked on a day; the first one before that, -1 without a link. */
  placeOn(on: number): number {
    const { links } = this.household;
    const link = links.findLast((one) => one.on <= on) ?? links[0];
    if (link === undefined) return -1;
    return link.transferredOn > 0 && link.transferredOn <= on ? link.transferredTo : link.place;
  }

  workerOf(place: number): string {
    const { code, inhabitants } = this.places[place]!;
    const workers = 1 + Math.floor(inhabitants / 40_000);
    return `${code.toLowerCase()}-${1 + this.draws.below(workers, this.number, FOR.WORKER)}`;
  }
}
