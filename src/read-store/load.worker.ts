import { parentPort, workerData } from 'node:worker_threads';
import { loadViews, type LoadProgress } from '../projecting/load-views.ts';
import { reasonOf } from '../projecting/view-store.ts';
import type { ProjectorModule, WorkerSettings } from './projector-worker-link.ts';
import { ViewFiles } from './view-files.ts';

export type LoadMessage = { readonly progress: LoadProgress } | { readonly loaded: true } | { readonly reason: string };

/** The thread that fills new generations of views, and then ends. */
const { generations, dir, module, config } = workerData as WorkerSettings & {
  readonly generations: readonly { readonly id: string; readonly view: string }[];
};
const port = parentPort!;
const say = (message: LoadMessage): void => port.postMessage(message);
const controller = new AbortController();
port.on('message', () => controller.abort());

const made = (await import(module)) as ProjectorModule<unknown, unknown, unknown>;
const parts = await made.createProjectorParts(config);
try {
  await loadViews(parts, new ViewFiles(dir))(generations, (progress) => say({ progress }), controller.signal);
  say({ loaded: true });
} catch (error) {
  say({ reason: reasonOf(error) });
} finally {
  await parts.log.close();
  port.close();
}
