import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ALWAYS } from '../analytic-store/event-tables.ts';
import { epochDay } from '../event-sourcing/days.ts';
import type { KnownRow } from '../projecting/known-rows.ts';
import type { ColumnType, Value } from '../projecting/projection.ts';
import type { ParkedStream } from '../projecting/view-store.ts';
import { caseTableProjection } from './case-table.projection.ts';

type RowTable = 'attributes' | 'activities' | 'phases' | 'impediments' | 'portions' | 'suspensions';
export type RowFile = 'cases' | RowTable | 'parked';

const DUCK_TYPES: Readonly<Record<ColumnType, string>> = { text: 'VARCHAR', integer: 'INTEGER', real: 'DOUBLE' };
/** Tells the rows of a case apart while they are worked out; nobody asks for it. */
const LEFT_OUT = 'eventId';
export const KNOWN_COLUMNS = ['known_from INTEGER', 'known_until INTEGER'] as const;
/** In the order in which the engine answers them. */
const TABLES = Object.entries(caseTableProjection.tables).map(([name, { columns }]) => {
  return { name: name as RowTable, leftOut: Object.keys(columns).indexOf(LEFT_OUT) };
});

/** What stands in each file, a column with its type. Cases are numbered within one reading, from 0. */
export const ROW_FILES: Readonly<Record<RowFile, readonly string[]>> = {
  cases: ['number INTEGER', 'stream VARCHAR'],
  attributes: rowsOf('attributes'),
  activities: rowsOf('activities'),
  phases: rowsOf('phases'),
  impediments: rowsOf('impediments'),
  portions: rowsOf('portions'),
  suspensions: rowsOf('suspensions'),
  parked: [
    ...['stream VARCHAR', 'revision INTEGER', 'position VARCHAR', 'day VARCHAR', 'since VARCHAR', 'reason VARCHAR'],
    'last_revision INTEGER',
  ],
};

/** Columns of a table of the view as the engine declares them. */
export function columnsOf(name: RowTable): readonly string[] {
  return Object.entries(caseTableProjection.tables[name]!.columns)
    .filter(([column]) => column !== LEFT_OUT)
    .map(([column, type]) => `${column} ${DUCK_TYPES[type]}`);
}

function rowsOf(name: RowTable): readonly string[] {
  return ['number INTEGER', ...columnsOf(name), ...KNOWN_COLUMNS];
}

/** Rows of some cases as comma-separated values, a file a table: the analytic engine reads them by itself, off every thread of ours. */
export class RowFiles {
  readonly folder: string;
  readonly #files: ReadonlyMap<RowFile, CsvFile>;

  /** @throws if the folder is there already */
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { mode: 0o700 });
    const names = Object.keys(ROW_FILES) as readonly RowFile[];
    this.#files = new Map(names.map((name) => [name, new CsvFile(fileOf(folder, name))]));
  }

  /** @param tables in order of the view's; a case of which nothing is known by any day has none */
  add(number: number, stream: string, tables: readonly (readonly KnownRow[])[]): void {
    if (tables.every((rows) => rows.length === 0)) return;
    this.#files.get('cases')!.line([number, stream]);
    for (const [place, { name, leftOut }] of TABLES.entries()) {
      const file = this.#files.get(name)!;
      for (const { values, from, until } of tables[place]!) {
        file.value(number);
        for (let index = 0; index < values.length; index++) if (index !== leftOut) file.value(values[index]!);
        file.value(epochDay(from));
        file.value(until === null ? ALWAYS.until : epochDay(until));
        file.endLine();
      }
    }
  }

  park({ stream, revision, position, day, since, reason, lastRevision }: ParkedStream): void {
    this.#files.get('parked')!.line([stream, revision, position, day, since, reason, lastRevision]);
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
  }
}

/** Where a file stands in its folder. */
export function fileOf(folder: string, name: RowFile): string {
  return join(folder, `${name}.csv`);
}

const [COMMA, NEW_LINE, QUOTE, MINUS, ZERO] = [',', '\n', '"', '-', '0'].map((sign) => sign.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
];
const FIRST_BEYOND_ASCII = 128;
const ROOM = 256 * 1024;
/** Most that a number, or what stands around a value, takes. */
const SPARE = 32;
const MOST_BY_DIGITS = 2 ** 30;
const MOST_BYTES_A_CHARACTER = 3;

/**
 * Written byte by byte into one piece of memory: as texts, the values would be most of what there is to clean up. Nothing stands
 * for null, two quotation marks for the empty text.
 */
class CsvFile {
  readonly #handle: number;
  #bytes = Buffer.allocUnsafe(ROOM);
  #end = 0;
  #isFirst = true;

  constructor(file: string) {
    this.#handle = openSync(file, 'wx', 0o600);
  }

  line(values: readonly Value[]): void {
    for (const value of values) this.value(value);
    this.endLine();
  }

  value(value: Value): void {
    this.#makeRoom(typeof value === 'string' ? value.length * MOST_BYTES_A_CHARACTER + SPARE : SPARE);
    if (!this.#isFirst) this.#bytes[this.#end++] = COMMA;
    this.#isFirst = false;
    if (typeof value === 'string') this.#text(value);
    else if (value !== null) this.#number(value);
  }

  endLine(): void {
    this.#makeRoom(SPARE);
    this.#bytes[this.#end++] = NEW_LINE;
    this.#isFirst = true;
  }

  close(): void {
    this.#write();
    closeSync(this.#handle);
  }

  #text(text: string): void {
    const bytes = this.#bytes;
    let end = this.#end;
    bytes[end++] = QUOTE;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code === QUOTE || code >= FIRST_BEYOND_ASCII) {
        end += bytes.write(text.slice(index).replaceAll('"', '""'), end);
        break;
      }
      bytes[end++] = code;
    }
    bytes[end++] = QUOTE;
    this.#end = end;
  }

  #number(value: number): void {
    if (!Number.isInteger(value) || Math.abs(value) > MOST_BY_DIGITS) {
      this.#end += this.#bytes.write(String(value), this.#end);
      return;
    }
    const bytes = this.#bytes;
    if (value < 0) bytes[this.#end++] = MINUS;
    let rest = Math.abs(value);
    let digits = 1;
    for (let least = 10; least <= rest; least *= 10) digits++;
    for (let place = this.#end + digits - 1; place >= this.#end; place--) {
      bytes[place] = ZERO + (rest % 10);
      rest = (rest / 10) | 0;
    }
    this.#end += digits;
  }

  #makeRoom(needed: number): void {
    if (this.#end + needed <= this.#bytes.length) return;
    this.#write();
    if (needed > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(needed);
  }

  #write(): void {
    for (let written = 0; written < this.#end;)
      written += writeSync(this.#handle, this.#bytes, written, this.#end - written);
    this.#end = 0;
  }
}
