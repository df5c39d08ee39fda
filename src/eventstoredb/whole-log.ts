import { setTimeout as pause } from 'node:timers/promises';
import { FORWARDS, type AllStreamResolvedEvent, type EventStoreDBClient } from '@eventstore/db-client';
import {
  ERASABLE_CATEGORIES,
  EventLogError,
  LogUnavailable,
  StreamDamaged,
  type ReadAllOptions,
} from '../event-sourcing/event-log.ts';
import type { Position, RecordedEvent } from '../event-sourcing/event.ts';
import { NO_REVISION } from '../event-log/append-request.ts';
import type { Erasures } from './erasures.ts';
import type { LogEnd } from './log-end.ts';
import type { LogOnServer } from './opening.ts';
import { isNoPosition, isPassingFault, NoAnswer } from './server-faults.ts';
import { pages, positionAt, type AllRecord } from './server-readings.ts';
import type { ServerStreams } from './server-streams.ts';
import { backOffMs } from './server.ts';
import { positionOf, recordedEvent, TOMBSTONE } from './stored-event.ts';
import { isErasable, isLatestOnly } from './stream-names.ts';

const BATCH_SIZE = 1_000;
/** What the client may hold of a reading before it is taken. */
const READ_AHEAD = 512;

/** What a log is read with, besides its server. */
export interface WholeLogParts {
  readonly log: LogOnServer;
  readonly streams: ServerStreams;
  readonly erasures: Erasures;
  readonly end: LogEnd;
}

/** How far the whole log was looked through, and up to where it is to be. */
interface Stretch {
  after: bigint;
  readonly until: bigint | undefined;
}

type Signalled = ReadAllOptions & { readonly signal: AbortSignal };
/** What is given of one record of the whole server. */
type Sieve = (record: AllRecord) => RecordedEvent | undefined | Promise<RecordedEvent | undefined>;

/** The log from one position to another, or on and on, out of all that stands on its server. */
export class WholeLog {
  readonly #parts: WholeLogParts;

  constructor(parts: WholeLogParts) {
    this.#parts = parts;
  }

  /** As the port's `readAll`. */
  async *read(options: Signalled): AsyncGenerator<readonly RecordedEvent[]> {
    const { log, end } = this.#parts;
    const after = bigOf(options.after) ?? log.begin;
    yield* this.#catchUp(options, { after, until: bigOf(options.until) ?? (await end.ofServer()) });
  }

  /** Reads, then listens, and reads again from the same place whenever listening ends. As the port's `follow`. */
  async *follow(options: Signalled): AsyncGenerator<readonly RecordedEvent[]> {
    const { signal } = options;
    const stretch: Stretch = { after: bigOf(options.after) ?? this.#parts.log.begin, until: bigOf(options.until) };
    const isDone = () => signal.aborted || isThrough(stretch);
    for (let failures = 0; !isDone();) {
      try {
        for await (const batch of this.#catchUp(options, stretch)) {
          failures = 0;
          yield batch;
          // Not by the stretch: it is ahead of what is still gathered into batches.
          if (signal.aborted) return;
        }
        if (isDone()) return;
        for await (const batch of this.#listen(options, stretch)) {
          failures = 0;
          yield batch;
          if (isDone()) return;
        }
      } catch (error) {
        if (signal.aborted) return;
        const isOver = error instanceof StreamDamaged || !(error instanceof LogUnavailable || isPassingFault(error));
        if (isOver) throw error;
        await pause(backOffMs(++failures), undefined, { signal }).catch(() => {});
      }
    }
  }

  /** What stands there, in batches. Goes on where it was when the connection is lost, as long as patience lasts. */
  async *#catchUp(options: Signalled, stretch: Stretch): AsyncGenerator<readonly RecordedEvent[]> {
    const { server } = this.#parts.log;
    const { batchSize = BATCH_SIZE, signal } = options;
    const sieve = await this.#sieve(options);
    let failures = 0;
    let patienceEnds = 0;
    while (!isThrough(stretch)) {
      const { client } = server;
      const from = stretch.after;
      try {
        const reading = pages<AllStreamResolvedEvent>({
          size: batchSize,
          silenceMs: server.patience.attemptMs,
          signal,
          open: () => this.#openReading(client, stretch.after),
        });
        yield* gathered(this.#sifted(reading, sieve, stretch), batchSize, signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof EventLogError) throw error;
        if (isNoPosition(error)) throw noPosition(String(stretch.after));
        // A long reading may lose its connection more than once: patience is for what does not get on.
        if (stretch.after > from) failures = 0;
        const delayMs = server.failed(client, error, ++failures);
        if (failures === 1) patienceEnds = performance.now() + server.patience.totalMs;
        if (performance.now() + delayMs > patienceEnds) throw server.unavailable(error);
        await pause(delayMs, undefined, { signal });
      }
    }
  }

  /** What is appended from now on. Ends when there was a silence: there may be more, and it was not told. */
  async *#listen(options: Signalled, stretch: Stretch): AsyncGenerator<readonly RecordedEvent[]> {
    const { server, names } = this.#parts.log;
    const { categories, batchSize = BATCH_SIZE, signal } = options;
    const sieve = await this.#sieve(options);
    const { client } = server;
    try {
      const listening = pages<AllStreamResolvedEvent>({
        size: batchSize,
        silenceMs: server.patience.silenceMs,
        signal,
        open: (signOfLife) =>
          client.subscribeToAll(
            {
              fromPosition: positionAt(stretch.after),
              filter: names.filter(categories, async () => signOfLife()),
              ...server.readOptions,
            },
            { highWaterMark: READ_AHEAD },
          ),
      });
      yield* this.#sifted(listening, sieve, stretch);
      // Not asked again at once: a server may end every subscription as soon as it begins.
      if (!isThrough(stretch)) throw server.unavailable(new Error('it ended the subscription'));
    } catch (error) {
      if (error instanceof NoAnswer) return;
      if (error instanceof EventLogError) throw error;
      signal.throwIfAborted();
      server.failed(client, error, 1);
      throw server.unavailable(error);
    }
  }

  #openReading(client: EventStoreDBClient, after: bigint) {
    return client.readAll(
      {
        direction: FORWARDS,
        fromPosition: positionAt(after),
        maxCount: Number.MAX_SAFE_INTEGER,
        ...this.#parts.log.server.readOptions,
      },
      { highWaterMark: READ_AHEAD },
    );
  }

  /**
   * Of pages of the whole server what is wanted of this log, moving on along the stretch.
   * @throws StreamDamaged after all before it was given
   */
  async *#sifted(
    reading: AsyncIterable<AllStreamResolvedEvent[]>,
    sieve: Sieve,
    stretch: Stretch,
  ): AsyncGenerator<RecordedEvent[]> {
    const { end } = this.#parts;
    const { until } = stretch;
    for await (const page of reading) {
      const events: RecordedEvent[] = [];
      let damage: StreamDamaged | undefined;
      let isPast = false;
      for (const { event: record } of page) {
        if (!record) continue;
        const position = positionOf(record);
        if (position <= stretch.after) continue;
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
        stretch.after = position;
        end.passed(position);
      }
      if (events.length > 0) {
        const last = events.findLast(({ stream }) => !isLatestOnly(stream));
        if (last) end.reached(BigInt(last.position));
        yield events;
      }
      if (damage) throw damage;
      if (isPast) {
        stretch.after = until!;
        return;
      }
    }
  }

  /** Passes over what is not of this log, not wanted, or erased; tells of erasures. */
  async #sieve({ categories, onErased }: ReadAllOptions): Promise<Sieve> {
    const { log, erasures } = this.#parts;
    const isWanted = log.names.wanted(categories);
    const latest = new Map<string, number>();
    if (categories === undefined || categories.some((it) => ERASABLE_CATEGORIES.includes(it))) {
      await erasures.readList();
    }
    return (record) => {
      if (!isWanted(record.streamId)) return undefined;
      const stream = log.names.streamOf(record.streamId);
      if (record.type === TOMBSTONE) {
        // Whoever deletes another stream at the server erases nothing of ours: what was read of it stays.
        if (!isErasable(stream)) return undefined;
        erasures.saw(stream);
        onErased?.(stream);
        return undefined;
      }
      if (isErasable(stream) && erasures.has(stream)) return undefined;
      if (isLatestOnly(stream)) return this.#ifLatest(record, stream, latest);
      return recordedEvent(record, stream);
    };
  }

  /** The predecessors of a latest-only event stand in the whole log until the server is scavenged. */
  async #ifLatest(record: AllRecord, stream: string, latest: Map<string, number>): Promise<RecordedEvent | undefined> {
    if (!latest.has(stream)) {
      latest.set(stream, (await this.#parts.streams.last(stream))?.revision ?? NO_REVISION);
    }
    return Number(record.revision) >= latest.get(stream)! ? recordedEvent(record, stream) : undefined;
  }
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

function isThrough({ after, until }: Stretch): boolean {
  return until !== undefined && after >= until;
}

function bigOf(position: Position | undefined): bigint | undefined {
  if (position === undefined) return undefined;
  if (!/^[0-9]{1,19}$/.test(position)) throw noPosition(position);
  return BigInt(position);
}

function noPosition(position: Position): RangeError {
  return new RangeError(`${position} is no position of this log`);
}
