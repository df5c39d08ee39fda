/** Seconds, unrounded. Percentiles are interpolated between the two values they lie between, as numpy does by default. */
export interface Durations {
  readonly min: number;
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
  readonly max: number;
  readonly sum: number;
  /** Of a sample (n − 1); null for a single one. */
  readonly stdev: number | null;
}

/** Aggregates over a column of microseconds, as one SQL struct in the shape of `Durations`. */
export function durationsSql(us: string): string {
  return `struct_pack(
    min := min(${us}) / 1e6, mean := sum(${us})::double / count(*) / 1e6, median := quantile_cont(${us}, 0.5) / 1e6,
    p90 := quantile_cont(${us}, 0.9) / 1e6, max := max(${us}) / 1e6, sum := sum(${us})::double / 1e6,
    stdev := stddev_samp(${us}) / 1e6)`;
}

/** Time on working days between two moments is kept for steps and whole cases only. */
export function waitOf(workingDays: boolean | undefined): 'us' | 'working_us' {
  return workingDays ? 'working_us' : 'us';
}
