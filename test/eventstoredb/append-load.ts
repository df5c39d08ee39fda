import { randomUUID } from 'node:crypto';
import { LogUnavailable, type EventLog, type StreamHead } from '../../src/event-sourcing/event-log.ts';
import type { NewEvent, RecordedEvent } from '../../src/event-sourcing/event.ts';
import { event, newStream, pause } from '../event-log/samples.ts';

/** An event that was acknowledged, and where. */
export interface Acknowledged {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
}

const WRITERS = 16;
const STREAMS_A_WRITER = 8;
/** So that a minute of load can be read again in seconds. */
const PAUSE_MS = 10;

/**
 * Many writers that append without end, each to streams of its own, and keep note of all that was acknowledged. What the log
 * could not take is sent again, the same to the last letter, until it is.
 */
export class AppendLoad {
  readonly category = `word${randomUUID().replaceAll('-', '')}`;
  readonly acknowledged: Acknowledged[] = [];
  readonly refusals: LogUnavailable[] = [];
  /** Appends that stood there already when they were sent again. */
  repeated = 0;
  #longestSilenceMs = 0;
  #answeredAtMs = performance.now();
  #isStopping = false;
  readonly #log: EventLog;
  readonly #writing: Promise<unknown>;

  constructor(log: EventLog) {
    this.#log = log;
    this.#writing = Promise.all(Array.from({ length: WRITERS }, () => this.#write()));
    // Who stops it hears of its end.
    this.#writing.catch(() => {});
  }

  /** Longest time in which no append at all was acknowledged. */
  get longestSilenceMs(): number {
    return Math.max(this.#longestSilenceMs, performance.now() - this.#answeredAtMs);
  }

  /** Waits for so many acknowledgements from now on. @throws when they do not come in time */
  async moreAcknowledged(events: number, withinMs: number): Promise<void> {
    const enough = this.acknowledged.length + events;
    const until = performance.now() + withinMs;
    while (this.acknowledged.length < enough) {
      if (performance.now() > until) throw new Error(`no ${events} events were acknowledged within ${withinMs} ms`);
      await pause(50);
    }
  }

  /** Ends when all that is under way is acknowledged. @throws what a writer met besides a log that is not available */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#writing;
  }

  async #write(): Promise<void> {
    const streams = Array.from({ length: STREAMS_A_WRITER }, () => newStream(this.category));
    const heads = new Map<string, StreamHead>();
    for (let turn = 0; !this.#isStopping; turn++) {
      const stream = streams[turn % streams.length]!;
      const events = Array.from({ length: 1 + (turn % 3) }, () => event());
      heads.set(stream, await this.#append(stream, heads.get(stream), events));
      await pause(PAUSE_MS);
    }
  }

  async #append(stream: string, head: StreamHead | undefined, events: readonly NewEvent[]): Promise<StreamHead> {
    for (;;) {
      try {
        const appended = await this.#log.append(stream, head ?? 'no-stream', events);
        this.#answered();
        if (appended.repeated) this.repeated++;
        const first = appended.revision - events.length + 1;
        events.forEach(({ id }, at) => this.acknowledged.push({ stream, revision: first + at, id }));
        return appended;
      } catch (error) {
        if (!(error instanceof LogUnavailable)) throw error;
        this.refusals.push(error);
        await pause(100);
      }
    }
  }

  #answered(): void {
    const nowMs = performance.now();
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, nowMs - this.#answeredAtMs);
    this.#answeredAtMs = nowMs;
  }
}

/** Takes all of a category as it comes. */
export class Following {
  readonly events: RecordedEvent[] = [];
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;

  constructor(log: EventLog, category: string) {
    this.#following = this.#follow(log, category);
    this.#following.catch(() => {});
  }

  /** Ends when so many were given, and a little later, to see whether one comes twice. */
  async given(events: number, withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    while (this.events.length < events && performance.now() < until) await pause(50);
    await pause(500);
    this.#stop.abort();
    await this.#following;
  }

  async #follow(log: EventLog, category: string): Promise<void> {
    for await (const batch of log.follow({ categories: [category], signal: this.#stop.signal })) {
      this.events.push(...batch);
    }
  }
}

/** As lines, so that what differs is seen at once: events by stream and revision. */
export function places(events: readonly Acknowledged[]): string[] {
  return events.map(({ stream, revision, id }) => `${stream}@${revision} ${id}`);
}
