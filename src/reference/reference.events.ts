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

export interface Municipality {
  /** CBS code: `GM` and four digits. */
  readonly code: string;
  readonly name: string;
  /** CBS code: `PV` and two digits. */
  readonly province: string;
}

/** A later record for the same `validFrom` or reference date supersedes the earlier one. */
export type ReferenceEvent =
  | { readonly type: 'NormTermsSet'; readonly data: { readonly validFrom: string } & NormTerms }
  | { readonly type: 'CountingRulesSet'; readonly data: { readonly validFrom: string } & CountingRules }
  /** All that exist from a day on. */
  | {
      readonly type: 'MunicipalitiesListed';
      readonly data: {
        readonly validFrom: string;
        readonly source: string;
        readonly municipalities: readonly Municipality[];
      };
    }
  /** By code: who came in its place. */
  | {
      readonly type: 'MunicipalitiesReorganised';
      readonly data: { readonly effectiveOn: string; readonly successors: Readonly<Record<string, string>> };
    }
  /** Numbers by code, on one reference date. */
  | {
      readonly type: 'InhabitantsPublished';
      readonly data: {
        readonly referenceDate: string;
        readonly source: string;
        readonly inhabitants: Readonly<Record<string, number>>;
      };
    };

export const REFERENCE_CATEGORY = 'reference';
export const NORM_TERMS_STREAM = 'reference-norm-terms';
export const COUNTING_RULES_STREAM = 'reference-counting-rules';

/** Names by CBS code. */
export const PROVINCES: ReadonlyMap<string, string> = new Map([
  ['PV20', 'Groningen'],
  ['PV21', 'Friesland'],
  ['PV22', 'Drenthe'],
  ['PV23', 'Overijssel'],
  ['PV24', 'Flevoland'],
  ['PV25', 'Gelderland'],
  ['PV26', 'Utrecht'],
  ['PV27', 'Noord-Holland'],
  ['PV28', 'Zuid-Holland'],
  ['PV29', 'Zeeland'],
  ['PV30', 'Noord-Brabant'],
  ['PV31', 'Limburg'],
]);
