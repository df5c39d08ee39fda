import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BACKWARDS,
  END,
  type AllStreamRecordedEvent,
  type AllStreamResolvedEvent,
  type FORWARDS,
  type RecordedEvent as StreamRecord,
  type ResolvedEvent,
  type START,
} from '@eventstore/db-client';
import { isOfType, NoAnswer } from './server-faults.ts';
import type { Server } from './server.ts';
import { positionOf } from './stored-event.ts';

/** One record of the whole server, of whatever stream. */
export type AllRecord = AllStreamRecordedEvent;

export interface StreamReading {
  readonly fromRevision: bigint | typeof START | typeof END;
  readonly direction: typeof FORWARDS | typeof BACKWARDS;
  readonly maxCount?: number;
}

export interface ReadingLimits {
  /** When patience ends, by `performance.now()`; default: that of a reading that begins now. */
  readonly endsAtMs?: number | undefined;
  readonly signal?: AbortSignal;
}

const STREAM_PAGE = 1_000;
/** Most who look back find what they look for among the last few. */
const BACKWARDS_PAGES = { first: 4, longest: 100 } as const;

/** What the client's readings and subscriptions have in common. */
export interface ServerReading<Item> {
  read(): Item | null;
  on(event: string, listener: (error?: Error) => void): unknown;
  cancel?(): Promise<void>;
  unsubscribe?(): Promise<void>;
}

export interface PageOptions<Item> {
  /** Most of them at a time. */
  readonly size: number;
  /** So long without a sign of life is taken for an end. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
  readonly open: (signOfLife: () => void) => ServerReading<Item>;
}

/**
 * What a reading gives, in pages, as fast as it comes and no faster than it is taken. However it ends, the call is cancelled.
 * @throws the reading's fault · NoAnswer after too long a silence · the signal's reason
 */
export async function* pages<Item>({ size, silenceMs, signal, open }: PageOptions<Item>): AsyncGenerator<Item[], void> {
  signal.throwIfAborted();
  let [hasEnded, lastHeard] = [false, performance.now()];
  let fault: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;
  const heard = () => {
    lastHeard = performance.now();
    wake?.();
  };
  const ended = () => {
    hasEnded = true;
    heard();
  };
  const reading = open(heard);
  reading.on('error', (error) => {
    fault ??= { error };
    heard();
  });
  reading.on('readable', heard);
  reading.on('end', ended);
  reading.on('close', ended);
  const stop = () => wake?.();
  signal.addEventListener('abort', stop);
  try {
    for (;;) {
      const page: Item[] = [];
      for (let item = reading.read(); item !== null; item = reading.read()) {
        page.push(item);
        if (page.length >= size) break;
      }
      if (page.length > 0) {
        yield page;
        signal.throwIfAborted();
        // The time that its reader took was not the server's.
        lastHeard = performance.now();
        continue;
      }
      if (fault) throw fault.error;
      if (hasEnded) return;
      const patience = lastHeard + silenceMs - performance.now();
      if (patience <= 0) throw new NoAnswer();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patience);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = undefined;
      signal.throwIfAborted();
      // Records come one by one: a turn later there are as many as one piece of the network held.
      await nextTurn();
    }
  } finally {
    signal.removeEventListener('abort', stop);
    // Of a call that never began there is nothing to cancel.
    (reading.cancel?.() ?? reading.unsubscribe?.())?.catch(() => {});
  }
}

/** One stream, by the name it has on the server; nothing where it is not there. */
export async function readServerStream(
  server: Server,
  name: string,
  { fromRevision, direction, maxCount = Number.MAX_SAFE_INTEGER }: StreamReading,
  { endsAtMs = server.endsAtMs(), signal = new AbortController().signal }: ReadingLimits = {},
): Promise<StreamRecord[]> {
  try {
    const found = await server.trying(
      (client, attemptMs) =>
        allOf(
          pages<ResolvedEvent>({
            size: STREAM_PAGE,
            silenceMs: attemptMs,
            signal,
            open: () => client.readStream(name, { fromRevision, direction, maxCount, ...server.readOptions }),
          }),
        ),
      { endsAtMs, signal },
    );
    return found.flatMap(({ event }) => event ?? []);
  } catch (error) {
    if (isOfType(error, 'stream-not-found')) return [];
    throw error;
  }
}

/** The last record on the server, of whatever stream. */
export async function lastRecord(server: Server, endsAtMs = server.endsAtMs()): Promise<AllRecord | undefined> {
  const [last] = await server.trying(
    (client, attemptMs) =>
      allOf(
        pages<AllStreamResolvedEvent>({
          size: 1,
          silenceMs: attemptMs,
          signal: new AbortController().signal,
          open: () => client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1, ...server.readOptions }),
        }),
      ),
    { endsAtMs },
  );
  return last?.event;
}

/** All records on the server back to a position (exclusive): from its end, or from before another position. */
export async function* recordsBackwards(
  server: Server,
  until: bigint,
  signal: AbortSignal,
  before?: bigint,
): AsyncGenerator<AllRecord> {
  let from: bigint | typeof END = before ?? END;
  for (let size: number = BACKWARDS_PAGES.first; ; size = Math.min(size * 10, BACKWARDS_PAGES.longest)) {
    const page: AllStreamResolvedEvent[] = await server.call((client) =>
      allOf(
        pages<AllStreamResolvedEvent>({
          size,
          silenceMs: server.patience.attemptMs,
          signal,
          open: () =>
            client.readAll({
              direction: BACKWARDS,
              fromPosition: from === END ? END : positionAt(from),
              maxCount: size,
              ...server.readOptions,
            }),
        }),
      ),
    );
    for (const { event: record } of page) {
      if (!record) continue;
      from = positionOf(record);
      if (from <= until) return;
      yield record;
    }
    if (page.length < size) return;
  }
}

export function positionAt(position: bigint): { readonly commit: bigint; readonly prepare: bigint } {
  return { commit: position, prepare: position };
}

async function allOf<Item>(reading: AsyncIterable<Item[]>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of reading) all.push(...page);
  return all;
}
