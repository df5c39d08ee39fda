import { dateOfEpochDay, epochDay } from '../event-sourcing/days.ts';
import { firstOf, monthSql } from './calendar-sql.ts';
import { sumOf } from './counted.ts';
import { byText } from './durations.ts';
import { QuestionRefused } from '../selections/question-refused.ts';
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

/** Ways of putting impediments together: bit and columns are those of `case-table/impediments.ts`. */
export const HELD_BY = { total: 1, code: 2, owner: 4, phase: 8 } as const;
export type HeldBy = keyof typeof HELD_BY;

/** What impediments are put together by. */
interface Sort {
  readonly code: string;
  readonly owner: string;
  readonly phase: string | null;
}
type Counts = Omit<HeldUp, 'months'>;
/** Columns `days_total`, `days_code` … */
type SortCounts = Sort & { readonly [C in keyof Counts as `${C}_${HeldBy}`]: number };

/** Spans of days that one after the other add to those before, which begin and end in the same months. */
interface Spans extends Sort {
  /** Of which ways of putting together: a sum of bits. */
  readonly ways: number;
  /** Months since the year 0, in which they begin, end, and are the first of their case; and the one after their last day. */
  readonly beginMonth: number;
  readonly endMonth: number;
  readonly newMonth: number;
  readonly afterMonth: number;
  readonly n: number;
  /** Sums of days since 1970-01-01. */
  readonly begins: number;
  readonly ends: number;
}

/**
 * How long an impediment lasts, and what it adds to others of its case, is worked out with the case (`case-table/impediments.ts`):
 * here days and cases are only summed.
 */
export async function impediments(selection: Selection): Promise<Impediments> {
  const { endActivities, endAttribute } = selection.question;
  if (endActivities !== undefined || endAttribute !== undefined)
    throw new QuestionRefused(
      'impediments hold a case up until it is housed or has left, and no other end can be told of it',
    );
  const on = await selection.day();
  const ways = Object.keys(HELD_BY) as readonly HeldBy[];
  const counts = await selection.rows<SortCounts>(
    `select code, owner, phase, ${ways.map(countsSql).join()} from (${lastedSql(selection, on)}) group by all`,
  );
  const spans = await selection.rows<Spans>(spansSql(selection, on, ways));
  const by = (way: HeldBy): (HeldUp & { readonly key: string | null })[] => {
    const keyOf = (of: Sort): string | null => (way === 'total' ? null : of[way]);
    const spansOf = Map.groupBy(
      spans.filter((one) => (one.ways & HELD_BY[way]) > 0),
      keyOf,
    );
    return [...Map.groupBy(counts, keyOf)]
      .map(([key, sorts]) => {
        const sum = (of: keyof Counts): number => sumOf(sorts, (sort) => sort[`${of}_${way}`]);
        return {
          key,
          caseDays: sum('caseDays'),
          waitingCaseDays: sum('waitingCaseDays'),
          cases: sum('cases'),
          laterCases: sum('laterCases'),
          open: sum('open'),
          months: monthsOf(spansOf.get(key) ?? []),
        };
      })
      .toSorted((a, b) => b.caseDays - a.caseDays || byText(a.key ?? '', b.key ?? ''));
  };
  const [total] = by('total');
  return {
    on: dateOfEpochDay(on),
    total: total === undefined ? NOTHING : withoutKey(total),
    codes: by('code').map((one) => ({ code: one.key!, ...withoutKey(one) })),
    owners: by('owner').map((one) => ({ owner: one.key!, ...withoutKey(one) })),
    phases: by('phase').map((one) => ({ phase: one.key, ...withoutKey(one) })),
  };
}

const NOTHING: HeldUp = { caseDays: 0, waitingCaseDays: 0, cases: 0, laterCases: 0, open: 0, months: [] };

function withoutKey({ key: _, ...heldUp }: HeldUp & { readonly key: string | null }): HeldUp {
  return heldUp;
}

/** A query with a row for each impediment that was reported by a day, with the day until which it had lasted by then. */
export function lastedSql(selection: Selection, on: number): string {
  return `select impediments.*, least(heldUntilDay, ${on}) as until_day, coalesce(heldUntilDay > ${on}, true) as is_open
    from ${selection.from('impediments')} where fromDay <= ${on}`;
}

function countsSql(way: HeldBy): string {
  const [bit, day] = [HELD_BY[way], `${way}Day`];
  return [
    `coalesce(sum(greatest(until_day - ${day}, 0)), 0)::bigint as "caseDays_${way}"`,
    `coalesce(sum(greatest(least(until_day, endedDay) - ${day}, 0)), 0)::bigint as "waitingCaseDays_${way}"`,
    `count(*) filter (firstOf & ${bit} > 0) as "cases_${way}"`,
    `count(*) filter (laterOf & ${bit} > 0 and until_day > endedDay and ${day} < until_day) as "laterCases_${way}"`,
    `count(*) filter (is_open and ${day} <= until_day) as "open_${way}"`,
  ].join();
}

/** Most impediments add all their days, whatever they are put together by: they are looked at once for all ways. */
function spansSql(selection: Selection, on: number, ways: readonly HeldBy[]): string {
  const isPlain = ways
    .flatMap((way) => [`${way}Day is not distinct from totalDay`, `${way}Month is not distinct from totalMonth`])
    .join(' and ');
  const all = Object.values(HELD_BY).reduce((sum, bit) => sum + bit, 0);
  const each = ways.map((way) => `{ways: ${HELD_BY[way]}, day: ${way}Day, new: ${way}Month}`);
  return `with lasted as (select *, ${isPlain} as plain from (${lastedSql(selection, on)}))
    select code, owner, phase, ways, ${monthOf('day')} as "beginMonth", ${monthOf('until_day')} as "endMonth", new as "newMonth",
      ${monthOf('until_day - 1')} + 1 as "afterMonth", count(*) as n, sum(day)::bigint as begins, sum(until_day)::bigint as ends
    from (
      select code, owner, phase, ${all} as ways, totalDay as day, totalMonth as new, until_day from lasted where plain
      union all by name
      select code, owner, phase, until_day, unnest([${each.join()}], recursive := true) from lasted where not plain
    ) where day < until_day group by all`;
}

/** Days and cases of each month. */
function monthsOf(spans: readonly Spans[]): HeldUp['months'] {
  if (spans.length === 0) return [];
  /** Days of all spans before a month. */
  const daysBefore = (month: number): number => {
    const day = epochDay(firstOf(month));
    return sumOf(
      spans,
      ({ beginMonth, endMonth, n, begins, ends }) =>
        (beginMonth < month ? n * day - begins : 0) - (endMonth < month ? n * day - ends : 0),
    );
  };
  const casesIn = (month: number): number =>
    sumOf(spans, ({ newMonth, afterMonth, n }) => (newMonth <= month && month < afterMonth ? n : 0));
  const first = Math.min(...spans.map(({ beginMonth }) => beginMonth));
  const last = Math.max(...spans.map(({ endMonth }) => endMonth));
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
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
