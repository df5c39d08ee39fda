import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { event, newStream } from './samples.ts';

// Opens a log, tells how it went, and stays until it is killed.
const [file, mode] = process.argv.slice(2) as [string, 'write' | 'read'];
try {
  const log = SqliteEventLog.open({ file, mode });
  if (mode === 'write') await log.append(newStream(), 'no-stream', [event()]);
  await log.count();
  console.log('open');
} catch (error) {
  console.log((error as Error).message);
}
setInterval(() => {}, 1_000);
