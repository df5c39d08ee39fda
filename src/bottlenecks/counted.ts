/** A value that stands so many times. */
export interface Counted {
  readonly value: number;
  readonly n: number;
}

/** Interpolated between the two values it lies between, as numpy does by default. @param counted ascending, at least one */
export function percentileOf(counted: readonly Counted[], part: number): number {
  const rank = part * (sumOf(counted, ({ n }) => n) - 1);
  const low = valueAt(counted, Math.floor(rank));
  return low + (valueAt(counted, Math.ceil(rank)) - low) * (rank - Math.floor(rank));
}

export function sumOf<T>(all: readonly T[], number: (one: T) => number): number {
  return all.reduce((sum, one) => sum + number(one), 0);
}

/** @param rank from 0 */
function valueAt(counted: readonly Counted[], rank: number): number {
  let before = 0;
  for (const { value, n } of counted) if (rank < (before += n)) return value;
  throw new Error('a rank beyond the last');
}
