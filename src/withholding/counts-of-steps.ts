import type { PerformanceGraph } from '../bottlenecks/performance-graph.ts';
import type { Rework } from '../bottlenecks/rework.ts';
import type { Variants } from '../bottlenecks/variants.ts';
import { edgeKey } from './support.ts';

/** A process map, and what comes back in it, without how long anything took. */
export interface CountsOfSteps {
  readonly map: Pick<PerformanceGraph, 'cases' | 'events' | 'start' | 'end'> & {
    readonly edges: readonly Pick<PerformanceGraph['edges'][number], 'from' | 'to' | 'count'>[];
  };
  readonly rework: Readonly<Record<string, Pick<Rework[string], 'cases' | 'selfLoops' | 'repetitions'>>>;
  /** Different cases behind each edge, and behind the loops and the repetitions of each activity. */
  readonly behind: ReadonlyMap<string, number>;
}

export const loopsKey = (activity: string): string => `loops\n${activity}`;
export const repetitionsKey = (activity: string): string => `repetitions\n${activity}`;

/** Sequences tell which steps they have: to count them, no step need be looked at. */
export function countsOfSteps({ variants }: Variants): CountsOfSteps {
  const [start, end, edges, behind] = [new Tally(), new Tally(), new Tally(), new Tally()];
  const rework: Record<string, { cases: number; selfLoops: number; repetitions: number }> = {};
  let cases = 0;
  let events = 0;
  for (const { activities, cases: n } of variants) {
    cases += n;
    events += n * activities.length;
    start.add(activities[0]!, n);
    end.add(activities.at(-1)!, n);
    const [times, loops, steps] = [new Tally(), new Tally(), new Tally()];
    for (const [at, to] of activities.entries()) {
      times.add(to, 1);
      if (at === 0) continue;
      const from = activities[at - 1]!;
      steps.add(edgeKey({ from, to }), 1);
      if (from === to) loops.add(to, 1);
    }
    for (const [edge, count] of steps.counts) {
      edges.add(edge, n * count);
      behind.add(edge, n);
    }
    for (const [activity, count] of times.counts) {
      if (count === 1) continue;
      const selfLoops = loops.counts.get(activity) ?? 0;
      const repetitions = count - 1 - selfLoops;
      const so = (rework[activity] ??= { cases: 0, selfLoops: 0, repetitions: 0 });
      so.cases += n;
      so.selfLoops += n * selfLoops;
      so.repetitions += n * repetitions;
      if (selfLoops > 0) behind.add(loopsKey(activity), n);
      if (repetitions > 0) behind.add(repetitionsKey(activity), n);
    }
  }
  return {
    map: {
      cases,
      events,
      edges: [...edges.counts].map(([key, count]) => {
        const [from, to] = key.split('\n') as [string, string];
        return { from, to, count };
      }),
      start: Object.fromEntries(start.counts),
      end: Object.fromEntries(end.counts),
    },
    rework,
    behind: behind.counts,
  };
}

class Tally {
  readonly counts = new Map<string, number>();

  add(key: string, n: number): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + n);
  }
}
