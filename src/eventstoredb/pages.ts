import { setImmediate as nextTurn } from 'node:timers/promises';
import { NoAnswer } from './server-faults.ts';

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
