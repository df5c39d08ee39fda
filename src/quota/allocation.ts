import type { PeriodFacts } from './quota-book.ts';
import { startOf } from './quota-period.ts';
import type { Rounding } from './quota.events.ts';

/** What quotas are reckoned from, of the municipalities as they were known. */
export interface Municipalities {
  /** Codes of those that existed on a day. */
  existingOn(date: string): readonly string[];
  /** The one that had taken its place by a day; itself where nothing did. */
  successor(code: string, date: string): string;
  /** Inhabitants by code, predecessors and successors alike; undefined: not known for this reference date. */
  inhabitants(referenceDate: string): ReadonlyMap<string, number> | undefined;
}

/** Where the quota of a municipality comes from. */
export const QUOTA_ORIGINS = ['COMPUTED', 'OFFICIAL', 'EXEMPT', 'NONE'] as const;
export type QuotaOrigin = (typeof QUOTA_ORIGINS)[number];

export interface MunicipalQuota {
  /** Persons, transfers included. */
  readonly quota: number;
  readonly origin: QuotaOrigin;
}

/** How a national total is divided over the municipalities of a half-year. */
export interface Allocation {
  /** That exist on its first day. */
  readonly existing: ReadonlySet<string>;
  /** Of those; undefined where one of them has no figure for the reference date. */
  readonly inhabitants: ReadonlyMap<string, number> | undefined;
  /** By art. 29; empty where there is no total or no inhabitants. */
  readonly computed: ReadonlyMap<string, number>;
  readonly quotaOf: (municipality: string) => MunicipalQuota;
}

export function allocationOf(facts: PeriodFacts, municipalities: Municipalities): Allocation {
  const { period, rules, statutoryTotal } = facts;
  const existing = new Set(municipalities.existingOn(startOf(period)));
  const inhabitants = inhabitantsOf(existing, municipalities.inhabitants(rules.inhabitantsOn));
  const computed =
    statutoryTotal === null || inhabitants === undefined
      ? new Map<string, number>()
      : allocate(statutoryTotal.persons, inhabitants, rules.rounding);
  return { existing, inhabitants, computed, quotaOf: (municipality) => quotaOf(municipality, facts, computed) };
}

/**
 * Quotas in persons, by code: `total × inhabitants / inhabitants of all`, rounded up (art. 29 of the Housing Act 2014) or to the
 * nearest, halves up. Each is rounded for itself, so that together they are more than the total: that is the rule, and stays.
 * Exact: reckoned in whole numbers.
 * @param total persons, a whole number from 0 on
 */
export function allocate(
  total: number,
  inhabitants: ReadonlyMap<string, number>,
  rounding: Rounding,
): ReadonlyMap<string, number> {
  const all = BigInt([...inhabitants.values()].reduce((sum, own) => sum + own, 0));
  return new Map(
    [...inhabitants].map(([code, own]) => {
      const share = BigInt(total) * BigInt(own);
      const rounded = rounding === 'UP' ? (share + all - 1n) / all : (2n * share + all) / (2n * all);
      return [code, Number(rounded)];
    }),
  );
}

function quotaOf(
  municipality: string,
  { official, exempt, transfers }: PeriodFacts,
  computed: ReadonlyMap<string, number>,
): MunicipalQuota {
  let quota = 0;
  let origin: QuotaOrigin = 'NONE';
  if (exempt.has(municipality)) origin = 'EXEMPT';
  else if (official.has(municipality)) [quota, origin] = [official.get(municipality)!, 'OFFICIAL'];
  else if (computed.has(municipality)) [quota, origin] = [computed.get(municipality)!, 'COMPUTED'];
  for (const { from, to, persons } of transfers) {
    if (from === municipality) quota -= persons;
    if (to === municipality) quota += persons;
  }
  return { quota, origin };
}

/** Of the municipalities of the half-year; undefined where one of them has no figure. */
function inhabitantsOf(
  existing: ReadonlySet<string>,
  figures: ReadonlyMap<string, number> | undefined,
): ReadonlyMap<string, number> | undefined {
  if (figures === undefined || existing.size === 0) return undefined;
  const own = new Map<string, number>();
  for (const code of existing) {
    const figure = figures.get(code);
    if (figure === undefined) return undefined;
    own.set(code, figure);
  }
  return own;
}
