import type { Channel, HousingKind } from '../journey/cases.events.ts';

/** What views compute with: rule sets that hold from a date on, until the next one. Never edited, only superseded. */
export interface NormTerms {
  /** Calendar days from the permit to the link. */
  readonly linkDays: number;
  /** From the link to the offer of the home. */
  readonly homeDays: number;
  /** From the start of the tenancy to the move-in. */
  readonly moveDays: number;
  /** From the permit to the move-in, judged on its own. */
  readonly wholeDays: number;
  /** Days by which one term can be extended in all; null: no maximum. */
  readonly maximumExtensionDays: number | null;
  /** Days after which the terms of a case can't be suspended once more; null: no maximum. */
  readonly maximumSuspensionDays: number | null;
}

/** What counts as a realised placement against the quota. */
export interface CountingRules {
  /** Kinds of housing a move into which counts. */
  readonly countedHousing: readonly HousingKind[];
  /** Inflow channels whose persons count. */
  readonly countedChannels: readonly Channel[];
  /** Following family counts, in the sponsor's municipality. */
  readonly followingFamilyCounts: boolean;
  /** A child born after the move-in counts. */
  readonly bornAfterMoveInCounts: boolean;
}

/** A later record for the same `validFrom` supersedes the earlier one. */
export type ReferenceEvent =
  | { readonly type: 'NormTermsSet'; readonly data: { readonly validFrom: string } & NormTerms }
  | { readonly type: 'CountingRulesSet'; readonly data: { readonly validFrom: string } & CountingRules };

export const NORM_TERMS_STREAM = 'reference-norm-terms';
export const COUNTING_RULES_STREAM = 'reference-counting-rules';
