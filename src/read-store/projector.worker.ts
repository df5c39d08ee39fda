import { parentPort, workerData } from 'node:worker_threads';
import { crashPoint } from '../event-sourcing/crash-point.ts';
import { Projector } from '../projecting/projector.ts';
import { reasonOf } from '../projecting/view-store.ts';
import { loadInThreads } from './load-threads.ts';
import type { Message, Request } from './projector-link.ts';
import type { ProjectorModule, WorkerSettings } from './projector-worker-link.ts';
import { ViewFiles } from './view-files.ts';

/** The thread that keeps the views up with the log. Views are loaded in a thread of its own, so that following goes on. */
const settings = workerData as WorkerSettings;
const port = parentPort!;
const say = (message: Message): void => port.postMessage(message);

const made = (await import(settings.module)) as ProjectorModule<unknown, unknown, unknown>;
const parts = await made.createProjectorParts(settings.config);
const crash = crashPoint(settings.crashAt);
const sealed = new Set(parts.projections.flatMap(({ name, subjects }) => (subjects === undefined ? [] : [name])));
const projector = new Projector(parts, {
  stores: new ViewFiles(settings.dir, crash),
  loadViews: loadInThreads(settings, (view) => sealed.has(view)),
  crashPoint: crash,
  onNotice: (notice) => say({ message: 'notice', notice }),
});
const rebuilds = new Map<number, AbortController>();

port.on('message', (request: Request) => {
  const { number } = request;
  answerTo(request).then(
    (value) => say({ message: 'answer', number, value }),
    (error: unknown) => say({ message: 'error', number, reason: reasonOf(error) }),
  );
});
await projector.start();
say({ message: 'started', logId: parts.log.id, referenceCategory: parts.model.referenceCategory });

async function answerTo(request: Request): Promise<unknown> {
  switch (request.ask) {
    case 'status':
      return projector.status();
    case 'parked':
      return projector.parked();
    case 'caughtUp':
      return projector.caughtUp();
    case 'replay':
      return projector.replay(request.stream);
    case 'damaged':
      return projector.damaged(request.id);
    case 'abort':
      return rebuilds.get(request.rebuild)?.abort();
    case 'rebuild':
      return rebuild(request.number, request.views);
    case 'stop':
      await projector.stop();
      return parts.log.close();
  }
}

async function rebuild(number: number, views: readonly string[] | undefined): Promise<void> {
  const controller = new AbortController();
  rebuilds.set(number, controller);
  try {
    await projector.rebuild(views, (progress) => say({ message: 'progress', number, progress }), controller.signal);
  } finally {
    rebuilds.delete(number);
  }
}
