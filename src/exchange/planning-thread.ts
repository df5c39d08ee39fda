import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { PlannedCase } from './planned-cases.ts';
import type { PlanningThreadData } from './planning.worker.ts';

/** Garbage of rows dies young, if there is room for it. */
const YOUNG_MEGABYTES = 128;

/** As `plannedCases`, in a thread of its own: reading and deciding take as long as sealing and writing. */
export async function* plannedInThread(data: PlanningThreadData): AsyncGenerator<readonly PlannedCase[]> {
  const worker = new Worker(new URL('./planning.worker.js', import.meta.url), {
    workerData: data,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
  try {
    for await (const [message] of on(worker, 'message', { close: ['exit'] }) as AsyncIterable<[string]>) {
      if (message === '') return;
      yield JSON.parse(message) as readonly PlannedCase[];
      worker.postMessage('');
    }
    throw new Error('reading the file has ended before its end');
  } finally {
    await worker.terminate();
  }
}
