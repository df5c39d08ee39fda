import { dateOfEpochDay, epochDay } from '../event-sourcing/days.ts';
import { HELD_BY, WAYS, type HeldBy } from '../analytic-store/own-columns.ts';
import { firstOf, monthSql } from '../analytic-store/calendar-sql.ts';
import { sumOf } from './counted.ts';
import { byText } from './durations.ts';
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

/** What impediments are put together by. */
interface Sort {
  readonly sort: number;
  readonly code: string;
  readonly owner: string;
  readonly phase: string | null;
}

/** Impediments of one sort that are alike: each is a sum of the bits of those ways in which it counts as a case. */
interface Alike {
  readonly sort: number;
  readonly first: number;
  readonly later: number;
  readonly open: number;
  readonly n: number;
}

/** Spans of days that impediments of one sort add to those before, and that begin and end in the same months. */
interface Spans {
  readonly sort: number;
  readonly ways: number;
  /** Months since the year 0, in which they begin, and are the first of their case; and the one after their last day. */
  readonly beginMonth: number;
  readonly newMonth: number;
  readonly afterMonth: number;
  readonly n: number;
  /** Sums of days since 1970-01-01; and of days that were waited. */
  readonly begins: number;
  readonly ends: number;
  readonly waited: number;
}

/**
 * How long an impediment lasts, and what it adds to others of its case, is worked out with the case (`case-table/impediments.ts`):
 * here days and cases are only summed.
 */
export async function impediments(selection: Selection): Promise<Impediments> {
  const on = await selection.day();
  const sorts = await selection.rows<Sort>('select * from own_sort');
  await selection.run(`create or replace temp table held as ${alikeSql(selection, on)}`);
  const alike = await selection.rows<Alike>('from held');
  const spans = await selection.rows<Spans>(spansSql(selection, on));
  const by = (way: HeldBy): { readonly key: string | null; readonly heldUp: HeldUp }[] => {
    const keys = new Map(sorts.map((one) => [one.sort, way === 'total' ? null : one[way]]));
    const counts = (ways: number): boolean => (ways & HELD_BY[way]) > 0;
    const spansOf = Map.groupBy(
      spans.filter(({ ways }) => counts(ways)),
      ({ sort }) => keys.get(sort)!,
    );
    return [...Map.groupBy(alike, ({ sort }) => keys.get(sort)!)]
      .map(([key, these]) => {
        const of = spansOf.get(key) ?? [];
        const casesIn = (in_: 'first' | 'later' | 'open'): number =>
          sumOf(these, (one) => (counts(one[in_]) ? one.n : 0));
        const heldUp = {
          caseDays: sumOf(of, ({ begins, ends }) => ends - begins),
          waitingCaseDays: sumOf(of, ({ waited }) => waited),
          cases: casesIn('first'),
          laterCases: casesIn('later'),
          open: casesIn('open'),
          months: monthsOf(of),
        };
        return { key, heldUp };
      })
      .toSorted((a, b) => b.heldUp.caseDays - a.heldUp.caseDays || byText(a.key ?? '', b.key ?? ''));
  };
  const [total] = by('total');
  return {
    on: dateOfEpochDay(on),
    total: total?.heldUp ?? NOTHING,
    codes: by('code').map(({ key, heldUp }) => ({ code: key!, ...heldUp })),
    owners: by('owner').map(({ key, heldUp }) => ({ owner: key!, ...heldUp })),
    phases: by('phase').map(({ key, heldUp }) => ({ phase: key, ...heldUp })),
  };
}

const NOTHING: HeldUp = { caseDays: 0, waitingCaseDays: 0, cases: 0, laterCases: 0, open: 0, months: [] };

/** A query with a row for each impediment that was reported by a day, with the day until which it had lasted by then. */
export function lastedSql(selection: Selection, on: number, which = 'true'): string {
  return `select impediments.*, least(heldUntilDay, ${on}) as until_day, coalesce(heldUntilDay > ${on}, true) as is_open
    from ${selection.from('impediments')} ${selection.where('impediments', `fromDay <= ${on} and (${which})`)}`;
}

/** Rows as `Alike`. Days that an impediment adds begin after those that others before it have added, so that none is open twice. */
function alikeSql(selection: Selection, on: number): string {
  const ways = (condition: (day: string) => string): string =>
    WAYS.map((way) => `if(${condition(`${way}Day`)}, ${HELD_BY[way]}, 0)`).join(' + ');
  return `select sort, first, later, open, count(*) as n from (
    select sort, firstOf as first,
      case when laterOf > 0 and until_day > endedDay then laterOf & (${ways((day) => `${day} < until_day`)}) else 0 end as later,
      case when is_open then ${ways((day) => `${day} <= until_day`)} else 0 end as open
    from (${lastedSql(selection, on)})
  ) group by all`;
}

/** Rows as `Spans`. Most impediments add all their days, whatever they are put together by: they are looked at once for all ways. */
function spansSql(selection: Selection, on: number): string {
  const each = WAYS.map((way) => `{ways: ${HELD_BY[way]}, day: ${way}Day, new: ${way}Month}`);
  const afterMonth = `if(heldUntilDay <= ${on}, after_month, ${monthOf(String(on - 1))} + 1)`;
  return `select sort, ways, begin_month as "beginMonth", new as "newMonth", ${afterMonth} as "afterMonth", count(*) as n,
      sum(day)::bigint as begins, sum(until_day)::bigint as ends,
      sum(greatest(least(until_day, endedDay) - day, 0))::bigint as waited
    from (
      select sort, ${sumOf(WAYS, (way) => HELD_BY[way])} as ways, totalDay as day, begin_month, totalMonth as new, until_day, endedDay, heldUntilDay, after_month
      from (${lastedSql(selection, on, 'plain and totalDay < until_day')})
      union all by name
      select *, ${monthOf('day')} as begin_month from (
        select sort, until_day, endedDay, heldUntilDay, after_month, unnest([${each.join()}], recursive := true) from (${lastedSql(selection, on, 'not plain')})
      ) where day < until_day
    ) group by all`;
}

/** Days and cases of each month. */
function monthsOf(spans: readonly Spans[]): HeldUp['months'] {
  if (spans.length === 0) return [];
  /** Days of all spans before a month. */
  const daysBefore = (month: number): number => {
    const day = epochDay(firstOf(month));
    return sumOf(
      spans,
      ({ beginMonth, afterMonth, n, begins, ends }) =>
        (beginMonth < month ? n * day - begins : 0) - (afterMonth <= month ? n * day - ends : 0),
    );
  };
  const casesIn = (month: number): number =>
    sumOf(spans, ({ newMonth, afterMonth, n }) => (newMonth <= month && month < afterMonth ? n : 0));
  const first = Math.min(...spans.map(({ beginMonth }) => beginMonth));
  const last = Math.max(...spans.map(({ afterMonth }) => afterMonth));
  return Array.from({ length: last - first }, (_, index) => first + index)
    .map((month) => ({
      month: firstOf(month).slice(0, 7),
      caseDays: daysBefore(month + 1) - daysBefore(month),
      cases: casesIn(month),
    }))
    .filter(({ caseDays }) => caseDays > 0);
}

function monthOf(day: string): string {
  return monthSql(`make_date(${day})`);
}
