import { punctualitySql, runsSql, shareOf, type Punctuality } from './phases.ts';
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
  /** Ended in another way than its aim: after the due date, which makes it late; before it, so that it never fell due. */
  readonly stoppedLate: number;
  readonly stoppedInTime: number;
  readonly share: number | null;
}

/**
 * Own cases are judged by the term for the whole, as everywhere else in the product, unless the caller says what their due
 * date is.
 */
export async function onTime(selection: Selection): Promise<OnTime> {
  refuseWithoutEnds(selection, 'on-time');
  if (selection.ofOwnCases && selection.question.dueAttribute === undefined) return await ownOnTime(selection);
  const now = await selection.now();
  const due = await selection.due();
  const counts = await selection.row<Omit<OnTime, 'share'>>(
    `select count(*) as cases, count(*) filter (fell) as due,
      count(*) filter (fell and ended <= due) as "onTime",
      count(*) filter (fell and ended > due and ended <= ${now}) as late,
      count(*) filter (fell and (ended is null or ended > ${now}) and censored is null) as "openOverdue",
      count(*) filter (fell and censored > due) as "stoppedLate", count(*) filter (censored <= due) as "stoppedInTime",
      count(*) filter (due > ${now} and censored is null) as "notYetDue", count(*) filter (due is null) as "withoutDue"
    from (
      select *, due <= ${now} and coalesce(censored > due, true) as fell from (
        select ended, ${due} as due,
          case when censored <= ${now} and coalesce(censored < ended, true) then censored end as censored
        from (${await selection.lifetimes()}) lifetime join ${selection.table('cases')} as cases using (case_no)
      )
    )`,
  );
  return { ...counts, share: counts.due === 0 ? null : counts.onTime / counts.due };
}

async function ownOnTime(selection: Selection): Promise<OnTime> {
  const on = await selection.day();
  const { inTime, ...counts } = await selection.row<Omit<Punctuality, 'share'> & { cases: number }>(
    `select count(*) as cases, ${punctualitySql(on)} from (${runsSql(selection, on)}) where phase = 'WHOLE'`,
  );
  return { ...counts, onTime: inTime, share: shareOf({ due: counts.due, inTime }) };
}
