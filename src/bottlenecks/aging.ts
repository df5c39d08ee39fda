import type { Selection } from './selection.ts';
import { refuseWithoutEnds } from './survival.ts';

/** Ages of open cases: how long ago they began, and how long they have stood in the activity they came to last. */
export interface Aging {
  readonly now: string;
  readonly cases: number;
  readonly seconds: Ages | null;
  readonly phases: readonly {
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
  const open = `
    select case_no, last_activity as activity, epoch_us(${now}) - epoch_us(began) as age,
      greatest(epoch_us(${now}) - epoch_us(entered), 0) as phase_age
    from (${await selection.lifetimes()}) lifetime join ${selection.table('cases')} as cases using (case_no)
    where began <= ${now} and (ended is null or ended > ${now})`;
  const { moment, cases, seconds } = await selection.row<{ moment: string; cases: number; seconds: Ages | null }>(
    `select strftime(${now}, '%Y-%m-%dT%H:%M:%S.%gZ') as moment, count(*) as cases, ${agesSql('age')} as seconds from (${open})`,
  );
  const phases = await selection.rows<Aging['phases'][number]>(
    `select name as activity, cases, seconds, bands from (
      select activity, count(*) as cases, ${agesSql('phase_age')} as seconds from (${open}) group by activity
    ) join activity using (activity) left join (
      select from_activity as activity, struct_pack(p50 := quantile_cont(us, 0.5) / 1e6, p85 := quantile_cont(us, 0.85) / 1e6,
        p95 := quantile_cont(us, 0.95) / 1e6) as bands
      from ${selection.from('step')} join edge using (edge) where from_activity <> to_activity group by 1
    ) using (activity) order by cases desc, name`,
  );
  return { now: moment, cases, seconds: cases === 0 ? null : seconds, phases };
}

function agesSql(us: string): string {
  return `struct_pack(min := min(${us}) / 1e6, median := quantile_cont(${us}, 0.5) / 1e6, p85 := quantile_cont(${us}, 0.85) / 1e6,
    p95 := quantile_cont(${us}, 0.95) / 1e6, max := max(${us}) / 1e6)`;
}
