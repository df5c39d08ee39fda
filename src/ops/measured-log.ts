import {
  EventLog,
  type EventLogError,
  type Appended,
  type ExpectedHead,
  type LogGauge,
  type ReadAllOptions,
} from '../event-sourcing/event-log.ts';
import type { NewEvent, Position, RecordedEvent } from '../event-sourcing/event.ts';
import { isPassing } from '../event-sourcing/passing-faults.ts';

/** That nothing could be recorded. */
interface AppendFailure {
  readonly at: string;
  readonly code: string;
  readonly reason: string;
}

/** A log that tells how long each append took, and whether appends fail. */
export class MeasuredLog extends EventLog {
  private readonly log: EventLog;
  /** Told how long each append took. */
  onAppended: (seconds: number) => void = () => {};
  private failure: AppendFailure | null = null;
  constructor(log: EventLog) {
    super();
    this.log = log;
  }

  /** Of the log itself, not of what was appended; null again as soon as an append succeeds. */
  get appendFailure(): AppendFailure | null {
    return this.failure;
  }

  get id(): string {
    return this.log.id;
  }

  async append(stream: string, expected: ExpectedHead, events: readonly NewEvent[]): Promise<Appended> {
    const startMs = performance.now();
    const appended = await this.log.append(stream, expected, events).catch((error: unknown) => {
      this.note(error);
      throw error;
    });
    this.failure = null;
    this.onAppended((performance.now() - startMs) / 1000);
    return appended;
  }

  readStream(stream: string, options?: { readonly from?: number; readonly until?: number }) {
    return this.log.readStream(stream, options);
  }

  override readStreams(streams: readonly string[]) {
    return this.log.readStreams(streams);
  }

  readAll(options?: ReadAllOptions): AsyncIterable<readonly RecordedEvent[]> {
    return this.log.readAll(options);
  }

  follow(options: ReadAllOptions & { readonly signal: AbortSignal }): AsyncIterable<readonly RecordedEvent[]> {
    return this.log.follow(options);
  }

  readStreamByStream(options: Parameters<EventLog['readStreamByStream']>[0]): AsyncIterable<readonly RecordedEvent[]> {
    return this.log.readStreamByStream(options);
  }

  override inventory(signal?: AbortSignal) {
    return this.log.inventory(signal);
  }

  head(): Promise<Position | undefined> {
    return this.log.head();
  }

  count(): Promise<number> {
    return this.log.count();
  }

  lastRecordedAt(): Promise<string | undefined> {
    return this.log.lastRecordedAt();
  }

  erase(stream: string): Promise<void> {
    return this.log.erase(stream);
  }

  override gauges(): readonly LogGauge[] {
    return this.log.gauges();
  }

  override checkReady(): Promise<void> {
    return this.log.checkReady();
  }

  close(): Promise<void> {
    return this.log.close();
  }

  private note(error: unknown): void {
    if (!isPassing(error)) return;
    const { code, message } = error as EventLogError;
    this.failure = { at: new Date().toISOString(), code, reason: message };
  }
}
