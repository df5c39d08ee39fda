import type { Database, Statement } from 'better-sqlite3';
import type { KnownRow, TableShape } from '../projecting/known-rows.ts';
import type { ColumnType, Sum, Value } from '../projecting/projection.ts';
import { list, quoted, SQL_TYPES } from './row-table.ts';

interface Change {
  readonly group: readonly Value[];
  readonly amounts: number[];
}

/**
 * Counts and sums of the rows of one table, moved by differences. Of a daily table it keeps the differences themselves, one
 * row per group and day on which something changed; a row of nothing but zeros is taken away.
 */
export class SumTable {
  /** Which days of rows count: all (`daily`), or the last one, which only rows that are still known have. */
  private readonly days: Days;
  private readonly groupPlaces: readonly number[];
  private readonly measurePlaces: readonly number[];
  private readonly add: Statement<Value[]>;
  private readonly insert: Statement<Value[]>;
  private readonly removeZero: Statement<Value[]>;
  private readonly fill: Statement<[]>;
  private readonly clear: Statement<[]>;
  private readonly changes = new Map<string, Change>();

  constructor(db: Database, name: string, sum: Sum, from: TableShape) {
    this.days = daysOf(sum, from);
    const measures = sum.measures ?? [];
    this.groupPlaces = sum.groupBy.map((column) => from.columns.indexOf(column));
    this.measurePlaces = measures.map((column) => from.columns.indexOf(column));
    const group = groupOf(sum, from);
    const amounts = ['rows', ...measures];
    const here = group.map((column) => `${quoted(column)} is +?`).join(' and ') || 'true';
    const zero = amounts.map((column) => `${quoted(column)} = 0`).join(' and ');
    const table = quoted(name);
    this.add = db.prepare(
      `update ${table} set ${amounts.map((column) => `${quoted(column)} = ${quoted(column)} + ?`).join(', ')} where ${here}`,
    );
    this.insert = db.prepare(
      `insert into ${table} (${list([...group, ...amounts])}) values (${[...group, ...amounts].map(() => '?').join(', ')})`,
    );
    this.removeZero = db.prepare(`delete from ${table} where ${here} and ${zero}`);
    this.clear = db.prepare(`delete from ${table}`);
    this.fill = db.prepare(fillSql(name, sum, from));
  }

  /** Notes that a row came (`sign` 1) or went (-1). */
  move(stream: string, row: KnownRow, sign: 1 | -1): void {
    const group = this.groupPlaces.map((place) => (place === -1 ? stream : row.values[place]!));
    if (this.days === 'daily') {
      this.change([...group, row.from], row, sign);
      if (row.until !== null) this.change([...group, row.until], row, -sign);
    } else if (row.until === null) {
      this.change(group, row, sign);
    }
  }

  /** Writes what was noted. */
  apply(): void {
    for (const { group, amounts } of this.changes.values()) {
      if (amounts.every((amount) => amount === 0)) continue;
      if (this.add.run(...amounts, ...group).changes === 0) this.insert.run(...group, ...amounts);
      else this.removeZero.run(...group);
    }
    this.changes.clear();
  }

  /** Forgets what was noted: the transaction was rolled back. */
  forget(): void {
    this.changes.clear();
  }

  /** Adds everything up anew, in the engine. */
  refill(): void {
    this.clear.run();
    this.fill.run();
  }

  private change(group: readonly Value[], row: KnownRow, sign: number): void {
    const key = JSON.stringify(group);
    let change = this.changes.get(key);
    if (change === undefined) {
      change = { group, amounts: Array<number>(1 + this.measurePlaces.length).fill(0) };
      this.changes.set(key, change);
    }
    change.amounts[0]! += sign;
    this.measurePlaces.forEach((place, index) => {
      change.amounts[index + 1]! += sign * ((row.values[place] as number | null) ?? 0);
    });
  }
}

export function sumTableSql(name: string, sum: Sum, from: TableShape): string {
  const typeOf = (column: string): ColumnType => from.types[from.columns.indexOf(column)] ?? 'text';
  const group = groupOf(sum, from);
  const columns = [
    ...group.map((column) => `${quoted(column)} ${SQL_TYPES[typeOf(column)]}`),
    ...['rows', ...(sum.measures ?? [])].map((column) => `${quoted(column)} integer not null`),
  ];
  const index = group.length > 0 ? `create index ${quoted(`${name}_0`)} on ${quoted(name)} (${list(group)});` : '';
  return `create table ${quoted(name)} (${columns.join(', ')}) strict; ${index}`;
}

type Days = 'daily' | 'latest of daily' | 'latest';

function daysOf({ keeps }: Sum, { daily }: TableShape): Days {
  if (!daily) return 'latest';
  return keeps === 'latest' ? 'latest of daily' : 'daily';
}

function groupOf(sum: Sum, from: TableShape): readonly string[] {
  return daysOf(sum, from) === 'daily' ? [...sum.groupBy, 'knownOn'] : sum.groupBy;
}

function fillSql(name: string, sum: Sum, from: TableShape): string {
  const group = groupOf(sum, from);
  const measures = sum.measures ?? [];
  const part = (day: string | null, sign: '' | '-'): string =>
    `select ${[
      ...sum.groupBy.map(quoted),
      ...(day ? [`${day} as knownOn`] : []),
      `${sign}1 as rows`,
      ...measures.map((column) => `${sign}coalesce(${quoted(column)}, 0) as ${quoted(column)}`),
    ].join(', ')} from ${quoted(from.name)}`;
  const parts = {
    daily: `${part('knownFrom', '')} union all ${part('knownUntil', '-')} where knownUntil is not null`,
    'latest of daily': `${part(null, '')} where knownUntil is null`,
    latest: part(null, ''),
  }[daysOf(sum, from)];
  const amounts = ['rows', ...measures];
  return (
    `insert into ${quoted(name)} (${list([...group, ...amounts])}) ` +
    `select ${[...group.map(quoted), ...amounts.map((column) => `sum(${quoted(column)})`)].join(', ')} from (${parts}) ` +
    (group.length > 0 ? `group by ${list(group)} ` : '') +
    `having ${amounts.map((column) => `sum(${quoted(column)}) <> 0`).join(' or ')}`
  );
}
