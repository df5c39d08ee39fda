import { CodedError } from './coded-error.ts';
import { categoryOf, type NewEvent, type Position, type RecordedEvent } from './event.ts';

/** Where an appender believes a stream to end: the last event it has read. */
export interface StreamHead {
  readonly revision: number;
  readonly hash: string;
}

/** There is no "any": every append says what it builds on. */
export type ExpectedHead = StreamHead | 'no-stream';

export interface Appended {
  /** Revision and position of the last event of the append. */
  readonly revision: number;
  readonly position: Position;
  readonly hash: string;
  /** True if these very events stood there already: nothing was written. */
  readonly repeated: boolean;
}

export interface ReadAllOptions {
  /** Only streams of these categories; default: all, except latest-only streams. */
  readonly categories?: readonly string[];
  /** Exclusive: only events after this position. */
  readonly after?: Position;
  /** Inclusive: only events up to this position. */
  readonly until?: Position;
  /** Ends reading with the signal's reason as error: what was cut short must not look like the end. */
  readonly signal?: AbortSignal;
  /** Largest number of events in one batch (default 1,000). */
  readonly batchSize?: number;
  /**
   * Told of every erasure that goes by, before any event after it is given, for whoever keeps a copy or a key in memory. An
   * engine that gives erasures no place among its events tells of none. Must not throw.
   */
  readonly onErased?: (stream: string) => void;
}

/**
 * Streams in these categories keep their last event only, stand outside hash chains and are not read by `readAll`
 * unless asked for by name: the checkpoints of process managers.
 */
export const LATEST_ONLY_CATEGORIES: readonly string[] = ['checkpoint'];
/** Only streams in these categories can be erased: the wrapped keys of persons and cases. */
export const ERASABLE_CATEGORIES: readonly string[] = ['key'];
/** Largest append: bytes of JSON of all its events together, and of what an engine adds to each (its limit is 1 MiB). */
export const MAX_APPEND_BYTES = 1_000_000;
export const ADDED_BYTES_AN_EVENT = 128;

/**
 * The only shared truth. The port promises only what every engine can keep: an append is atomic within one stream and
 * names the exact head it builds on; revisions are contiguous per stream; positions increase.
 * Every method may throw `LogUnavailable`.
 */
export abstract class EventLog {
  /** Identity of this log, given at its creation; checkpoints and position tokens carry it. */
  abstract readonly id: string;

  /**
   * Appends one or more events, all or none, and answers when they are durable. If exactly these event ids already
   * stand right after `expected`, answers as the first time (`repeated`).
   * @throws WrongExpectedHead the stream ends elsewhere (a partial overlap of ids is this too)
   * @throws StreamErased · EmptyAppend · AppendTooLarge · InvalidEvent · LogBusy
   */
  abstract append(stream: string, expected: ExpectedHead, events: readonly NewEvent[]): Promise<Appended>;

  /**
   * The events of one stream in order; empty for an unknown stream. `from` and `until` are inclusive revisions.
   * @throws StreamErased
   */
  abstract readStream(
    stream: string,
    options?: { readonly from?: number; readonly until?: number },
  ): Promise<readonly RecordedEvent[]>;

  /** Many short streams in one go: each as `readStream` answers it, or `erased` where that would throw `StreamErased`. */
  readStreams(streams: readonly string[]): Promise<readonly (readonly RecordedEvent[] | 'erased')[]> {
    return Promise.all(streams.map((stream) => this.readStream(stream).catch(erasedOrThrow)));
  }

  /** Batches in order of position, from `after` to the end of the log as it stood at the call (or `until`). */
  abstract readAll(options?: ReadAllOptions): AsyncIterable<readonly RecordedEvent[]>;

  /**
   * As `readAll`, and then goes on with what is appended. Nothing is lost or given twice. Ends without an error when `signal`
   * aborts, `until` is reached or the log is closed.
   */
  abstract follow(options: ReadAllOptions & { readonly signal: AbortSignal }): AsyncIterable<readonly RecordedEvent[]>;

  /**
   * Every stream of a category, whole up to `until`, one after the other in an order that is the same at every call.
   * `afterStream` (exclusive) resumes. For rebuilds and audits.
   */
  abstract readStreamByStream(options: {
    readonly category: string;
    readonly afterStream?: string;
    readonly until?: Position;
    readonly signal?: AbortSignal;
  }): AsyncIterable<readonly RecordedEvent[]>;

  /** What there is to be read stream by stream. May read the whole log for it. @throws the signal's reason */
  async inventory(signal?: AbortSignal): Promise<LogInventory> {
    const [categories, erased] = [new Set<string>(), new Set<string>()];
    const onErased = (stream: string) => void erased.add(stream);
    for await (const batch of this.readAll({ onErased, ...(signal ? { signal } : {}) })) {
      for (const { stream } of batch) categories.add(categoryOf(stream));
    }
    return { categories: [...categories], erased: [...erased] };
  }

  /**
   * Position of the last event (of a chained category), or undefined in an empty log. Never runs backwards; the event there
   * may be one that is not read any more, because its stream was erased.
   */
  abstract head(): Promise<Position | undefined>;

  /** Number of events in the log, for progress bars (may be an estimate). */
  abstract count(): Promise<number>;

  /** Latest time of recording among the last hundred chained events, as far as they can be read; undefined: there are none. */
  abstract lastRecordedAt(): Promise<string | undefined>;

  /**
   * Erases a key stream for good, bytes included, also one that is not there; from then on appending to it and reading it
   * throws `StreamErased`, and reading many streams passes it over. Repeatable.
   * @throws StreamNotErasable
   */
  abstract erase(stream: string): Promise<void>;

  /** Figures an engine can tell of itself while it runs. */
  gauges(): readonly LogGauge[] {
    return [];
  }

  /** Ends well when it can be read, and be written as far as reading tells. @throws LogUnavailable why not */
  async checkReady(): Promise<void> {
    await this.head();
  }

  abstract close(): Promise<void>;
}

/** What has to be known to read a whole log stream by stream: a list brought along would overlook what is not on it. */
export interface LogInventory {
  /** All chained categories, in the order in which their first streams began. */
  readonly categories: readonly string[];
  /** Names of the streams that were erased. */
  readonly erased: readonly string[];
}

/** A figure for whoever watches the running program. */
export interface LogGauge {
  /** snake_case, with its unit last. */
  readonly name: string;
  readonly help: string;
  value(): number | Promise<number>;
}

function erasedOrThrow(error: unknown): 'erased' {
  if (error instanceof StreamErased) return 'erased';
  throw error;
}

/** Base of the log's errors. */
export class EventLogError extends CodedError {}

export class WrongExpectedHead extends EventLogError {
  readonly stream: string;
  readonly expected: number | 'no-stream';
  readonly actual: number | 'no-stream';
  constructor(stream: string, expected: number | 'no-stream', actual: number | 'no-stream') {
    const where = actual === expected ? 'with another hash than expected' : `not at ${expected}`;
    super('WRONG_EXPECTED_HEAD', `${stream} ends at ${actual}, ${where}`);
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}

export class StreamErased extends EventLogError {
  constructor(stream: string) {
    super('STREAM_ERASED', `${stream} has been erased`);
  }
}

export class EmptyAppend extends EventLogError {
  constructor(stream: string) {
    super('EMPTY_APPEND', `an append to ${stream} holds no events`);
  }
}

export class AppendTooLarge extends EventLogError {
  constructor(stream: string, bytes: number) {
    super('APPEND_TOO_LARGE', `an append to ${stream} has ${bytes} bytes; at most ${MAX_APPEND_BYTES} are taken`);
  }
}

/** Not a key stream: what it holds stays for ever. */
export class StreamNotErasable extends EventLogError {
  constructor(stream: string) {
    super('STREAM_NOT_ERASABLE', `${stream} cannot be erased: only streams of ${ERASABLE_CATEGORIES.join(', ')} can`);
  }
}

/** An event that no log could give back as it is: it holds undefined, bigint, a Date …, or has no id or type. */
export class InvalidEvent extends EventLogError {
  constructor(message: string) {
    super('INVALID_EVENT', message);
  }
}

/** The queue is full: nothing was written, try again later. */
export class LogBusy extends EventLogError {
  constructor(message: string) {
    super('LOG_BUSY', message);
  }
}

/** The log cannot be reached, opened or written: disk full, read-only, in use, damaged, newer. Nothing was written. */
export class LogUnavailable extends EventLogError {
  constructor(message: string, options?: ErrorOptions) {
    super('LOG_UNAVAILABLE', message, options);
  }
}

/** There is none at the place where it was to be read: it has not been begun yet. */
export class NoLog extends LogUnavailable {}

/**
 * One stream cannot be read back; the others can: `readStreamByStream` goes on after it, `readAll` and `follow` after the
 * position of the event, up to which they have given all.
 */
export class StreamDamaged extends LogUnavailable {
  readonly stream: string;
  /** The first event that cannot be read, where that is known. */
  readonly event: { readonly revision: number; readonly position: Position } | undefined;
  constructor(stream: string, options?: ErrorOptions & { readonly event?: StreamDamaged['event'] }) {
    super(`${stream} is damaged: it cannot be read back`, options);
    this.stream = stream;
    this.event = options?.event;
  }
}
