import { dateOfEpochDay, epochDay } from '../event-sourcing/days.ts';
import { daySql, firstOf, monthSql } from './calendar-sql.ts';
import { sumOf } from './counted.ts';
import type { Selection } from '../selections/selection.ts';

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
type Key = { readonly kind: Kind; readonly key: string | null };
type Counts = Omit<HeldUp, 'months'>;

/** So many spans begin (or, negative, end) on a day, or in a month. */
interface Move extends Key {
  readonly unit: 'days' | 'months';
  /** Days since 1970-01-01, or months since the year 0. */
  readonly place: number;
  readonly n: number;
}

/**
 * An impediment lasts from the day it is reported until the day it is resolved. One that never was lasts until its case is housed or
 * has left; where it was reported after that, until the case is closed, or until now.
 */
export async function impediments(selection: Selection): Promise<Impediments> {
  const on = await selection.day();
  await takeLasted(selection, on);
  const counts = await selection.rows<Key & Counts>(
    `select any_value(kind) as kind, any_value(key) as key, sum(days)::bigint as "caseDays", sum(waiting_days)::bigint as "waitingCaseDays", sum(cases)::bigint as cases,
      sum(later)::bigint as "laterCases", sum(open)::bigint as open
    from (${aloneCounts()} union all by name (${severalCounts()})) join numbered using (number) group by number order by "caseDays" desc, key`,
  );
  const moves = await selection.rows<Move>(
    `select kind, key, unit, place, n from (
      select number, unit, place, sum(n)::bigint as n from (${aloneMoves()} union all by name (${severalMoves()})) group by all
    ) join numbered using (number) order by place`,
  );
  const movesOf = Map.groupBy(moves, ({ kind, key }) => `${kind} ${key}`);
  const of = (sought: Kind): (HeldUp & Key)[] =>
    counts
      .filter(({ kind }) => kind === sought)
      .map((one) => ({ ...one, months: monthsOf(movesOf.get(`${one.kind} ${one.key}`) ?? []) }));
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

function heldUp({ caseDays, waitingCaseDays, cases, laterCases, open, months }: HeldUp): HeldUp {
  return { caseDays, waitingCaseDays, cases, laterCases, open, months };
}

/** Days and cases of each month, from where spans begin and end. @param moves by day or month, ascending */
function monthsOf(moves: readonly Move[]): HeldUp['months'] {
  const byDay = moves.filter(({ unit }) => unit === 'days');
  const byMonth = moves.filter(({ unit }) => unit === 'months');
  if (byMonth.length === 0) return [];
  /** Days of all spans before a day. */
  const daysBefore = (day: number): number => sumOf(byDay, ({ place, n }) => n * Math.max(0, day - place));
  const casesIn = (month: number): number => sumOf(byMonth, ({ place, n }) => (place <= month ? n : 0));
  const [first, last] = [byMonth[0]!.place, byMonth.at(-1)!.place];
  return Array.from({ length: last - first }, (_, index) => first + index)
    .map((month) => ({
      month: firstOf(month).slice(0, 7),
      caseDays: daysBefore(epochDay(firstOf(month + 1))) - daysBefore(epochDay(firstOf(month))),
      cases: casesIn(month),
    }))
    .filter(({ caseDays }) => caseDays > 0);
}

/**
 * Impediments as `lasted`, with a number for what they are; `division` says under which numbers they are counted. Those that are the
 * only one of their case as `alone`; all others as `several`, once for each way of dividing them, and as `held_up` the days on
 * which they held up their case, without those on which another of the same kind did so already.
 */
async function takeLasted(selection: Selection, on: number): Promise<void> {
  // Numbers, as putting together by texts takes several times as long.
  await selection.run(`
    create or replace temp table sort as
    select row_number() over ()::integer as sort, code, owner, phase
    from (select distinct code, owner, phase from ${selection.from('impediments')})`);
  await selection.run(`
    create or replace temp table division as
    select sort, kind, key, (dense_rank() over (order by kind, key))::integer as number
    from (select sort, unnest([
      {kind: 'total', key: null}, {kind: 'code', key: code}, {kind: 'owner', key: owner}, {kind: 'phase', key: phase}
    ], recursive := true) from sort)`);
  await selection.run('create or replace temp view numbered as select distinct number, kind, key from division');
  await selection.run(`
    create or replace temp table lasted as
    select case_no, sort, from_day, until_day, ended_day, is_open from (${await lastedSql(selection, on)}) impediment
      join sort on sort.code = impediment.code and sort.owner = impediment.owner and sort.phase is not distinct from impediment.phase`);
  await selection.run(
    `create or replace temp table busy as select case_no from lasted group by case_no having count(*) > 1`,
  );
  await selection.run('create or replace temp view alone as from lasted anti join busy using (case_no)');
  await selection.run(`
    create or replace temp table several as
    select number, case_no, from_day, until_day, ended_day, is_open
    from lasted semi join busy using (case_no) join division using (sort)`);
  await selection.run(`
    create or replace temp table held_up as
    select * from (
      select *, greatest(${monthOf('from_day')}, coalesce(max(${monthOf('until_day - 1')} + 1) over before, 0)) as from_month,
        ${monthOf('until_day - 1')} + 1 as until_month,
        greatest(from_day, coalesce(max(until_day) over before, from_day)) as first_day
      from several where from_day < until_day
      window before as (partition by number, case_no order by from_day, until_day rows between unbounded preceding and 1 preceding)
    ) where first_day < until_day`);
}

/** A query with a row for each impediment that was reported by a day, with the days from which and until which it had lasted by then. */
export async function lastedSql(selection: Selection, on: number): Promise<string> {
  return `select case_no, code, owner, phase, ended_day, from_day, least(until_day, ${on})::integer as until_day,
      coalesce(until_day > ${on}, true) as is_open
    from (
      select case_no, code, owner, phase, ended_day, fromDay as from_day,
        case when untilDay is not null then untilDay when fromDay < ended_day then ended_day
          when closed_day is not null then greatest(closed_day, fromDay) end as until_day
      from (select * from ${selection.from('impediments')} where fromDay <= ${on}) impediment
        join (select case_no, ${daySql('least(ended, censored)')} as ended_day from (${await selection.lifetimes()})) lifetime using (case_no)
        left join (
          select case_no, ${daySql('max(started)')} as closed_day from ${selection.table('event')} as event
          where activity = (select activity from activity where name = 'CaseEnded') group by case_no
        ) closing using (case_no)
    )`;
}

/** Counts by number; where a case has only one impediment, those of cases are those of impediments. */
function aloneCounts(): string {
  return `select * exclude (sort, kind, key) from (
    select sort, count(*) as cases, count(*) filter (is_open) as open,
      sum(greatest(until_day - from_day, 0)) as days,
      sum(greatest(least(until_day, coalesce(ended_day, until_day)) - from_day, 0)) as waiting_days,
      count(*) filter (from_day < until_day and until_day > ended_day) as later
    from alone group by sort
  ) join division using (sort)`;
}

function severalCounts(): string {
  return `select number, count(*) as cases, count(*) filter (is_open) as open, 0 as days, 0 as waiting_days, 0 as later
    from (select number, case_no, bool_or(is_open) as is_open from several group by number, case_no) group by number
    union all by name
    select number, sum(until_day - first_day) as days, count(distinct case_no) filter (until_day > ended_day) as later,
      sum(greatest(least(until_day, coalesce(ended_day, until_day)) - first_day, 0)) as waiting_days, 0 as cases, 0 as open
    from held_up group by number`;
}

function aloneMoves(): string {
  const ends = (day: string, month: string, sign: string): string =>
    `select sort, ${day} as day, ${month} as month, ${sign}count(*) as n from alone where from_day < until_day group by all`;
  return `select number, unit, place, n from (
    select sort, n, unnest([{unit: 'days', place: day}, {unit: 'months', place: month}], recursive := true)
    from (${ends('from_day', monthOf('from_day'), '')} union all ${ends('until_day', `${monthOf('until_day - 1')} + 1`, '-')})
  ) join division using (sort)`;
}

function severalMoves(): string {
  const ends = (unit: string, place: string, sign: string): string =>
    `select number, '${unit}' as unit, ${place} as place, ${sign}count(*) as n from held_up where from_month < until_month or '${unit}' = 'days' group by all`;
  return [
    ends('days', 'first_day', ''),
    ends('days', 'until_day', '-'),
    ends('months', 'from_month', ''),
    ends('months', 'until_month', '-'),
  ].join(' union all ');
}

function monthOf(day: string): string {
  return monthSql(`make_date(${day})`);
}
