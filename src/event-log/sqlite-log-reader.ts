import type { Database, Statement } from 'better-sqlite3';
import { LATEST_ONLY_CATEGORIES, StreamDamaged, StreamErased } from '../event-sourcing/event-log.ts';
import { categoryOf, type EventMetadata, type JsonObject, type RecordedEvent } from '../event-sourcing/event.ts';
import { unavailable } from './sqlite-errors.ts';

type Row = [
  position: number,
  stream: string,
  revision: number,
  id: string,
  type: string,
  data: string,
  metadata: string,
  hash: string,
];
type Table = 'events' | 'latest_events' | 'all_events';

const COLUMNS = 'e.position, s.name, e.revision, e.id, e.type, e.data, e.metadata, e.hash';
/** Streams are fetched so many at a time: one by one, the start of each query would cost more than its rows. */
const STREAMS_AT_ONCE = 64;

/**
 * One connection that only reads, with short queries: a reader that stays keeps the WAL from being emptied.
 *
 * Parameters are written `+?`: SQLite (built with STAT4) would otherwise look at their values for a better plan, and compile
 * the statement anew at every call, which costs more than running it.
 */
export class SqliteLogReader {
  readonly #db: Database;
  readonly #file: string;
  readonly #statements = new Map<string, Statement<unknown[], unknown>>();

  constructor(db: Database, file: string) {
    this.#db = db;
    this.#file = file;
  }

  /** @throws StreamErased · StreamDamaged */
  stream(stream: string, from: number, until: number): RecordedEvent[] {
    type Found = [...Row, erased: number];
    const rows = this.#all<Found>(
      `SELECT ${COLUMNS}, s.erased FROM streams s
       LEFT JOIN ${tableOf([categoryOf(stream)])} e ON e.stream = s.id AND e.revision BETWEEN +? AND +?
       WHERE s.name = +? ORDER BY e.revision`,
      [from, until, stream],
    );
    const first = rows[0];
    if (first?.[8] === 1) throw new StreamErased(stream);
    return first?.[0] === null ? [] : eventsOf(rows);
  }

  /** Whole streams, or `erased`, in the order asked for; undefined if one of them cannot be read: then one by one. */
  streams(streams: readonly string[]): (RecordedEvent[] | 'erased')[] | undefined {
    type Found = [...Row, erased: number, place: number];
    const table = tableOf([...new Set(streams.map(categoryOf))]);
    let rows: Found[];
    try {
      rows = this.#all<Found>(
        `SELECT ${COLUMNS}, s.erased, j.key FROM json_each(+?) j CROSS JOIN streams s ON s.name = j.value
         LEFT JOIN ${table} e ON e.stream = s.id ORDER BY j.key, e.revision`,
        [JSON.stringify(streams)],
      );
    } catch {
      return undefined;
    }
    const found: (RecordedEvent[] | 'erased')[] = streams.map(() => []);
    for (let start = 0, end = 1; start < rows.length; end++) {
      const [position, , , , , , , , erased, place] = rows[start]!;
      if (rows[end]?.[9] === place) continue;
      if (erased === 1) found[place] = 'erased';
      else if (position !== null) found[place] = eventsOf(rows.slice(start, end));
      start = end;
    }
    return found;
  }

  /** At most `limit` events in order of position, after one and up to another. Categories: none means all chained ones. */
  page(categories: readonly string[] | undefined, after: number, until: number, limit: number): RecordedEvent[] {
    const chosen = categories ? `AND s.category IN (${categories.map(() => '+?').join(', ')})` : '';
    return eventsOf(
      this.#all<Row>(
        `SELECT ${COLUMNS} FROM ${tableOf(categories)} e CROSS JOIN streams s ON s.id = e.stream
         WHERE e.position > +? AND e.position <= +? AND s.erased = 0 ${chosen} ORDER BY e.position LIMIT +?`,
        [after, until, ...(categories ?? []), limit],
      ),
    );
  }

  /** Highest position in the tables that hold these categories; 0 when they are empty. */
  end(categories?: readonly string[]): number {
    return this.#value<number>(`SELECT ifnull(max(position), 0) FROM ${tableOf(categories)}`)!;
  }

  /**
   * Latest time of recording among the last so many positions. First events that an older log lacked stand at its end, known
   * since long before; and a damaged one says nothing.
   */
  latestRecordedAt(positions: number): string | undefined {
    const sql = `SELECT max(CASE WHEN json_valid(metadata) THEN metadata ->> '$.recordedAt' END) FROM events
      WHERE position > +?`;
    return this.#value<string | null>(sql, this.end() - positions) ?? undefined;
  }

  count(): number {
    return this.#value<number>('SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM latest_events)')!;
  }

  /** In the order in which their first streams began. */
  categories(): string[] {
    const sql = 'SELECT category FROM streams GROUP BY category ORDER BY min(id)';
    return this.#all<[string]>(sql, []).map(([name]) => name);
  }

  /** Names of erased streams. */
  erased(): string[] {
    return this.#all<[string]>('SELECT name FROM streams WHERE erased = 1 ORDER BY id', []).map(([name]) => name);
  }

  /** Internal number of a stream, by which streams are ordered: the order in which they began. */
  numberOf(stream: string): number | undefined {
    return this.#value<number>('SELECT id FROM streams WHERE name = +?', stream);
  }

  /**
   * Whole streams of a category up to a position, in the order in which they began, the next few after `after`; `last` is
   * undefined at the end. A damaged stream throws where its turn comes, after those before it.
   */
  *streamsAfter(category: string, after: number, until: number): Generator<RecordedEvent[], number | undefined> {
    const numbers = this.#all<[number]>(
      'SELECT id FROM streams WHERE id > +? AND category = +? AND erased = 0 ORDER BY id LIMIT +?',
      [after, category, STREAMS_AT_ONCE],
    ).map(([number]) => number);
    const last = numbers.at(-1);
    if (last === undefined) return undefined;
    for (const rows of this.#rowsOfStreams(category, numbers, until)) yield* streamsOf(rows);
    return last;
  }

  close(): void {
    this.#db.close();
  }

  /** Rows of one or more whole streams at a time, so that what comes before a damaged stream has been given. */
  *#rowsOfStreams(category: string, numbers: readonly number[], until: number): Generator<Row[]> {
    const sql = `SELECT ${COLUMNS} FROM streams s CROSS JOIN ${tableOf([category])} e ON e.stream = s.id
      WHERE s.id BETWEEN +? AND +? AND s.category = +? AND s.erased = 0 AND e.position <= +? ORDER BY s.id, e.revision`;
    let rows: Row[] | undefined;
    try {
      rows = this.#all<Row>(sql, [numbers[0], numbers.at(-1), category, until]);
    } catch {
      // One of them stands on a damaged page. The others are still read.
    }
    if (rows) return yield rows;
    for (const number of numbers) {
      try {
        rows = this.#all<Row>(sql, [number, number, category, until]);
      } catch (cause) {
        const stream = this.#value<string>('SELECT name FROM streams WHERE id = +?', number)!;
        throw new StreamDamaged(stream, { cause });
      }
      yield rows;
    }
  }

  #all<Result>(sql: string, parameters: readonly unknown[]): Result[] {
    try {
      return this.#prepared(sql).all(...parameters) as Result[];
    } catch (error) {
      throw unavailable(this.#file, error);
    }
  }

  #value<Result>(sql: string, ...parameters: readonly unknown[]): Result | undefined {
    return this.#all<[Result]>(sql, parameters)[0]?.[0];
  }

  #prepared(sql: string): Statement<unknown[], unknown> {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare<unknown[], unknown>(sql).raw();
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function tableOf(categories: readonly string[] | undefined): Table {
  const latest = categories?.filter((category) => LATEST_ONLY_CATEGORIES.includes(category)).length ?? 0;
  if (latest === 0) return 'events';
  return latest === categories?.length ? 'latest_events' : 'all_events';
}

function* streamsOf(rows: readonly Row[]): Generator<RecordedEvent[], void> {
  for (let start = 0, end = 1; start < rows.length; end++) {
    if (rows[end]?.[1] === rows[start]![1]) continue;
    yield eventsOf(rows.slice(start, end));
    start = end;
  }
}

function eventsOf(rows: readonly (readonly [...Row, ...unknown[]])[]): RecordedEvent[] {
  const events = new Array<RecordedEvent>(rows.length);
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!;
    try {
      events[index] = {
        id: row[3],
        type: row[4],
        data: JSON.parse(row[5]) as JsonObject,
        metadata: JSON.parse(row[6]) as EventMetadata,
        stream: row[1],
        revision: row[2],
        position: String(row[0]),
        hash: row[7],
      };
    } catch (cause) {
      throw new StreamDamaged(row[1], { cause, event: { revision: row[2], position: String(row[0]) } });
    }
  }
  return events;
}
