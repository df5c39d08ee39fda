import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { LoadProgress, LoadViews } from '../projecting/load-views.ts';
import type { LoadMessage } from './load.worker.ts';
import type { WorkerSettings } from './projector-worker-link.ts';

type Generations = Parameters<LoadViews>[0];

/** What is worked up of one stream is garbage when the next one comes; in this much room it dies young. */
const YOUNG_GENERATION_MIB = 64;

/**
 * Loads views in threads of their own, so that following the log goes on, and more than one processor helps. Each thread
 * reads the whole log, so there are two at most: opening what is sealed takes about as long as all the other views, which
 * share what is worked out of a stream.
 * @param opensSealed tells of a view whether its rows are made from sealed values
 */
export function loadInThreads(settings: WorkerSettings, opensSealed: (view: string) => boolean): LoadViews {
  return async (generations, onProgress, signal) => {
    const apart = availableParallelism() > 1;
    const shares = [...Map.groupBy(generations, ({ view }) => apart && opensSealed(view)).values()];
    const failing = new AbortController();
    const told: LoadProgress[] = shares.map(() => ({ phase: 'reading', events: 0, of: 0 }));
    const loading = shares.map((share, place) => {
      const tell = (progress: LoadProgress): void => {
        told[place] = progress;
        onProgress(together(told));
      };
      return loadInThread(settings, share, tell, AbortSignal.any([signal, failing.signal])).catch((error: unknown) => {
        failing.abort();
        throw error;
      });
    });
    // All have let go of their files before anybody is told.
    const ended = await Promise.allSettled(loading);
    signal.throwIfAborted();
    const failed = ended.filter((end) => end.status === 'rejected').map(({ reason }) => reason as Error);
    const first = failed.find(({ name }) => name !== 'AbortError') ?? failed[0];
    if (first) throw first;
  };
}

/** The one that is behind says how far all are. */
function together(told: readonly LoadProgress[]): LoadProgress {
  return told.reduce((a, b) => (b.phase === 'reading' && (a.phase === 'finishing' || b.events < a.events) ? b : a));
}

function loadInThread(
  settings: WorkerSettings,
  generations: Generations,
  onProgress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const file = import.meta.url.endsWith('.ts') ? './load.worker.ts' : './load.worker.js';
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: { ...settings, generations },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
  });
  return new Promise<void>((resolve, reject) => {
    let outcome = (): void => reject(new Error('the thread that loads views has ended too soon'));
    const abort = (): void => worker.postMessage('abort');
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    worker.on('message', (message: LoadMessage) => {
      if ('progress' in message) onProgress(message.progress);
      else if ('loaded' in message) outcome = resolve;
      else outcome = () => reject(signal.aborted ? (signal.reason as Error) : new Error(message.reason));
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      signal.removeEventListener('abort', abort);
      outcome();
    });
  });
}
