import { BACKWARDS, END, FORWARDS, type RecordedEvent as StreamRecord } from '@eventstore/db-client';
import {
  AppendTooLarge,
  EventLogError,
  MAX_APPEND_BYTES,
  StreamDamaged,
  StreamErased,
} from '../event-sourcing/event-log.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import { KnownHeads } from './known-heads.ts';
import type { LogEnd } from './log-end.ts';
import type { LogOnServer } from './opening.ts';
import { isOfType } from './server-faults.ts';
import { readServerStream, type StreamReading } from './server-readings.ts';
import { recordedEvent } from './stored-event.ts';
import { isErasable, isLatestOnly } from './stream-names.ts';

/** Single streams of the log, and where they were seen to end. */
export class ServerStreams {
  readonly heads = new KnownHeads();
  readonly #log: LogOnServer;
  readonly #end: LogEnd;
  readonly #closed: AbortSignal;

  constructor(log: LogOnServer, end: LogEnd, closed: AbortSignal) {
    this.#log = log;
    this.#end = end;
    this.#closed = closed;
  }

  /** @param until inclusive, as is `from` @throws StreamErased · StreamDamaged · LogUnavailable */
  async read(stream: string, from: number, until: number): Promise<readonly RecordedEvent[]> {
    if (until < from) return [];
    if (isLatestOnly(stream)) {
      const last = await this.last(stream);
      return last && last.revision >= from && last.revision <= until ? [last] : [];
    }
    const maxCount = Math.min(until - from + 1, Number.MAX_SAFE_INTEGER);
    return this.#events(stream, { fromRevision: BigInt(from), direction: FORWARDS, maxCount });
  }

  async last(stream: string): Promise<RecordedEvent | undefined> {
    return (await this.#events(stream, { fromRevision: END, direction: BACKWARDS, maxCount: 1 }))[0];
  }

  /** Of a stream of our own, as the server gives it. */
  readOwn(stream: string, fromRevision: bigint): Promise<StreamRecord[]> {
    return this.#records(stream, { fromRevision, direction: FORWARDS });
  }

  /** A fault of the server, as the port calls it. */
  fault(error: unknown, stream: string): unknown {
    if (isOfType(error, 'stream-deleted'))
      return isErasable(stream) ? new StreamErased(stream) : new StreamDamaged(stream);
    if (isOfType(error, 'maximum-append-size-exceeded')) return new AppendTooLarge(stream, MAX_APPEND_BYTES);
    if (error instanceof EventLogError || !this.#closed.aborted) return error;
    return this.#log.server.closed();
  }

  async #events(stream: string, reading: StreamReading): Promise<RecordedEvent[]> {
    try {
      const events = (await this.#records(stream, reading)).map((record) => recordedEvent(record, stream));
      const last = events.at(-1);
      if (last === undefined) return events;
      this.heads.saw(stream, last);
      if (isLatestOnly(stream)) this.#end.passed(BigInt(last.position));
      else this.#end.reached(BigInt(last.position));
      return events;
    } catch (error) {
      throw this.fault(error, stream);
    }
  }

  async #records(stream: string, reading: StreamReading): Promise<StreamRecord[]> {
    const { server, names } = this.#log;
    if (this.#closed.aborted) throw server.closed();
    return readServerStream(server, names.onServer(stream), reading, this.#closed);
  }
}
