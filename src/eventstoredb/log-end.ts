import type { LogOnServer } from './opening.ts';
import { lastRecord, recordsBackwards, type AllRecord } from './server-readings.ts';
import { positionOf, TOMBSTONE } from './stored-event.ts';

const COUNTED_RECORDS = 1_000;
const LAST_EVENTS = 100;

/** Where the log ends, which lies somewhere before the end of its server; and what is to be learnt from looking back from there. */
export class LogEnd {
  readonly #log: LogOnServer;
  readonly #closed: AbortSignal;
  readonly #isChained: (name: string) => boolean;
  #taken: bigint;
  /** Highest position of a chained event of this log that is known. */
  #head: bigint;
  /** Up to where the end was looked for: what others write on the server need not be looked through twice. */
  #lookedTo: bigint;

  constructor(log: LogOnServer, closed: AbortSignal) {
    this.#log = log;
    this.#closed = closed;
    this.#isChained = log.names.wanted(undefined);
    this.#taken = log.begin;
    this.#head = log.begin;
    this.#lookedTo = log.begin;
  }

  /** Highest position that is known to be taken, by whatever event. */
  get taken(): bigint {
    return this.#taken;
  }

  /** Something of the server stands there. */
  passed(position: bigint): void {
    if (position > this.#taken) this.#taken = position;
  }

  /** A chained event of this log stands there. */
  reached(position: bigint): void {
    this.passed(position);
    if (position > this.#head) this.#head = position;
  }

  /** The last position that is taken on the server. */
  async ofServer(): Promise<bigint> {
    const last = await lastRecord(this.#log.server);
    return last ? positionOf(last) : this.#log.begin;
  }

  /** As the port has it; undefined: the log is empty. */
  async head(): Promise<bigint | undefined> {
    let end: bigint | undefined;
    for await (const record of this.#backwards(this.#head > this.#lookedTo ? this.#head : this.#lookedTo)) {
      end ??= positionOf(record);
      if (!this.#isEvent(record)) continue;
      this.reached(positionOf(record));
      break;
    }
    if (end !== undefined && end > this.#lookedTo) this.#lookedTo = end;
    return this.#head === this.#log.begin ? undefined : this.#head;
  }

  /**
   * An estimate: as many to a stretch of the server's log as there were in the last one before the end of this log; what others
   * have written since does not count. A short log is counted.
   */
  async count(): Promise<number> {
    const { begin, server } = this.#log;
    const end = await this.head();
    if (end === undefined) return 0;
    let [events, looked, first] = [1, 1, end];
    for await (const record of recordsBackwards(server, begin, this.#closed, end)) {
      first = positionOf(record);
      if (this.#isChained(record.streamId)) events++;
      if (++looked >= COUNTED_RECORDS) break;
    }
    if (looked < COUNTED_RECORDS) return events;
    return Math.max(1, Math.round((events * Number(end - begin)) / Number(end - first)));
  }

  async lastRecordedAt(): Promise<string | undefined> {
    let [latest, looked] = [undefined as string | undefined, 0];
    for await (const record of this.#backwards(this.#log.begin)) {
      if (!this.#isEvent(record)) continue;
      const recordedAt = recordedAtOf(record);
      if (recordedAt !== undefined && (latest === undefined || recordedAt > latest)) latest = recordedAt;
      if (++looked >= LAST_EVENTS) break;
    }
    return latest;
  }

  #isEvent(record: AllRecord): boolean {
    return record.type !== TOMBSTONE && this.#isChained(record.streamId);
  }

  async *#backwards(until: bigint): AsyncGenerator<AllRecord> {
    for await (const record of recordsBackwards(this.#log.server, until, this.#closed)) {
      this.passed(positionOf(record));
      yield record;
    }
  }
}

function recordedAtOf({ metadata }: AllRecord): string | undefined {
  const { recordedAt } = ((metadata as { metadata?: unknown } | undefined)?.metadata ?? {}) as { recordedAt?: unknown };
  return typeof recordedAt === 'string' ? recordedAt : undefined;
}
