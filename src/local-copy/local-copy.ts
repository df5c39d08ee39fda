import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { LogUnavailable } from '../event-sourcing/event-log.ts';
import type { LogPlace } from '../log-place.ts';
import { backOffMs } from '../projecting/patience.ts';
import type { CopyStatus } from './copy-keeper.ts';
import type { CopyThreadData, FromCopyThread, ToCopyThread } from './local-copy.worker.ts';

export interface LocalCopyOptions {
  /** Where the log itself stands. */
  readonly place: LogPlace;
  readonly file: string;
  readonly onProgress?: (events: number, of: number) => void;
  /** Key streams were erased, here or by another node. */
  readonly onErased?: (streams: readonly string[]) => void;
  /** It can't be kept up, and why; null: it can again. */
  readonly onFailure?: (reason: string | null) => void;
}

/** A copy that is behind for longer gives answers that are too old. */
const LONGEST_BEHIND_MS = 10_000;
const LONGEST_SILENCE_MS = 15_000;
const LONGEST_ERASING_MS = 2_000;

/** The near end of the thread that keeps this node's copy of the log; another takes its place when it ends. */
export class LocalCopy {
  private readonly options: LocalCopyOptions;
  private readonly closing = new AbortController();
  private readonly erasing = new Map<string, () => void>();
  private worker: Worker | undefined;
  private status: CopyStatus = { behindSinceMs: null, failure: null };
  private told: string | null = null;
  private heardAtMs = Date.now();
  private failures = 0;
  /** From the first catching up on there are readers. */
  private hasStarted = false;
  /** Why there is no thread. */
  private ended: string | null = null;

  private constructor(options: LocalCopyOptions) {
    this.options = options;
  }

  /** Ends when all that stood in the log is in the copy. @throws LogUnavailable it can't be made, or kept */
  static async open(options: LocalCopyOptions): Promise<LocalCopy> {
    const copy = new LocalCopy(options);
    await copy.run();
    return copy;
  }

  /** @returns why the copy can't be relied on; undefined: it can */
  fault(): string | undefined {
    const { failure } = this.status;
    if (this.ended !== null) return `the local copy of the event log is not kept up: ${this.ended}`;
    if (Date.now() - this.heardAtMs > LONGEST_SILENCE_MS) return 'the local copy of the event log does not answer';
    if (failure !== null) return `the local copy of the event log can't be kept up: ${failure}`;
    if (this.behindMs() > LONGEST_BEHIND_MS) return 'the local copy of the event log is behind';
    return undefined;
  }

  /** For how long it has not been at the end of the log. */
  behindMs(): number {
    const { behindSinceMs } = this.status;
    return behindSinceMs === null ? 0 : Date.now() - behindSinceMs;
  }

  /**
   * Erases a key stream there at once, instead of when news of it comes. Ends when that is done, or can't be waited for: the news
   * comes all the same.
   */
  async erase(stream: string): Promise<void> {
    if (this.worker === undefined) return;
    const giveUp = new AbortController();
    const done = new Promise<void>((resolve) => this.erasing.set(stream, resolve));
    this.send({ ask: 'erase', stream });
    await Promise.race([done, sleep(LONGEST_ERASING_MS, undefined, { signal: giveUp.signal }).catch(() => {})]);
    giveUp.abort();
    this.erasing.delete(stream);
  }

  async close(): Promise<void> {
    this.closing.abort();
    const worker = this.worker;
    if (worker === undefined) return;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    this.send({ ask: 'stop' });
    await exited;
  }

  private send(request: ToCopyThread): void {
    this.worker?.postMessage(request);
  }

  /** Ends when the thread has caught up. */
  private run(): Promise<void> {
    const file = import.meta.url.endsWith('.ts') ? './local-copy.worker.ts' : './local-copy.worker.js';
    const { place, file: copy } = this.options;
    const workerData: CopyThreadData = { place, file: copy, isRead: this.hasStarted };
    const worker = new Worker(new URL(file, import.meta.url), { workerData });
    this.worker = worker;
    this.heardAtMs = Date.now();
    let reason = 'its thread has ended';
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromCopyThread) => {
        this.heardAtMs = Date.now();
        if (message.message === 'started') {
          this.hasStarted = true;
          this.failures = 0;
          this.ended = null;
          resolve();
        } else if (message.message === 'failed') ({ reason } = message);
        else this.take(message);
        this.tell();
      });
      worker.on('error', (error) => (reason = (error as Error).message));
      worker.on('exit', () => {
        this.worker = undefined;
        if (this.closing.signal.aborted) return resolve();
        if (!this.hasStarted) return reject(new LogUnavailable(reason));
        this.ended = reason;
        this.tell();
        resolve();
        void this.again();
      });
    });
  }

  private async again(): Promise<void> {
    await sleep(backOffMs(++this.failures), undefined, { signal: this.closing.signal }).catch(() => {});
    if (!this.closing.signal.aborted) await this.run();
  }

  private take(message: Exclude<FromCopyThread, { message: 'started' | 'failed' }>): void {
    switch (message.message) {
      case 'progress':
        this.options.onProgress?.(message.events, message.of);
        break;
      case 'erased':
        for (const stream of message.streams) this.erasing.get(stream)?.();
        this.options.onErased?.(message.streams);
        break;
      case 'status':
        this.status = message.status;
        break;
      case 'alive':
        break;
    }
  }

  private tell(): void {
    const fault = this.fault() ?? null;
    if (fault === this.told) return;
    this.told = fault;
    this.options.onFailure?.(fault);
  }
}
