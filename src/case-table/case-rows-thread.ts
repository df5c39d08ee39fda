import { Worker } from 'node:worker_threads';
import { CaseRows, type RowsAsked, type RowsTold } from './case-rows.ts';

/** How the thread comes by the log; plain data. */
export interface RowsThread {
  /** URL of a module that exports `createProjectorParts`. */
  readonly module: string;
  readonly config: unknown;
}

type Ask =
  | { readonly ask: 'since'; readonly asked: RowsAsked }
  | { readonly ask: 'next' }
  | { readonly ask: 'end' }
  | { readonly ask: 'close' };
export type RowsRequest = Ask & { readonly number: number };
type Answer = { readonly number: number } & ({ readonly answer: unknown } | { readonly reason: string });

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** What is worked up of one case is garbage when the next one comes; in this much room it dies young. */
const YOUNG_GENERATION_MIB = 64;

/** Rows worked out in a thread of their own. One that has ended is followed by another as soon as rows are asked for. */
export class CaseRowsInThread extends CaseRows {
  readonly #settings: RowsThread;
  readonly #waiting = new Map<number, Waiting>();
  readonly #watching = new Set<() => void>();
  #worker: Worker | undefined;
  #asked = 0;

  constructor(settings: RowsThread) {
    super();
    this.#settings = settings;
  }

  async *since(asked: RowsAsked, signal: AbortSignal): AsyncGenerator<RowsTold, void, void> {
    const abort = (): void => this.#failAll(signal.reason as Error);
    signal.throwIfAborted();
    signal.addEventListener('abort', abort, { once: true });
    try {
      let next = await this.#ask<IteratorResult<RowsTold, void>>({ ask: 'since', asked });
      while (next.done !== true) {
        yield next.value;
        next = await this.#ask({ ask: 'next' });
      }
    } finally {
      signal.removeEventListener('abort', abort);
      if (this.#worker !== undefined) await this.#ask({ ask: 'end' }).catch(() => {});
    }
  }

  watch(moved: () => void, signal: AbortSignal): void {
    this.#watching.add(moved);
    signal.addEventListener('abort', () => this.#watching.delete(moved), { once: true });
  }

  async close(): Promise<void> {
    if (this.#worker === undefined) return;
    const worker = this.#worker;
    await this.#ask({ ask: 'close' }).catch(() => {});
    await worker.terminate();
  }

  #ask<T>(request: Ask): Promise<T> {
    const worker = (this.#worker ??= this.#started());
    const number = ++this.#asked;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      worker.postMessage({ ...request, number });
    });
  }

  #started(): Worker {
    const file = import.meta.url.endsWith('.ts') ? './case-rows.worker.ts' : './case-rows.worker.js';
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: this.#settings,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
    });
    const end = (error: Error): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#failAll(new Error(`working out the rows of the cases has ended: ${error.message}`, { cause: error }));
      this.#moved();
    };
    worker.on('message', (message: Answer | 'moved') => {
      if (message === 'moved') return this.#moved();
      const waiting = this.#waiting.get(message.number);
      this.#waiting.delete(message.number);
      if ('reason' in message) waiting?.reject(new Error(message.reason));
      else waiting?.resolve(message.answer as never);
    });
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`its thread has ended (${code})`)));
    return worker;
  }

  #moved(): void {
    for (const moved of this.#watching) moved();
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
