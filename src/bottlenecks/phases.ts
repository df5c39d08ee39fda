import { dateOfEpochDay } from '../event-sourcing/days.ts';
import type { Selection } from './selection.ts';

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

const PHASES = ['LINK', 'RELINK', 'HOME', 'TENANCY', 'MOVE', 'WHOLE'];
const DAY_SECONDS = '86400::double';

/** Phases of own cases against their norm terms, which run in calendar days; suspensions and extensions have moved what is due. */
export async function phases(selection: Selection): Promise<Phases> {
  const on = await selection.day();
  const { withoutSuspended = false } = selection.question;
  const took = `${withoutSuspended ? 'greatest(reached_day - fromDay - suspendedDays, 0)' : '(reached_day - fromDay)'} * ${DAY_SECONDS}`;
  const rows = await selection.rows<Omit<PhaseDurations, 'share'>>(
    `select phase, count(distinct case_no) as cases, count(*) as runs,
      count(reached_day) as reached, count(stopped_day) as stopped, count(*) - count(reached_day) - count(stopped_day) as open,
      case when count(reached_day) > 0 then struct_pack(
        min := min(${took}), median := quantile_cont(${took}, 0.5), p75 := quantile_cont(${took}, 0.75),
        p90 := quantile_cont(${took}, 0.9), p95 := quantile_cont(${took}, 0.95), max := max(${took}), mean := avg(${took})
      ) end as seconds,
      ${punctualitySql(on)},
      count(*) filter (reached_day is null and stopped_day is null and suspendedSince <= ${on}) as suspended,
      sum(suspendedDays + greatest(${on} - coalesce(suspendedSince, ${on}), 0)) * ${DAY_SECONDS} as "suspendedSeconds"
    from (${runsSql(selection, on)}) group by phase order by ${placeSql('phase')}`,
  );
  return { on: dateOfEpochDay(on), withoutSuspended, phases: rows.map((row) => ({ ...row, share: shareOf(row) })) };
}

/** Place of a phase in the journey, from 1. */
export function placeSql(phase: string): string {
  return `list_position([${PHASES.map((one) => `'${one}'`).join()}], ${phase})`;
}

/** Runs that have begun by a day, and what had become of them by then. */
export function runsSql(selection: Selection, on: number): string {
  const by = (day: string): string => `case when ${day} <= ${on} then greatest(${day}, fromDay) end`;
  return `select phases.*, ${by('reachedDay')} as reached_day, case when reachedDay is null then ${by('stoppedDay')} end as stopped_day
    from ${selection.from('phases')} where fromDay <= ${on}`;
}

/** The due day is included: what is reached on it is in time, and what is open is late from the day after it. */
export function punctualitySql(on: number): string {
  return Object.entries(standingsOn(on))
    .map(([name, condition]) => `count(*) filter (${condition}) as "${name}"`)
    .join(', ');
}

/** Which runs stand how. */
export function standingsOn(on: number): Readonly<Record<Exclude<keyof Punctuality, 'share'>, string>> {
  const due = `dueDay < ${on} and (stopped_day is null or stopped_day > dueDay)`;
  return {
    due,
    inTime: `${due} and reached_day <= dueDay`,
    late: `${due} and reached_day > dueDay`,
    openOverdue: `${due} and reached_day is null and stopped_day is null`,
    stoppedLate: `${due} and stopped_day > dueDay`,
    notYetDue: `dueDay >= ${on} and stopped_day is null`,
    stoppedInTime: 'stopped_day <= dueDay',
    withoutDue: 'dueDay is null',
  };
}

export function shareOf({ due, inTime }: Pick<Punctuality, 'due' | 'inTime'>): number | null {
  return due === 0 ? null : inTime / due;
}
