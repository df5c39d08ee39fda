import { parentPort, workerData } from 'node:worker_threads';
import type { SimulationOutcome } from '../simulation/run-simulation.ts';
import { fillLog, type Filling } from './fill-log.ts';

/** What the thread tells; it is told one thing: to stop. */
export type FillMessage =
  | { readonly days: number; readonly of: number }
  | { readonly outcome: SimulationOutcome }
  | { readonly failed: string };

const port = parentPort!;
const say = (message: FillMessage): void => port.postMessage(message);
const stopping = new AbortController();
port.on('message', () => stopping.abort());
try {
  const onProgress = (days: number, of: number) => say({ days, of });
  say({ outcome: await fillLog(workerData as Filling, onProgress, stopping.signal) });
} catch (error) {
  say({ failed: error instanceof Error ? error.message : String(error) });
}
port.close();
