import { writeSync } from 'node:fs';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import type { StreamHead } from '../../src/event-sourcing/event-log.ts';
import { event, newStream } from './samples.ts';

// Appends for ever, to so many streams at once, and tells each event it was told is durable: `stream revision id`.
const [file, streams, crashAt] = process.argv.slice(2) as [string, string, string | undefined];
const log = SqliteEventLog.open({ file, mode: 'write', crashAt });

async function append(stream: string): Promise<never> {
  for (let head: StreamHead | undefined; ;) {
    const events = [event(), event()];
    const appended = await log.append(stream, head ?? 'no-stream', events);
    events.forEach(({ id }, index) => writeSync(1, `${stream} ${appended.revision - 1 + index} ${id}\n`));
    head = appended;
  }
}

await Promise.all(Array.from({ length: Number(streams) }, () => append(newStream())));
