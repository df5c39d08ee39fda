import type { QuotaPeriod } from './quota-period.ts';

export const QUOTA_CATEGORY = 'quota';

/** One stream a half-year: `quota-2017H1`. */
export function quotaStream(period: QuotaPeriod): string {
  return `${QUOTA_CATEGORY}-${period}`;
}

/** How firm a national total is, from the first reckoning on; the political target stands beside them and obliges nobody. */
export const TOTAL_KINDS = ['COMPUTED_NEED', 'FORECAST', 'FIXED', 'REVISED', 'POLITICAL_TARGET'] as const;
export type TotalKind = (typeof TOTAL_KINDS)[number];

/** `UP` is the rule of art. 29 of the Housing Act 2014; published tables of some years fit `NEAREST`. */
export const ROUNDINGS = ['UP', 'NEAREST'] as const;
export type Rounding = (typeof ROUNDINGS)[number];

/** How the quotas of a half-year are reckoned and judged. */
export interface QuotaRules {
  readonly rounding: Rounding;
  /** Reference date of the inhabitants (ISO). */
  readonly inhabitantsOn: string;
  /** On track is a realisation within so many percent of the corrected quota from what is expected. */
  readonly onTrackPercent: number;
}

/** By code of the municipality. */
export type PerMunicipality = Readonly<Record<string, number>>;

interface Quoted<Type extends string, Data> {
  readonly type: Type;
  /** `occurredOn`: when it was published or decided. */
  readonly data: { readonly period: QuotaPeriod; readonly occurredOn: string } & Data;
}

/** What is published and decided of one half-year. All is kept; what comes later supersedes, it does not overwrite. */
export type QuotaFact =
  | Quoted<
      'NationalTotalPublished',
      { readonly kind: TotalKind; readonly persons: number; readonly source: string | null }
    >
  | Quoted<'QuotaRulesSet', QuotaRules & { readonly reason: string | null }>
  /** Official figures go before computed ones. */
  | Quoted<'OfficialQuotasPublished', { readonly persons: PerMunicipality; readonly source: string | null }>
  | Quoted<'QuotaExempted', { readonly municipality: string; readonly reason: string }>
  /** Art. 29(2): municipalities agree that one does so much of the other's. */
  | Quoted<
      'QuotaTransferred',
      { readonly from: string; readonly to: string; readonly persons: number; readonly reason: string | null }
    >
  /** What the first half-year of the ledger begins with: arrears above zero, an advance below. */
  | Quoted<'OpeningBalancesSet', { readonly arrears: PerMunicipality; readonly source: string | null }>;

export type QuotaEvent =
  | QuotaFact
  | {
      readonly type: 'QuotaFactRetracted';
      readonly data: { readonly period: QuotaPeriod; readonly eventId: string; readonly reason: string };
    };
