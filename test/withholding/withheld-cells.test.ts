import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leastWithheld, withheldCells, type Cell, type Sum } from '../../src/withholding/withheld-cells.ts';

const LEAST = 5;

function counts(numbers: Readonly<Record<string, number>>): readonly Cell[] {
  return Object.entries(numbers).map(([key, value]) => ({ key, cases: value, value }));
}

function total(tells: Sum['tells'], ...keys: readonly string[]): Sum {
  return { tells, of: keys.map((key) => [key, 1]) };
}

function withheldOf(numbers: Readonly<Record<string, number>>, ...sums: readonly Sum[]): readonly string[] | 'ALL' {
  const withheld = withheldCells(counts(numbers), sums, LEAST);
  return withheld === 'ALL' ? withheld : [...withheld].sort();
}

describe('What is withheld of a table', () => {
  it('is nothing where every number is about enough cases, or about none', () => {
    expect(withheldOf({ a: 5, b: 100, c: 0 }, total('APART', 'a', 'b', 'c'))).toEqual([]);
  });

  it('is each number about too few cases', () => {
    expect(withheldOf({ a: 4, b: 100 })).toEqual(['a']);
  });

  it('is a second number, the smallest, where a total would tell the first', () => {
    expect(withheldOf({ a: 4, b: 100, c: 7 }, total('APART', 'a', 'b', 'c'))).toEqual(['a', 'c']);
  });

  it('is a third, where two together are too few to be told of', () => {
    expect(withheldOf({ a: 1, b: 2, c: 7, d: 50 }, total('APART', 'a', 'b', 'c', 'd'))).toEqual(['a', 'b', 'c']);
  });

  it('is enough that three are hidden well where they are many together', () => {
    expect(withheldOf({ a: 4, b: 4, c: 50 }, total('APART', 'a', 'b', 'c'))).toEqual(['a', 'b']);
  });

  it('counts no case twice: where cases can be in several numbers, one of those withheld has enough by itself', () => {
    expect(withheldOf({ a: 4, b: 4, c: 50 }, total('TOGETHER', 'a', 'b', 'c'))).toEqual(['a', 'b', 'c']);
  });

  it('is a whole square of a table with totals of rows and columns', () => {
    const sums = [
      total('APART', 'a1', 'a2', 'a3'),
      total('APART', 'b1', 'b2', 'b3'),
      total('APART', 'a1', 'b1'),
      total('APART', 'a2', 'b2'),
      total('APART', 'a3', 'b3'),
    ];
    expect(withheldOf({ a1: 3, a2: 20, a3: 30, b1: 40, b2: 60, b3: 50 }, ...sums)).toEqual(['a1', 'a2', 'b1', 'b2']);
  });

  it('is all of it where nothing is left to hide behind', () => {
    expect(withheldOf({ a: 3 }, total('APART', 'a'))).toBe('ALL');
  });
});

/** Numbers that flow: whatever comes to a place goes on from it. */
const walks = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }), {
  minLength: 6,
  maxLength: 30,
});

function graphOf(walked: readonly (readonly number[])[]): { cells: readonly Cell[]; sums: readonly Sum[] } {
  const steps = walked.flatMap((places, walker) =>
    ['in', ...places, 'out'].map((place, index, all) => ({ edge: `${place}>${all[index + 1]}`, walker })).slice(0, -1),
  );
  const cells = [...Map.groupBy(steps, ({ edge }) => edge)].map(([key, own]) => ({
    key,
    cases: new Set(own.map(({ walker }) => walker)).size,
    value: own.length,
  }));
  const of = (fits: (from: string, to: string) => number): Sum['of'] =>
    cells.flatMap(({ key }): Sum['of'] => {
      const [from, to] = key.split('>') as [string, string];
      const times = fits(from, to);
      return times === 0 ? [] : [[key, times]];
    });
  const balances = ['0', '1', '2', '3'].map((place): Sum => ({
    tells: 'BALANCE',
    of: of((from, to) => Number(to === place) - Number(from === place)),
  }));
  const totals: readonly Sum[] = [
    { tells: 'APART', of: of((from) => Number(from === 'in')) },
    { tells: 'APART', of: of((_from, to) => Number(to === 'out')) },
    { tells: 'TOGETHER', of: of((from, to) => Number(from !== 'in' && to !== 'out')) },
  ];
  return { cells, sums: [...totals, ...balances] };
}

/** How far cell `key` can move while every sum stays: the part of its direction that is at right angles to all of them. */
function freedomOf(key: string, sums: readonly Sum[], withheld: readonly string[]): number {
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, one, at) => sum + one * b[at]!, 0);
  const less = (a: readonly number[], b: readonly number[]): number[] => {
    const share = dot(a, b) / dot(b, b);
    return a.map((one, at) => one - share * b[at]!);
  };
  const basis: number[][] = [];
  for (const { of } of sums) {
    const times = new Map(of);
    let row = withheld.map((one) => times.get(one) ?? 0);
    for (const one of basis) row = less(row, one);
    for (const one of basis) row = less(row, one);
    if (dot(row, row) > 1e-9) basis.push(row);
  }
  let free = withheld.map((one) => Number(one === key));
  for (const one of basis) free = less(free, one);
  return free[withheld.indexOf(key)]!;
}

describe('Of a small table', () => {
  // Owners are the sums of their codes: the small owner has one code, and both need another to hide behind.
  const numbers = { tiny: 2, a1: 40, a2: 500, b1: 60, b2: 70, c1: 90, c2: 100, TINY: 2, A: 540, B: 130, C: 190 };
  const sums: readonly Sum[] = [
    total('TOGETHER', 'tiny', 'a1', 'a2', 'b1', 'b2', 'c1', 'c2'),
    total('TOGETHER', 'TINY', 'A', 'B', 'C'),
    ...[
      ['TINY', 'tiny'],
      ['A', 'a1', 'a2'],
      ['B', 'b1', 'b2'],
      ['C', 'c1', 'c2'],
    ].map(([owner, ...codes]): Sum => ({
      tells: 'BALANCE',
      of: [[owner!, 1], ...codes.map((code) => [code, -1] as const)],
    })),
  ];

  it('the least is lost: what hides the small is no cell of a large sum, though it is the smallest', () => {
    expect(withheldOf(numbers, ...sums)).toEqual(['A', 'TINY', 'a1', 'tiny']);
    expect(leastWithheld(counts(numbers), sums, LEAST)).toEqual(new Set(['B', 'TINY', 'b1', 'tiny']));
  });
});

describe('Of any table, however many sums of it are known', () => {
  it('no withheld number can be had by adding and subtracting what is shown', () => {
    fc.assert(
      fc.property(walks, (walked) => {
        const { cells, sums } = graphOf(walked);
        const withheld = withheldCells(cells, sums, LEAST);
        if (withheld === 'ALL') return;
        for (const { key, cases } of cells) if (cases < LEAST) expect([...withheld]).toContain(key);
        for (const key of withheld) expect([key, freedomOf(key, sums, [...withheld]) > 1e-6]).toEqual([key, true]);
      }),
      { numRuns: 300 },
    );
  });

  it('nor where as little as can be is withheld, which is never more', () => {
    fc.assert(
      fc.property(walks, (walked) => {
        const { cells, sums } = graphOf(walked);
        const valued = cells.map((cell, at) => ({ ...cell, value: cell.value * (1 + ((7 * at) % 5)) }));
        const withheld = leastWithheld(valued, sums, LEAST);
        const greedy = withheldCells(valued, sums, LEAST);
        if (withheld === 'ALL') return;
        const lost = (keys: ReadonlySet<string>): number =>
          valued.reduce((sum, { key, value }) => sum + (keys.has(key) ? value : 0), 0);
        if (greedy !== 'ALL') expect(lost(withheld)).toBeLessThanOrEqual(lost(greedy));
        for (const { key, cases } of cells) if (cases < LEAST) expect([...withheld]).toContain(key);
        for (const key of withheld) expect([key, freedomOf(key, sums, [...withheld]) > 1e-6]).toEqual([key, true]);
        for (const { tells, of } of sums) {
          const hidden = cells.filter(
            ({ key }) => withheld.has(key) && of.some(([one, times]) => one === key && times),
          );
          const told = hidden.map(({ cases }) => cases);
          if (tells === 'BALANCE' || told.length === 0) continue;
          const about = tells === 'APART' ? told.reduce((sum, one) => sum + one, 0) : Math.max(...told);
          expect(about).toBeGreaterThanOrEqual(LEAST);
        }
      }),
    );
  });

  it('what is withheld of a total of cases is about enough of them', () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(numbers, (values) => {
        const cells = values.map((value, index) => ({ key: String(index), cases: value, value }));
        const withheld = withheldCells(cells, [total('APART', ...cells.map(({ key }) => key))], LEAST);
        if (withheld === 'ALL') return;
        const hidden = cells.filter(({ key }) => withheld.has(key));
        if (hidden.length === 0) return;
        expect(hidden.length).toBeGreaterThan(1);
        expect(hidden.reduce((sum, { cases }) => sum + cases, 0)).toBeGreaterThanOrEqual(LEAST);
        // Other numbers of cases would look the same: one more here, one less there.
        const shown = values.reduce((sum, value) => sum + value, 0);
        const other = hidden.map(({ value }, at) => value + (at === 0 ? 1 : at === 1 ? -1 : 0));
        expect(other.every((value) => value >= 0)).toBe(true);
        expect(
          other.reduce((sum, value) => sum + value, shown - hidden.reduce((sum, { value }) => sum + value, 0)),
        ).toBe(shown);
      }),
    );
  });
});
