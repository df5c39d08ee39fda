import type { PhaseDurations } from '../bottlenecks/phases.ts';

/** What a result does not tell itself, and has to be known before it is shown. */
export interface Support {
  readonly endings?: Endings;
  /** Open cases by the phase in which they stand. */
  readonly standing?: Readonly<Record<string, number>>;
  /** The phases of the same cases, as they are shown. */
  readonly phases?: readonly { readonly [K in keyof PhaseDurations]: PhaseDurations[K] | null }[];
  /** Different cases behind a number that counts something else, by a key that its measure makes. */
  readonly cases: ReadonlyMap<string, number>;
  /** Who acts on an impediment, by its code, where that is one. */
  readonly owners?: ReadonlyMap<string, string>;
}

/** How many of the cases that are meant have ended, are open, and ended in another way than their aim. */
export interface Endings {
  readonly ended: number;
  readonly open: number;
  readonly censored: number;
}

/** A measure as it may be shown: a number that is withheld is null, rows that are withheld stand together as `other`. Null: nothing of it. */
export type ShownResult = Readonly<Record<string, unknown>> | null;

export type Withholding<R> = (result: R, least: number, support: Support) => ShownResult;

/** Keys of what `Support.cases` counts. */
export function edgeKey({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${from}\n${to}`;
}
