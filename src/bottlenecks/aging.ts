import { placeSql, runsSql } from './phases.ts';
import type { Selection } from './selection.ts';
import { refuseWithoutEnds } from './survival.ts';

/** Ages of open cases: how long ago they began, and how long they have stood where they stand. */
export interface Aging {
  readonly now: string;
  readonly cases: number;
  readonly seconds: Ages | null;
  readonly phases: readonly {
    /** The activity they came to last; of own cases the phase of the journey they are in. */
    readonly activity: string;
    readonly cases: number;
    readonly seconds: Ages;
    /** How long it took to go on from there, of all who did: an age beyond p85 is unusual. Null if none did. */
    readonly bands: { readonly p50: number; readonly p85: number; readonly p95: number } | null;
  }[];
}

interface Ages {
  readonly min: number;
  readonly median: number;
  readonly p85: number;
  readonly p95: number;
  readonly max: number;
}

export async function aging(selection: Selection): Promise<Aging> {
  refuseWithoutEnds(selection, 'aging');
  const now = await selection.now();
  const open = await openSql(selection);
  const { moment, cases, seconds } = await selection.row<{ moment: string; cases: number; seconds: Ages | null }>(
    `select strftime(${now}, '%Y-%m-%dT%H:%M:%S.%gZ') as moment, count(*) as cases, ${agesSql('age')} as seconds from (${open})`,
  );
  const { standing, going } = selection.ofOwnCases ? await inPhases(selection) : inActivities(selection);
  const phases = await selection.rows<Aging['phases'][number]>(
    `select activity, cases, seconds, bands from (
      select activity, count(*) as cases, ${agesSql(`greatest(epoch_us(${now}) - epoch_us(entered), 0)`)} as seconds
      from (${open}) join (${standing}) using (case_no) group by activity
    ) left join (
      select activity, struct_pack(p50 := quantile_cont(us, 0.5) / 1e6, p85 := quantile_cont(us, 0.85) / 1e6,
        p95 := quantile_cont(us, 0.95) / 1e6) as bands
      from (${going}) group by activity
    ) using (activity) order by cases desc, activity`,
  );
  return { now: moment, cases, seconds: cases === 0 ? null : seconds, phases };
}

/** A query with a row an open case: case_no, age in microseconds. */
export async function openSql(selection: Selection): Promise<string> {
  const now = await selection.now();
  return `select case_no, epoch_us(${now}) - epoch_us(began) as age
    from (${await selection.lifetimes()}) where began <= ${now} and coalesce(least(ended, censored) > ${now}, true)`;
}

/** Two queries: where each case stands, and since when; and how long it took to go on, of all who did. */
interface Standing {
  readonly standing: string;
  readonly going: string;
}

export function inActivities(selection: Selection): Standing {
  return {
    standing: `select case_no, name as activity, entered
      from ${selection.table('cases')} as cases join activity on activity.activity = last_activity`,
    going: `select name as activity, us from ${selection.from('step')} join edge using (edge)
      join activity on activity.activity = from_activity where from_activity <> to_activity`,
  };
}

/** Neither a hand-over nor a suspension begins a phase anew. Where two run at once, a case stands in the one that began last. */
export async function inPhases(selection: Selection): Promise<Standing> {
  const runs = `(${runsSql(selection, await selection.day())}) where phase <> 'WHOLE'`;
  return {
    standing: `select case_no, arg_max(phase, fromDay * 10 + ${placeSql('phase')}) as activity, make_date(max(fromDay))::timestamp as entered
      from ${runs} and reached_day is null and stopped_day is null group by case_no`,
    going: `select phase as activity, (reached_day - fromDay) * ${DAY_US} as us from ${runs} and reached_day is not null`,
  };
}

const DAY_US = '86400000000::bigint';

function agesSql(us: string): string {
  return `struct_pack(min := min(${us}) / 1e6, median := quantile_cont(${us}, 0.5) / 1e6, p85 := quantile_cont(${us}, 0.85) / 1e6,
    p95 := quantile_cont(${us}, 0.95) / 1e6, max := max(${us}) / 1e6)`;
}
