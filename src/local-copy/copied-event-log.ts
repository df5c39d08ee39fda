import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteEventLog } from '../event-log/sqlite-event-log.ts';
import {
  EventLog,
  LATEST_ONLY_CATEGORIES,
  LogUnavailable,
  type Appended,
  type ExpectedHead,
  type LogGauge,
  type LogInventory,
  type ReadAllOptions,
} from '../event-sourcing/event-log.ts';
import { isBefore, type NewEvent, type Position, type RecordedEvent } from '../event-sourcing/event.ts';
import { eventsBetween, MOST_COUNTED } from '../event-sourcing/events-between.ts';
import { LocalCopy, type LocalCopyOptions } from './local-copy.ts';

/** How long reading stream by stream waits for the copy. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 10;
/** How long the question whether the log can be reached may take. */
const ANSWER_MS = 3_000;

/**
 * A log on a server, read from this node's copy of it where much is read: single streams are read and written at the server, the
 * whole log in the copy and, after its end, at the server, so that nothing is missing that stood there when it was asked.
 */
export class CopiedEventLog extends EventLog {
  private readonly log: EventLog;
  private readonly keeping: LocalCopy;
  private readonly copy: SqliteEventLog;

  private constructor(log: EventLog, keeping: LocalCopy, copy: SqliteEventLog) {
    super();
    this.log = log;
    this.keeping = keeping;
    this.copy = copy;
  }

  /** Ends when the copy holds all that stood in the log. Closes the log when it is closed. @throws LogUnavailable */
  static async over(log: EventLog, options: LocalCopyOptions): Promise<CopiedEventLog> {
    const keeping = await LocalCopy.open(options);
    try {
      return new CopiedEventLog(log, keeping, SqliteEventLog.open({ file: options.file, mode: 'read' }));
    } catch (error) {
      await keeping.close();
      throw error;
    }
  }

  get id(): string {
    return this.log.id;
  }

  append(stream: string, expected: ExpectedHead, events: readonly NewEvent[]): Promise<Appended> {
    return this.log.append(stream, expected, events);
  }

  readStream(stream: string, options?: { readonly from?: number; readonly until?: number }) {
    return this.log.readStream(stream, options);
  }

  override readStreams(streams: readonly string[]) {
    return this.log.readStreams(streams);
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<readonly RecordedEvent[]> {
    if (isOutsideCopy(options.categories)) return yield* this.log.readAll(options);
    const until = options.until ?? (await this.head());
    const end = await this.copy.head();
    const { after } = options;
    if (until === undefined || !isBefore(after, until)) return;
    if (end !== undefined && isBefore(after, end)) {
      yield* this.copy.readAll({ ...options, until: isBefore(until, end) ? until : end });
    }
    if (!isBefore(end, until)) return;
    const rest = end !== undefined && isBefore(after, end) ? end : after;
    yield* this.log.readAll({ ...options, until, ...(rest === undefined ? {} : { after: rest }) });
  }

  follow(options: ReadAllOptions & { readonly signal: AbortSignal }): AsyncIterable<readonly RecordedEvent[]> {
    return isOutsideCopy(options.categories) ? this.log.follow(options) : this.copy.follow(options);
  }

  async *readStreamByStream(
    options: Parameters<EventLog['readStreamByStream']>[0],
  ): AsyncGenerator<readonly RecordedEvent[]> {
    if (isOutsideCopy([options.category])) return yield* this.log.readStreamByStream(options);
    const until = options.until ?? (await this.head());
    if (until === undefined) return;
    await this.copied(until, options.signal);
    yield* this.copy.readStreamByStream({ ...options, until });
  }

  override async inventory(signal?: AbortSignal): Promise<LogInventory> {
    const until = await this.head();
    if (until !== undefined) await this.copied(until, signal);
    return this.copy.inventory();
  }

  head(): Promise<Position | undefined> {
    return this.log.head();
  }

  count(): Promise<number> {
    return this.copy.count();
  }

  lastRecordedAt(): Promise<string | undefined> {
    return this.log.lastRecordedAt();
  }

  async erase(stream: string): Promise<void> {
    await this.log.erase(stream);
    await this.keeping.erase(stream);
  }

  override gauges(): readonly LogGauge[] {
    return [
      ...this.log.gauges(),
      {
        name: 'log_copy_lag_events',
        help: `Events of the log that are not in the local copy of it yet, at most ${MOST_COUNTED}.`,
        value: () => this.eventsBehind(),
      },
      {
        name: 'log_copy_lag_seconds',
        help: 'For how long the local copy has not been at the end of the log.',
        value: () => this.keeping.behindMs() / 1000,
      },
    ];
  }

  override async checkReady(): Promise<void> {
    const giveUp = new AbortController();
    const tooLate = sleep(ANSWER_MS, undefined, { signal: giveUp.signal }).then(() => {
      throw new LogUnavailable('the event log does not answer');
    });
    try {
      await Promise.race([this.log.checkReady(), tooLate]);
    } finally {
      giveUp.abort();
      tooLate.catch(() => {});
    }
    const fault = this.keeping.fault();
    if (fault !== undefined) throw new LogUnavailable(fault);
  }

  async close(): Promise<void> {
    await this.copy.close();
    await this.keeping.close();
    await this.log.close();
  }

  /** Waits until no event up to there is missing in the copy. */
  private async copied(until: Position, signal: AbortSignal | undefined): Promise<void> {
    for (const startMs = performance.now(); ; await sleep(PAUSE_MS)) {
      signal?.throwIfAborted();
      if (await this.isCopied(until)) return;
      if (performance.now() - startMs > PATIENCE_MS) {
        throw new LogUnavailable(this.keeping.fault() ?? 'the local copy of the event log is behind');
      }
    }
  }

  private async isCopied(until: Position): Promise<boolean> {
    const end = await this.copy.head();
    if (!isBefore(end, until)) return true;
    const after = end === undefined ? {} : { after: end };
    for await (const batch of this.log.readAll({ ...after, until, batchSize: 1 })) if (batch.length > 0) return false;
    return true;
  }

  private async eventsBehind(): Promise<number> {
    const [head, end] = await Promise.all([this.head(), this.copy.head()]);
    return head === undefined ? 0 : eventsBetween(this.log, end, head);
  }
}

/** What latest-only streams hold is not in the copy. */
function isOutsideCopy(categories: readonly string[] | undefined): boolean {
  return categories?.some((category) => LATEST_ONLY_CATEGORIES.includes(category)) ?? false;
}
