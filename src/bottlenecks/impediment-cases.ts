import { sqlText } from '../analytic-store/sql-text.ts';
import { daySql } from './calendar-sql.ts';
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
  const { from, until, having } = windowOf(only);
  return `select case_no, sum(greatest(${until} - ${from}, 0))::bigint * ${DAY_US} as us
    from (
      select * replace (greatest(from_day, coalesce(max(until_day) over before, from_day)) as from_day) from (
        select * from (${await lastedSql(selection, on)}) where ${isMeant}
      ) window before as (partition by case_no order by from_day, until_day rows between unbounded preceding and 1 preceding)
    ) group by case_no having ${having}`;
}

const DAY_US = 86_400_000_000;
const NEVER = 2_147_483_647;

function windowOf(only: HeldUpBy['only']): { readonly from: string; readonly until: string; readonly having: string } {
  const whole = { from: 'from_day', until: 'until_day' };
  const hasDays = (from: string, until: string) => ({ from, until, having: `max(${until} - ${from}) > 0` });
  if (only === undefined) return { ...whole, having: 'true' };
  if (only === 'open') return { ...whole, having: 'bool_or(is_open)' };
  if (only === 'later') return hasDays(`greatest(from_day, coalesce(ended_day, ${NEVER}))`, 'until_day');
  const first = `date ${sqlText(`${only.month}-01`)}`;
  const [begins, ends] = [daySql(`${first}::timestamp`), daySql(`${first} + interval 1 month`)];
  return hasDays(`greatest(from_day, ${begins})`, `least(until_day, ${ends})`);
}

function name(text: string | null): string {
  return text === null ? 'null' : sqlText(text);
}
