import type { Draws } from './draws.ts';
import type { Household } from './household.ts';
import { journeyPlan } from './journey-plan.ts';
import { Market } from './market.ts';
import { PARAMETERS } from './parameters.ts';
import type { Place } from './places.ts';
import type { PlannedFact } from './planned-fact.ts';

/** Facts of a day that are kept until they are recorded; on a day with more, such as the first, others are planned twice. */
const MOST_KEPT = 20_000;
/** Households of which what is still to be told is remembered: those on their way in a country; of others it is planned anew. */
const MOST_REMEMBERED = 20_000;
/** Recordings that are worked out together. */
const AT_ONCE = 500;

/** What is recorded of a household on one day. */
export interface Recording {
  readonly household: Household;
  readonly day: number;
  /** How many of its facts have been recorded before. */
  readonly first: number;
  /** In the order of recording. */
  readonly facts: readonly PlannedFact[];
  /** All that is planned of it, as far as the market has taken it. */
  readonly plan: () => readonly PlannedFact[];
}

export interface SimulatedDay {
  /** How many recordings there are. */
  readonly count: number;
  /** In the order of recording, some at a time, worked out as they are taken: once, and all of them before the next day. */
  readonly recordings: Iterable<readonly Recording[]>;
}

export interface Period {
  /** First and last day (days since 1970-01-01) on which something is recorded. */
  readonly from: number;
  readonly until: number;
}

/** Of whom something is recorded on a day: after how many facts, and which, if they are known and could be kept. */
interface Due {
  readonly household: Household;
  readonly first: number;
  readonly facts: readonly PlannedFact[] | undefined;
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
  /** What is still to be told, as long as the market has not touched the household again. */
  private readonly remembered = new Map<Household, readonly PlannedFact[]>();
  private readonly start: number;

  constructor(draws: Draws, places: readonly Place[], scale: number, period: Period) {
    this.draws = draws;
    this.places = places;
    this.period = period;
    this.start = period.from - PARAMETERS.warmUpDays;
    this.market = new Market(draws, places, scale, this.start);
  }

  *days(): Generator<SimulatedDay> {
    const { from, until } = this.period;
    const known = new Set<Household>();
    for (let day = this.start; day <= until; day++) {
      const touched = this.market.advance(day);
      if (day <= from) for (const household of touched) known.add(household);
      if (day < from) {
        for (const household of this.market.waiting) if (household.phase === 'WAITING') known.add(household);
        continue;
      }
      const due = this.dueOn(day, day === from ? [...known].filter((one) => this.takeOver(one)) : touched);
      known.clear();
      yield { count: due.length, recordings: this.recordingsOf(day, due) };
    }
  }

  /** Who was housed, or had gone, before anything was recorded is not recorded at all: gone for good. @returns whether it is */
  private takeOver(household: Household): boolean {
    if (household.phase === 'WAITING' || household.phase === 'OFFERED') return true;
    household.phase = 'GONE';
    return false;
  }

  /** First of those whom the market has touched, whose plans are others by that, then of those whose day this is. */
  private dueOn(day: number, touched: readonly Household[]): readonly Due[] {
    const due: Due[] = [];
    const seen = new Set<Household>();
    let kept = 0;
    for (const household of touched) {
      if (household.refused || seen.has(household)) continue;
      seen.add(household);
      const first = household.written;
      this.remembered.delete(household);
      const facts = this.take(household, day);
      if (facts.length === 0) continue;
      due.push({ household, first, facts: kept < MOST_KEPT ? facts : undefined });
      kept += facts.length;
    }
    for (const household of this.agenda.get(day) ?? []) {
      if (household.refused || household.nextOn !== day || seen.has(household)) continue;
      seen.add(household);
      due.push({ household, first: household.written, facts: undefined });
    }
    this.agenda.delete(day);
    return due;
  }

  private *recordingsOf(day: number, due: readonly Due[]): Generator<readonly Recording[]> {
    for (let at = 0; at < due.length; at += AT_ONCE) {
      yield due.slice(at, at + AT_ONCE).map(({ household, first, facts }): Recording => {
        const plan = () => this.planOf(household);
        const isTaken = household.nextOn !== day;
        const taken = facts ?? (isTaken ? plan().slice(first, household.written) : this.take(household, day));
        return { household, day, first, facts: taken, plan };
      });
    }
  }

  /** What is recorded of a household on a day; counts as written, and the day on which it goes on is noted. */
  private take(household: Household, day: number): readonly PlannedFact[] {
    const toTell = this.toTell(household, day);
    let count = 0;
    while (count < toTell.length && toTell[count]!.recordedOn <= day) count++;
    household.written += count;
    const next = toTell[count]?.recordedOn ?? Infinity;
    const isNew = next !== household.nextOn;
    household.nextOn = next <= this.period.until ? next : 0;
    if (household.nextOn > 0) {
      if (isNew) this.visit(household, next);
      this.remembered.set(household, toTell.slice(count));
      if (this.remembered.size > MOST_REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!);
    }
    return toTell.slice(0, count);
  }

  /** What has not been recorded before a day. */
  private toTell(household: Household, day: number): readonly PlannedFact[] {
    const remembered = this.remembered.get(household);
    this.remembered.delete(household);
    if (remembered !== undefined) return remembered;
    const plan = this.planOf(household);
    const { written } = household;
    if ((plan[written - 1]?.recordedOn ?? 0) >= day || (plan[written]?.recordedOn ?? day) < day) {
      throw new Error(`household ${household.number}: what is planned is not what was recorded`);
    }
    return plan.slice(written);
  }

  private planOf(household: Household): readonly PlannedFact[] {
    return journeyPlan(this.draws, this.places, this.period.from, household);
  }

  private visit(household: Household, day: number): void {
    const others = this.agenda.get(day);
    if (others === undefined) this.agenda.set(day, [household]);
    else others.push(household);
  }
}
