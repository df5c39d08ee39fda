import type { Database, Statement } from 'better-sqlite3';
import type { Difference, KnownRow, StoredRow, TableShape } from '../projecting/known-rows.ts';
import type { ColumnType, Value } from '../projecting/projection.ts';

/** A row as it stands in a table of the file. */
export type TableRow = StoredRow & { readonly stream: string };

/** Rows of one insert while loading: enough to save most of the calls, few enough not to waste any. */
const ROWS_AT_ONCE = 16;

/**
 * A table of rows, each of a stream: of a projection, or of the winners of an election.
 *
 * Parameters that are compared are written `+?`, here as in the other statements of views: SQLite (built with STAT4) would
 * otherwise look at their values for a better plan, and compile the statement anew at every call.
 */
export class RowTable {
  readonly shape: TableShape;
  private readonly db: Database;
  private readonly keyOf: (stream: string, values: readonly Value[]) => string;
  /** All of its columns in the file, the engine's too. */
  readonly columns: readonly string[];
  private readonly remove: Statement<[number]>;
  private readonly insert: Statement<Value[]>;
  private readonly insertMany: Statement<Value[]>;
  private readonly ofStream: Statement<Value[], Value[]>;
  /** By the places of the columns they write. */
  private readonly changes = new Map<string, Statement<Value[]>>();
  private pending: Value[] = [];

  constructor(db: Database, shape: TableShape, keyOf: (stream: string, values: readonly Value[]) => string) {
    this.db = db;
    this.shape = shape;
    this.keyOf = keyOf;
    const { name, columns, daily } = shape;
    this.columns = ['stream', ...columns, ...(daily ? ['knownFrom', 'knownUntil'] : [])];
    const row = `(${this.columns.map(() => '?').join(', ')})`;
    const into = `insert into ${quoted(name)} (${list(this.columns)}) values`;
    this.remove = db.prepare(`delete from ${quoted(name)} where rowid = +?`);
    this.insert = db.prepare(`${into} ${row}`);
    this.insertMany = db.prepare(`${into} ${Array<string>(ROWS_AT_ONCE).fill(row).join(', ')}`);
    this.ofStream = this.select(`stream = +?${daily ? ' and (knownUntil is null or knownUntil >= +?)' : ''}`);
  }

  /** The rows of a stream that are known on a day or later, or were until then. */
  knownFrom(stream: string, day: string): readonly TableRow[] {
    const rows = this.shape.daily ? this.ofStream.all(stream, day) : this.ofStream.all(stream);
    return rows.map((row) => this.tableRow(row));
  }

  /** All columns, in the order `tableRow` wants them. */
  select(condition: string): Statement<Value[], Value[]> {
    const { name } = this.shape;
    const sql = `select rowid, ${list(this.columns)} from ${quoted(name)} where ${condition}`;
    return this.db.prepare<Value[], Value[]>(sql).raw();
  }

  tableRow(row: readonly Value[]): TableRow {
    const { columns, daily } = this.shape;
    const end = 2 + columns.length;
    const stream = row[1] as string;
    const values = row.slice(2, end);
    const from = daily ? (row[end] as string) : '';
    const until = daily ? (row[end + 1] as string | null) : null;
    return { rowid: row[0] as number, stream, key: this.keyOf(stream, values), values, from, until };
  }

  /** @param streamOf the stream an added row is of */
  apply({ removed, added }: Difference<TableRow>, streamOf: (row: KnownRow) => string): void {
    const leaving = new Map(removed.map((row) => [row.from + row.key, row]));
    for (const row of added) {
      const before = leaving.get(row.from + row.key);
      if (before === undefined) {
        this.insert.run(...this.parameters(streamOf(row), row));
      } else {
        leaving.delete(row.from + row.key);
        this.change(before, row);
      }
    }
    for (const { rowid } of leaving.values()) this.remove.run(rowid);
  }

  /** Adds a row without looking; `flush` brings in the last ones. */
  load(stream: string, row: KnownRow): void {
    const { pending } = this;
    pending.push(stream);
    for (const value of row.values) pending.push(value);
    if (this.shape.daily) pending.push(row.from, row.until);
    if (pending.length < ROWS_AT_ONCE * this.columns.length) return;
    this.insertMany.run(...pending);
    this.pending = [];
  }

  flush(): void {
    const width = this.columns.length;
    for (let at = 0; at < this.pending.length; at += width) this.insert.run(...this.pending.slice(at, at + width));
    this.pending = [];
  }

  /** Drops rows that were not brought in. */
  forget(): void {
    this.pending = [];
  }

  /** Writes the columns that differ, so that indexes of others need not be touched. */
  private change(before: TableRow, row: KnownRow): void {
    const was = this.parameters(before.stream, before);
    const values: Value[] = [];
    const places: number[] = [];
    this.parameters(before.stream, row).forEach((value, place) => {
      if (value === was[place]) return;
      places.push(place);
      values.push(value);
    });
    if (places.length === 0) return;
    const columns = places.join();
    let statement = this.changes.get(columns);
    if (statement === undefined) {
      const set = places.map((place) => `${quoted(this.columns[place]!)} = ?`).join(', ');
      statement = this.db.prepare(`update ${quoted(this.shape.name)} set ${set} where rowid = +?`);
      this.changes.set(columns, statement);
    }
    statement.run(...values, before.rowid);
  }

  private parameters(stream: string, row: KnownRow): Value[] {
    return this.shape.daily ? [stream, ...row.values, row.from, row.until] : [stream, ...row.values];
  }
}

export function rowTableSql({ name, columns, types, daily }: TableShape): string {
  const own = columns.map((column, place) => `${quoted(column)} ${SQL_TYPES[types[place]!]}`);
  const known = daily ? ['knownFrom text not null', 'knownUntil text'] : [];
  return `create table ${quoted(name)} (${['stream text not null', ...own, ...known].join(', ')}) strict;`;
}

export function indexSql(table: string, number: number, columns: readonly string[]): string {
  return `create index if not exists ${quoted(`${table}_${number}`)} on ${quoted(table)} (${list(columns)});`;
}

export function quoted(name: string): string {
  return `"${name}"`;
}

export function list(names: readonly string[]): string {
  return names.map(quoted).join(', ');
}

export const SQL_TYPES: Readonly<Record<ColumnType, string>> = { text: 'text', integer: 'integer', real: 'real' };
