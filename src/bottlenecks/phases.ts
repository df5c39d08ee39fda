import { COURSE } from '../analytic-store/own-columns.ts';
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
/** Runs that have reached the next milestone, or stopped, on whatever day. */
export const REACHED = `course in (${COURSE.reached}, ${COURSE.reachedLate}, ${COURSE.reachedWithoutDue})`;
const STOPPED = `course in (${COURSE.stopped}, ${COURSE.stoppedLate}, ${COURSE.stoppedWithoutDue})`;

/** Phases of own cases against their norm terms, which run in calendar days; suspensions and extensions have moved what is due. */
export async function phases(selection: Selection): Promise<Phases> {
  const on = await selection.day();
  const { withoutSuspended = false } = selection.question;
  const { suspended: _, ...courses } = RUN_COURSES;
  await takeAlike(selection, on);
  const counts = await selection.rows<
    Omit<PhaseDurations, 'cases' | 'share' | 'seconds' | 'suspended' | 'suspendedSeconds'>
  >(
    `select phase, sum(n) as runs, ${countsSql({ ...courses, ...RUN_STANDINGS }, 'n')} from alike group by phase order by phase`,
  );
  const special = await selection.rows<{ phase: string; again: number; still: number; days: number }>(
    `select phase, coalesce(sum(n) filter (again > 0), 0) as again, coalesce(sum(n) filter (open and suspendedSince <= ${on}), 0) as still,
      sum(n * (suspendedDays + greatest(${on} - suspendedSince, 0)))::bigint as days
    from unsettled where begun group by phase`,
  );
  const specialOf = new Map(special.map((one) => [one.phase, one]));
  const byPhase = await lengthsReached(selection, withoutSuspended);
  return {
    on: dateOfEpochDay(on),
    withoutSuspended,
    phases: counts.map((row) => ({
      ...row,
      cases: row.runs - (specialOf.get(row.phase)?.again ?? 0),
      suspended: specialOf.get(row.phase)?.still ?? 0,
      suspendedSeconds: (specialOf.get(row.phase)?.days ?? 0) * DAY_SECONDS,
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

/**
 * Makes `alike`: how runs stand that have begun by a day (`reached`, `stopped`, `fallen`, `kept`, `stopped_in_time` as of `runsSql`),
 * how long those took that have ended (`took`), how many of those days they stood still (`suspendedDays`), and how many stand so (`n`).
 * Nearly all are counted by columns as they stand in the table, which is fast; `unsettled` are the others: they go on, begin, end or are due after that day, are not the first of their case in that phase, or have stood still.
 */
export async function takeAlike(selection: Selection, on: number, which = 'true'): Promise<void> {
  const runs = selection.from('phases');
  await selection.run(`
    create or replace temp table unsettled as
    select phase, course, dueDay, took, again, suspendedDays, suspendedSince, fromDay <= ${on} as begun,
      coalesce(ended_day > ${on}, true) as open, count(*) as n
    from ${runs} where settled_day > ${on} and (${which}) group by all`);
  const isInTime = (ended: string, inTime: number, late: number): string =>
    `case course when ${inTime} then true when ${late} then false end as ${ended}`;
  await selection.run(`
    create or replace temp table alike as
    select *, ${REACHED} as reached, ${STOPPED} as stopped, ${isInTime('kept', COURSE.reached, COURSE.reachedLate)},
      ${isInTime('stopped_in_time', COURSE.stopped, COURSE.stoppedLate)}
    from (
      select phase, course, took, if(course in (${COURSE.reachedWithoutDue}, ${COURSE.stoppedWithoutDue}), null, true) as fallen,
        0 as suspendedDays, sum(n) as n
      from (
        select phase, course, took, count(*) as n from ${runs} where ${which} group by all
        union all select phase, course, took, -n from unsettled
      ) group by all having sum(n) > 0
      union all
      select phase, if(open, ${COURSE.open}, course), if(open, null, took), dueDay < ${on}, suspendedDays, n from unsettled where begun
    )`);
}

/** By phase: how many days runs took that have reached the next milestone, ascending. Needs `alike`. */
export async function lengthsReached(
  selection: Selection,
  withoutSuspended = false,
): Promise<ReadonlyMap<string, readonly Counted[]>> {
  const days = await selection.rows<Counted & { phase: string }>(
    `select phase, ${withoutSuspended ? 'greatest(took - suspendedDays, 0)' : 'took'} as value, sum(n) as n
    from alike where reached group by all order by value`,
  );
  return Map.groupBy(days, ({ phase }) => phase);
}

/**
 * Runs that have begun by a day, and what had become of them by then. The due day is included: what is reached on it is in time, and
 * what is open is late from the day after it.
 * @param which a condition on them
 */
export function runsSql(selection: Selection, on: number, which = 'true'): string {
  const by = (ended: string): string => `case when ${ended} and ended_day <= ${on} then ended_day end`;
  return `select phases.*, ${by(REACHED)} as reached_day, ${by(STOPPED)} as stopped_day,
      reached_day is not null as reached, stopped_day is not null as stopped, dueDay < ${on} as fallen,
      reached_day <= dueDay as kept, stopped_day <= dueDay as stopped_in_time, suspendedSince <= ${on} as suspended
    from ${selection.from('phases')} ${selection.where('phases', `fromDay <= ${on} and (${which})`)}`;
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
