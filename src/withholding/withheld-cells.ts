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
 * @param besides cells that are withheld in any case
 * @returns 'ALL': no part of the table can be shown beside its totals
 */
export function withheldCells(
  cells: readonly Cell[],
  sums: readonly Sum[],
  least: number,
  besides: ReadonlySet<string> = new Set(),
): ReadonlySet<string> | 'ALL' {
  const filled = new Map(cells.filter(({ value }) => value !== 0).map((cell) => [cell.key, cell]));
  const tallies = sums.map((sum) => new Tally(sum, filled, least));
  const equations = new Equations(sums.filter(({ unnamed }) => unnamed !== true));
  const withheld = new Set<string>();
  const withhold = (cell: Cell): void => {
    withheld.add(cell.key);
    equations.withhold(cell.key);
    for (const tally of tallies) tally.withhold(cell);
  };
  for (const cell of filled.values()) if (cell.cases < least || besides.has(cell.key)) withhold(cell);
  for (;;) {
    const exposed = tallies.filter((tally) => tally.tellsTooMuch).slice(0, 1);
    if (exposed.length === 0) exposed.push(...exposing(tallies, equations.determined()));
    if (exposed.length === 0) return withheld;
    const next = bestOf(
      exposed.flatMap((tally) => tally.shown()),
      tallies,
    );
    if (next === undefined) return 'ALL';
    withhold(next);
  }
}

/**
 * The same of a table in which one cell ties the next, so that many are taken before it holds. In the end each that nothing needs is
 * shown after all: the first of `cells` first.
 */
export function leanlyWithheld(
  cells: readonly Cell[],
  sums: readonly Sum[],
  least: number,
  besides: ReadonlySet<string>,
): ReadonlySet<string> | 'ALL' {
  const withheld = withheldCells(cells, sums, least, besides);
  if (withheld === 'ALL') return withheld;
  let left = withheld;
  for (const { key, cases } of cells) {
    if (cases < least || besides.has(key) || !left.has(key)) continue;
    const fewer = new Set([...left].filter((other) => other !== key));
    // Nothing has to be added: so it hides what it should.
    const enough = withheldCells(cells, sums, least, fewer);
    if (enough !== 'ALL' && enough.size === fewer.size) left = fewer;
  }
  return left;
}

/**
 * The same of a small table, in which the least is lost: where the smallest cell lies in a sum of large ones, of which another is to be
 * withheld with it, a larger one may cost less. Each is tried as the first, then as the second, as long as that is better.
 */
export function leastWithheld(
  cells: readonly Cell[],
  sums: readonly Sum[],
  least: number,
): ReadonlySet<string> | 'ALL' {
  const lost = (withheld: ReadonlySet<string> | 'ALL'): number =>
    sumOf(cells.filter(({ key }) => withheld === 'ALL' || withheld.has(key)));
  const chosen = new Set<string>();
  let best = withheldCells(cells, sums, least);
  for (;;) {
    const before = best;
    let next: string | undefined;
    for (const { key, cases, value } of cells) {
      if (cases < least || value === 0 || chosen.has(key) || value >= lost(best)) continue;
      const withheld = withheldCells(cells, sums, least, new Set([...chosen, key]));
      if (lost(withheld) < lost(best)) [best, next] = [withheld, key];
    }
    if (best === before) return best;
    chosen.add(next!);
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
    // Of all its cells, that is told which the total tells, which is about enough.
    if (this.#total !== undefined && this.#withheld.size === this.#keys.size) return false;
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
function exposing(tallies: readonly Tally[], known: readonly string[]): readonly Tally[] {
  if (known.length === 0) return [];
  const named = tallies.filter(({ sum }) => sum.unnamed !== true);
  const own = named.filter((tally) => known.some((key) => tally.has(key)) && tally.shown().length > 0);
  return own.length > 0 ? own : named.filter((tally) => tally.hasWithheld);
}

/** One that lies in sums of which something is withheld already hides the most; then the one with the fewest cases. */
function bestOf(cells: readonly Cell[], tallies: readonly Tally[]): Cell | undefined {
  const whole = tallies.filter((tally) => !tally.hasWithheld);
  const untouched = ({ key }: Cell): number => whole.reduce((sum, tally) => sum + Number(tally.has(key)), 0);
  let best: { readonly cell: Cell; readonly touches: number } | undefined;
  for (const cell of cells) {
    const touches = untouched(cell);
    const order =
      best === undefined ? -1 : touches - best.touches || cell.cases - best.cell.cases || cell.value - best.cell.value;
    if (order < 0) best = { cell, touches };
  }
  return best?.cell;
}

/**
 * Where all that is shown is subtracted from the sums, equations between the withheld cells remain. They are kept reduced (Gauss and
 * Jordan) while cells are withheld one after the other: one of them has a single solution for a cell when it holds that cell alone.
 */
class Equations {
  /** By cell: in which sums it stands, and how often. */
  readonly #stands = new Map<string, [sum: number, times: number][]>();
  /** How the reduced equations have come of the sums: for each sum, how often it is in each of them. */
  readonly #madeOf: readonly Float64Array[];
  /** For each withheld cell, how often it stands in each reduced equation. */
  readonly #cells = new Map<string, Float64Array>();
  /** Equations that have been solved for a cell, which stands in no other. */
  readonly #solved = new Set<number>();

  constructor(sums: readonly Sum[]) {
    this.#madeOf = sums.map((_, index) => Float64Array.from(sums, (_one, other) => Number(index === other)));
    for (const [index, { of, total }] of sums.entries()) {
      for (const [key, times] of of) this.#stand(key, index, times);
      if (total !== undefined) this.#stand(total, index, -1);
    }
  }

  withhold(key: string): void {
    const cell = new Float64Array(this.#madeOf.length);
    for (const [sum, times] of this.#stands.get(key) ?? [])
      for (const [row, part] of this.#madeOf[sum]!.entries()) cell[row]! += times * part;
    this.#cells.set(key, cell);
    const free = cell.findIndex((times, row) => Math.abs(times) > NOTHING && !this.#solved.has(row));
    if (free < 0) return;
    this.#solved.add(free);
    const solving = cell.slice();
    for (const column of [...this.#cells.values(), ...this.#madeOf]) {
      const times = column[free]! / solving[free]!;
      if (times === 0) continue;
      for (let row = 0; row < column.length; row++) column[row]! -= times * solving[row]!;
      column[free] = times;
    }
  }

  /** Withheld cells whose numbers follow from the sums. */
  determined(): readonly string[] {
    const count = new Uint32Array(this.#madeOf.length);
    const last: string[] = [];
    for (const [key, cell] of this.#cells) {
      for (let row = 0; row < cell.length; row++) {
        if (Math.abs(cell[row]!) <= NOTHING) continue;
        count[row]!++;
        last[row] = key;
      }
    }
    return last.filter((_, row) => count[row] === 1);
  }

  #stand(key: string, sum: number, times: number): void {
    const stands = this.#stands.get(key);
    if (stands === undefined) this.#stands.set(key, [[sum, times]]);
    else stands.push([sum, times]);
  }
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

/** Numbers that add up, each once. @param whole the cell that holds what they come to */
export function adding(tells: Sum['tells'], keys: readonly string[], whole?: string): Sum {
  return { tells, of: keys.map((key) => [key, 1]), ...(whole === undefined ? {} : { total: whole }) };
}

export function total(tells: Sum['tells'], cells: readonly Cell[]): Sum {
  return adding(
    tells,
    cells.map(({ key }) => key),
  );
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
