import { countsSql, shareOf, takeAlike, RUN_STANDINGS, type Punctuality } from './phases.ts';
import type { Selection } from '../selections/selection.ts';
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

/** Own cases are judged by the term for the whole, as everywhere else in the product; of others it is said when they are due. */
export async function onTime(selection: Selection): Promise<OnTime> {
  refuseWithoutEnds(selection, 'on-time');
  if (selection.ofOwnCases) return await ownOnTime(selection);
  const now = await selection.now();
  const counts = await selection.row<Omit<OnTime, 'share'>>(
    `select count(*) as cases, ${countsSql(standingsAt(now))}
    from (${await dueSql(selection)})`,
  );
  return { ...counts, share: counts.due === 0 ? null : counts.onTime / counts.due };
}

/**
 * A query with a row for each case of a log that has not begun after now: case_no, began, ended, due.
 * @throws QuestionRefused
 */
export async function dueSql(selection: Selection): Promise<string> {
  const begun = `coalesce(began <= ${await selection.now()}, true)`;
  return `select case_no, began, ended, ${await selection.due()} as due from (${await selection.lifetimes(begun)}) cases`;
}

/** Which cases of a log stand how: none is known to end in another way than its aim. */
export function standingsAt(now: string): Readonly<Record<Exclude<keyof OnTime, 'cases' | 'share'>, string>> {
  return {
    due: `due <= ${now}`,
    onTime: `due <= ${now} and ended <= due`,
    late: `due <= ${now} and ended > due and ended <= ${now}`,
    openOverdue: `due <= ${now} and coalesce(ended > ${now}, true)`,
    stoppedLate: 'false',
    stoppedInTime: 'false',
    notYetDue: `due > ${now}`,
    withoutDue: 'due is null',
  };
}

async function ownOnTime(selection: Selection): Promise<OnTime> {
  const on = await selection.day();
  await takeAlike(selection, on, `phase = 'WHOLE'`);
  const { inTime, ...counts } = await selection.row<Omit<Punctuality, 'share'> & { cases: number }>(
    `select coalesce(sum(n), 0) as cases, ${countsSql(RUN_STANDINGS, 'n')} from alike`,
  );
  return { ...counts, onTime: inTime, share: shareOf({ due: counts.due, inTime }) };
}
