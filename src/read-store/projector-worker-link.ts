import type { Worker } from 'node:worker_threads';
import type { ProjectionParts } from '../projecting/load-views.ts';
import type { Notice, Parked, RebuildProgress, ViewStatus } from '../projecting/projector.ts';
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

/** The projector in a worker thread, once it has started. @throws why it could not start */
export function linkToWorker(worker: Worker, onNotice: (notice: Notice) => void): Promise<ProjectorLink> {
  const asked = new Map<number, Asked>();
  let count = 0;
  let isClosing = false;

  const ask = <T>(
    request: Ask<Request>,
    onProgress: Asked['onProgress'] = () => {},
  ): Promise<T> & { number: number } => {
    const number = ++count;
    const answer = new Promise<T>((resolve, reject) => asked.set(number, { resolve, reject, onProgress }));
    worker.postMessage({ ...request, number });
    return Object.assign(answer, { number });
  };

  return new Promise((started, failed) => {
    worker.on('message', (message: Message) => {
      switch (message.message) {
        case 'started':
          started(link(message.logId, message.referenceCategory));
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
    const end = (error: Error): void => {
      failed(error);
      if (!isClosing) onNotice({ notice: 'failed', view: null, reason: `the projector has stopped: ${error.message}` });
      for (const { reject } of asked.values()) reject(error);
      asked.clear();
    };
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`the projector's thread has ended (${code})`)));
  });

  function link(logId: string, referenceCategory: string): ProjectorLink {
    return {
      logId,
      referenceCategory,
      status: () => ask<readonly ViewStatus[]>({ ask: 'status' }),
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
        isClosing = true;
        await ask<void>({ ask: 'stop' }).catch(() => {});
        await worker.terminate();
      },
    };
  }
}
