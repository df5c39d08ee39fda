import { crashPoint } from '../event-sourcing/crash-point.ts';
import {
  EventLog,
  InvalidEvent,
  LogBusy,
  LogUnavailable,
  StreamNotErasable,
  type Appended,
  type ExpectedHead,
  type LogGauge,
  type LogInventory,
  type ReadAllOptions,
} from '../event-sourcing/event-log.ts';
import type { NewEvent, Position, RecordedEvent } from '../event-sourcing/event.ts';
import { appendRequest } from '../event-log/append-request.ts';
import { Appender } from './appender.ts';
import { Erasures } from './erasures.ts';
import { LogEnd } from './log-end.ts';
import { openOnServer, type LogOnServer, type Opening } from './opening.ts';
import { lastRecord } from './server-readings.ts';
import { ServerStreams } from './server-streams.ts';
import { Spool } from './spool.ts';
import { isErasable } from './stream-names.ts';
import { WholeLog } from './whole-log.ts';

export interface OpenOptions extends Opening {
  /** Named point at which the process is killed: `log:before-commit` or `log:after-commit`, `@n` for the nth time. */
  readonly crashAt?: string | undefined;
  /** Where a copy may stand while the log is read stream by stream; default: where the system keeps what is temporary. */
  readonly temporaryFolder?: string | undefined;
}

const MOST_UNDER_WAY = 8_192;
const READY_MS = 2_000;

/** The log on an EventStoreDB or KurrentDB server or cluster, through its own client. Several nodes may write it. */
export class EventStoreDbEventLog extends EventLog {
  readonly #log: LogOnServer;
  readonly #mode: Opening['mode'];
  /** Nothing new is taken, and readings of the whole log end. */
  readonly #closing = new AbortController();
  /** All that was under way is answered, too. */
  readonly #closed = new AbortController();
  readonly #end: LogEnd;
  readonly #streams: ServerStreams;
  readonly #erasures: Erasures;
  readonly #whole: WholeLog;
  readonly #appender: Appender;
  readonly #temporaryFolder: string | undefined;
  #madeSpool: Spool | undefined;
  /** Appends and erasures. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** What is done to key streams keeps its order: an erasure and the appends around it. */
  readonly #turns = new Map<string, Promise<unknown>>();

  /** @throws NoLog (to read) · LogUnavailable what is wrong with the connection string, the server, its certificate, the user */
  static async open(options: OpenOptions): Promise<EventStoreDbEventLog> {
    if (options.temporaryFolder !== undefined) Spool.clean(options.temporaryFolder);
    return new EventStoreDbEventLog(await openOnServer(options), options);
  }

  private constructor(log: LogOnServer, { mode, crashAt, temporaryFolder }: OpenOptions) {
    super();
    this.#log = log;
    this.#mode = mode;
    this.#temporaryFolder = temporaryFolder;
    const closed = this.#closed.signal;
    const end = new LogEnd(log, closed);
    const streams = new ServerStreams(log, end, closed);
    const erasures = new Erasures(log, streams);
    this.#end = end;
    this.#streams = streams;
    this.#erasures = erasures;
    this.#whole = new WholeLog({ log, streams, erasures, end });
    this.#appender = new Appender({ log, streams, end }, crashPoint(crashAt));
  }

  get id(): string {
    return this.#log.id;
  }

  async append(stream: string, expected: ExpectedHead, events: readonly NewEvent[]): Promise<Appended> {
    const request = appendRequest(stream, expected, events);
    this.#mustWrite();
    if (this.#log.names.isTaken(stream)) {
      throw new InvalidEvent(
        `no stream of the log may be called ${stream}: such names are the server's, our own, or another log's`,
      );
    }
    if (this.#underWay.size >= MOST_UNDER_WAY) {
      throw new LogBusy(`${this.#underWay.size} appends are waiting to be answered; try again`);
    }
    const endsAtMs = this.#log.server.endsAtMs();
    return this.#answered(this.#inTurn(stream, () => this.#appender.append(request, endsAtMs)));
  }

  async readStream(
    stream: string,
    { from = 0, until = Number.MAX_SAFE_INTEGER }: { readonly from?: number; readonly until?: number } = {},
  ): Promise<readonly RecordedEvent[]> {
    this.#mustBeOpen();
    return this.#streams.read(stream, { from, until });
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<readonly RecordedEvent[]> {
    this.#mustBeOpen();
    try {
      yield* this.#whole.read({ ...options, signal: this.#endingWith(options.signal) });
    } catch (error) {
      options.signal?.throwIfAborted();
      this.#mustBeOpen();
      throw error;
    }
  }

  follow(options: ReadAllOptions & { readonly signal: AbortSignal }): AsyncGenerator<readonly RecordedEvent[]> {
    return this.#whole.follow({ ...options, signal: this.#endingWith(options.signal) });
  }

  async *readStreamByStream(
    options: Parameters<EventLog['readStreamByStream']>[0],
  ): AsyncGenerator<readonly RecordedEvent[]> {
    yield* this.#spool().readStreamByStream(options);
  }

  /** Reads of the server what `readStreamByStream` would read first: done in turn, they read the log once. */
  override async inventory(signal?: AbortSignal): Promise<LogInventory> {
    return this.#spool().inventory(signal);
  }

  async head(): Promise<Position | undefined> {
    this.#mustBeOpen();
    return (await this.#end.head())?.toString();
  }

  async count(): Promise<number> {
    this.#mustBeOpen();
    return this.#end.count();
  }

  async lastRecordedAt(): Promise<string | undefined> {
    this.#mustBeOpen();
    return this.#end.lastRecordedAt();
  }

  async erase(stream: string): Promise<void> {
    if (!isErasable(stream) || stream.includes('\n')) throw new StreamNotErasable(stream);
    this.#mustWrite();
    const endsAtMs = this.#log.server.endsAtMs();
    return this.#answered(this.#inTurn(stream, () => this.#erasures.erase(stream, endsAtMs)));
  }

  override gauges(): readonly LogGauge[] {
    return [
      { name: 'log_waiting_appends', help: 'Appends that wait to be answered.', value: () => this.#underWay.size },
      {
        name: 'log_reconnections_total',
        help: 'How often the connection to the event log was made anew.',
        value: () => this.#log.server.replaced,
      },
    ];
  }

  override async checkReady(): Promise<void> {
    this.#mustBeOpen();
    const { server } = this.#log;
    await lastRecord(server, server.endsAtMs(READY_MS));
  }

  /** Answers all appends under way first. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await Promise.allSettled(this.#underWay);
    this.#closed.abort();
    this.#log.server.close();
    this.#madeSpool?.remove();
  }

  #spool(): Spool {
    this.#mustBeOpen();
    return (this.#madeSpool ??= new Spool(this, this.#temporaryFolder));
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

  #endingWith(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
  }

  #mustBeOpen(): void {
    if (this.#closing.signal.aborted) throw this.#log.server.closed();
  }

  #mustWrite(): void {
    this.#mustBeOpen();
    if (this.#mode === 'read')
      throw new LogUnavailable(`the event log at ${this.#log.server.words} was opened to read only`);
  }
}
