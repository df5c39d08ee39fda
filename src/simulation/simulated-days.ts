import type { Draws } from './draws.ts';
import type { Household } from './household.ts';
import { journeyPlan } from './journey-plan.ts';
import { Market } from './market.ts';
import { PARAMETERS } from './parameters.ts';
import type { Place } from './places.ts';
import type { PlannedFact } from './planned-fact.ts';

/** Plans that are kept because the market has not touched the household since. */
const REMEMBERED_PLANS = 24_000;

/** What is recorded of a household on one day. */
export interface Recording {
  readonly household: Household;
  readonly day: number;
  /** All of it, in the order of recording; recorded on this day are those from `first` until before `end`. */
  readonly plan: readonly PlannedFact[];
  readonly first: number;
  readonly end: number;
}

export interface Period {
  /** First and last day (days since 1970-01-01) on which something is recorded. */
  readonly from: number;
  readonly until: number;
}

/**
 * Everything that is recorded, day by day, in the order of recording. Memory holds the compact records of those who are on
 * their way, and nothing of those of whom nothing more will be told.
 */
export class SimulatedDays {
  readonly market: Market;
  private readonly draws: Draws;
  private readonly places: readonly Place[];
  private readonly period: Period;
  private readonly agenda = new Map<number, Household[]>();
  /** In order of last use. */
  private readonly plans = new Map<Household, readonly PlannedFact[]>();
  private readonly start: number;

  constructor(draws: Draws, places: readonly Place[], scale: number, period: Period) {
    this.draws = draws;
    this.places = places;
    this.period = period;
    this.start = period.from - PARAMETERS.warmUpDays;
    this.market = new Market(draws, places, scale, this.start);
  }

  *days(): Generator<readonly Recording[]> {
    const { from, until } = this.period;
    let known = new Set<Household>();
    for (let day = this.start; day <= until; day++) {
      const touched = this.market.advance(day);
      if (day < from) {
        for (const household of touched) known.add(household);
        for (const household of this.market.waiting) if (household.phase === 'WAITING') known.add(household);
        continue;
      }
      for (const household of touched) this.plans.delete(household);
      if (day === from)
        yield this.recordNext(
          day,
          [...known, ...touched].filter((household) => this.takeOver(household)),
        );
      else yield this.recordNext(day, [...touched, ...(this.agenda.get(day) ?? [])]);
      known = new Set();
      this.agenda.delete(day);
    }
  }

  /** Who was housed, or had gone, before anything was recorded is not recorded at all: gone for good. @returns whether it is */
  private takeOver(household: Household): boolean {
    if (household.phase === 'WAITING' || household.phase === 'OFFERED') return true;
    household.phase = 'GONE';
    return false;
  }

  /** Counts as written what it gives. */
  private recordNext(day: number, households: readonly Household[]): readonly Recording[] {
    const recordings: Recording[] = [];
    for (const household of new Set(households)) {
      if (household.refused) continue;
      const recording = this.recordNextOf(household, day);
      if (recording.end > recording.first) recordings.push(recording);
    }
    return recordings;
  }

  private recordNextOf(household: Household, day: number): Recording {
    const plan = this.planOf(household);
    let first = household.written;
    while (first > 0 && plan[first - 1]!.recordedOn >= day) first--;
    let end = first;
    while (end < plan.length && plan[end]!.recordedOn <= day) end++;
    if (first !== household.written || (end > first && plan[first]!.recordedOn < day)) {
      throw new Error(`household ${household.number}: what is planned is not what was recorded`);
    }
    const next = plan[end]?.recordedOn;
    if (next !== undefined && next <= this.period.until) this.visit(household, next);
    household.written = end;
    return { household, day, plan, first, end };
  }

  private planOf(household: Household): readonly PlannedFact[] {
    const found = this.plans.get(household);
    if (found !== undefined) this.plans.delete(household);
    const plan = found ?? journeyPlan(this.draws, this.places, this.period.from, household);
    this.plans.set(household, plan);
    if (this.plans.size > REMEMBERED_PLANS) this.plans.delete(this.plans.keys().next().value!);
    return plan;
  }

  private visit(household: Household, day: number): void {
    const others = this.agenda.get(day);
    if (others === undefined) this.agenda.set(day, [household]);
    else others.push(household);
  }
}
