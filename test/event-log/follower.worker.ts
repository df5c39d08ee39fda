import { parentPort, workerData } from 'node:worker_threads';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';

// Follows a log in a thread of its own and passes on what it sees.
const { file, count } = workerData as { file: string; count: number };
const log = SqliteEventLog.open({ file, mode: 'read' });
parentPort!.postMessage('open');
const stop = new AbortController();
const positions: string[] = [];
for await (const batch of log.follow({ signal: stop.signal })) {
  positions.push(...batch.map((it) => it.position));
  if (positions.length >= count) stop.abort();
}
await log.close();
parentPort!.postMessage(positions);
