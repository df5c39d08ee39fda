import type { Punctuality } from '../bottlenecks/phases.ts';
import { adding, isNoneOrEnough, sumOf, total, withheldCells, type Sum } from './withheld-cells.ts';
import type { Endings } from './support.ts';

/**
 * How cases ended, as every measure may tell it of the same selection: how many are open is told by several, so that the others must
 * not follow from it.
 * @returns withheld numbers as null; `notEnded`, those that are open or ended in another way
 */
export function toldEndings(endings: Endings, least: number): Record<keyof Endings | 'notEnded', number | null> {
  const counts = { ...endings, notEnded: endings.open + endings.censored };
  const keys = Object.keys(counts) as (keyof typeof counts)[];
  const isToldAnyway = isOpenTold(endings, least);
  const cells = keys
    .filter((key) => key !== 'open' || !isToldAnyway)
    .map((key) => ({ key, cases: counts[key], value: counts[key] }));
  const withheld = withheldCells(
    cells,
    [
      adding('APART', ['ended', 'notEnded']),
      adding('APART', ['ended', 'open', 'censored']),
      adding('APART', ['open', 'censored'], 'notEnded'),
    ],
    least,
    isToldAnyway ? new Set() : new Set(['open']),
  );
  const isHidden = (key: keyof typeof counts): boolean =>
    withheld === 'ALL' ? !(key === 'open' && isToldAnyway) : withheld.has(key);
  return Object.fromEntries(keys.map((key) => [key, isHidden(key) ? null : counts[key]])) as Record<
    keyof typeof counts,
    number | null
  >;
}

/** Whether it may be told how many are open, and so how many are not. */
export function isOpenTold({ ended, open, censored }: Endings, least: number): boolean {
  return isNoneOrEnough(open, least) && isNoneOrEnough(ended + censored, least);
}

/**
 * Where open cases stand adds up to how many are open, which is told. What several measures tell of it, they withhold alike.
 * @param counts by phase
 * @returns keys of phases; among them `elsewhere` where it is withheld how many stand in none
 */
export function withheldStanding(
  counts: Readonly<Record<string, number>>,
  open: number,
  least: number,
): { readonly withheld: ReadonlySet<string> | 'ALL'; readonly elsewhere: string } {
  const cells = Object.entries(counts).map(([key, value]) => ({ key, cases: value, value }));
  const rest = Math.max(open - sumOf(cells), 0);
  const all = [...cells, { key: ELSEWHERE, cases: rest, value: rest }];
  // Who waits for a second link stands with those who wait for the first: both go on to the same phase, so that
  // `phases` need not withhold more; of `aging` it may cost the larger row.
  const few = all.filter(({ cases }) => !isNoneOrEnough(cases, least)).map(({ key }) => key);
  const beside = new Set(few.length === 1 && few[0] === 'RELINK' ? ['LINK'] : []);
  return { withheld: withheldCells(all, [total('APART', all)], least, beside), elsewhere: ELSEWHERE };
}

const ELSEWHERE = '';

const FELL_DUE = ['inTime', 'late', 'openOverdue', 'stoppedLate'] as const;
const OF_ALL = ['due', 'notYetDue', 'stoppedInTime', 'withoutDue'] as const;
/** How cases or runs can stand towards what is due. */
export const STANDINGS = [...FELL_DUE, ...OF_ALL] as const satisfies readonly (keyof Punctuality)[];

/**
 * How cases stand towards what is due, as it may be told beside how they ended: who left by the due day and who left later have left,
 * and often who is in time and who is late has reached the end.
 */
export function withheldStandings(
  counts: Readonly<Record<(typeof STANDINGS)[number], number>>,
  endings: Endings | undefined,
  least: number,
): ReadonlySet<string> | 'ALL' {
  const cells = STANDINGS.map((key) => ({ key, value: counts[key], cases: counts[key] }));
  const told = endings === undefined ? undefined : toldEndings(endings, least);
  const ends = Object.entries(STANDINGS_OF).filter(
    ([ending, of]) => told?.[ending as keyof Endings] === of.reduce((sum, standing) => sum + counts[standing], 0),
  );
  return withheldCells(cells, [...standingSums(), ...ends.map(([, of]) => adding('APART', of))], least);
}

/** Which standings those have that ended, are open, or left, where all who ended fell due. */
export const STANDINGS_OF = {
  ended: ['inTime', 'late'],
  open: ['openOverdue', 'notYetDue', 'withoutDue'],
  censored: ['stoppedLate', 'stoppedInTime'],
} as const;

/** Of what fell due there are four kinds, and of all of them that and three more. @param cell the key of a standing; `whole`: that of all */
export function standingSums(cell: (standing: string) => string = (standing) => standing, whole?: string): Sum[] {
  return [adding('APART', FELL_DUE.map(cell), cell('due')), adding('APART', OF_ALL.map(cell), whole)];
}
