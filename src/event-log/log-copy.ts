import { rmSync } from 'node:fs';
import type { Database, Statement } from 'better-sqlite3';
import {
  ERASABLE_CATEGORIES,
  LATEST_ONLY_CATEGORIES,
  LogUnavailable,
  StreamDamaged,
  StreamNotErasable,
  type ReadAllOptions,
} from '../event-sourcing/event-log.ts';
import { categoryOf, type Position, type RecordedEvent } from '../event-sourcing/event.ts';
import { unavailable } from './sqlite-errors.ts';
import { openCopy, realFile } from './sqlite-file.ts';
import { SqliteLogWriter } from './sqlite-log-writer.ts';
import { WriterLock } from './writer-lock.ts';

/** What is known of an event that its log cannot give back. */
export interface DamagedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
}

/** The last event of a copy that can still be read, by which one can tell whether it fits its log. */
export interface LastEvent extends DamagedEvent {
  readonly hash: string;
}

/** Events of a stream that come before this one did not come by: somebody has taken them away in the log. */
export class EventsMissing extends StreamDamaged {}

interface Stream {
  readonly id: number;
  readonly isErased: boolean;
  /** Of its last event; -1: none yet. */
  revision: number;
}

type Row = [position: number, stream: number, revision: number, ...texts: string[]];
type TextsOf = readonly [id: string, type: string, data: string, metadata: string, hash: string];

/** What a stream is known by is kept of so many at a time. */
const STREAMS_KNOWN = 50_000;
/** Not JSON: whoever reads it is told that the stream is damaged, as by the log itself. */
const UNREADABLE: TextsOf = ['', '', '', '', ''];

/**
 * A copy of another engine's log in one SQLite file, with the positions, revisions and hashes it has there and its id, which
 * `SqliteEventLog.open({ file, mode: 'read' })` reads beside it like any log. All but filling is synchronous. A throw-away: where
 * it does not fit its log any more it is removed and made anew.
 */
export class LogCopy {
  readonly #file: string;
  readonly #db: Database;
  readonly #lock: WriterLock;
  readonly #writer: SqliteLogWriter;
  readonly #find: Statement<[string], [id: number, erased: number, revision: number | null]>;
  readonly #addStream: Statement<[string, string]>;
  readonly #addChained: Statement<Row>;
  readonly #addLatest: Statement<Row>;
  readonly #known = new Map<string, Stream>();
  /** Erased streams of which a reader may still hold the bytes. */
  readonly #unfinished = new Set<string>();
  #head: number;

  /** Goes on with the copy that stands there. @throws CopyOfAnother · LogUnavailable in use, damaged, no copy */
  static open(options: { readonly file: string; readonly logId: string }): LogCopy {
    return new LogCopy(realFile(options.file), options.logId);
  }

  /** Takes a copy away, so that it can be made anew. */
  static remove(file: string): void {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
  }

  /** Whether somebody has it open to keep it. */
  static isKept(file: string): boolean {
    try {
      WriterLock.take(file).release();
      return false;
    } catch {
      return true;
    }
  }

  private constructor(file: string, logId: string) {
    this.#file = file;
    this.#lock = WriterLock.take(file);
    let db: Database | undefined;
    try {
      db = openCopy(file, logId);
      this.#db = db;
      this.#writer = new SqliteLogWriter(db);
      this.#find = db
        .prepare<[string], [number, number, number | null]>(
          `SELECT s.id, s.erased, (SELECT max(revision) FROM all_events e WHERE e.stream = s.id)
           FROM streams s WHERE s.name = +?`,
        )
        .raw();
      this.#addStream = db.prepare('INSERT INTO streams (name, category) VALUES (?, ?)');
      this.#addChained = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
      this.#addLatest = db.prepare('REPLACE INTO latest_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
      this.#head = db.prepare<[], number>('SELECT ifnull(max(position), 0) FROM all_events').pluck().get()!;
    } catch (error) {
      db?.close();
      this.#lock.release();
      throw unavailable(file, error);
    }
  }

  /** Position of the last event in it. */
  head(): Position | undefined {
    return this.#head === 0 ? undefined : String(this.#head);
  }

  count(): number {
    return this.#db.prepare<[], number>('SELECT count(*) FROM all_events').pluck().get()!;
  }

  /** Undefined: there is none. */
  lastEvent(): LastEvent | undefined {
    const found = this.#db
      .prepare<[], { stream: string; revision: number; position: number; hash: string }>(
        `SELECT s.name AS stream, e.revision, e.position, e.hash FROM events e CROSS JOIN streams s ON s.id = e.stream
         WHERE s.erased = 0 AND e.hash <> '' ORDER BY e.position DESC LIMIT 1`,
      )
      .get();
    return found && { ...found, position: String(found.position) };
  }

  /**
   * Takes in what is read of the log after its head. Where the log cannot give an event back, or has none of those before it any
   * more, its place is kept and reading goes on after it: one damaged stream keeps nobody from the others. Events that are missing
   * are looked for once more first.
   * @param reading of the log, after a position
   * @param onWritten told how many events were written
   */
  async fill(
    reading: (from: Pick<ReadAllOptions, 'after'>) => AsyncIterable<readonly RecordedEvent[]>,
    onWritten: (events: number) => void = () => {},
  ): Promise<void> {
    let missedBefore: Position | undefined;
    for (;;) {
      const after = this.head();
      try {
        for await (const batch of reading(after === undefined ? {} : { after })) {
          this.write(batch);
          onWritten(batch.length);
        }
        return;
      } catch (error) {
        if (!(error instanceof StreamDamaged) || error.event === undefined) throw error;
        const { position } = error.event;
        if (numberOf(position) <= this.#head) throw error;
        if (error instanceof EventsMissing && position !== missedBefore) {
          missedBefore = position;
          continue;
        }
        this.writeDamaged({ stream: error.stream, ...error.event });
        onWritten(1);
      }
    }
  }

  /**
   * Writes the next events of the log, in order of position, all or none, or up to one before which others are missing. Those up
   * to the head stand there already and are passed over, and so are those of erased streams.
   * @throws EventsMissing · LogUnavailable it does not fit its log · disk full …
   */
  write(events: readonly RecordedEvent[]): void {
    let missing: RecordedEvent | undefined;
    this.#commit(() => {
      missing = events.find((event) => !this.#add(event, textsOf(event)));
    });
    if (missing) throw new EventsMissing(missing.stream, { event: missing });
  }

  /** Keeps the place of an event that the log cannot give back: reading the copy throws StreamDamaged there, too. */
  writeDamaged(event: DamagedEvent): void {
    this.#commit(() => this.#add(event, UNREADABLE, true));
  }

  /** Erases a key stream, bytes included, also one that has not come by yet. Repeatable. */
  erase(stream: string): void {
    if (!ERASABLE_CATEGORIES.includes(categoryOf(stream))) throw new StreamNotErasable(stream);
    this.#known.delete(stream);
    this.#unfinished.add(stream);
    this.finishErasures();
  }

  /** False while a reader still holds bytes that were erased: to be called again. @throws LogUnavailable */
  finishErasures(): boolean {
    for (const stream of this.#unfinished) {
      const [answer] = this.#writer.write([{ erase: stream }]);
      if (answer === 0) this.#unfinished.delete(stream);
    }
    return this.#unfinished.size === 0;
  }

  close(): void {
    this.#db.close();
    this.#lock.release();
  }

  /** Answers false, and adds nothing, where events before it are missing, unless that is known. */
  #add({ stream: name, revision, position }: DamagedEvent, texts: TextsOf, isKnownDamaged = false): boolean {
    const number = numberOf(position);
    if (number <= this.#head) return true;
    const isLatestOnly = LATEST_ONLY_CATEGORIES.includes(categoryOf(name));
    const stream = this.#stream(name);
    if (!stream.isErased) {
      if (!isLatestOnly && revision <= stream.revision) {
        throw new LogUnavailable(
          `the copy ${this.#file} does not fit its log: ${name} ends at ${stream.revision} in it, and ${revision} comes next`,
        );
      }
      if (!isLatestOnly && !isKnownDamaged && revision > stream.revision + 1) return false;
      (isLatestOnly ? this.#addLatest : this.#addChained).run(number, stream.id, revision, ...texts);
      stream.revision = revision;
    }
    this.#head = number;
    return true;
  }

  #stream(name: string): Stream {
    let stream = this.#known.get(name);
    if (stream) return stream;
    const found = this.#find.get(name);
    stream = found
      ? { id: found[0], isErased: found[1] === 1, revision: found[2] ?? -1 }
      : { id: Number(this.#addStream.run(name, categoryOf(name)).lastInsertRowid), isErased: false, revision: -1 };
    if (this.#known.size >= STREAMS_KNOWN) this.#known.clear();
    this.#known.set(name, stream);
    return stream;
  }

  #commit(step: () => void): void {
    const head = this.#head;
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      step();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#head = head;
      this.#known.clear();
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw unavailable(this.#file, error);
    }
  }
}

function textsOf({ id, type, data, metadata, hash }: RecordedEvent): TextsOf {
  return [id, type, JSON.stringify(data), JSON.stringify(metadata), hash];
}

/** @throws LogUnavailable where SQLite's readers could not tell it from another */
function numberOf(position: Position): number {
  const number = Number(position);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new LogUnavailable(`position ${position} is beyond what a copy can hold`);
}
