/** A number about cases in a table, and how many different cases are behind it. */
export interface Cell {
  readonly key: string;
  readonly cases: number;
  /** Of what its sums add up: cases, steps, days. Where it is 0, nothing has to be withheld. */
  readonly value: number;
}

/** Numbers of cells, each as often as it counts, of which anybody can tell what they add up to. */
export interface Sum {
  readonly of: readonly (readonly [key: string, times: number])[];
  /**
   * A total that is shown tells how much is withheld of it, which must be about `least` cases. APART: no case is in two of its
   * cells, so that theirs add up. TOGETHER: cases can be in several, so that one withheld cell must have as many by itself.
   * BALANCE: it tells of no group of cases, as that as many come as go.
   */
  readonly tells: 'APART' | 'TOGETHER' | 'BALANCE';
  /** A cell that holds what they add up to, and can be withheld itself; without it, that is shown. */
  readonly total?: string;
  /** Nobody can tell which cells are withheld of it, so that it is no equation between them. */
  readonly unnamed?: true;
  /** Cases that are withheld of it anyway, in none of its cells. */
  readonly already?: number;
}

/**
 * Which cells of a table are not to be shown: those with fewer than `least` cases, and as many others as it takes that none of these
 * follows from what is shown. That is: no withheld number can be had by adding and subtracting shown ones, and what is withheld
 * of a total is about `least` cases or more. The smallest are taken first.
 * @returns 'ALL': no part of the table can be shown beside its totals
 */
export function withheldCells(
  cells: readonly Cell[],
  sums: readonly Sum[],
  least: number,
): ReadonlySet<string> | 'ALL' {
  const filled = new Map(cells.filter(({ value }) => value !== 0).map((cell) => [cell.key, cell]));
  const tallies = sums.map((sum) => new Tally(sum, filled, least));
  const withheld = new Set<string>();
  const withhold = (cell: Cell): void => {
    withheld.add(cell.key);
    for (const tally of tallies) tally.withhold(cell);
  };
  for (const cell of filled.values()) if (cell.cases < least) withhold(cell);
  for (;;) {
    const exposed = tallies.filter((tally) => tally.tellsTooMuch).slice(0, 1);
    if (exposed.length === 0) exposed.push(...exposing(tallies, withheld));
    if (exposed.length === 0) return withheld;
    const next = bestOf(
      exposed.flatMap((tally) => tally.shown()),
      tallies,
    );
    if (next === undefined) return 'ALL';
    withhold(next);
  }
}

/** A sum, with how many cases what is withheld of it is about. */
class Tally {
  readonly sum: Sum;
  readonly #least: number;
  readonly #total: Cell | undefined;
  /** Not withheld from the beginning. */
  readonly #shown: readonly Cell[];
  readonly #keys: ReadonlySet<string>;
  readonly #withheld = new Set<string>();
  #told: number;

  constructor(sum: Sum, filled: ReadonlyMap<string, Cell>, least: number) {
    this.sum = sum;
    this.#least = least;
    this.#told = sum.already ?? 0;
    this.#total = sum.total === undefined ? undefined : filled.get(sum.total);
    const cells = sum.of.flatMap(([key, times]) => (times === 0 ? [] : (filled.get(key) ?? [])));
    this.#shown = cells.filter(({ cases }) => cases >= least);
    this.#keys = new Set(cells.map(({ key }) => key));
  }

  has(key: string): boolean {
    return this.#keys.has(key) || key === this.sum.total;
  }

  withhold({ key, cases }: Cell): void {
    if (!this.has(key)) return;
    this.#withheld.add(key);
    if (this.#keys.has(key))
      this.#told = this.sum.tells === 'TOGETHER' ? Math.max(this.#told, cases) : this.#told + cases;
  }

  get hasWithheld(): boolean {
    return this.#withheld.size > 0;
  }

  get tellsTooMuch(): boolean {
    if (this.sum.tells === 'BALANCE' || (this.sum.total !== undefined && this.#withheld.has(this.sum.total)))
      return false;
    return this.#told > 0 && this.#told < this.#least;
  }

  /** Cells that can still be withheld: the total when nothing else can. */
  shown(): readonly Cell[] {
    const parts = this.#shown.filter(({ key }) => !this.#withheld.has(key));
    if (parts.length > 0 || this.#total === undefined) return parts;
    return this.#withheld.has(this.#total.key) ? [] : [this.#total];
  }
}

/** Sums that together tell withheld numbers: those that hold one and can hide it, or others from which they are known. */
function exposing(tallies: readonly Tally[], withheld: ReadonlySet<string>): readonly Tally[] {
  const named = tallies.filter(({ sum }) => sum.unnamed !== true);
  const known = determined(
    named.map(({ sum }) => sum),
    withheld,
  );
  if (known.length === 0) return [];
  const own = named.filter((tally) => known.some((key) => tally.has(key)) && tally.shown().length > 0);
  return own.length > 0 ? own : named.filter((tally) => tally.hasWithheld);
}

/** One that lies in sums of which something is withheld already hides the most; then the one with the fewest cases. */
function bestOf(cells: readonly Cell[], tallies: readonly Tally[]): Cell | undefined {
  const whole = tallies.filter((tally) => !tally.hasWithheld);
  const untouched = new Map(cells.map(({ key }) => [key, whole.filter((tally) => tally.has(key)).length]));
  return cells.toSorted(
    (one, other) =>
      untouched.get(one.key)! - untouched.get(other.key)! || one.cases - other.cases || one.value - other.value,
  )[0];
}

/**
 * Withheld cells whose numbers follow from the sums: where all that is shown is subtracted, equations between the withheld remain,
 * and one of them has a single solution for a cell when, reduced (Gauss and Jordan), it holds that cell alone.
 */
export function determined(sums: readonly Sum[], withheld: ReadonlySet<string>): readonly string[] {
  const columns = [...withheld];
  const at = new Map(columns.map((key, column) => [key, column]));
  const rows: Float64Array[] = [];
  for (const { of, total } of sums) {
    const row = new Float64Array(columns.length);
    for (const [key, times] of of) {
      const column = at.get(key);
      if (column !== undefined) row[column]! += times;
    }
    const column = total === undefined ? undefined : at.get(total);
    if (column !== undefined) row[column]! -= 1;
    if (row.some((times) => times !== 0)) rows.push(row);
  }
  let done = 0;
  for (let column = 0; column < columns.length && done < rows.length; column++) {
    const best = rows.findIndex((row, index) => index >= done && Math.abs(row[column]!) > NOTHING);
    if (best < 0) continue;
    [rows[done], rows[best]] = [rows[best]!, rows[done]!];
    const pivot = rows[done]!;
    const divisor = pivot[column]!;
    // What stands before this column has been cleared.
    for (let other = column; other < pivot.length; other++) pivot[other]! /= divisor;
    for (const [index, row] of rows.entries()) {
      const factor = row[column]!;
      if (index === done || factor === 0) continue;
      for (let other = column; other < row.length; other++) row[other]! -= factor * pivot[other]!;
    }
    done++;
  }
  return rows
    .slice(0, done)
    .map((row) => columns.filter((_, column) => Math.abs(row[column]!) > NOTHING))
    .flatMap((left) => (left.length === 1 ? left : []));
}

/** Coefficients are small whole numbers; what is left of rounding is far below. */
const NOTHING = 1e-9;

/** Numbers of cases that add up to a number that is known. */
export function apart<K extends string>(
  counts: Readonly<Record<K, number>>,
  least: number,
  casesOf: (count: number) => number = (count) => count,
): Record<K, number | null> | null {
  const cells = (Object.entries(counts) as [K, number][]).map(([key, value]) => ({
    key,
    value,
    cases: casesOf(value),
  }));
  if (sumOf(cells) < least) return null;
  const withheld = withheldCells(cells, [total('APART', cells)], least);
  if (withheld === 'ALL') return null;
  return Object.fromEntries(cells.map(({ key, value }) => [key, withheld.has(key) ? null : value])) as Record<
    K,
    number | null
  >;
}

export function countsOf(kind: string, counts: Readonly<Record<string, number>>): Cell[] {
  return Object.entries(counts).map(([name, cases]) => ({ key: `${kind}\n${name}`, cases, value: cases }));
}

export function total(tells: Sum['tells'], cells: readonly Cell[]): Sum {
  return { tells, of: cells.map(({ key }) => [key, 1]) };
}

export function sumOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { value }) => sum + value, 0);
}

export function isEnough(cases: number, least: number): boolean {
  return cases >= least;
}

export function isNoneOrEnough(cases: number, least: number): boolean {
  return cases === 0 || cases >= least;
}
