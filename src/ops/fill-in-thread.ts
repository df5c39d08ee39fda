import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SimulationOutcome } from '../simulation/run-simulation.ts';
import type { FillMessage } from './fill-log.worker.ts';
import type { Filling } from './fill-log.ts';
import { progressBar } from './terminal.ts';

/** What is made for one day is soon forgotten, if there is room for it until then. */
const YOUNG_MEGABYTES = 96;
/** What a hundred countries need. Where more is allowed, V8 lets the heap grow to four times what is in use before it looks for garbage. */
const OLD_MEGABYTES = 1_900;

/** As `fillLog`, in a thread of its own, whose memory goes with it; shows how far it is. @throws Error with its reason */
export async function fillInThread(filling: Filling, signal: AbortSignal): Promise<SimulationOutcome> {
  const bar = progressBar(filling.demo ? 'Making the demonstration' : 'Simulating', 'days');
  const file = import.meta.url.endsWith('.ts') ? './fill-log.worker.ts' : './fill-log.worker.js';
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: filling,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES, maxOldGenerationSizeMb: OLD_MEGABYTES },
  });
  const stop = () => worker.postMessage('stop');
  signal.addEventListener('abort', stop);
  try {
    for await (const [message] of on(worker, 'message', { close: ['exit'] }) as AsyncIterable<[FillMessage]>) {
      if ('outcome' in message) return message.outcome;
      if ('failed' in message) throw new Error(message.failed);
      bar(message.days, message.of);
    }
    throw new Error('the simulation has ended before its end');
  } finally {
    signal.removeEventListener('abort', stop);
    bar.end();
  }
}
