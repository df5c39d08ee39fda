import type { Selection } from './selection.ts';
import { refuseWithoutEnds } from './survival.ts';

/** Cases that ended by their due date, of all that fell due: those that are still open are late, not absent. */
export interface OnTime {
  readonly cases: number;
  readonly due: number;
  readonly onTime: number;
  readonly late: number;
  readonly openOverdue: number;
  /** Due after now, and not counted; without a due date, the same. */
  readonly notYetDue: number;
  readonly withoutDue: number;
  readonly share: number | null;
}

export async function onTime(selection: Selection): Promise<OnTime> {
  refuseWithoutEnds(selection, 'on-time');
  const now = await selection.now();
  const due = await selection.due();
  const counts = await selection.row<Omit<OnTime, 'share'>>(
    `select count(*) as cases, count(*) filter (due <= ${now}) as due,
      count(*) filter (due <= ${now} and ended <= due) as "onTime",
      count(*) filter (due <= ${now} and ended > due and ended <= ${now}) as late,
      count(*) filter (due <= ${now} and (ended is null or ended > ${now})) as "openOverdue",
      count(*) filter (due > ${now}) as "notYetDue", count(*) filter (due is null) as "withoutDue"
    from (
      select ended, ${due} as due from (${await selection.lifetimes()}) lifetime join ${selection.table('cases')} as cases using (case_no)
    )`,
  );
  return { ...counts, share: counts.due === 0 ? null : counts.onTime / counts.due };
}
