import type { Database, Statement } from 'better-sqlite3';
import { categoryOf } from '../event-sourcing/event.ts';
import { LATEST_ONLY_CATEGORIES } from '../event-sourcing/event-log.ts';
import type { CrashPoint } from '../event-sourcing/crash-point.ts';
import { NO_REVISION, type AppendRequest } from './append-request.ts';
import { isOutOfService, reasonOf } from './sqlite-errors.ts';
import { PAGE_BYTES, WAL_LIMIT_BYTES } from './sqlite-file.ts';

interface EraseRequest {
  readonly erase: string;
}

export type WriterRequest = AppendRequest | EraseRequest;

/** Position of the last event written (0 for an erasure), or why nothing was written. */
export type WriterAnswer =
  | number
  | { readonly repeated: number; readonly hash: string }
  | { readonly endsAt: number }
  | { readonly erased: true }
  | { readonly unavailable: string };

const FIELDS = 5;
/** A checkpoint is due when at most so much stands in the WAL only. */
const CHECKPOINT_PAGES = (32 * 1024 * 1024) / PAGE_BYTES;
/** Pages a commit and each of its appends write at most, besides their text: ends of tables and leaves of indexes. */
const PAGES_A_COMMIT = 4;
const PAGES_AN_APPEND = 2;
const WAL_LIMIT_PAGES = WAL_LIMIT_BYTES / PAGE_BYTES;
/** How long readers are waited for when the WAL has to be emptied. */
const PATIENCE_MS = 1_000;

interface Checkpoint {
  /** 1: someone was in the way. */
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

type Head = [stream: number, erased: number, revision: number | null, hash: string | null];
type Standing = [revision: number, id: string, position: number, hash: string];
type Event = [position: number, stream: number, revision: number, ...texts: string[]];

/**
 * The one connection that writes. Everything here is synchronous: it runs in a thread of its own, or in memory.
 *
 * What waits goes into one transaction. An append that is refused has written nothing yet, so the others need no savepoint
 * to be safe from it; one that fails in an unforeseen way takes the transaction down, and each is then tried alone.
 */
export class SqliteLogWriter {
  readonly #db: Database;
  readonly #crash: CrashPoint;
  readonly #begin: Statement<[]>;
  readonly #commit: Statement<[]>;
  readonly #chained: TableStatements;
  readonly #latest: TableStatements;
  readonly #addStream: Statement<[string, string]>;
  readonly #markErased: Statement<[string, string]>;
  readonly #overwriteEvents: Statement<[string]>;
  /** Highest position given. */
  #position: number;
  /** What stands in the WAL only, at most: asking SQLite at every commit would cost a tenth of it. */
  #pagesAtMost = 0;
  /** Size of the WAL at which it is emptied even if that means waiting. */
  #pagesTooMany = WAL_LIMIT_PAGES;

  constructor(db: Database, crash: CrashPoint = () => {}) {
    this.#db = db;
    this.#crash = crash;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#chained = statementsOn(db, 'events');
    this.#latest = statementsOn(db, 'latest_events');
    this.#addStream = db.prepare('INSERT INTO streams (name, category) VALUES (?, ?)');
    this.#markErased = db.prepare(
      'INSERT INTO streams (name, category, erased) VALUES (?, ?, 1) ON CONFLICT (name) DO UPDATE SET erased = 1',
    );
    // Zeros of the same length, so that a row is overwritten where it stands.
    const zeros = ['id', 'type', 'data', 'metadata'].map((it) => `${it} = printf('%.*c', octet_length(${it}), '0')`);
    this.#overwriteEvents = db.prepare(
      `UPDATE events SET ${zeros.join(', ')} WHERE stream = (SELECT id FROM streams WHERE name = ?)`,
    );
    this.#position = db.prepare<[], number>('SELECT ifnull(max(position), 0) FROM all_events').pluck().get()!;
  }

  /** Answers each request for itself, in their order, when all that was written is durable. Never throws. */
  write(requests: readonly WriterRequest[]): WriterAnswer[] {
    const answers: WriterAnswer[] = [];
    for (let at = 0; at < requests.length;) {
      const appends = whileThese(requests, at, isAppend);
      answers.push(...this.#appendAll(appends));
      const erasures = whileThese(requests, at + appends.length, isErasure);
      answers.push(...this.#eraseAll(erasures));
      at += appends.length + erasures.length;
    }
    return answers;
  }

  /**
   * Moves what was written from the WAL into the file, waiting for nobody; to be called between answers. Only each time that
   * readers have kept the WAL growing by its limit, it waits for them a moment.
   */
  checkpointIfDue(idle: boolean): void {
    if (this.#db.memory || this.#pagesAtMost < (idle ? 1 : CHECKPOINT_PAGES)) return;
    this.#pagesAtMost = 0;
    try {
      const { log, checkpointed } = this.#checkpoint('PASSIVE');
      if (checkpointed === log) {
        this.#pagesTooMany = WAL_LIMIT_PAGES;
      } else if (log > this.#pagesTooMany) {
        this.#pagesTooMany = log + WAL_LIMIT_PAGES;
        this.#emptyWal();
      }
    } catch {
      // A full disk, say. What was acknowledged stands in the WAL; the next checkpoint tries again.
    }
  }

  close(): void {
    this.#db.close();
  }

  #appendAll(requests: readonly AppendRequest[]): WriterAnswer[] {
    if (requests.length === 0) return [];
    const position = this.#position;
    try {
      this.#begin.run();
      const answers = requests.map((request) => this.#append(request));
      const isWritten = this.#position > position;
      if (isWritten) this.#crash('log:before-commit');
      this.#commit.run();
      if (isWritten) this.#crash('log:after-commit');
      this.#pagesAtMost += PAGES_A_COMMIT;
      return answers;
    } catch (error) {
      this.#position = position;
      this.#rollBack();
      if (requests.length === 1 || isOutOfService(error)) {
        const unavailable = reasonOf(error);
        return requests.map(() => ({ unavailable }));
      }
      return requests.flatMap((request) => this.#appendAll([request]));
    }
  }

  #append({ stream, revision, hash, events }: AppendRequest): WriterAnswer {
    const category = categoryOf(stream);
    const statements = LATEST_ONLY_CATEGORIES.includes(category) ? this.#latest : this.#chained;
    const head = statements.head.get(stream);
    if (head?.[1] === 1) return { erased: true };
    const endsAt = head?.[2] ?? NO_REVISION;
    // The predecessor's hash is the stored one: had the caller another, its events would not follow from what stands here.
    if (endsAt !== revision || (head?.[3] ?? '') !== hash) {
      return (head && this.#repeatOf(statements, head[0], revision, events)) ?? { endsAt };
    }
    const id = head?.[0] ?? Number(this.#addStream.run(stream, category).lastInsertRowid);
    for (let at = 0; at < events.length; at += FIELDS) {
      statements.add.run(
        ++this.#position,
        id,
        revision + 1 + at / FIELDS,
        events[at]!,
        events[at + 1]!,
        events[at + 2]!,
        events[at + 3]!,
        events[at + 4]!,
      );
      this.#pagesAtMost += PAGES_AN_APPEND + Math.ceil(events[at + 2]!.length / PAGE_BYTES);
    }
    return this.#position;
  }

  /** Whether these very events stand there already. Of a latest-only stream only the last can still be seen. */
  #repeatOf(
    statements: TableStatements,
    stream: number,
    revision: number,
    events: readonly string[],
  ): WriterAnswer | undefined {
    const end = revision + events.length / FIELDS;
    const standing = statements.standing.all(stream, revision, end);
    const last = standing.at(-1);
    if (last?.[0] !== end) return undefined;
    if (!standing.every(([at, id]) => id === events[(at - revision - 1) * FIELDS])) return undefined;
    return { repeated: last[2], hash: last[3] };
  }

  /** Emptying the WAL is part of the work: until then the bytes still stand there. */
  #eraseAll(requests: readonly EraseRequest[]): WriterAnswer[] {
    if (requests.length === 0) return [];
    const answers = (answer: WriterAnswer) => requests.map(() => answer);
    try {
      this.#begin.run();
      for (const { erase } of requests) {
        this.#markErased.run(erase, categoryOf(erase));
        this.#overwriteEvents.run(erase);
      }
      this.#commit.run();
      if (this.#db.memory || this.#emptyWal().busy === 0) return answers(0);
      return answers({ unavailable: 'it is erased, but a reader still holds its bytes; erase it again' });
    } catch (error) {
      this.#rollBack();
      return answers({ unavailable: reasonOf(error) });
    }
  }

  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): Checkpoint {
    return (this.#db.pragma(`wal_checkpoint(${mode})`) as [Checkpoint])[0];
  }

  /** Waits a moment for readers, and all appends with it. */
  #emptyWal(): Checkpoint {
    const usual = Number(this.#db.pragma('busy_timeout', { simple: true }));
    this.#db.pragma(`busy_timeout = ${PATIENCE_MS}`);
    try {
      return this.#checkpoint('TRUNCATE');
    } finally {
      this.#db.pragma(`busy_timeout = ${usual}`);
    }
  }

  #rollBack(): void {
    try {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, or will when the next transaction begins.
    }
  }
}

/** `+?` spares compiling the statement anew at every call: see SqliteLogReader. */
interface TableStatements {
  readonly head: Statement<[string], Head>;
  /** What stands after one revision and up to another. */
  readonly standing: Statement<[number, number, number], Standing>;
  readonly add: Statement<Event>;
}

function statementsOn(db: Database, table: 'events' | 'latest_events'): TableStatements {
  return {
    head: db
      .prepare<[string], Head>(
        `SELECT s.id, s.erased, e.revision, e.hash FROM streams s LEFT JOIN ${table} e ON e.stream = s.id
         WHERE s.name = +? ORDER BY e.revision DESC LIMIT 1`,
      )
      .raw(),
    standing: db
      .prepare<[number, number, number], Standing>(
        `SELECT revision, id, position, hash FROM ${table} WHERE stream = +? AND revision > +? AND revision <= +? ORDER BY revision`,
      )
      .raw(),
    // Of `events` nothing is ever in the way; of `latest_events` the predecessor is.
    add: db.prepare<Event>(
      `${table === 'events' ? 'INSERT' : 'REPLACE'} INTO ${table} VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
  };
}

function whileThese<Kind extends WriterRequest>(
  requests: readonly WriterRequest[],
  from: number,
  isOne: (request: WriterRequest) => request is Kind,
): Kind[] {
  const found: Kind[] = [];
  for (let at = from; at < requests.length; at++) {
    const request = requests[at]!;
    if (!isOne(request)) break;
    found.push(request);
  }
  return found;
}

function isAppend(request: WriterRequest): request is AppendRequest {
  return !isErasure(request);
}

function isErasure(request: WriterRequest): request is EraseRequest {
  return 'erase' in request;
}
