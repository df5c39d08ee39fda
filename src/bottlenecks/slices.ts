/**
 * Values, counted by key and slice: columns with a row for each, ascending by slice. A value of a lower slice is not greater than one
 * of a higher.
 */
export interface Slices {
  readonly key: Float64Array;
  readonly slice: Float64Array;
  readonly n: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly sum: Float64Array;
  /** Of the values as a whole, not of a sample. */
  readonly variance: Float64Array;
}

/** The values of a group. */
export interface Summed {
  readonly n: number;
  readonly low: number;
  readonly high: number;
  readonly sum: number;
  /** Of a sample (n − 1); null for a single one. */
  readonly stdev: number | null;
  /** Of each percentile, in the order in which they were asked for: where the values lie between which it is interpolated. */
  readonly places: readonly (readonly [below: Place, above: Place])[];
}

/** Where the value of a rank lies: in a slice of so many values of the group, after so many of them. */
export interface Place {
  readonly slice: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly inSlice: number;
}

/**
 * Puts slices together by group, without a look into them.
 * @param groupOf the group of a key; undefined leaves it out
 * @param percentiles from 0 to 1
 */
export function summedByGroup(
  slices: Slices,
  groupOf: (key: number) => number | undefined,
  percentiles: readonly number[],
): ReadonlyMap<number, Summed> {
  const rowsOf = new Map<number, number[]>();
  for (let row = 0; row < slices.key.length; row++) {
    const group = groupOf(slices.key[row]!);
    if (group === undefined) continue;
    const rows = rowsOf.get(group);
    if (rows === undefined) rowsOf.set(group, [row]);
    else rows.push(row);
  }
  return new Map([...rowsOf].map(([group, rows]) => [group, summed(slices, rows, percentiles)]));
}

/** Variances are put together from those within slices and those of their means: no square is too large. */
function summed(slices: Slices, rows: readonly number[], percentiles: readonly number[]): Summed {
  const whole = { n: 0, low: Infinity, high: -Infinity, sum: 0 };
  for (const row of rows) {
    whole.n += slices.n[row]!;
    whole.low = Math.min(whole.low, slices.low[row]!);
    whole.high = Math.max(whole.high, slices.high[row]!);
    whole.sum += slices.sum[row]!;
  }
  const mean = whole.sum / whole.n;
  let squares = 0;
  for (const row of rows) {
    const n = slices.n[row]!;
    squares += n * (slices.variance[row]! + (slices.sum[row]! / n - mean) ** 2);
  }
  return {
    ...whole,
    stdev: whole.n > 1 ? Math.sqrt(squares / (whole.n - 1)) : null,
    places: percentiles.map((part) => {
      const rank = part * (whole.n - 1);
      return [placeOf(slices, rows, Math.floor(rank)), placeOf(slices, rows, Math.ceil(rank))];
    }),
  };
}

/** @param rank from 0 */
function placeOf({ slice, n, low, high }: Slices, rows: readonly number[], rank: number): Place {
  let at = 0;
  let before = 0;
  while (before + n[rows[at]!]! <= rank) before += n[rows[at++]!]!;
  const within = slice[rows[at]!]!;
  // The slice may have begun with rows of other keys.
  while (at > 0 && slice[rows[at - 1]!] === within) before -= n[rows[--at]!]!;
  const place = { slice: within, low: Infinity, high: -Infinity, n: 0, inSlice: rank - before };
  for (; at < rows.length && slice[rows[at]!] === within; at++) {
    const row = rows[at]!;
    place.low = Math.min(place.low, low[row]!);
    place.high = Math.max(place.high, high[row]!);
    place.n += n[row]!;
  }
  return place;
}
