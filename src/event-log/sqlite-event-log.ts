import { statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BroadcastChannel } from 'node:worker_threads';
import {
  ERASABLE_CATEGORIES,
  EventLog,
  LATEST_ONLY_CATEGORIES,
  LogUnavailable,
  StreamDamaged,
  StreamErased,
  StreamNotErasable,
  WrongExpectedHead,
  type Appended,
  type ExpectedHead,
  type LogGauge,
  type LogInventory,
  type ReadAllOptions,
} from '../event-sourcing/event-log.ts';
import { categoryOf, type NewEvent, type Position, type RecordedEvent } from '../event-sourcing/event.ts';
import { appendRequest, named } from './append-request.ts';
import { unavailable } from './sqlite-errors.ts';
import { channelOf, logIdOf, mustBeThere, openToRead, openToWrite, realFile } from './sqlite-file.ts';
import { SqliteLogReader } from './sqlite-log-reader.ts';
import { SqliteLogWriter } from './sqlite-log-writer.ts';
import { WriterLock } from './writer-lock.ts';
import { WriterThread, type Writing } from './writer-thread.ts';

export interface OpenOptions {
  /** Path of the log, or `:memory:` for one that lives and dies with this object (tests). */
  readonly file: string;
  /** `write` makes the log if need be and is for one process at a time; `read` goes beside it, in any thread or process. */
  readonly mode: 'write' | 'read';
  /** Named point at which the writer kills the process: `log:before-commit` or `log:after-commit`, `@n` for the nth time. */
  readonly crashAt?: string | undefined;
}

/** Another process's writer cannot wake us. */
const POLL_MS = 250;
const BATCH_SIZE = 1_000;
const IN_MEMORY = ':memory:';

/** The log in one SQLite file. */
export class SqliteEventLog extends EventLog {
  readonly id: string;
  readonly file: string;
  readonly #reader: SqliteLogReader;
  readonly #writing: Writing | undefined;
  readonly #lock: WriterLock | undefined;
  readonly #followers = new Set<() => void>();
  #channel: BroadcastChannel | undefined;
  #isClosed = false;

  /** @throws LogUnavailable in use by another writer, damaged, newer, read-only, not a log, not there (to read) */
  static open(options: OpenOptions): SqliteEventLog {
    return new SqliteEventLog(options);
  }

  private constructor({ file, mode, crashAt }: OpenOptions) {
    super();
    if (file === IN_MEMORY) {
      this.file = file;
      const db = openToWrite(file);
      this.id = logIdOf(db);
      this.#reader = new SqliteLogReader(db, file);
      this.#writing = writingInline(new SqliteLogWriter(db), () => this.#wake());
      return;
    }
    if (mode === 'read') mustBeThere(file);
    this.file = realFile(file);
    if (mode === 'write') {
      this.#lock = WriterLock.take(this.file);
      try {
        openToWrite(this.file).close();
      } catch (error) {
        this.#lock.release();
        throw error;
      }
    }
    const db = openToRead(this.file);
    this.id = logIdOf(db);
    this.#reader = new SqliteLogReader(db, this.file);
    if (mode === 'write') {
      const thread = { file: this.file, logId: this.id, crashAt };
      this.#writing = new WriterThread(thread, () => this.#wake());
    }
  }

  async append(stream: string, expected: ExpectedHead, events: readonly NewEvent[]): Promise<Appended> {
    const request = appendRequest(stream, expected, events);
    const answer = await this.#writer().send(request);
    const revision = request.revision + events.length;
    if (typeof answer === 'number') {
      return { revision, position: String(answer), hash: request.events.at(-1)!, repeated: false };
    }
    if ('repeated' in answer) return { revision, position: String(answer.repeated), hash: answer.hash, repeated: true };
    if ('endsAt' in answer) throw new WrongExpectedHead(stream, named(request.revision), named(answer.endsAt));
    if ('erased' in answer) throw new StreamErased(stream);
    throw unavailable(this.file, answer.unavailable);
  }

  async readStream(
    stream: string,
    options: { readonly from?: number; readonly until?: number } = {},
  ): Promise<readonly RecordedEvent[]> {
    return this.#reading().stream(stream, options.from ?? 0, options.until ?? Number.MAX_SAFE_INTEGER);
  }

  override async readStreams(streams: readonly string[]): Promise<readonly (readonly RecordedEvent[] | 'erased')[]> {
    return this.#reading().streams(streams) ?? super.readStreams(streams);
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<readonly RecordedEvent[]> {
    const until = this.#untilOf(options.until, options.categories);
    yield* this.#batches(options, numberOf(options.after), until);
  }

  async *follow(options: ReadAllOptions & { readonly signal: AbortSignal }): AsyncGenerator<readonly RecordedEvent[]> {
    const until = numberOf(options.until, Number.MAX_SAFE_INTEGER);
    const news = this.#news(options.signal);
    try {
      let after = numberOf(options.after);
      while (!options.signal.aborted && !this.#isClosed) {
        news.heard();
        // Positions are given in the order of commits: nothing can be added later before the end as it stands now.
        const end = Math.min(until, this.#reader.end(options.categories));
        yield* this.#batches(options, after, end);
        after = Math.max(after, end);
        if (after >= until) return;
        await news.next();
      }
    } catch (error) {
      if (!options.signal.aborted && !this.#isClosed) throw error;
    } finally {
      news.stop();
    }
  }

  async *readStreamByStream(options: {
    readonly category: string;
    readonly afterStream?: string;
    readonly until?: Position;
    readonly signal?: AbortSignal;
  }): AsyncGenerator<readonly RecordedEvent[]> {
    const { category, afterStream, signal } = options;
    const until = this.#untilOf(options.until, [category]);
    let after: number | undefined = 0;
    if (afterStream !== undefined) {
      after = this.#reader.numberOf(afterStream);
      if (after === undefined) throw new RangeError(`there is no stream ${afterStream} to go on after`);
    }
    while (after !== undefined) {
      signal?.throwIfAborted();
      after = yield* this.#reading().streamsAfter(category, after, until);
      await nextTurn();
    }
  }

  override async inventory(): Promise<LogInventory> {
    const categories = this.#reading()
      .categories()
      .filter((category) => !LATEST_ONLY_CATEGORIES.includes(category));
    return { categories, erased: this.#reading().erased() };
  }

  async head(): Promise<Position | undefined> {
    const end = this.#reading().end();
    return end === 0 ? undefined : String(end);
  }

  async count(): Promise<number> {
    return this.#reading().count();
  }

  async lastRecordedAt(): Promise<string | undefined> {
    return this.#reading().latestRecordedAt(100);
  }

  async erase(stream: string): Promise<void> {
    if (!ERASABLE_CATEGORIES.includes(categoryOf(stream)) || stream.includes('\n')) throw new StreamNotErasable(stream);
    const answer = await this.#writer().send({ erase: stream });
    if (typeof answer === 'object' && 'unavailable' in answer) throw unavailable(this.file, answer.unavailable);
  }

  /** Answers all appends under way first. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#wake();
    this.#channel?.close();
    // The writer last: who closes a database last moves what stands in the WAL into the file.
    if (this.file !== IN_MEMORY) this.#reader.close();
    await this.#writing?.close();
    this.#lock?.release();
  }

  override gauges(): readonly LogGauge[] {
    return [
      { name: 'log_wal_bytes', help: 'Size of the write-ahead log of the event log.', value: () => this.walBytes() },
      { name: 'log_waiting_appends', help: 'Appends that wait to be written.', value: () => this.waiting },
    ];
  }

  /** Appends and erasures sent and not answered yet. */
  get waiting(): number {
    return this.#writing?.waiting ?? 0;
  }

  /** Size of the file that holds what has not been moved into the log's own file yet; readers that stay make it grow. */
  walBytes(): number {
    return statSync(`${this.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  #untilOf(until: Position | undefined, categories: readonly string[] | undefined): number {
    return until === undefined ? this.#reading().end(categories) : numberOf(until);
  }

  async *#batches(
    { categories, signal, batchSize = BATCH_SIZE }: ReadAllOptions,
    after: number,
    until: number,
  ): AsyncGenerator<readonly RecordedEvent[]> {
    while (after < until) {
      signal?.throwIfAborted();
      let events: RecordedEvent[];
      try {
        events = this.#reading().page(categories, after, until, batchSize);
      } catch (error) {
        if (!(error instanceof StreamDamaged) || !error.event) throw error;
        const before = this.#reading().page(categories, after, Number(error.event.position) - 1, batchSize);
        if (before.length > 0) yield before;
        throw error;
      }
      if (events.length > 0) yield events;
      if (events.length < batchSize) return;
      after = Number(events.at(-1)!.position);
      // Reading is synchronous: timers, requests and signals must get their turn.
      await nextTurn();
    }
  }

  #news(signal: AbortSignal): { heard(): void; next(): Promise<void>; stop(): void } {
    let isNew = false;
    let resume: (() => void) | undefined;
    const tell = () => {
      isNew = true;
      resume?.();
    };
    this.#followers.add(tell);
    signal.addEventListener('abort', tell);
    let poll: NodeJS.Timeout | undefined;
    if (!this.#writing) {
      this.#listen();
      poll = setInterval(tell, POLL_MS);
    }
    return {
      heard: () => {
        isNew = false;
      },
      next: () => (isNew ? Promise.resolve() : new Promise((resolve) => (resume = resolve))),
      stop: () => {
        clearInterval(poll);
        signal.removeEventListener('abort', tell);
        this.#followers.delete(tell);
      },
    };
  }

  /** Hears the writer, when it is in another thread of this process. */
  #listen(): void {
    if (this.#channel) return;
    this.#channel = new BroadcastChannel(channelOf(this.id));
    this.#channel.onmessage = () => this.#wake();
    this.#channel.unref();
  }

  #wake(): void {
    for (const tell of this.#followers) tell();
  }

  #reading(): SqliteLogReader {
    if (this.#isClosed) throw new LogUnavailable(`the event log ${this.file} is closed`);
    return this.#reader;
  }

  #writer(): Writing {
    if (this.#isClosed) throw new LogUnavailable(`the event log ${this.file} is closed`);
    if (!this.#writing) throw new LogUnavailable(`the event log ${this.file} was opened to read only`);
    return this.#writing;
  }
}

function writingInline(writer: SqliteLogWriter, onWritten: () => void): Writing {
  return {
    waiting: 0,
    send: async (request) => {
      const [answer] = writer.write([request]);
      if (typeof answer === 'number') onWritten();
      return answer!;
    },
    close: async () => writer.close(),
  };
}

function numberOf(position: Position | undefined, absent = 0): number {
  if (position === undefined) return absent;
  const number = Number(position);
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`${position} is no position of this log`);
  return number;
}
