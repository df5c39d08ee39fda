import type { Rounding } from './quota.events.ts';

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
