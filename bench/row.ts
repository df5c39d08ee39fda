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
