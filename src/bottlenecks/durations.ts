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

/** Time on working days between two moments is kept for steps and whole cases only. */
export function waitOf(workingDays: boolean | undefined): 'us' | 'working_us' {
  return workingDays ? 'working_us' : 'us';
}

/** Order of texts by their code units, the same on every machine. */
export function byText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
