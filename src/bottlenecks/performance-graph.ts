import { byText, waitOf, type Durations } from './durations.ts';
import { activitiesByNumber } from '../selections/names-in-log.ts';
import type { Selection } from '../selections/selection.ts';
import { durationsOf, MEDIAN_AND_P90, waitsByKey } from './sliced-steps.ts';

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

export async function performanceGraph(selection: Selection): Promise<PerformanceGraph> {
  const ends = await selection.rows<{ first: number; last: number; cases: number; events: number }>(
    `select first_activity as first, last_activity as last, count(*) as cases, sum(events) as events
    from ${selection.from('cases')} group by all`,
  );
  const cases = ends.reduce((total, one) => total + one.cases, 0);
  const events = ends.reduce((total, one) => total + one.events, 0);
  const us = waitOf(selection.question.workingDays);
  const waits = await waitsByKey(selection, { key: 'edge', us, percentiles: MEDIAN_AND_P90 });
  const names = await activitiesByNumber(selection.store);
  const pairs = await selection.rows<{ edge: number; from: number; to: number }>(
    'select edge, from_activity as from, to_activity as to from edge',
  );
  const pairOf = new Map(pairs.map(({ edge, from, to }) => [edge, { from: names.get(from)!, to: names.get(to)! }]));
  return {
    cases,
    events,
    edges: [...waits]
      .map(([edge, one]) => ({ ...pairOf.get(edge)!, count: one.n, seconds: durationsOf(one) }))
      .sort((a, b) => b.seconds.sum - a.seconds.sum || byText(a.from, b.from) || byText(a.to, b.to)),
    start: byActivity(ends.map(({ first, cases: n }) => [names.get(first)!, n])),
    end: byActivity(ends.map(({ last, cases: n }) => [names.get(last)!, n])),
  };
}

/** The most frequent first. */
function byActivity(counts: readonly (readonly [name: string, cases: number])[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [name, cases] of counts) sums.set(name, (sums.get(name) ?? 0) + cases);
  return Object.fromEntries([...sums].sort(([one, n], [other, m]) => m - n || byText(one, other)));
}
