import { CsvFaulty } from './csv-faulty.ts';
import { CsvRecords, RecordFaulty, type CsvRow } from './csv-records.ts';
import { utf8Pieces } from './csv-text.ts';

export { CsvFaulty } from './csv-faulty.ts';
export type { CsvRow } from './csv-records.ts';

/** Which columns a file must have; `optional`: which it may have besides. Without it, all others are let be. */
export interface CsvColumns {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
}

/** Some rows, with what holds for all of them. */
export interface CsvPage {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
  /** Bytes of the file read so far. */
  readonly bytes: number;
}

/** A quote that is not closed must not bring the rest of the file into memory. */
const LONGEST_ROW_CHARACTERS = 1_000_000;
const LINE_BREAKS = [0x0a, 0x0d];

/**
 * Reads a CSV file (RFC 4180: commas, a header, every row ended by a line break) page by page; memory does not grow with it.
 * Rows without any content are passed over. What follows the first fault is not read.
 * @throws CsvFaulty not UTF-8, another separator, a header that does not fit, a row with more or fewer fields, cut off, empty
 */
export async function* readCsv(file: string, columns: CsvColumns): AsyncGenerator<CsvPage> {
  const records: CsvRow[] = [];
  const reading = new CsvRecords(LONGEST_ROW_CHARACTERS);
  let header: readonly string[] | undefined;
  let bytes = 0;
  let isOpen = false;
  const page = (): CsvPage | undefined => {
    const rows = records.splice(0);
    if (header === undefined && rows.length > 0) header = headerOf(rows.shift()!.cells, columns);
    return header && { header, rows: withContent(rows, header), bytes };
  };
  const read = (piece?: Buffer): void => {
    try {
      if (piece === undefined) reading.end(records);
      else reading.take(piece.toString('utf8'), records);
    } catch (error) {
      if (!(error instanceof RecordFaulty)) throw error;
      // A header with another separator lets its quotes look wrong: what is wrong there is told first.
      const isHeader = header === undefined && records.length === 0 && piece !== undefined;
      const separator = isHeader ? quotedBySeparator(piece, columns) : undefined;
      if (separator !== undefined) throw separator;
      // As is what is wrong with the rows before.
      page();
      throw faultIn(error, reading.line, header);
    }
  };
  for await (const piece of utf8Pieces(file)) {
    read(piece);
    bytes += piece.length;
    isOpen = !LINE_BREAKS.includes(piece.at(-1)!);
    const some = page();
    if (some) yield some;
  }
  read();
  if (isOpen) throw cutOff(records.at(-1)!, header ?? records[0]?.cells);
  const last = page();
  if (last === undefined) throw new CsvFaulty('the file is empty; it begins with a header', { line: 1 });
  yield last;
}

const FAULTS: Readonly<Record<RecordFaulty['fault'], string>> = {
  QUOTE_NOT_CLOSED: 'a quote opens here and is never closed: the file is cut off, or a quote is missing',
  QUOTE_INSIDE: 'a quote stands inside a field; put the field in quotes, and write "" for each of its own',
  TOO_LONG: `the row that begins here has more than ${LONGEST_ROW_CHARACTERS} characters: probably a quote is not closed`,
};

function faultIn({ fault, field }: RecordFaulty, line: number, header: readonly string[] | undefined): CsvFaulty {
  return new CsvFaulty(FAULTS[fault], fault === 'TOO_LONG' ? { line } : { line, column: header?.[field] ?? field + 1 });
}

/** What was not ended by a line break, be it in a row's last field, may lack its end; nobody could tell. */
function cutOff({ line, cells }: CsvRow, header: readonly string[] | undefined): CsvFaulty {
  const column = header?.[cells.length - 1] ?? cells.length;
  return new CsvFaulty(
    'the file ends in the middle of a row: it is cut off. If it is whole, put a line break at its end',
    { line, column },
  );
}

function headerOf(header: readonly string[], { required, optional }: CsvColumns): readonly string[] {
  const missing = required.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    const separator = otherSeparator(header, missing);
    if (separator !== undefined) throw separator;
    throw new CsvFaulty(`there is no column ${missing.join(', ')}; the header is ${header.join(', ')}`, { line: 1 });
  }
  header.forEach((name, index) => {
    if (header.indexOf(name) < index) {
      throw new CsvFaulty(`the column ${name} is there twice`, { line: 1, column: index + 1 });
    }
    if (optional !== undefined && !required.includes(name) && !optional.includes(name)) {
      const known = [...required, ...optional].join(', ');
      throw new CsvFaulty(`"${name}" is no column known here; known are ${known}`, { line: 1, column: index + 1 });
    }
  });
  return header;
}

function quotedBySeparator(piece: Buffer, { required }: CsvColumns): CsvFaulty | undefined {
  const [first = ''] = piece.toString('utf8').split(/[\r\n]/, 1);
  return otherSeparator([first.replaceAll('"', '')], required);
}

function otherSeparator(header: readonly string[], missing: readonly string[]): CsvFaulty | undefined {
  const text = header.join(',');
  for (const [separator, name] of [
    [';', 'semicolons'],
    ['\t', 'tabs'],
    ['|', 'bars'],
  ] as const) {
    if (!missing.some((column) => text.split(separator).includes(column))) continue;
    return new CsvFaulty(
      `columns are separated by ${name}; save the file as CSV with commas (the separator is chosen when a spreadsheet is exported)`,
      { line: 1, character: text.indexOf(separator) + 1 },
    );
  }
  return undefined;
}

function withContent(rows: readonly CsvRow[], header: readonly string[]): readonly CsvRow[] {
  return rows.filter(({ line, cells }) => {
    if (cells.length !== header.length) {
      if (cells.length === 1 && cells[0] === '') return false;
      const shorter = cells.length < header.length;
      throw new CsvFaulty(
        shorter
          ? `the row ends after ${cells.length} of ${header.length} fields`
          : `the row has ${cells.length} fields, the header ${header.length}: put fields with a comma in quotes`,
        { line, column: shorter ? header[cells.length]! : header.length + 1 },
      );
    }
    return cells.some((cell) => cell !== '');
  });
}
