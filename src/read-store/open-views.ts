import { Worker } from 'node:worker_threads';
import { crashPoint } from '../event-sourcing/crash-point.ts';
import { loadViews, type ProjectionParts } from '../projecting/load-views.ts';
import { Projector } from '../projecting/projector.ts';
import { linkInline } from './projector-link.ts';
import { linkToWorker, type WorkerSettings } from './projector-worker-link.ts';
import { SqliteViews, type ViewsOptions } from './sqlite-views.ts';
import { MemoryViewStores, ViewFiles } from './view-files.ts';
import type { Views } from './views.ts';

/** Views in memory, or in the files of `dir`, with the projector in the calling thread: for tests, and logs in memory. */
export async function openViewsInline<History, Reference>(
  parts: ProjectionParts<History, Reference>,
  options: ViewsOptions & { readonly dir: string; readonly crashAt?: string | undefined },
): Promise<Views> {
  const { dir } = options;
  const crash = crashPoint(options.crashAt);
  const inMemory = dir === ':memory:';
  const stores = inMemory ? new MemoryViewStores() : new ViewFiles(dir, crash);
  const views = new SqliteViews((id) => stores.reader(id), !inMemory, options);
  const projector = new Projector(parts, {
    stores,
    loadViews: loadViews(parts, stores),
    crashPoint: crash,
    onNotice: views.onNotice,
  });
  views.attach(linkInline(parts, projector));
  await projector.start();
  return views;
}

/** Views in the files of `dir`, written by a worker thread that makes its own parts. */
export async function openViews(options: ViewsOptions & WorkerSettings): Promise<Views> {
  const stores = new ViewFiles(options.dir);
  const views = new SqliteViews((id) => stores.reader(id), true, options);
  const file = import.meta.url.endsWith('.ts') ? './projector.worker.ts' : './projector.worker.js';
  const { dir, module, config, crashAt } = options;
  const startWorker = (): Worker =>
    new Worker(new URL(file, import.meta.url), { workerData: { dir, module, config, crashAt } });
  return views.attach(await linkToWorker(startWorker, views.onNotice));
}
