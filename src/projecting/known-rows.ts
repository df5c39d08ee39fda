import type { ColumnType, Row, Table, Value } from './projection.ts';

/** The only "day" of a table that keeps the latest rows: the same reckoning serves both kinds. */
export const ALWAYS = '';

/** One row, in the order of the table's columns. */
export interface KeyedRow {
  /** Tells the rows of one stream and day apart. */
  readonly key: string;
  readonly values: readonly Value[];
}

/** A row with the days it is known: `from` up to, not including, `until`. */
export interface KnownRow extends KeyedRow {
  readonly from: string;
  readonly until: string | null;
}

export interface StoredRow extends KnownRow {
  readonly rowid: number;
}

/**
 * Gathers what is known day after day into maximal intervals of equal rows. Maximal makes the form canonical: the same rows
 * on the same days always come out as the same intervals, however they came in.
 */
export class Intervals {
  private readonly open = new Map<string, { values: readonly Value[]; from: string; day: number }>();
  private readonly closed: KnownRow[] = [];
  private day = 0;

  /** All rows known by the end of `day`, and so until the next call. Days ascend. */
  at(day: string, rows: readonly KeyedRow[]): void {
    this.day++;
    for (const { key, values } of rows) {
      const known = this.open.get(key);
      if (known === undefined) {
        this.open.set(key, { values, from: day, day: this.day });
      } else if (sameValues(known.values, values)) {
        known.day = this.day;
      } else {
        this.close(key, known, day);
        this.open.set(key, { values, from: day, day: this.day });
      }
    }
    if (this.open.size === rows.length) return;
    for (const [key, known] of this.open) {
      if (known.day === this.day) continue;
      this.close(key, known, day);
      this.open.delete(key);
    }
  }

  /** The intervals; those of the last day are open. */
  all(): readonly KnownRow[] {
    for (const [key, { values, from }] of this.open) this.closed.push({ key, values, from, until: null });
    this.open.clear();
    return this.closed;
  }

  private close(key: string, { values, from }: { values: readonly Value[]; from: string }, until: string): void {
    this.closed.push({ key, values, from, until });
  }
}

export interface Difference<Stored extends KnownRow> {
  readonly removed: readonly Stored[];
  readonly added: readonly KnownRow[];
}

/**
 * What to take away and what to add so that, from `fromDay` on, exactly `wanted` is known, and before it what was known.
 * @param stored all rows known on or after `fromDay`, and those known until exactly then
 * @param wanted canonical intervals, none from before `fromDay`
 */
export function difference<Stored extends KnownRow>(
  stored: readonly Stored[],
  wanted: readonly KnownRow[],
  fromDay: string,
): Difference<Stored> {
  if (stored.length === 0) return { removed: [], added: wanted };
  /** By key: the row that was known on the eve of `fromDay`. */
  const eves = new Map<string, Stored>();
  const later = new Map<string, Stored>();
  for (const row of stored) {
    if (row.from < fromDay) eves.set(row.key, row);
    else later.set(row.from + row.key, row);
  }
  const removed: Stored[] = [];
  const added: KnownRow[] = [];
  for (const row of wanted) {
    const eve = row.from === fromDay ? eves.get(row.key) : undefined;
    if (eve !== undefined && sameValues(eve.values, row.values)) {
      eves.delete(row.key);
      if (eve.until === row.until) continue;
      removed.push(eve);
      added.push({ ...row, from: eve.from });
      continue;
    }
    const present = later.get(row.from + row.key);
    if (present !== undefined && present.until === row.until && sameValues(present.values, row.values)) {
      later.delete(row.from + row.key);
    } else {
      added.push(row);
    }
  }
  for (const eve of eves.values()) {
    if (eve.until === fromDay) continue;
    removed.push(eve);
    added.push({ key: eve.key, values: eve.values, from: eve.from, until: fromDay });
  }
  removed.push(...later.values());
  return { removed, added };
}

/** A table's columns in order, with what a row needs to be checked and told apart by. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly string[];
  readonly types: readonly ColumnType[];
  /** Places of the key columns. */
  readonly key: readonly number[];
  readonly daily: boolean;
}

export function tableShape(name: string, table: Table): TableShape {
  const columns = Object.keys(table.columns);
  return {
    name,
    columns,
    types: Object.values(table.columns),
    key: table.key.map((column) => columns.indexOf(column)),
    daily: table.keeps === 'daily',
  };
}

/**
 * A projection's rows of one table as the engine keeps them.
 * @throws TypeError for a row that does not fit its table, or two rows with one key
 */
export function keyedRows(shape: TableShape, rows: readonly Row[]): readonly KeyedRow[] {
  const keyed = rows.map((row) => keyedRow(shape, row));
  if (keyed.length < 2) return keyed;
  const keys = new Set<string>();
  for (const { key } of keyed) {
    if (keys.has(key)) throw new TypeError(`two rows of ${shape.name} have the same ${keyColumns(shape)}`);
    keys.add(key);
  }
  return keyed;
}

function keyedRow(shape: TableShape, row: Row): KeyedRow {
  const { columns, types } = shape;
  const values: Value[] = [];
  for (let index = 0; index < columns.length; index++) {
    const value = row[columns[index]!];
    if (value !== null && !fits(value, types[index]!)) {
      throw new TypeError(
        `${shape.name}.${columns[index]} is ${types[index]}, not ${value === undefined ? 'missing' : typeof value}`,
      );
    }
    values.push(value as Value);
  }
  if (Object.keys(row).length !== columns.length) {
    const strange = Object.keys(row).filter((column) => !columns.includes(column));
    throw new TypeError(`${shape.name} has no column ${strange.join(', ')}`);
  }
  return { key: rowKey(shape, values), values };
}

function fits(value: unknown, type: ColumnType): boolean {
  if (type === 'text') return typeof value === 'string';
  return type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value);
}

/** @throws TypeError for null in a key column */
export function rowKey(shape: TableShape, values: readonly Value[]): string {
  let key = '';
  for (const place of shape.key) {
    const value = values[place]!;
    if (value === null)
      throw new TypeError(`${shape.name}.${shape.columns[place]} is part of the key and may not be null`);
    // The length in front keeps ('a', 'bc') and ('ab', 'c') apart.
    if (typeof value === 'string') key += `${value.length}:${value}`;
    else key += `#${value};`;
  }
  return key;
}

function keyColumns(shape: TableShape): string {
  return shape.key.map((place) => shape.columns[place]).join(', ') || 'key (it is empty: one row a stream)';
}

export function sameValues(a: readonly Value[], b: readonly Value[]): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
