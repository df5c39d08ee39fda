import type { Worker } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProjectionParts } from '../projecting/load-views.ts';
import { backOffMs } from '../projecting/patience.ts';
import type { Notice, Parked, RebuildProgress } from '../projecting/projector.ts';
import type { ViewStatus } from '../projecting/view-status.ts';
import type { Message, ProjectorLink, Request } from './projector-link.ts';

/** How a worker thread comes by what it needs. */
export interface WorkerSettings {
  readonly dir: string;
  /** URL of a module that exports `createProjectorParts` (see `ProjectorModule`). */
  readonly module: string;
  /** Handed to it; must survive a structured clone. */
  readonly config: unknown;
  readonly crashAt?: string | undefined;
}

/** What the module gives the worker: its own log, opened to read, and what makes rows of it. */
export interface ProjectorModule<Config, History, Reference> {
  createProjectorParts(config: Config): Promise<ProjectionParts<History, Reference>>;
}

type Ask<R> = R extends unknown ? Omit<R, 'number'> : never;

interface Asked {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: (progress: RebuildProgress) => void;
}

/** A thread that has run for so long was no failure from the start: the next one need not wait long. */
const SOUND_AFTER_MS = 60_000;

/**
 * The projector in a worker thread, once it has started; another thread takes the place of one that ends. Until it has started,
 * what is asked fails at once, and the status says why.
 * @throws why the first could not start
 */
export function linkToWorker(startWorker: () => Worker, onNotice: (notice: Notice) => void): Promise<ProjectorLink> {
  const asked = new Map<number, Asked>();
  const closing = new AbortController();
  let worker: Worker;
  let count = 0;
  let failures = 0;
  /** Why there is no thread to ask. */
  let ended: Error | null = null;
  let lastStatus: readonly ViewStatus[] = [];

  const ask = <T>(
    request: Ask<Request>,
    onProgress: Asked['onProgress'] = () => {},
  ): Promise<T> & { number: number } => {
    const number = ++count;
    const answer = new Promise<T>((resolve, reject) => {
      if (ended) {
        reject(ended);
        return;
      }
      asked.set(number, { resolve, reject, onProgress });
      worker.postMessage({ ...request, number });
    });
    return Object.assign(answer, { number });
  };

  const status = async (): Promise<readonly ViewStatus[]> => {
    try {
      lastStatus = await ask<readonly ViewStatus[]>({ ask: 'status' });
      return lastStatus;
    } catch (error) {
      if (!ended || lastStatus.length === 0) throw error;
      const failure = ended.message;
      return lastStatus.map((view) => ({ ...view, state: 'failing', building: null, failure }));
    }
  };

  return new Promise((started, failed) => {
    let hasStarted = false;
    const run = (): void => {
      const mine = startWorker();
      worker = mine;
      const sinceMs = performance.now();
      let isOver = false;
      const end = (error: Error): void => {
        if (isOver) return;
        isOver = true;
        ended = new Error(`the projector has stopped: ${error.message}`, { cause: error });
        for (const { reject } of asked.values()) reject(ended);
        asked.clear();
        if (!hasStarted) failed(error);
        if (closing.signal.aborted) return;
        onNotice({ notice: 'failed', view: null, reason: ended.message });
        if (!hasStarted) return;
        if (performance.now() - sinceMs > SOUND_AFTER_MS) failures = 0;
        // Not before it is gone: it must not write what the next one writes.
        void Promise.allSettled([
          mine.terminate(),
          sleep(backOffMs(++failures), undefined, { signal: closing.signal }),
        ]).then(() => (closing.signal.aborted ? undefined : run()));
      };
      mine.on('message', (message: Message) => {
        switch (message.message) {
          case 'started':
            ended = null;
            if (hasStarted) break;
            hasStarted = true;
            started(link(message.logId, message.referenceCategory));
            void status().catch(() => {});
            break;
          case 'notice':
            onNotice(message.notice);
            break;
          case 'progress':
            asked.get(message.number)?.onProgress(message.progress);
            break;
          case 'answer':
            asked.get(message.number)?.resolve(message.value as never);
            asked.delete(message.number);
            break;
          case 'error':
            asked.get(message.number)?.reject(new Error(message.reason));
            asked.delete(message.number);
            break;
        }
      });
      mine.on('error', end);
      mine.on('exit', (code) => end(new Error(`its thread has ended (${code})`)));
    };
    run();
  });

  function link(logId: string, referenceCategory: string): ProjectorLink {
    return {
      logId,
      referenceCategory,
      status,
      parked: () => ask<readonly Parked[]>({ ask: 'parked' }),
      replay: (stream) => ask<readonly Parked[]>({ ask: 'replay', stream }),
      caughtUp: () => ask<void>({ ask: 'caughtUp' }),
      damaged: (id) => void ask<void>({ ask: 'damaged', id }).catch(() => {}),
      async rebuild(views, onProgress, signal) {
        signal.throwIfAborted();
        const rebuilt = ask<void>({ ask: 'rebuild', views }, onProgress);
        const abort = (): void => void ask<void>({ ask: 'abort', rebuild: rebuilt.number }).catch(() => {});
        signal.addEventListener('abort', abort);
        try {
          await rebuilt;
        } catch (error) {
          throw signal.aborted ? signal.reason : error;
        } finally {
          signal.removeEventListener('abort', abort);
        }
      },
      async close() {
        closing.abort();
        await ask<void>({ ask: 'stop' }).catch(() => {});
        await worker.terminate();
      },
    };
  }
}
