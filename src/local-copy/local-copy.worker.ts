import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads';
import { channelOf } from '../event-log/sqlite-file.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { openEngine } from '../log-engine.ts';
import type { LogPlace } from '../log-place.ts';
import { CopyKeeper, reasonOf, type CopyStatus } from './copy-keeper.ts';

/** What the thread is started with. */
export interface CopyThreadData {
  readonly place: LogPlace;
  readonly file: string;
  /** Others have opened it already. */
  readonly isRead: boolean;
}

export type ToCopyThread = { readonly ask: 'stop' } | { readonly ask: 'erase'; readonly stream: string };
export type FromCopyThread =
  | { readonly message: 'progress'; readonly events: number; readonly of: number }
  | { readonly message: 'started' }
  | { readonly message: 'status'; readonly status: CopyStatus }
  | { readonly message: 'alive' }
  | { readonly message: 'erased'; readonly streams: readonly string[] }
  | { readonly message: 'failed'; readonly reason: string };

/** More often would cost more than anybody can see. */
const PROGRESS_MS = 200;
const ALIVE_MS = 1_000;

const { place, file, isRead } = workerData as CopyThreadData;
const port = parentPort!;
const say = (message: FromCopyThread): void => port.postMessage(message);

let log: EventLog | undefined;
try {
  log = await openEngine(place, { mode: 'read' });
  await keep(log);
} catch (error) {
  say({ message: 'failed', reason: reasonOf(error) });
  await log?.close();
  port.close();
}

async function keep(log: EventLog): Promise<void> {
  const readers = new BroadcastChannel(channelOf(log.id));
  readers.unref();
  const listener = {
    moved: () => readers.postMessage(0),
    erased: (streams: readonly string[]) => say({ message: 'erased', streams }),
    status: (status: CopyStatus) => say({ message: 'status', status }),
  };
  const keeper = await CopyKeeper.open(log, file, listener, { isRead });
  const alive = setInterval(() => say({ message: 'alive' }), ALIVE_MS);
  const stop = async (): Promise<void> => {
    clearInterval(alive);
    await keeper.stop();
    readers.close();
    await log.close();
    port.close();
  };
  port.on('message', (request: ToCopyThread) => {
    if (request.ask === 'erase') keeper.erase(request.stream);
    else void stop();
  });
  let toldAtMs = 0;
  try {
    await keeper.catchUp((events, of) => {
      if (performance.now() - toldAtMs < PROGRESS_MS) return;
      toldAtMs = performance.now();
      say({ message: 'progress', events, of });
    });
  } catch (error) {
    await stop();
    throw error;
  }
  keeper.start();
  say({ message: 'started' });
}
