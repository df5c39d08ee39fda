import { epochDay } from '../event-sourcing/days.ts';
import { DEMO } from './demo.ts';
import type { Draws } from './draws.ts';
import type { Household } from './household.ts';
import type { Place } from './places.ts';
import type { PlannedFact } from './planned-fact.ts';
import { SimulatedDays, type Period, type Recording } from './simulated-days.ts';

/** Persons housed, by index of the municipality and month of the day they count on (`2016-12`). */
export type Housed = ReadonlyMap<number, ReadonlyMap<string, number>>;

/** What a run comes to, counted while it goes: the figures that were published of it, and those that balance them. */
export interface NationalFigures {
  readonly housed: Housed;
  /** Of those, following family that came after the sponsor had a home, by month. */
  readonly followingFamily: ReadonlyMap<string, number>;
  readonly refusalsJudged: number;
  readonly refusalsJustified: number;
  /** Persons in reception on the fifteenth of September, and those of them linked for longer than seventy days without an offer. */
  readonly waiting: number;
  readonly waitingLinked: number;
  readonly households: number;
  readonly singles: number;
}

const WAITING_ON = '2016-09-15';
const NORM_DAYS = 70;

/** Runs the model without recording anything. */
export function figuresOf(draws: Draws, places: readonly Place[], scale: number, period: Period): NationalFigures {
  const days = new SimulatedDays(draws, places, scale, period);
  const count = new Count();
  let day = period.from;
  for (const { recordings } of days.days()) {
    for (const some of recordings) for (const recording of some) count.add(recording);
    if (day === epochDay(WAITING_ON)) count.standIn(days.market.waiting, day);
    day++;
  }
  return count;
}

/** The figures of the demo. */
export function demoFigures(draws: Draws, places: readonly Place[]): NationalFigures {
  return figuresOf(draws, places, DEMO.scale, { from: epochDay(DEMO.from), until: epochDay(DEMO.until) });
}

/** One figure that was published, and what the demo comes to, as known on its last day. */
export interface PublishedFigure {
  readonly what: string;
  readonly published: string;
  readonly simulated: number;
  /** Between which the simulated figure lies, both included. */
  readonly bounds: readonly [number, number];
}

/** @param arrearsBefore sum of the opening balances of 2016 */
export function publishedFigures(figures: NationalFigures, arrearsBefore: number): readonly PublishedFigure[] {
  const { housed, followingFamily, waiting, waitingLinked, refusalsJudged, refusalsJustified } = figures;
  const in2016 = housedIn(housed, '2016-01', '2016-12');
  const secondHalf = housedIn(housed, '2016-07', '2016-12');
  const percent = (part: number, whole: number) => Math.round((100 * part) / whole);
  const families = (from: string, until: string) => {
    const months = [...followingFamily].filter(([month]) => month >= from && month <= until);
    const persons = months.reduce((sum, [, count]) => sum + count, 0);
    return percent(persons, housedIn(housed, from, until));
  };
  return [
    figure('Persons housed in 2016', '≈ 40,000', in2016, [39_500, 40_500]),
    figure('of them in the second half', 'a record', secondHalf, [22_000, 25_000]),
    figure('and in its last three months', 'most of it', housedIn(housed, '2016-10', '2016-12'), [12_000, 15_000]),
    figure(
      'Following family after the sponsor, % of the housed, first half',
      'less',
      families('2016-01', '2016-06'),
      [10, 22],
    ),
    figure('the same, October to December', 'rising', families('2016-10', '2016-12'), [26, 40]),
    figure('Arrears on 1 January 2017', '6,082', arrearsBefore + 43_000 - in2016, [6_032, 6_132]),
    figure('Persons waiting in reception in September 2016', '≈ 15,000', waiting, [14_250, 15_750]),
    figure('of them linked for more than 70 days without an offer', '≈ 6,000', waitingLinked, [5_600, 6_400]),
    figure('Refusals judged in 2016', '≈ 450', refusalsJudged, [400, 500]),
    figure('of them justified', '43', refusalsJustified, [28, 58]),
    figure('Singles among the households, %', 'two thirds', percent(figures.singles, figures.households), [65, 68]),
  ];
}

function figure(
  what: string,
  published: string,
  simulated: number,
  bounds: readonly [number, number],
): PublishedFigure {
  return { what, published, simulated, bounds };
}

/** Persons housed in months from one to another, both included, in one municipality or in all. */
export function housedIn(housed: Housed, from: string, until: string, place?: number): number {
  let persons = 0;
  for (const [index, months] of housed) {
    if (place !== undefined && index !== place) continue;
    for (const [month, count] of months) if (month >= from && month <= until) persons += count;
  }
  return persons;
}

class Count implements NationalFigures {
  readonly housed = new Map<number, Map<string, number>>();
  readonly followingFamily = new Map<string, number>();
  refusalsJudged = 0;
  refusalsJustified = 0;
  waiting = 0;
  waitingLinked = 0;
  households = 0;
  singles = 0;

  add({ household, facts }: Recording): void {
    for (const planned of facts) {
      if (planned.type === 'PermitGranted' && household.sponsor < 0) {
        this.households++;
        if (household.size === 1) this.singles++;
      }
      if (planned.counts > 0) this.house(household, planned);
      if (planned.type === 'RefusalJudged') this.judge(planned);
    }
  }

  standIn(waiting: Iterable<Household>, day: number): void {
    for (const { size, familySize, transitOn, hostOn, links, phase } of waiting) {
      if (transitOn > 0 || hostOn > 0) continue;
      const persons = size + familySize;
      this.waiting += persons;
      const link = links.at(-1);
      const isLinked = link !== undefined && link.revokedOn === 0;
      if (phase === 'WAITING' && isLinked && day - link.on > NORM_DAYS) this.waitingLinked += persons;
    }
  }

  private house(household: Household, { make, amends, place, counts }: PlannedFact): void {
    const { data } = make();
    this.move(place, monthOf(data), counts);
    if (amends !== undefined) this.move(place, monthOf(amends.target.make().data), -counts);
    const isOffered = 'offerId' in data && data.offerId !== null;
    const joins = household.sponsor >= 0 || (household.familySize > 0 && !isOffered && household.transitOn === 0);
    if (joins) this.followingFamily.set(monthOf(data), (this.followingFamily.get(monthOf(data)) ?? 0) + counts);
  }

  private move(place: number, month: string, persons: number): void {
    const months = this.housed.get(place) ?? new Map<string, number>();
    months.set(month, (months.get(month) ?? 0) + persons);
    this.housed.set(place, months);
  }

  private judge({ make, on }: PlannedFact): void {
    const { data } = make();
    if (on < epochDay('2016-01-01') || on >= epochDay('2017-01-01')) return;
    this.refusalsJudged++;
    if ('judgement' in data && data.judgement === 'JUSTIFIED') this.refusalsJustified++;
  }
}

function monthOf({ occurredOn }: { readonly occurredOn: string }): string {
  return occurredOn.slice(0, 7);
}
