import type { Durations } from './durations.ts';
import type { Selection } from './selection.ts';
import { edgesBySlice, type EdgeWaits } from './sliced-edges.ts';

/** The performance directly-follows graph: pairs of events that follow each other directly, and the waits between them. */
export interface PerformanceGraph {
  readonly cases: number;
  readonly events: number;
  /** By total delay: a rare edge with a long mean is no bottleneck. */
  readonly edges: readonly Edge[];
  /** Activity → cases that begin with it; and that end with it. */
  readonly start: Readonly<Record<string, number>>;
  readonly end: Readonly<Record<string, number>>;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly seconds: Durations;
}

const US = 1e6;

/** @param sortedAtOnce up to so many steps the engine sorts waits as they come; more are looked up in slices */
export async function performanceGraph(selection: Selection, sortedAtOnce = 1_000_000): Promise<PerformanceGraph> {
  const ends = await selection.rows<{ first: number; last: number; cases: number; events: number }>(
    `select first_activity as first, last_activity as last, count(*) as cases, sum(events) as events
    from ${selection.from('cases')} group by all`,
  );
  const cases = ends.reduce((total, one) => total + one.cases, 0);
  const events = ends.reduce((total, one) => total + one.events, 0);
  const us = selection.question.workingDays ? 'working_us' : 'us';
  const waits = await (events - cases <= sortedAtOnce ? sortedEdges(selection, us) : edgesBySlice(selection, us));
  const activities = await selection.rows<{ activity: number; name: string }>('select activity, name from activity');
  const names = new Map(activities.map(({ activity, name }) => [activity, name]));
  const pairs = await selection.rows<{ edge: number; from: number; to: number }>(
    'select edge, from_activity as from, to_activity as to from edge',
  );
  const pairOf = new Map(pairs.map(({ edge, from, to }) => [edge, { from: names.get(from)!, to: names.get(to)! }]));
  return {
    cases,
    events,
    edges: waits
      .map((one) => ({ ...pairOf.get(one.edge)!, count: one.n, seconds: seconds(one) }))
      .sort((a, b) => b.seconds.sum - a.seconds.sum || byText(a.from, b.from) || byText(a.to, b.to)),
    start: byActivity(ends.map(({ first, cases: n }) => [names.get(first)!, n])),
    end: byActivity(ends.map(({ last, cases: n }) => [names.get(last)!, n])),
  };
}

function sortedEdges(selection: Selection, us: string): Promise<EdgeWaits[]> {
  return selection.rows<EdgeWaits>(
    `select edge, n, low, high, sum, stdev, parts[1] as median, parts[2] as p90 from (
      select edge, count(*) as n, min(${us}) as low, max(${us}) as high, sum(${us})::double as sum,
        stddev_samp(${us}) as stdev, quantile_cont(${us}, [0.5, 0.9]) as parts
      from ${selection.from('step')} group by edge
    )`,
  );
}

function seconds({ n, low, high, sum, stdev, median, p90 }: EdgeWaits): Durations {
  return {
    min: low / US,
    mean: sum / n / US,
    median: median / US,
    p90: p90 / US,
    max: high / US,
    sum: sum / US,
    stdev: stdev === null ? null : stdev / US,
  };
}

/** The most frequent first. */
function byActivity(counts: readonly (readonly [name: string, cases: number])[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [name, cases] of counts) sums.set(name, (sums.get(name) ?? 0) + cases);
  return Object.fromEntries([...sums].sort(([one, n], [other, m]) => m - n || byText(one, other)));
}

function byText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
