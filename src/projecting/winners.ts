import { ALWAYS, Intervals, type KnownRow } from './known-rows.ts';
import type { Value } from './projection.ts';

/** A row that may win: it knows which stream it is of. */
export interface Candidate extends KnownRow {
  readonly stream: string;
}

/**
 * Who wins an election, and when, in canonical form: on each day the first of the candidates known then. `key` of a winner is
 * its stream.
 * @param candidates rows with one value in the column the election is per
 * @param orderBy places of the columns to order by
 */
export function winners(
  candidates: readonly Candidate[],
  orderBy: readonly number[],
  daily: boolean,
): readonly KnownRow[] {
  if (candidates.length === 1) {
    const { stream, values, from, until } = candidates[0]!;
    return [{ key: stream, values, from, until }];
  }
  const ordered = candidates.toSorted((a, b) => precedence(a, b, orderBy));
  const intervals = new Intervals();
  for (const day of daily ? daysOfChange(candidates) : [ALWAYS]) {
    const winner = ordered.find(({ from, until }) => from <= day && (until === null || until > day));
    intervals.at(day, winner ? [{ key: winner.stream, values: winner.values }] : []);
  }
  return intervals.all();
}

function daysOfChange(candidates: readonly Candidate[]): readonly string[] {
  const days = new Set<string>();
  for (const { from, until } of candidates) {
    days.add(from);
    if (until !== null) days.add(until);
  }
  return [...days].sort();
}

function precedence(a: Candidate, b: Candidate, orderBy: readonly number[]): number {
  for (const place of orderBy) {
    const order = compare(a.values[place]!, b.values[place]!);
    if (order !== 0) return order;
  }
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
  // Two rows of one stream: any fixed order will do, as long as it is the same every time.
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}
