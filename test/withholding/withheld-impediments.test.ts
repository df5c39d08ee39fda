import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Support } from '../../src/withholding/support.ts';
import { WITHHOLDINGS } from '../../src/withholding/withheld-results.ts';
import type { HeldUp, Impediments } from '../../src/bottlenecks/impediments.ts';
import { following, type Equation } from './following.ts';

const LEAST = 5;
const OWNERS = ['COA', 'COA', 'MUNICIPALITY', 'IND', 'MUNICIPALITY', 'COA'];
const PHASES = ['link', null, 'offer', 'link', 'move', 'move'];

type Shown = { readonly [K in keyof HeldUp]: HeldUp[K] | null } & {
  readonly months: HeldUp['months'];
  readonly otherMonths: { readonly months: number; readonly caseDays: number } | null;
};
interface ShownTable {
  readonly total: Shown;
  readonly codes: readonly (Shown & { readonly code: string })[];
  readonly owners: readonly (Shown & { readonly owner: string })[];
  readonly phases: readonly (Shown & { readonly phase: string | null })[];
}

/** What holds up other cases adds up, column by column. */
function added(rows: readonly HeldUp[]): HeldUp {
  const sum = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((so, one) => so + of(one), 0);
  const byMonth = Map.groupBy(
    rows.flatMap(({ months }) => months),
    ({ month }) => month,
  );
  return {
    caseDays: sum(rows, ({ caseDays }) => caseDays),
    waitingCaseDays: sum(rows, ({ waitingCaseDays }) => waitingCaseDays),
    cases: sum(rows, ({ cases }) => cases),
    laterCases: sum(rows, ({ laterCases }) => laterCases),
    open: sum(rows, ({ open }) => open),
    months: [...byMonth]
      .map(([month, own]) => ({
        month,
        caseDays: sum(own, (one) => one.caseDays),
        cases: sum(own, (one) => one.cases),
      }))
      .toSorted((a, b) => a.month.localeCompare(b.month)),
  };
}

function rowOf(perMonth: readonly number[], open: number, later: number): HeldUp {
  const months = perMonth
    .map((cases, at) => ({ month: monthOf(at), caseDays: 10 * cases, cases }))
    .filter(({ cases }) => cases > 0);
  const caseDays = months.reduce((sum, one) => sum + one.caseDays, 0);
  const cases = Math.max(...perMonth, open, later, 1);
  return { caseDays, waitingCaseDays: Math.max(caseDays - later, 0), cases, laterCases: later, open, months };
}

function monthOf(at: number): string {
  return `${2012 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
}

function tableOf(codes: readonly HeldUp[]): { table: Impediments; support: Support } {
  const named = codes.map((held, at) => ({
    held,
    code: `CODE_${at}`,
    owner: OWNERS[at % OWNERS.length]!,
    phase: PHASES[at % PHASES.length]!,
  }));
  const by = <K>(key: (one: (typeof named)[number]) => K): [K, HeldUp][] =>
    [...Map.groupBy(named, key)].map(([name, own]) => [name, added(own.map(({ held }) => held))]);
  return {
    table: {
      on: '2017-02-23',
      total: added(codes),
      codes: named.map(({ code, held }) => ({ code, ...held })),
      owners: by(({ owner }) => owner).map(([owner, held]) => ({ owner, ...held })),
      phases: by(({ phase }) => phase).map(([phase, held]) => ({ phase, ...held })),
    },
    support: { cases: new Map(), owners: new Map(named.map(({ code, owner }) => [code, owner])) },
  };
}

function shownOf(codes: readonly HeldUp[]): ShownTable | null {
  const { table, support } = tableOf(codes);
  return WITHHOLDINGS.impediments(table, LEAST, support) as unknown as ShownTable | null;
}

/** What a reader who knows that no case has two impediments can work out of what is withheld: as `row column`. */
function told(codes: readonly HeldUp[], shown: ShownTable): readonly string[] {
  const { table, support } = tableOf(codes);
  const rowsOf = (one: ShownTable | Impediments): ReadonlyMap<string, HeldUp | Shown> =>
    new Map<string, HeldUp | Shown>([
      ['total', one.total],
      ...one.codes.map((row) => [row.code, row] as const),
      ...one.owners.map((row) => [row.owner, row] as const),
      ...one.phases.map((row) => [`phase ${row.phase}`, row] as const),
    ]);
  const [all, left] = [rowsOf(table), rowsOf(shown)] as [ReadonlyMap<string, HeldUp>, ReadonlyMap<string, Shown>];
  const months = table.total.months.map(({ month }) => month);
  const isUnknown = (row: string, column: string): boolean => {
    const one = left.get(row);
    if (one === undefined) return true;
    if (column === 'days') return false;
    if (column === 'open' || column === 'laterCases') return one[column] === null;
    return one.otherMonths !== null && !one.months.some(({ month }) => month === column);
  };
  const equation = (cells: readonly (readonly [row: string, column: string, times: number])[]): Equation =>
    new Map(
      cells
        .filter(([row, column]) => isUnknown(row, column))
        .map(([row, column, times]) => [`${row} ${column}`, times]),
    );
  const names = table.codes.map(({ code }) => code);
  const sums: readonly (readonly [string, readonly string[]])[] = [
    ['total', names],
    ['total', table.owners.map(({ owner }) => owner)],
    ['total', table.phases.map(({ phase }) => `phase ${phase}`)],
    ...table.owners.map(({ owner }) => [owner, names.filter((code) => support.owners!.get(code) === owner)] as const),
  ];
  const isNone = (name: string): boolean => {
    const column = name.slice(name.lastIndexOf(' ') + 1);
    const one = all.get(name.slice(0, name.lastIndexOf(' ')))!;
    if (column === 'open' || column === 'laterCases') return one[column] === 0;
    return column !== 'days' && !one.months.some(({ month }) => month === column);
  };
  const known = following([
    ...['days', 'open', 'laterCases', ...months].flatMap((column) =>
      sums.map(([whole, parts]) => equation([[whole, column, -1], ...parts.map((row) => [row, column, 1] as const)])),
    ),
    ...[...all.keys()].map((row) => equation([[row, 'days', -1], ...months.map((month) => [row, month, 1] as const)])),
  ]);
  return known.filter((name) => !isNone(name));
}

const someCodes = fc.integer({ min: 2, max: 5 }).chain((months) =>
  fc.array(
    fc
      .tuple(
        fc.array(fc.integer({ min: 0, max: 14 }), { minLength: months, maxLength: months }),
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 0, max: 12 }),
      )
      .map(([perMonth, open, later]) => rowOf(perMonth, open, later)),
    { minLength: 2, maxLength: 6 },
  ),
);

describe('Of the whole table of impediments', () => {
  it('no row tells with the total what is withheld of another', () => {
    const shown = shownOf([rowOf([10, 12, 20], 10, 0), rowOf([1, 9, 10], 2, 0), rowOf([30, 30, 31], 0, 0)])!;
    const [a, b] = shown.codes;
    expect([shown.total.open, a!.open, b!.open]).toEqual([12, null, null]);
    expect(shown.total.months[0]).toEqual({ month: monthOf(0), caseDays: 410, cases: 41 });
    expect([a, b].flatMap((row) => row!.months.map(({ month }) => month))).not.toContain(monthOf(0));
  });

  it('nothing that is withheld follows from what is shown, of columns, rows and owners together', () => {
    fc.assert(
      fc.property(someCodes, (codes) => {
        const shown = shownOf(codes);
        if (shown === null) return;
        // Where all days lie in one month, those of a row are those of the month; it is named in no answer.
        if (tableOf(codes).table.total.months.length < 2) return;
        expect(told(codes, shown)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('no number of few cases is shown, and each row still adds up to its days', () => {
    fc.assert(
      fc.property(someCodes, (codes) => {
        const shown = shownOf(codes);
        if (shown === null) return;
        for (const row of [shown.total, ...shown.codes, ...shown.owners, ...shown.phases]) {
          for (const { cases } of row.months) expect(cases).toBeGreaterThanOrEqual(LEAST);
          for (const part of [row.open, row.laterCases]) {
            if (part === null || part === 0) continue;
            expect(part).toBeGreaterThanOrEqual(LEAST);
            if (part < row.cases!) expect(row.cases! - part).toBeGreaterThanOrEqual(LEAST);
          }
          const days = row.months.reduce((sum, { caseDays }) => sum + caseDays, row.otherMonths?.caseDays ?? 0);
          expect(days).toBe(row.caseDays);
        }
      }),
    );
  });

  it('totals of months stay, in which only parts are about few cases', () => {
    const few = Array.from({ length: 5 }, () => rowOf([3, 40, 41, 42], 0, 0));
    const shown = shownOf(few)!;
    expect(shown.total.months).toHaveLength(4);
    expect(shown.codes.map(({ months }) => months.length)).toEqual([2, 2, 2, 2, 2]);
  });
});
