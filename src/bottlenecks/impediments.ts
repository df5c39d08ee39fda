import { dateOfEpochDay } from '../event-sourcing/days.ts';
import type { Selection } from './selection.ts';

/** Days on which something held cases up; those on which it did so twice over count once. */
export interface HeldUp {
  readonly caseDays: number;
  /** Those of them on which the case was waiting for its home: the others came after it. */
  readonly waitingCaseDays: number;
  readonly cases: number;
  /** Cases that it held up after they were housed or had left. */
  readonly laterCases: number;
  /** Cases that it holds up now. */
  readonly open: number;
  /** Calendar months; those without a day are left out. */
  readonly months: readonly { readonly month: string; readonly caseDays: number; readonly cases: number }[];
}

export interface Impediments {
  /** Day until which open ones have lasted. */
  readonly on: string;
  readonly total: HeldUp;
  /** Most days first. Together they may come to more than the total, as more than one may hold up a case on a day. */
  readonly codes: readonly (HeldUp & { readonly code: string })[];
  readonly owners: readonly (HeldUp & { readonly owner: string })[];
  /** `phase` null: it was not said which term is held up. */
  readonly phases: readonly (HeldUp & { readonly phase: string | null })[];
}

type Kind = 'total' | 'code' | 'owner' | 'phase';
type Keyed = HeldUp & { readonly kind: Kind; readonly key: string | null };

/**
 * An impediment lasts from the day it is reported until the day it is resolved. One that never was lasts until its case is housed or
 * has left; where it was reported after that, until the case is closed, or until now.
 */
export async function impediments(selection: Selection): Promise<Impediments> {
  const on = await selection.day();
  await takeLasted(selection, on);
  const months = await selection.rows<HeldUp['months'][number] & Pick<Keyed, 'kind' | 'key'>>(
    `select kind, key, strftime(month, '%Y-%m') as month, count(distinct case_no) as cases,
      sum(least(until_day, ${dayOf('month + interval 1 month')}) - greatest(from_day, ${dayOf('month')})) as "caseDays"
    from (
      select *, unnest(generate_series(date_trunc('month', make_date(from_day)), make_date(until_day - 1), interval 1 month)) as month
      from held_up
    ) group by kind, key, month order by month`,
  );
  const counts = await selection.rows<Omit<Keyed, 'months'>>(
    `select counted.kind, counted.key, coalesce(days, 0) as "caseDays", coalesce(waiting_days, 0) as "waitingCaseDays", cases, coalesce(later, 0) as "laterCases", open from (
      select kind, key, count(distinct case_no) as cases, count(distinct case_no) filter (is_open) as open from lasted group by kind, key
    ) counted left join (
      select kind, key, sum(until_day - from_day) as days, count(distinct case_no) filter (until_day > ended_day) as later,
        sum(greatest(least(until_day, coalesce(ended_day, until_day)) - from_day, 0)) as waiting_days
      from held_up group by kind, key
    ) held on held.kind = counted.kind and held.key is not distinct from counted.key
    order by "caseDays" desc, counted.key`,
  );
  const byKey = Map.groupBy(months, ({ kind, key }) => `${kind} ${key}`);
  const of = (sought: Kind): Keyed[] =>
    counts
      .filter(({ kind }) => kind === sought)
      .map((one) => ({ ...one, months: (byKey.get(`${one.kind} ${one.key}`) ?? []).map(monthOf) }));
  const [total] = of('total');
  return {
    on: dateOfEpochDay(on),
    total: total === undefined ? NOTHING : heldUp(total),
    codes: of('code').map((one) => ({ code: one.key!, ...heldUp(one) })),
    owners: of('owner').map((one) => ({ owner: one.key!, ...heldUp(one) })),
    phases: of('phase').map((one) => ({ phase: one.key, ...heldUp(one) })),
  };
}

const NOTHING: HeldUp = { caseDays: 0, waitingCaseDays: 0, cases: 0, laterCases: 0, open: 0, months: [] };

function heldUp({ caseDays, waitingCaseDays, cases, laterCases, open, months }: Keyed): HeldUp {
  return { caseDays, waitingCaseDays, cases, laterCases, open, months };
}

function monthOf({ month, caseDays, cases }: HeldUp['months'][number]): HeldUp['months'][number] {
  return { month, caseDays, cases };
}

/**
 * Impediments as `lasted`, once for each way of dividing them; and as `held_up` the days on which they held up their case, without
 * those on which another of the same kind did so already.
 */
async function takeLasted(selection: Selection, on: number): Promise<void> {
  await selection.run(`
    create or replace temp table lasted as
    select case_no, from_day, least(coalesce(until_day, ${on}), ${on}) as until_day, ended_day, coalesce(until_day > ${on}, true) as is_open,
      unnest([
        {kind: 'total', key: null}, {kind: 'code', key: code}, {kind: 'owner', key: owner}, {kind: 'phase', key: phase}
      ], recursive := true)
    from (
      select case_no, code, owner, phase, fromDay as from_day, ended_day,
        case when untilDay is not null then untilDay when fromDay < ended_day then ended_day
          when closed_day is not null then greatest(closed_day, fromDay) end as until_day
      from ${selection.from('impediments')}
        join (select case_no, ${dayOf('least(ended, censored)')} as ended_day from (${await selection.lifetimes()})) lifetime using (case_no)
        left join (
          select case_no, ${dayOf('max(started)')} as closed_day from ${selection.table('event')} as event
          where activity = (select activity from activity where name = 'CaseEnded') group by case_no
        ) closing using (case_no)
      where fromDay <= ${on}
    )`);
  await selection.run(`
    create or replace temp table held_up as
    select * from (
      select * replace (greatest(from_day, coalesce(max(until_day) over before, from_day)) as from_day) from lasted
      window before as (partition by kind, key, case_no order by from_day, until_day rows between unbounded preceding and 1 preceding)
    ) where from_day < until_day`);
}

const DAY_US = 86_400_000_000;

function dayOf(time: string): string {
  return `(epoch_us(${time}) // ${DAY_US})::integer`;
}
