import type { ShownResult } from '../withholding/support.ts';

type Shown = Readonly<Record<string, unknown>>;

/** What tells a row of a list from another; a list without any of it is no table, and has no differences. */
export const NAMES = 'from to day month activity activities phase code owner version rule'.split(' ');

/**
 * By how much numbers of the second selection are more than those of the first. Only where both are shown: what is withheld of
 * one is in no difference. Rows are compared with the row of the same name.
 */
export function differences(first: ShownResult, second: ShownResult): Shown | null {
  return first === null || second === null ? null : between(first, second);
}

function between(first: Shown, second: Shown): Shown {
  const parts = Object.keys(first).flatMap((key): [string, unknown][] => {
    const [one, other] = [first[key], second[key]];
    if (typeof one === 'number' && typeof other === 'number') return [[key, other - one]];
    if (Array.isArray(one) && Array.isArray(other)) {
      const rows = ofRows(one as readonly unknown[], other as readonly unknown[]);
      return rows === undefined ? [] : [[key, rows]];
    }
    return isShown(one) && isShown(other) ? [[key, between(one, other)]] : [];
  });
  return Object.fromEntries(parts);
}

function ofRows(first: readonly unknown[], second: readonly unknown[]): readonly Shown[] | undefined {
  const rows = [...first, ...second].filter(isShown);
  // Of two that are empty it is not known what they hold.
  if (rows.length === 0 || rows.length < first.length + second.length) return undefined;
  if (rows.some((row) => namesOf(row) === undefined)) return undefined;
  const others = new Map(second.filter(isShown).map((row) => [namesOf(row)!, row]));
  return first.filter(isShown).flatMap((row) => {
    const name = namesOf(row)!;
    const other = others.get(name);
    return other === undefined ? [] : [{ ...(JSON.parse(name) as Shown), ...between(row, other) }];
  });
}

function namesOf(row: Shown): string | undefined {
  const names = NAMES.filter((name) => name in row && typeof row[name] !== 'number');
  return names.length === 0 ? undefined : JSON.stringify(Object.fromEntries(names.map((name) => [name, row[name]])));
}

function isShown(value: unknown): value is Shown {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
