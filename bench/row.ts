/** One line of the table. What a line promises stands beside it: a ratio to another line, or a bound. */
export interface BenchRow {
  readonly what: string;
  readonly perSecond?: number;
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  readonly peakRssMiB?: number;
  /** What `ratio` is to. */
  readonly of?: string;
  readonly ratio?: number;
  /** The least the ratio should be. */
  readonly target?: number;
  /** The most the ratio should be or, where there is none, `p95Ms`. */
  readonly limit?: number;
}

/** Whether a line keeps its promise; undefined where it makes none. */
export function holds({ ratio, p95Ms, target, limit }: BenchRow): boolean | undefined {
  const measured = ratio ?? p95Ms;
  if (measured === undefined || (target === undefined && limit === undefined)) return undefined;
  return (target === undefined || measured >= target) && (limit === undefined || measured <= limit);
}

/**
 * Events a second that reading and parsing alone came to on the machine for which bounds in absolute numbers were set. Read in
 * the same run here, it says what they come to on this one.
 */
export const READ_PER_SECOND_THERE = 560_000;

/** What was measured against reading and parsing in the same run, where it was to be so many a second there. */
export function againstReading(what: string, perSecond: number, readPerSecond: number, leastThere: number): BenchRow {
  return {
    what: `${what} against read and parse`,
    of: 'read and parse alone',
    ratio: perSecond / readPerSecond,
    target: Number((leastThere / READ_PER_SECOND_THERE).toFixed(3)),
  };
}
