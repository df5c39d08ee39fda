import { CsvError, parse, type Parser } from 'csv-parse';
import { CsvFaulty } from './csv-faulty.ts';
import { utf8Pieces } from './csv-text.ts';

export { CsvFaulty } from './csv-faulty.ts';

/** Which columns a file must have; `optional`: which it may have besides. Without it, all others are let be. */
export interface CsvColumns {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
}

export interface CsvRow {
  /** On which the row begins, from 1; the header is a line too. */
  readonly line: number;
  /** As many as there are columns, in their order. */
  readonly cells: readonly string[];
}

/** Some rows, with what holds for all of them. */
export interface CsvPage {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
  /** Bytes of the file read so far. */
  readonly bytes: number;
}

/** A quote that is not closed must not bring the rest of the file into memory. */
const LONGEST_ROW_BYTES = 1_000_000;
const LINE_BREAKS = [0x0a, 0x0d];

/**
 * Reads a CSV file (RFC 4180: commas, a header, every row ended by a line break) page by page; memory does not grow with it.
 * Rows without any content are passed over. What follows the first fault is not read.
 * @throws CsvFaulty not UTF-8, another separator, a header that does not fit, a row with more or fewer fields, cut off, empty
 */
export async function* readCsv(file: string, columns: CsvColumns): AsyncGenerator<CsvPage> {
  const records: CsvRow[] = [];
  let line = 1;
  const parser = parse({
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: LONGEST_ROW_BYTES,
    on_record: (cells: readonly string[]): null => {
      records.push({ line, cells });
      line = parser.info.lines + 1;
      return null;
    },
  });
  parser.resume();

  let header: readonly string[] | undefined;
  const progress = (): Progress => ({ line, header: header ?? records[0]?.cells });
  let bytes = 0;
  let isOpen = false;
  const page = (): CsvPage | undefined => {
    const rows = records.splice(0);
    if (header === undefined && rows.length > 0) header = headerOf(rows.shift()!.cells, columns);
    return header && { header, rows: withContent(rows, header), bytes };
  };
  for await (const piece of utf8Pieces(file)) {
    try {
      await written(parser, piece, progress);
    } catch (fault) {
      // A header with another separator lets its quotes look wrong: what is wrong there is told first.
      if (progress().header === undefined) throw quotedBySeparator(piece, columns) ?? fault;
      page();
      throw fault;
    }
    bytes += piece.length;
    isOpen = !LINE_BREAKS.includes(piece.at(-1)!);
    const read = page();
    if (read) yield read;
  }
  await ended(parser, progress);
  if (isOpen) throw cutOff(records.at(-1)!, progress().header);
  const last = page();
  if (last === undefined) throw new CsvFaulty('the file is empty; it begins with a header', { line: 1 });
  yield last;
}

interface Progress {
  /** Of the record that is being read. */
  readonly line: number;
  readonly header: readonly string[] | undefined;
}

function written(parser: Parser, piece: Buffer, progress: () => Progress): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(faultOf(error, progress()));
    parser.once('error', fail);
    parser.write(piece, (error) => {
      if (error) return;
      parser.off('error', fail);
      resolve();
    });
  });
}

function ended(parser: Parser, progress: () => Progress): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.once('error', (error) => reject(faultOf(error, progress())));
    parser.once('end', resolve);
    parser.end();
  });
}

function faultOf(error: Error, { line, header }: Progress): Error {
  if (!(error instanceof CsvError)) return error;
  const index = typeof error['index'] === 'number' ? error['index'] : 0;
  const place = { line, column: header?.[index] ?? index + 1 };
  if (error.code === 'CSV_MAX_RECORD_SIZE') return new CsvFaulty(ROW_TOO_LONG, { line });
  return new CsvFaulty(QUOTE_FAULTS[error.code] ?? error.message, place);
}

const ROW_TOO_LONG = `the row that begins here has more than ${LONGEST_ROW_BYTES} bytes: probably a quote is not closed`;
const QUOTE_INSIDE = 'a quote stands inside a field; put the field in quotes, and write "" for each of its own';
const QUOTE_FAULTS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote opens here and is never closed: the file is cut off, or a quote is missing',
  CSV_INVALID_CLOSING_QUOTE: QUOTE_INSIDE,
  INVALID_OPENING_QUOTE: QUOTE_INSIDE,
};

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
