import type { HeldUp, Impediments } from '../bottlenecks/impediments.ts';
import { adding, leastWithheld, sumOf, withheldCells, type Cell, type Sum } from './withheld-cells.ts';
import type { ShownResult, Support } from './support.ts';

/** A row of the table of impediments, or its total. */
interface Row {
  readonly key: string;
  readonly held: HeldUp;
}

type Keys = ReadonlySet<string>;

const TOTAL = 'total';

/**
 * A case can have several impediments, so that rows can come to more than the total; where none has, every column of the table adds up to its
 * total, and what is withheld of a column must not follow from the rest of it. An owner of one code tells of that code.
 */
export function impediments({ on, total, ...result }: Impediments, least: number, support: Support): ShownResult {
  if (total.cases < least) return null;
  const rowsOf = <P extends HeldUp>(kind: string, parts: readonly P[], name: (part: P) => string): Row[] =>
    parts.map((held) => ({ key: `${kind}\n${name(held)}`, held }));
  const codes = rowsOf('code', result.codes, ({ code }) => code);
  const owners = rowsOf('owner', result.owners, ({ owner }) => owner);
  const phases = rowsOf('phase', result.phases, ({ phase }) => String(phase));
  const ofOwners = result.owners.map(({ owner }): Sum => {
    const own = result.codes.filter(({ code }) => support.owners?.get(code) === owner);
    return adding(
      'TOGETHER',
      own.map(({ code }) => `code\n${code}`),
      `owner\n${owner}`,
    );
  });
  const sumsTo = (whole?: string): readonly Sum[] =>
    [
      ...[codes, owners, phases].map((rows) =>
        adding(
          'TOGETHER',
          rows.map(({ key }) => key),
          whole,
        ),
      ),
      ...ofOwners,
    ].filter(({ of }) => of.length > 0);
  const rows = [...codes, ...owners, ...phases];
  const cells = rows.map(({ key, held: { cases } }) => ({ key, cases, value: cases }));
  const withheld = leastWithheld(cells, sumsTo(), least);
  const hidden = withheld === 'ALL' ? new Set(rows.map(({ key }) => key)) : withheld;
  const table = new Table([{ key: TOTAL, held: total }, ...rows], hidden, sumsTo(TOTAL), least);
  const shown = (these: readonly Row[]) => {
    const left = these.filter(({ key }) => !hidden.has(key));
    return {
      parts: left.map((row) => table.shown(row)),
      other: left.length === these.length ? null : these.length - left.length,
    };
  };
  const [ofCode, ofOwner, ofPhase] = [shown(codes), shown(owners), shown(phases)];
  return {
    on,
    total: table.shown({ key: TOTAL, held: total }),
    codes: ofCode.parts,
    otherCodes: ofCode.other,
    owners: ofOwner.parts,
    otherOwners: ofOwner.other,
    phases: ofPhase.parts,
    otherPhases: ofPhase.other,
  };
}

/** The columns of all rows, and of which rows each is withheld: at least of those that are hidden whole. */
class Table {
  readonly #rows: readonly Row[];
  readonly #hidden: Keys;
  readonly #sums: readonly Sum[];
  readonly #least: number;
  readonly #open: Keys;
  readonly #later: Keys;
  readonly #months: ReadonlyMap<string, readonly Cell[]>;
  readonly #ofMonths: ReadonlyMap<string, Keys>;

  constructor(rows: readonly Row[], hidden: Keys, sums: readonly Sum[], least: number) {
    this.#rows = rows;
    this.#hidden = hidden;
    this.#sums = sums;
    this.#least = least;
    this.#open = this.#withheld(this.#partsOfCases(({ open }) => open));
    this.#later = this.#withheld(this.#partsOfCases(({ laterCases }) => laterCases));
    const ofMonth = Map.groupBy(
      rows.flatMap(({ key, held }) =>
        held.months.map(({ month, cases, caseDays: value }) => ({ month, cell: { key, cases, value } })),
      ),
      ({ month }) => month,
    );
    this.#months = new Map([...ofMonth].map(([month, own]) => [month, own.map(({ cell }) => cell)]));
    this.#ofMonths = this.#withheldMonths();
  }

  shown({ key, held }: Row): HeldUp | object {
    const months = held.months.filter(({ month }) => !this.#ofMonths.get(month)!.has(key));
    const isWhole = months.length === held.months.length;
    const caseDays = held.caseDays - months.reduce((sum, one) => sum + one.caseDays, 0);
    return {
      ...held,
      open: this.#open.has(key) ? null : held.open,
      ...(this.#later.has(key) ? { waitingCaseDays: null, laterCases: null } : {}),
      months,
      // Those without a day count too, so that nobody can tell them from the others.
      otherMonths: isWhole ? null : { months: this.#months.size - months.length, caseDays },
    };
  }

  /** What is left of the cases of a row must be enough as well. */
  #partsOfCases(part: (held: HeldUp) => number): readonly Cell[] {
    return this.#rows.map(({ key, held }) => {
      const value = part(held);
      return { key, value, cases: value === held.cases ? value : Math.min(value, held.cases - value) };
    });
  }

  /** Rows of which a column is withheld, `besides` among them. */
  #withheld(column: readonly Cell[], besides: Keys = this.#hidden): Keys {
    const withheld = withheldCells(column, this.#sums, this.#least, besides);
    return withheld === 'ALL' ? new Set(this.#rows.map(({ key }) => key)) : new Set([...withheld, ...besides]);
  }

  /**
   * Months also add up to the days of their row. Two of them are withheld of every row of which any is: as columns add up in one way,
   * numbers that could be others in one month then can be less by as much in one of these two, and no row tells.
   */
  #withheldMonths(): ReadonlyMap<string, Keys> {
    const withheld = new Map([...this.#months].map(([month, column]) => [month, this.#withheld(column)]));
    const withhold = (month: string, rows: Keys): void => {
      withheld.set(month, this.#withheld(this.#months.get(month)!, new Set([...rows, ...withheld.get(month)!])));
    };
    let two: readonly string[] | undefined;
    for (;;) {
      const any = new Set([...withheld.values()].flatMap((rows) => [...rows]));
      if (any.size === this.#hidden.size) return withheld;
      two ??= this.#cheapest(any, withheld).slice(0, 2);
      const missing = two.filter((month) => [...any].some((row) => !withheld.get(month)!.has(row)));
      for (const month of missing) withhold(month, any);
      if (missing.length > 0) continue;
      const [next] = this.#rows.flatMap((row) => this.#tooFew(row, withheld));
      if (next === undefined) return withheld;
      withhold(next.month, new Set([next.key]));
    }
  }

  /** Months in the order of what is lost if they are withheld of all these rows: first those in which each of the rows has days. */
  #cheapest(rows: Keys, withheld: ReadonlyMap<string, Keys>): readonly string[] {
    const lacking = (column: readonly Cell[]): number => {
      const filled = new Set(column.map(({ key }) => key));
      return [...rows].filter((row) => !this.#hidden.has(row) && !filled.has(row)).length;
    };
    return [...this.#months]
      .map(([month, column]) => ({
        month,
        lacks: lacking(column),
        lost: sumOf(column.filter(({ key }) => rows.has(key) && !withheld.get(month)!.has(key))),
      }))
      .toSorted((a, b) => a.lacks - b.lacks || a.lost - b.lost)
      .map(({ month }) => month);
  }

  /** The next month to withhold of a row, of which those that are withheld are about too few cases. */
  #tooFew({ key, held }: Row, withheld: ReadonlyMap<string, Keys>): readonly { key: string; month: string }[] {
    const [hidden = [], shown = []] = [true, false].map((is) =>
      held.months.filter(({ month }) => withheld.get(month)!.has(key) === is),
    );
    if (hidden.length === 0 || hidden.some(({ cases }) => cases >= this.#least)) return [];
    return shown
      .toSorted((a, b) => a.cases - b.cases || a.caseDays - b.caseDays)
      .slice(0, 1)
      .map(({ month }) => ({ key, month }));
  }
}
