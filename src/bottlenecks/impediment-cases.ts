import { sqlText } from '../analytic-store/sql-text.ts';
import { DAY_US } from '../analytic-store/own-columns.ts';
import { daySql } from '../analytic-store/calendar-sql.ts';
import { lastedSql } from './impediments.ts';
import type { Selection } from '../selections/selection.ts';

/** Which number of the measure of impediments (see `impediments`): of its total, unless a row is named. */
export interface HeldUpBy {
  readonly row?: { readonly by: 'code' | 'owner' | 'phase'; readonly name: string | null };
  /** Only cases that are held up now; that were after they were housed or had left; or that were in a month. */
  readonly only?: 'open' | 'later' | { readonly month: string };
}

/** A query with a row a case: case_no; us, the days that are meant, those of several impediments at once counted once. */
export async function heldUpSql(selection: Selection, { row, only }: HeldUpBy): Promise<string> {
  const on = await selection.day();
  const isMeant = row === undefined ? 'true' : `${row.by} is not distinct from ${name(row.name)}`;
  const { from, until, meant } = windowOf(only);
  return `select case_no, coalesce(sum(${until} - ${from}) filter (day < until_day and ${from} < ${until}), 0)::bigint * ${DAY_US} as us
    from (select *, ${row?.by ?? 'total'}Day as day from (${lastedSql(selection, on)})) where ${isMeant} group by case_no having ${meant}`;
}

/** Days of an impediment, and which of them are meant. */
interface Window {
  readonly from: string;
  readonly until: string;
  /** What must hold of the impediments of a case. */
  readonly meant: string;
}

function windowOf(only: HeldUpBy['only']): Window {
  const whole = { from: 'day', until: 'until_day' };
  const within = (from: string, until: string): Window => ({
    from,
    until,
    meant: `bool_or(day < until_day and ${from} < ${until})`,
  });
  if (only === undefined) return { ...whole, meant: 'true' };
  if (only === 'open') return { ...whole, meant: 'bool_or(is_open)' };
  if (only === 'later') return within('greatest(day, endedDay)', 'case when endedDay is not null then until_day end');
  const first = `date ${sqlText(`${only.month}-01`)}`;
  const [begins, ends] = [daySql(`${first}::timestamp`), daySql(`${first} + interval 1 month`)];
  return within(`greatest(day, ${begins})`, `least(until_day, ${ends})`);
}

function name(text: string | null): string {
  return text === null ? 'null' : sqlText(text);
}
