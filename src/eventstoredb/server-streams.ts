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

  /**
   * @param revisions inclusive both
   * @param endsAtMs when patience ends; default: that of a reading that begins now
   * @throws StreamErased · StreamDamaged · LogUnavailable
   */
  async read(
    stream: string,
    { from, until }: { readonly from: number; readonly until: number },
    endsAtMs?: number,
  ): Promise<readonly RecordedEvent[]> {
    if (until < from) return [];
    if (isLatestOnly(stream)) {
      const last = await this.last(stream, endsAtMs);
      return last && last.revision >= from && last.revision <= until ? [last] : [];
    }
    const maxCount = Math.min(until - from + 1, Number.MAX_SAFE_INTEGER);
    const events = await this.#events(stream, { fromRevision: BigInt(from), direction: FORWARDS, maxCount }, endsAtMs);
    // Someone has taken away its beginning at the server: what is left is not what was decided on.
    if (events.length > 0 && events[0]!.revision !== from) throw new StreamDamaged(stream);
    return events;
  }

  async last(stream: string, endsAtMs?: number): Promise<RecordedEvent | undefined> {
    return (await this.#events(stream, { fromRevision: END, direction: BACKWARDS, maxCount: 1 }, endsAtMs))[0];
  }

  /** Of a stream of our own, as the server gives it. */
  readOwn(stream: string, fromRevision: bigint, endsAtMs?: number): Promise<StreamRecord[]> {
    return this.#records(stream, { fromRevision, direction: FORWARDS }, endsAtMs);
  }

  /** A fault of the server, as the port calls it. */
  fault(error: unknown, stream: string): unknown {
    if (isOfType(error, 'stream-deleted'))
      return isErasable(stream) ? new StreamErased(stream) : new StreamDamaged(stream);
    if (isOfType(error, 'maximum-append-size-exceeded')) return new AppendTooLarge(stream, MAX_APPEND_BYTES);
    if (error instanceof EventLogError || !this.#closed.aborted) return error;
    return this.#log.server.closed();
  }

  async #events(stream: string, reading: StreamReading, endsAtMs: number | undefined): Promise<RecordedEvent[]> {
    try {
      const records = await this.#records(stream, reading, endsAtMs);
      const events = records.map((record) => recordedEvent(record, stream));
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

  async #records(stream: string, reading: StreamReading, endsAtMs: number | undefined): Promise<StreamRecord[]> {
    const { server, names } = this.#log;
    if (this.#closed.aborted) throw server.closed();
    return readServerStream(server, names.onServer(stream), reading, { endsAtMs, signal: this.#closed });
  }
}
