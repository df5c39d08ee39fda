import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  BACKWARDS,
  END,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  START,
  streamNameFilter,
  type AllStreamRecordedEvent,
  type AllStreamResolvedEvent,
  type EventStoreDBClient,
  type ResolvedEvent,
} from '@eventstore/db-client';
import { crashPoint, type CrashPoint } from '../event-sourcing/crash-point.ts';
import {
  AppendTooLarge,
  ERASABLE_CATEGORIES,
  EventLog,
  EventLogError,
  InvalidEvent,
  LATEST_ONLY_CATEGORIES,
  LogBusy,
  LogUnavailable,
  MAX_APPEND_BYTES,
  NoLog,
  StreamDamaged,
  StreamErased,
  StreamNotErasable,
  WrongExpectedHead,
  type Appended,
  type ExpectedHead,
  type LogGauge,
  type ReadAllOptions,
} from '../event-sourcing/event-log.ts';
import { categoryOf, type NewEvent, type Position, type RecordedEvent } from '../event-sourcing/event.ts';
import { appendRequest, named, NO_REVISION, type AppendRequest } from '../event-log/append-request.ts';
import { readConnectionString } from './connection-string.ts';
import { KnownHeads } from './known-heads.ts';
import { pages } from './pages.ts';
import { backOffMs, Server, USUAL_PATIENCE, type Patience } from './server.ts';
import {
  connectionFault,
  lastingFault,
  isAccessFault,
  isNoPosition,
  isOfType,
  isPassingFault,
  NoAnswer,
} from './server-faults.ts';
import { Spool } from './spool.ts';
import { idsOf, positionOf, proposedEvents, recordedEvent, TOMBSTONE } from './stored-event.ts';

export interface OpenOptions {
  readonly connectionString: string;
  /** `write` begins the log if need be; any number of nodes may write. */
  readonly mode: 'write' | 'read';
  /** Named point at which the process is killed: `log:before-commit` or `log:after-commit`, `@n` for the nth time. */
  readonly crashAt?: string | undefined;
  readonly patience?: Partial<Patience>;
}

const BATCH_SIZE = 1_000;
/** What the client may hold of a reading before it is taken. */
const READ_AHEAD = 512;
const BACKWARDS_PAGE = 100;
const COUNTED_RECORDS = 1_000;
const MOST_UNDER_WAY = 8_192;
const READY_MS = 2_000;
/** Streams of our own: no stream of the log is called so. */
const OWN = 'woonspoor:';
/** Holds one event, the beginning of the log: its id is the log's. */
const LOG_STREAM = `${OWN}log`;
/** The names of all erased streams. What was in them stands in the whole log until the server is scavenged. */
const ERASED_STREAM = `${OWN}erased`;

type Wanted = (stream: string) => boolean;
type AllRecord = AllStreamRecordedEvent;

/** How far the whole log was looked through. */
interface Place {
  after: bigint;
}

/** The log on an EventStoreDB or KurrentDB server or cluster, through its own client. Several nodes may write it. */
export class EventStoreDbEventLog extends EventLog {
  readonly id: string;
  readonly #server: Server;
  readonly #prefix: string;
  readonly #mode: 'write' | 'read';
  readonly #crash: CrashPoint;
  /** Position of the log's own first event. */
  readonly #begin: bigint;
  readonly #heads = new KnownHeads();
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #twins = new Map<string, { calls: number; isAnswered: boolean }>();
  /** What is done to key streams keeps its order: an erasure and the appends around it. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #erased = new Set<string>();
  #erasuresRead = 0n;
  #spool: Spool | undefined;
  /** Highest position that is known to be taken, by whatever event. */
  #taken: bigint;
  /** Of them, of a chained event of this log. */
  #head: bigint;
  /** Up to where the end was looked for: what others write on the server need not be looked through twice. */
  #lookedTo: bigint;

  /** @throws NoLog (to read) · LogUnavailable what is wrong with the connection string, the server, its certificate, the user */
  static async open(options: OpenOptions): Promise<EventStoreDbEventLog> {
    const connection = readConnectionString(options.connectionString);
    const lasting = await lastingFault(connection);
    if (lasting !== undefined) throw new LogUnavailable(`the event log cannot be opened: ${lasting}`);
    const server = new Server(connection, { ...USUAL_PATIENCE, ...options.patience });
    try {
      const { id, begin } = await identity(server, connection.prefix, options.mode);
      await mayReadAll(server);
      return new EventStoreDbEventLog(server, connection.prefix, options, id, begin);
    } catch (error) {
      server.close();
      if (error instanceof NoLog || !(error instanceof Error)) throw error;
      const cause = error instanceof LogUnavailable ? error.cause : error;
      if (isAccessFault(cause)) {
        throw new LogUnavailable(
          `the event log at ${server.words} cannot be opened: the server refuses this user; look at user and password, ` +
            'and that it may read $all, as members of $admins may',
          { cause },
        );
      }
      throw new LogUnavailable(
        `the event log at ${server.words} cannot be opened: ${await connectionFault(connection)}`,
        { cause },
      );
    }
  }

  private constructor(server: Server, prefix: string, { mode, crashAt }: OpenOptions, id: string, begin: bigint) {
    super();
    this.#server = server;
    this.#prefix = prefix;
    this.#mode = mode;
    this.#crash = crashPoint(crashAt);
    this.id = id;
    this.#begin = begin;
    this.#taken = begin;
    this.#head = begin;
    this.#lookedTo = begin;
  }

  async append(stream: string, expected: ExpectedHead, events: readonly NewEvent[]): Promise<Appended> {
    const request = appendRequest(stream, expected, events);
    this.#mustWrite();
    if (stream.startsWith('$') || stream.startsWith(OWN)) {
      throw new InvalidEvent(`no stream of the log may be called ${stream}: such names are the server's, or our own`);
    }
    if (this.#underWay.size >= MOST_UNDER_WAY) {
      throw new LogBusy(`${this.#underWay.size} appends are waiting to be answered; try again`);
    }
    return this.#answered(this.#inTurn(stream, () => this.#append(request)));
  }

  async readStream(
    stream: string,
    { from = 0, until = Number.MAX_SAFE_INTEGER }: { readonly from?: number; readonly until?: number } = {},
  ): Promise<readonly RecordedEvent[]> {
    this.#mustBeOpen();
    if (until < from) return [];
    if (isLatestOnly(stream)) {
      const last = await this.#last(stream);
      return last && last.revision >= from && last.revision <= until ? [last] : [];
    }
    const count = Math.min(until - from + 1, Number.MAX_SAFE_INTEGER);
    const events = await this.#events(stream, { fromRevision: BigInt(from), direction: FORWARDS, maxCount: count });
    const last = events.at(-1);
    if (last) this.#heads.saw(stream, last);
    return events;
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<readonly RecordedEvent[]> {
    this.#mustBeOpen();
    const after = bigOf(options.after) ?? this.#begin;
    const until = bigOf(options.until) ?? (await this.#end());
    const signal = this.#endingWith(options.signal);
    try {
      yield* this.#batches({ ...options, signal }, { after }, until);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (this.#isClosed) throw this.#server.closed();
      throw error;
    }
  }

  async *follow(options: ReadAllOptions & { readonly signal: AbortSignal }): AsyncGenerator<readonly RecordedEvent[]> {
    const signal = this.#endingWith(options.signal);
    const until = bigOf(options.until);
    const place: Place = { after: bigOf(options.after) ?? this.#begin };
    const isDone = () => signal.aborted || (until !== undefined && place.after >= until);
    for (let failures = 0; !isDone();) {
      try {
        for await (const batch of this.#batches({ ...options, signal }, place, until)) {
          failures = 0;
          yield batch;
          // Not by the place: it is ahead of what is still gathered into batches.
          if (signal.aborted) return;
        }
        if (isDone()) return;
        for await (const batch of this.#live({ ...options, signal }, place, until)) {
          failures = 0;
          yield batch;
          if (isDone()) return;
        }
      } catch (error) {
        if (signal.aborted) return;
        const isOver = error instanceof StreamDamaged || !(error instanceof LogUnavailable || isPassingFault(error));
        if (isOver) throw error;
        await pause(backOffMs(failures++), undefined, { signal }).catch(() => {});
      }
    }
  }

  async *readStreamByStream(options: {
    readonly category: string;
    readonly afterStream?: string;
    readonly until?: Position;
    readonly signal?: AbortSignal;
  }): AsyncGenerator<readonly RecordedEvent[]> {
    this.#mustBeOpen();
    this.#spool ??= new Spool(this);
    yield* this.#spool.readStreamByStream(options);
  }

  async head(): Promise<Position | undefined> {
    this.#mustBeOpen();
    const isChained = this.#wanted(undefined);
    let end: bigint | undefined;
    for await (const record of this.#backwards(this.#head > this.#lookedTo ? this.#head : this.#lookedTo)) {
      end ??= positionOf(record);
      if (record.type === TOMBSTONE || !isChained(record.streamId)) continue;
      this.#reached(positionOf(record));
      break;
    }
    if (end !== undefined && end > this.#lookedTo) this.#lookedTo = end;
    return this.#head === this.#begin ? undefined : String(this.#head);
  }

  /** An estimate: as many to a stretch of the server's log as there were in the last one. A short log is counted. */
  async count(): Promise<number> {
    this.#mustBeOpen();
    const isChained = this.#wanted(undefined);
    let [events, looked, last, first] = [0, 0, 0n, 0n];
    for await (const record of this.#backwards(this.#begin)) {
      first = positionOf(record);
      if (last === 0n) last = first;
      if (isChained(record.streamId)) events++;
      if (++looked >= COUNTED_RECORDS) break;
    }
    if (looked < COUNTED_RECORDS) return events;
    return Math.max(1, Math.round((events * Number(last - this.#begin)) / Number(last - first)));
  }

  async lastRecordedAt(): Promise<string | undefined> {
    this.#mustBeOpen();
    const isChained = this.#wanted(undefined);
    let [latest, looked] = [undefined as string | undefined, 0];
    for await (const record of this.#backwards(this.#begin)) {
      if (record.type === TOMBSTONE || !isChained(record.streamId)) continue;
      const recordedAt = recordedAtOf(record);
      if (recordedAt !== undefined && (latest === undefined || recordedAt > latest)) latest = recordedAt;
      if (++looked >= 100) break;
    }
    return latest;
  }

  async erase(stream: string): Promise<void> {
    if (!isErasable(stream) || stream.includes('\n')) throw new StreamNotErasable(stream);
    this.#mustWrite();
    return this.#answered(this.#inTurn(stream, () => this.#erase(stream)));
  }

  override gauges(): readonly LogGauge[] {
    return [
      { name: 'log_waiting_appends', help: 'Appends that wait to be answered.', value: () => this.#underWay.size },
      {
        name: 'log_reconnections_total',
        help: 'How often the connection to the event log was made anew.',
        value: () => this.#server.replaced,
      },
    ];
  }

  override async checkReady(): Promise<void> {
    this.#mustBeOpen();
    await this.#server.call(
      (client, { credentials, requiresLeader }) =>
        firstOf(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1, credentials, requiresLeader })),
      READY_MS,
    );
  }

  /** Answers all appends under way first. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#closing.abort();
    await Promise.allSettled(this.#underWay);
    this.#server.close();
    this.#spool?.remove();
  }

  async #append(request: AppendRequest): Promise<Appended> {
    const { stream, revision } = request;
    const [count, ids] = [request.events.length / 5, idsOf(request)];
    if (!(await this.#buildsOnHead(request))) return this.#standing(request);
    if (isLatestOnly(stream) && revision === NO_REVISION) await this.#keepLatestOnly(stream);
    const events = proposedEvents(request);
    const takenBefore = this.#taken;
    const key = `${stream}\n${ids[0]}`;
    const twin = this.#twins.get(key) ?? { calls: 0, isAnswered: false };
    this.#twins.set(key, twin);
    twin.calls++;
    try {
      this.#crash('log:before-commit');
      const { nextExpectedRevision, position } = await this.#server.call((client, options) =>
        client.appendToStream(this.#prefix + stream, events, {
          expectedRevision: revision === NO_REVISION ? NO_STREAM : BigInt(revision),
          ...options,
        }),
      );
      this.#crash('log:after-commit');
      // Someone else has taken away the beginning of the stream: its numbers went on, and no longer follow from ours.
      if (nextExpectedRevision !== BigInt(revision + count)) throw new StreamDamaged(stream);
      if (position === undefined) return this.#standing(request);
      const repeated = twin.isAnswered || position.commit <= takenBefore;
      twin.isAnswered = true;
      this.#reached(position.commit, isLatestOnly(stream));
      const head = { revision: revision + count, hash: request.events.at(-1)! };
      this.#heads.saw(stream, head);
      return { ...head, position: String(position.commit), repeated };
    } catch (error) {
      if (isOfType(error, 'wrong-expected-version')) return this.#standing(request);
      throw this.#named(error, stream);
    } finally {
      if (--twin.calls === 0) this.#twins.delete(key);
    }
  }

  /** What the server does not look at: whether the hash built on is the one that stands there. */
  async #buildsOnHead({ stream, revision, hash }: AppendRequest): Promise<boolean> {
    if (revision === NO_REVISION) return true;
    if (isLatestOnly(stream)) return hash === '';
    const known = this.#heads.get(stream);
    if (known && known.revision > revision) return false;
    if (known?.revision === revision) return known.hash === hash;
    const [standing] = await this.readStream(stream, { from: revision, until: revision });
    return standing?.hash === hash;
  }

  /** A refused append: the events stand there already, or the stream ends elsewhere. @throws WrongExpectedHead */
  async #standing(request: AppendRequest): Promise<Appended> {
    const { stream, revision } = request;
    const ids = idsOf(request);
    const end = revision + ids.length;
    const events = await this.readStream(stream, { from: revision + 1, until: end });
    const last = events.at(-1);
    if (last?.revision === end && events.every((event) => event.id === ids[event.revision - revision - 1])) {
      return { revision: end, position: last.position, hash: last.hash, repeated: true };
    }
    const head = await this.#last(stream);
    throw new WrongExpectedHead(stream, named(revision), named(head?.revision ?? NO_REVISION));
  }

  async #keepLatestOnly(stream: string): Promise<void> {
    await this.#server.call((client, options) =>
      client.setStreamMetadata(this.#prefix + stream, { maxCount: 1 }, options),
    );
  }

  async #erase(stream: string): Promise<void> {
    try {
      await this.#server.call((client, options) => client.tombstoneStream(this.#prefix + stream, options));
    } catch (error) {
      if (!isOfType(error, 'stream-deleted')) throw this.#named(error, stream);
    }
    this.#heads.forget(stream);
    await this.#readErased();
    if (this.#erased.has(stream)) return;
    const event = jsonEvent({ type: 'StreamErased', data: { stream } });
    await this.#server.call((client, options) => client.appendToStream(this.#prefix + ERASED_STREAM, event, options));
    this.#erased.add(stream);
  }

  /** Which streams were erased, as far as it is not known yet. */
  async #readErased(): Promise<void> {
    const events = await this.#read(this.#prefix + ERASED_STREAM, {
      fromRevision: this.#erasuresRead,
      direction: FORWARDS,
    });
    for (const { data, revision } of events) {
      const { stream } = data as { stream?: unknown };
      if (typeof stream === 'string') this.#erased.add(stream);
      if (revision >= this.#erasuresRead) this.#erasuresRead = revision + 1n;
    }
  }

  async #last(stream: string): Promise<RecordedEvent | undefined> {
    const [last] = await this.#events(stream, { fromRevision: END, direction: BACKWARDS, maxCount: 1 });
    if (last) this.#heads.saw(stream, last);
    return last;
  }

  async #events(stream: string, options: StreamReading): Promise<RecordedEvent[]> {
    try {
      return (await this.#read(this.#prefix + stream, options)).map((event) => {
        const recorded = recordedEvent(event, stream);
        this.#reached(BigInt(recorded.position), isLatestOnly(stream));
        return recorded;
      });
    } catch (error) {
      throw this.#named(error, stream);
    }
  }

  /** By the name it has on the server; nothing where it is not there. */
  #read(name: string, options: StreamReading): Promise<NonNullable<ResolvedEvent['event']>[]> {
    return readServerStream(this.#server, name, options, this.#closing.signal);
  }

  /**
   * Events of the whole log after a place and up to another, in batches, moving the place on. Goes on where it was when the
   * connection is lost, as long as patience lasts.
   */
  async *#batches(
    { categories, batchSize = BATCH_SIZE, onErased, signal }: ReadAllOptions & { readonly signal: AbortSignal },
    place: Place,
    until: bigint | undefined,
  ): AsyncGenerator<readonly RecordedEvent[]> {
    const sieve = await this.#sieve(categories, onErased);
    let failures = 0;
    let patienceEnds = performance.now() + this.#server.patience.totalMs;
    while (until === undefined || place.after < until) {
      const { client } = this.#server;
      try {
        const reading = pages<AllStreamResolvedEvent>({
          size: batchSize,
          silenceMs: this.#server.patience.attemptMs,
          signal,
          open: () =>
            client.readAll(
              {
                direction: FORWARDS,
                fromPosition: positionAt(place.after),
                maxCount: Number.MAX_SAFE_INTEGER,
                ...this.#reading(),
              },
              { highWaterMark: READ_AHEAD },
            ),
        });
        yield* gathered(this.#sifted(reading, sieve, place, until), batchSize, signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof EventLogError) throw error;
        if (isNoPosition(error)) throw noPosition(String(place.after));
        const delayMs = this.#server.failed(client, error, failures++);
        if (failures === 1) patienceEnds = performance.now() + this.#server.patience.totalMs;
        if (performance.now() + delayMs > patienceEnds) throw this.#server.unavailable(error);
        await pause(delayMs, undefined, { signal });
      }
    }
  }

  /** What is appended from a place on. Ends when there was a silence: there may be more, and it was not told. */
  async *#live(
    { categories, batchSize = BATCH_SIZE, onErased, signal }: ReadAllOptions & { readonly signal: AbortSignal },
    place: Place,
    until: bigint | undefined,
  ): AsyncGenerator<readonly RecordedEvent[]> {
    const sieve = await this.#sieve(categories, onErased);
    const { client } = this.#server;
    try {
      const reading = pages<AllStreamResolvedEvent>({
        size: batchSize,
        silenceMs: this.#server.patience.silenceMs,
        signal,
        open: (signOfLife) =>
          client.subscribeToAll(
            {
              fromPosition: positionAt(place.after),
              filter: this.#filter(categories, async () => signOfLife()),
              ...this.#reading(),
            },
            { highWaterMark: READ_AHEAD },
          ),
      });
      yield* this.#sifted(reading, sieve, place, until);
    } catch (error) {
      if (error instanceof NoAnswer) return;
      if (error instanceof EventLogError) throw error;
      signal.throwIfAborted();
      this.#server.failed(client, error, 0);
      throw this.#server.unavailable(error);
    }
  }

  /** Of pages of the whole server what is wanted of this log. @throws StreamDamaged after all before it was given */
  async *#sifted(
    reading: AsyncIterable<AllStreamResolvedEvent[]>,
    sieve: Sieve,
    place: Place,
    until: bigint | undefined,
  ): AsyncGenerator<RecordedEvent[]> {
    for await (const page of reading) {
      const events: RecordedEvent[] = [];
      let damage: StreamDamaged | undefined;
      let isPast = false;
      for (const { event: record } of page) {
        if (!record) continue;
        const position = positionOf(record);
        if (position <= place.after) continue;
        if (until !== undefined && position > until) {
          isPast = true;
          break;
        }
        try {
          const found = sieve(record);
          // Awaited only where it has to be: most are known at once.
          const event = found instanceof Promise ? await found : found;
          if (event) events.push(event);
        } catch (error) {
          if (!(error instanceof StreamDamaged)) throw error;
          damage = error;
          break;
        }
        place.after = position;
        if (position > this.#taken) this.#taken = position;
      }
      if (events.length > 0) {
        const last = events.findLast(({ stream }) => !isLatestOnly(stream));
        if (last) this.#reached(BigInt(last.position));
        yield events;
      }
      if (damage) throw damage;
      if (isPast) {
        place.after = until!;
        return;
      }
    }
  }

  /** What is given of one record of the whole server; tells of erasures. */
  async #sieve(categories: readonly string[] | undefined, onErased: ReadAllOptions['onErased']): Promise<Sieve> {
    const isWanted = this.#wanted(categories);
    const latest = new Map<string, number>();
    if (categories === undefined || categories.some((it) => ERASABLE_CATEGORIES.includes(it))) await this.#readErased();
    return (record) => {
      if (!isWanted(record.streamId)) return undefined;
      const stream = record.streamId.slice(this.#prefix.length);
      if (record.type === TOMBSTONE) {
        // Whoever deletes another stream at the server erases nothing of ours: what was read of it stays.
        if (!isErasable(stream)) return undefined;
        this.#erased.add(stream);
        onErased?.(stream);
        return undefined;
      }
      if (isErasable(stream) && this.#erased.has(stream)) return undefined;
      if (isLatestOnly(stream)) return this.#ifLatest(record, stream, latest);
      return recordedEvent(record, stream);
    };
  }

  /** The predecessors of a latest-only event stand in the whole log until the server is scavenged. */
  async #ifLatest(record: AllRecord, stream: string, latest: Map<string, number>): Promise<RecordedEvent | undefined> {
    if (!latest.has(stream)) latest.set(stream, (await this.#last(stream))?.revision ?? NO_REVISION);
    return Number(record.revision) >= latest.get(stream)! ? recordedEvent(record, stream) : undefined;
  }

  /** By the name a stream has on the server. */
  #wanted(categories: readonly string[] | undefined): Wanted {
    const prefix = this.#prefix;
    return (name) => {
      if (!name.startsWith(prefix) || name.startsWith('$', prefix.length) || name.startsWith(OWN, prefix.length))
        return false;
      const category = categoryOf(name.slice(prefix.length));
      return categories ? categories.includes(category) : !LATEST_ONLY_CATEGORIES.includes(category);
    };
  }

  /** As `#wanted`, as far as the server can tell. */
  #filter(categories: readonly string[] | undefined, checkpointReached: () => Promise<void>): Filter {
    if (!categories && this.#prefix === '') return streamNameFilter({ regex: '^[^$]', checkpointReached });
    const prefixes = categories?.map((category) => this.#prefix + category) ?? [this.#prefix];
    return streamNameFilter({ prefixes, checkpointReached });
  }

  /** The last position that is taken on the server. */
  async #end(): Promise<bigint> {
    const last = await this.#server.call((client) =>
      firstOf(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1, ...this.#reading() })),
    );
    return last?.event ? positionOf(last.event) : this.#begin;
  }

  /** All records of the server from its end back to a position (exclusive), which is not before this log's beginning. */
  async *#backwards(until: bigint): AsyncGenerator<AllRecord> {
    for (let from: bigint | typeof END = END; ;) {
      const page: AllStreamResolvedEvent[] = await this.#server.call((client) =>
        allOf(
          pages<AllStreamResolvedEvent>({
            size: BACKWARDS_PAGE,
            silenceMs: this.#server.patience.attemptMs,
            signal: this.#closing.signal,
            open: () =>
              client.readAll({
                direction: BACKWARDS,
                fromPosition: from === END ? END : positionAt(from),
                maxCount: BACKWARDS_PAGE,
                ...this.#reading(),
              }),
          }),
        ),
      );
      for (const { event: record } of page) {
        if (!record) continue;
        from = positionOf(record);
        if (from <= until) return;
        if (from > this.#taken) this.#taken = from;
        yield record;
      }
      if (page.length < BACKWARDS_PAGE) return;
    }
  }

  #reached(position: bigint, isLatest = false): void {
    if (position > this.#taken) this.#taken = position;
    if (!isLatest && position > this.#head) this.#head = position;
  }

  async #inTurn<Answer>(stream: string, step: () => Promise<Answer>): Promise<Answer> {
    if (!isErasable(stream)) return step();
    const turn = this.#turns.get(stream)?.then(step, step) ?? step();
    this.#turns.set(stream, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(stream) === turn) this.#turns.delete(stream);
    }
  }

  async #answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
    this.#underWay.add(answer);
    try {
      return await answer;
    } finally {
      this.#underWay.delete(answer);
    }
  }

  #named(error: unknown, stream: string): unknown {
    if (isOfType(error, 'stream-deleted'))
      return isErasable(stream) ? new StreamErased(stream) : new StreamDamaged(stream);
    if (isOfType(error, 'maximum-append-size-exceeded')) return new AppendTooLarge(stream, MAX_APPEND_BYTES);
    if (error instanceof EventLogError || this.#closing.signal.reason !== error) return error;
    return this.#server.closed();
  }

  #reading(): Omit<ReturnType<Server['options']>, 'deadline'> {
    const { credentials, requiresLeader } = this.#server.options();
    return { credentials, requiresLeader };
  }

  #endingWith(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw this.#server.closed();
  }

  #mustWrite(): void {
    this.#mustBeOpen();
    if (this.#mode === 'read')
      throw new LogUnavailable(`the event log at ${this.#server.words} was opened to read only`);
  }
}

type Filter = Exclude<NonNullable<Parameters<EventStoreDBClient['subscribeToAll']>[0]>['filter'], undefined>;
type Sieve = (record: AllRecord) => RecordedEvent | undefined | Promise<RecordedEvent | undefined>;

interface StreamReading {
  readonly fromRevision: bigint | typeof START | typeof END;
  readonly direction: typeof FORWARDS | typeof BACKWARDS;
  readonly maxCount?: number;
}

/** The log's own first event; begun if need be. Of two nodes that begin it at once one wins, and the other reads it. */
async function identity(
  server: Server,
  prefix: string,
  mode: 'write' | 'read',
): Promise<{ readonly id: string; readonly begin: bigint }> {
  const name = prefix + LOG_STREAM;
  const find = () => readServerStream(server, name, { fromRevision: START, direction: FORWARDS, maxCount: 1 });
  let [first] = await find();
  if (!first) {
    if (mode === 'read')
      throw new NoLog(`there is no event log at ${server.words} yet${prefix && `, under ${prefix}`}`);
    const event = jsonEvent({ type: 'LogBegun', data: { logId: randomUUID() } });
    await server
      .call((client, options) => client.appendToStream(name, event, { expectedRevision: NO_STREAM, ...options }))
      .catch((error: unknown) => {
        if (!isOfType(error, 'wrong-expected-version')) throw error;
      });
    [first] = await find();
  }
  const { logId } = (first?.data ?? {}) as { logId?: unknown };
  if (!first || typeof logId !== 'string') {
    throw new LogUnavailable(`the event log at ${server.words} is damaged: its first event cannot be read`);
  }
  return { id: logId, begin: positionOf(first) };
}

async function mayReadAll(server: Server): Promise<void> {
  const { credentials, requiresLeader } = server.options();
  await server.call((client) =>
    firstOf(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1, credentials, requiresLeader })),
  );
}

async function readServerStream(
  server: Server,
  name: string,
  { fromRevision, direction, maxCount = Number.MAX_SAFE_INTEGER }: StreamReading,
  signal: AbortSignal = new AbortController().signal,
): Promise<NonNullable<ResolvedEvent['event']>[]> {
  const { credentials, requiresLeader } = server.options();
  try {
    const found = await server.trying(
      server.patience.totalMs,
      (client) =>
        allOf(
          pages<ResolvedEvent>({
            size: BATCH_SIZE,
            silenceMs: server.patience.attemptMs,
            signal,
            open: () => client.readStream(name, { fromRevision, direction, maxCount, credentials, requiresLeader }),
          }),
        ),
      signal,
    );
    return found.flatMap(({ event }) => event ?? []);
  } catch (error) {
    if (isOfType(error, 'stream-not-found')) return [];
    throw error;
  }
}

async function firstOf<Item>(reading: AsyncIterable<Item> & { cancel(): Promise<void> }): Promise<Item | undefined> {
  try {
    for await (const item of reading) return item;
    return undefined;
  } finally {
    reading.cancel().catch(() => {});
  }
}

async function allOf<Item>(reading: AsyncIterable<Item[]>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of reading) all.push(...page);
  return all;
}

/** Small pieces are put together up to the size of a batch. What came before a fault is given before it is thrown. */
async function* gathered(
  pieces: AsyncIterable<RecordedEvent[]>,
  size: number,
  signal: AbortSignal,
): AsyncGenerator<RecordedEvent[]> {
  let batch: RecordedEvent[] = [];
  try {
    for await (const piece of pieces) {
      batch = batch.length === 0 ? piece : batch.concat(piece);
      while (batch.length >= size) {
        yield batch.slice(0, size);
        batch = batch.slice(size);
      }
    }
  } catch (error) {
    if (batch.length > 0 && !signal.aborted) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}

function recordedAtOf({ metadata }: AllRecord): string | undefined {
  const { recordedAt } = ((metadata as { metadata?: unknown } | undefined)?.metadata ?? {}) as { recordedAt?: unknown };
  return typeof recordedAt === 'string' ? recordedAt : undefined;
}

function isLatestOnly(stream: string): boolean {
  return LATEST_ONLY_CATEGORIES.includes(categoryOf(stream));
}

function isErasable(stream: string): boolean {
  return ERASABLE_CATEGORIES.includes(categoryOf(stream));
}

function positionAt(position: bigint): { commit: bigint; prepare: bigint } {
  return { commit: position, prepare: position };
}

function bigOf(position: Position | undefined): bigint | undefined {
  if (position === undefined) return undefined;
  if (!/^[0-9]{1,19}$/.test(position)) throw noPosition(position);
  return BigInt(position);
}

function noPosition(position: Position): RangeError {
  return new RangeError(`${position} is no position of this log`);
}
