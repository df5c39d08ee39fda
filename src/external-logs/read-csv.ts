import { parse } from 'csv-parse/sync';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { csvAt, sqlText } from '../analytic-store/sql-text.ts';
import { beginningOf, isGzip, logBytes } from './log-bytes.ts';
import { LogFaulty } from './log-faulty.ts';
import { COLUMN_OPTIONS, KNOWN_NAMES, plainName, type LogMapping, type MappedColumn } from './log-mapping.ts';
import type { Reading } from './read-xes.ts';
import { recordLines, type CsvSource } from './record-lines.ts';
import { AttributeColumns, eventExpressions } from './staging.ts';

const HEADER_BYTES = 1024 * 1024;
const MOST_ROW_BYTES = 16 * 1024 * 1024;
const DELIMITERS = [',', ';', '\t', '|'];
/** Such columns say something of the case in each of its rows; the first row's value is kept. */
const OF_CASE = /^case:/i;

/** Brings a CSV file into the staging tables, by the engine's own reader. @throws LogFaulty */
export async function readCsv(store: AnalyticStore, reading: Reading): Promise<CsvSource> {
  const { mapping, onProgress } = reading;
  const plain = await plainFile(reading);
  const quote = mapping.quote ?? '"';
  const whole = beginningOf(plain, HEADER_BYTES)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  const skipped = beforeHeader(whole);
  const beginning = whole.slice(skipped.length);
  if (/^(PK|%PDF|\{|\[)/.test(beginning) || beginning.includes('\0')) {
    throw new LogFaulty('this is no CSV and no XES: save the log as one of them');
  }
  const delimiter = mapping.delimiter ?? SEPARATOR.exec(skipped)?.[1] ?? delimiterOf(beginning);
  const source = { plain, delimiter, quote, skippedLines: skipped.split(/\r\n|\r|\n/).length - 1 };
  const header = headerOf(beginning, source);
  const columns = mappedColumns(header, mapping, source.skippedLines + 1);
  const columnOf = (name: MappedColumn): string | undefined => {
    const at = columns.get(name);
    return at === undefined ? undefined : `c${at}`;
  };

  const taken = new Set(columns.values());
  const ofEvent = new AttributeColumns(store, false);
  const ofCase = new AttributeColumns(store, true);
  const attributes: string[] = [];
  const caseAttributes: string[] = [];
  const kept: string[] = [];
  for (const [at, name] of header.entries()) {
    if (taken.has(at) || name === '') continue;
    if (OF_CASE.test(name)) {
      const column = await ofCase.nameOf(name.replace(OF_CASE, ''));
      kept.push(column);
      attributes.push(`, c${at} as ${column}`);
      caseAttributes.push(`, first(${column} order by place) as ${column}`);
    } else attributes.push(`, c${at} as ${await ofEvent.nameOf(name)}`);
  }
  const row = eventExpressions(
    {
      id: columnOf('caseColumn')!,
      activity: columnOf('activityColumn'),
      resource: columnOf('resourceColumn'),
      completed: columnOf('timeColumn'),
      started: columnOf('startColumn'),
    },
    mapping.timeFormat,
  );
  const types = header.map((_, at) => `'c${at}': 'VARCHAR'`).join();
  try {
    // A table made of what is selected takes half the time of one that is there already.
    await store.run(
      `create or replace table staging.event as
      select null::bigint as trace, row_number() over () as place, ${row}${attributes.join('')}
      from read_csv(${csvAt(plain)}, auto_detect = false, skip = ${source.skippedLines}, header = true, delim = ${sqlText(delimiter)}, quote = ${sqlText(quote)},
        escape = ${sqlText(quote)}, nullstr = '', allow_quoted_nulls = true, max_line_size = ${MOST_ROW_BYTES}, buffer_size = ${2 * MOST_ROW_BYTES}, columns = {${types}})`,
      [],
      reading.signal,
    );
  } catch (error) {
    reading.signal?.throwIfAborted();
    throw await faultyOf(error, source);
  }
  await store.run(
    `insert into staging.trace by name
    select row_number() over (order by min(place)) - 1 as trace, min(place) as place, id${caseAttributes.join('')}
    from staging.event group by id`,
  );
  for (const column of kept) await store.run(`alter table staging.event drop column ${column}`);
  onProgress?.(Number.POSITIVE_INFINITY);
  return source;
}

/** The engine reads UTF-8 that is not packed. */
async function plainFile({ file, folder, mapping, signal, onProgress }: Reading): Promise<string> {
  const encoding = mapping.encoding?.toLowerCase().replace(/^utf8$/, 'utf-8');
  const [first, second] = beginningOf(file, 2);
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (!isGzip(file) && !isUtf16 && (encoding === undefined || encoding === 'utf-8')) return file;
  const plain = join(folder, 'plain.csv');
  const options = {
    ...(encoding === undefined ? {} : { encoding }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  await pipeline(logBytes(file, options), createWriteStream(plain));
  return plain;
}

/** What a spreadsheet says of its file before the names of the columns. */
const SEPARATOR = /^sep=(.)/i;

/** Lines without anything in them, or that say no more than what stands between values. */
function beforeHeader(beginning: string): string {
  return /^(?:sep=.(?:\r\n|\r|\n))?(?:[ \t]*(?:\r\n|\r|\n))*/i.exec(beginning)![0];
}

/** The one that stands most often in the first line, outside quotation marks. */
function delimiterOf(beginning: string): string {
  const line = /^(?:"[^"]*"|[^"\r\n])*/.exec(beginning)?.[0] ?? '';
  const bare = line.replaceAll(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((one) => bare.split(one).length - 1);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

function headerOf(beginning: string, { delimiter, quote, skippedLines }: CsvSource): string[] {
  const line = skippedLines + 1;
  let rows: string[][];
  try {
    rows = parse(beginning, {
      delimiter,
      quote,
      escape: quote,
      to: 1,
      relax_column_count: true,
      skip_empty_lines: true,
    });
  } catch {
    throw new LogFaulty('the names of the columns cannot be read: a quotation mark is not closed', line);
  }
  const [header] = rows;
  if (header === undefined) throw new LogFaulty('the file is empty');
  const names = header.map((name) => name.trim());
  const twice = names.find((name, at) => name !== '' && names.indexOf(name) !== at);
  if (twice !== undefined) throw new LogFaulty(`two columns are called "${twice}": give each a name of its own`, line);
  return names;
}

function mappedColumns(header: readonly string[], mapping: LogMapping, line: number): Map<MappedColumn, number> {
  const columns = new Map<MappedColumn, number>();
  for (const name of Object.keys(KNOWN_NAMES) as MappedColumn[]) {
    const given = mapping[name];
    const known: readonly string[] = KNOWN_NAMES[name];
    const at =
      given === undefined
        ? known
            .map((one) => header.findIndex((column) => plainName(column) === plainName(one)))
            .find((index) => index !== -1 && ![...columns.values()].includes(index))
        : header.indexOf(given);
    if (at === -1) throw new LogFaulty(`no column is called "${given}"; there are ${listed(header)}`, line);
    if (at !== undefined) columns.set(name, at);
  }
  for (const [name, what] of [
    ['caseColumn', 'the case'],
    ['activityColumn', 'the activity'],
    ['timeColumn', 'the time'],
  ] as const) {
    if (!columns.has(name)) {
      throw new LogFaulty(
        `no column is known to hold ${what}: name it with ${COLUMN_OPTIONS[name]}; there are ${listed(header)}`,
        line,
      );
    }
  }
  return columns;
}

function listed(header: readonly string[]): string {
  return header.filter((name) => name !== '').join(', ') || 'none';
}

/** The engine counts records; a line is told. Its own words quote the file, so they are not passed on. */
async function faultyOf(error: unknown, source: CsvSource): Promise<unknown> {
  const text = String(error);
  const record = Number(/CSV Error on Line: (\d+)/.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(record)) {
    if (!text.includes('CSV')) return error;
    return new LogFaulty(
      'the rows cannot be told apart: lines end in different ways, or quotation marks stand inside a value',
    );
  }
  const [line] = await recordLines(source, [record]);
  if (/maximum line size/i.test(text)) {
    return new LogFaulty('the row is larger than 16 MiB: a quotation mark is not closed, or a value is too long', line);
  }
  if (/unicode|utf-8/i.test(text)) {
    return new LogFaulty(
      'a text is not in UTF-8: give the encoding of the file (--encoding), such as windows-1252',
      line,
    );
  }
  if (/unterminated quote/i.test(text))
    return new LogFaulty('a quotation mark is not closed: the file is not whole', line);
  const columns = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text);
  return columns === null
    ? new LogFaulty('the row cannot be read', line)
    : new LogFaulty(`the row has ${columns[2]} values, where the header has ${columns[1]} names`, line);
}
