import { dateOfEpochDay } from '../event-sourcing/days.ts';
import { percentileOf, sumOf, type Counted } from './counted.ts';
import type { Selection } from '../selections/selection.ts';

/** How runs of a phase stand towards their norm term on a day. */
export interface Punctuality {
  /** Runs whose due day has passed, unless they stopped by it without having reached what was asked: only these are judged. */
  readonly due: number;
  readonly inTime: number;
  readonly late: number;
  readonly openOverdue: number;
  /** Stopped after their due day, without having reached what was asked. */
  readonly stoppedLate: number;
  /** Due on that day or later, whether they have reached it already or not. */
  readonly notYetDue: number;
  /** Stopped by their due day. */
  readonly stoppedInTime: number;
  /** There is no norm, or the term stands still. */
  readonly withoutDue: number;
  /** In time, of all that fell due. */
  readonly share: number | null;
}

/** Runs of a phase: from one milestone of the journey to the next, anew after a new link or tenancy. */
export interface PhaseDurations extends Punctuality {
  /** LINK, RELINK, HOME, TENANCY, MOVE; WHOLE: from the permit until the household lives in its home. */
  readonly phase: string;
  readonly cases: number;
  readonly runs: number;
  /** Reached the next milestone; stopped without it; still run. */
  readonly reached: number;
  readonly stopped: number;
  readonly open: number;
  /** How long those took that reached it. */
  readonly seconds: Readonly<Record<'min' | 'median' | 'p75' | 'p90' | 'p95' | 'max' | 'mean', number>> | null;
  /** Open runs that stand still; and how long all runs have stood still until now. */
  readonly suspended: number;
  readonly suspendedSeconds: number;
}

export interface Phases {
  /** Day on which they were looked at. */
  readonly on: string;
  /** Whether suspended time is left out of `seconds`. */
  readonly withoutSuspended: boolean;
  /** In the order of the journey. */
  readonly phases: readonly PhaseDurations[];
}

const DAY_SECONDS = 86_400;

/** Phases of own cases against their norm terms, which run in calendar days; suspensions and extensions have moved what is due. */
export async function phases(selection: Selection): Promise<Phases> {
  const on = await selection.day();
  const { withoutSuspended = false } = selection.question;
  const took = withoutSuspended ? 'greatest(reached_day - fromDay - suspendedDays, 0)' : 'reached_day - fromDay';
  // Lengths are whole days: runs that took as long and stand alike are put together, and only those groups are looked at closer.
  await selection.run(`
    create or replace temp table alike as
    select phase, ${took} as took, ${STANDS.join()}, count(*) as n,
      count(*) filter (again = 0) as firsts, sum(suspendedDays + greatest(${on} - coalesce(suspendedSince, ${on}), 0)) as still
    from (${runsSql(selection, on)}) group by all`);
  const counts = await selection.rows<Omit<PhaseDurations, 'share' | 'seconds'>>(
    `select phase, sum(firsts) as cases, sum(n) as runs, ${countsSql({ ...RUN_COURSES, ...RUN_STANDINGS }, 'n')}, sum(still) * ${DAY_SECONDS} as "suspendedSeconds"
    from alike group by phase order by phase`,
  );
  const lengths = await selection.rows<Counted & { phase: string }>(
    'select phase, took as value, sum(n) as n from alike where reached group by all order by value',
  );
  const byPhase = Map.groupBy(lengths, ({ phase }) => phase);
  return {
    on: dateOfEpochDay(on),
    withoutSuspended,
    phases: counts.map((row) => ({
      ...row,
      seconds: spreadOf(byPhase.get(row.phase) ?? []),
      share: shareOf(row),
    })),
  };
}

function spreadOf(days: readonly Counted[]): PhaseDurations['seconds'] {
  if (days.length === 0) return null;
  const at = (part: number): number => percentileOf(days, part) * DAY_SECONDS;
  const n = sumOf(days, (one) => one.n);
  return {
    min: days[0]!.value * DAY_SECONDS,
    median: at(0.5),
    p75: at(0.75),
    p90: at(0.9),
    p95: at(0.95),
    max: days.at(-1)!.value * DAY_SECONDS,
    mean: (sumOf(days, (one) => one.value * one.n) / n) * DAY_SECONDS,
  };
}

/** What is told of a run by `runsSql` besides its days; null where it has no due day, or has not reached or stopped. */
const STANDS = ['reached', 'stopped', 'fallen', 'kept', 'stopped_in_time', 'suspended'] as const;

/**
 * Runs that have begun by a day, and what had become of them by then. The due day is included: what is reached on it is in time, and
 * what is open is late from the day after it.
 */
export function runsSql(selection: Selection, on: number): string {
  const by = (day: string): string => `case when ${day} <= ${on} then greatest(${day}, fromDay) end`;
  return `select *, reached_day is not null as reached, stopped_day is not null as stopped, dueDay < ${on} as fallen,
      reached_day <= dueDay as kept, stopped_day <= dueDay as stopped_in_time, suspendedSince <= ${on} as suspended
    from (
      select phases.*, ${by('reachedDay')} as reached_day, case when reachedDay is null then ${by('stoppedDay')} end as stopped_day
      from ${selection.from('phases')} where fromDay <= ${on}
    )`;
}

/** How many of some rows stand how, as columns of a query. @param n a column that tells how many a row stands for */
export function countsSql(conditions: Readonly<Record<string, string>>, n?: string): string {
  return Object.entries(conditions)
    .map(([name, condition]) => {
      const count = n === undefined ? 'count(*)' : `sum(${n})`;
      return `coalesce(${count} filter (${condition}), 0) as "${name}"`;
    })
    .join(', ');
}

/** Which runs have come how far. */
export const RUN_COURSES = {
  reached: 'reached',
  stopped: 'stopped',
  open: 'not reached and not stopped',
  suspended: 'not reached and not stopped and suspended',
} as const;

const DUE = 'fallen and not coalesce(stopped_in_time, false)';

/** Which runs stand how. */
export const RUN_STANDINGS: Readonly<Record<Exclude<keyof Punctuality, 'share'>, string>> = {
  due: DUE,
  inTime: `${DUE} and kept`,
  late: `${DUE} and not kept`,
  openOverdue: `${DUE} and not reached and not stopped`,
  stoppedLate: `${DUE} and not stopped_in_time`,
  notYetDue: 'not fallen and not stopped',
  stoppedInTime: 'stopped_in_time',
  withoutDue: 'fallen is null',
};

export function shareOf({ due, inTime }: Pick<Punctuality, 'due' | 'inTime'>): number | null {
  return due === 0 ? null : inTime / due;
}
