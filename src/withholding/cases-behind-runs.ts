import { REACHED } from '../bottlenecks/phases.ts';

/*
 * Queries for `key` and `cases`, of runs as `takeAlike` has just counted them. To tell cases apart is what costs: where one can have
 * several runs, it is taken that each has as many as any.
 */

/** How often each phase runs in one case at most, where that is more than once. */
export const MOST_RUNS = `select 'runs' || chr(10) || phase as key, 1 + max(again) as cases
  from unsettled where begun group by phase having max(again) > 0`;

/** Of so many cases, at least, are some runs of each phase: `these (phase, runs)`. */
const OF_CASES = `ceil(runs::double / (1 + coalesce((select max(again) from unsettled others where begun and others.phase = these.phase), 0)))::integer`;

/** In how many cases, at least, a phase has reached its milestone. */
export const WENT_ON = `select phase as key, ${OF_CASES} as cases
  from (select phase, sum(n) as runs from alike where reached group by phase) these`;

/** In how many, at least, it has stood still, and in how many of those it has reached its milestone. */
export function stoodStill(on: number): string {
  const cases = (key: string, which: string): string =>
    `select '${key}' || chr(10) || phase as key, ${OF_CASES} as cases
    from (select phase, sum(n) as runs from unsettled where begun and ${which} group by phase) these`;
  return `${cases('suspended', `(suspendedDays > 0 or suspendedSince < ${on})`)}
    union all ${cases('suspended, reached', `suspendedDays > 0 and not open and ${REACHED}`)}`;
}
