import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { verifyLog } from '../../src/event-log/verify-log.ts';
import type { StreamHead } from '../../src/event-sourcing/event-log.ts';
import { errorOf, event, newStream } from './samples.ts';

// Runs where there is little room: appends until it is refused, makes room, and goes on with the same log. Tells what it saw.
const [folder, makesRoomBy] = process.argv.slice(2) as [string, 'removing' | 'raising'];
const filler = join(folder, 'filler');
if (makesRoomBy === 'removing') writeFileSync(filler, Buffer.alloc(1_000_000, 1));

const log = SqliteEventLog.open({ file: join(folder, 'log.sqlite'), mode: 'write' });
const stream = newStream();
let head: StreamHead | undefined;
let acknowledged = 0;

async function append(): Promise<void> {
  const text = 'x'.repeat(20_000);
  head = await log.append(stream, head ?? 'no-stream', [event({ text }), event({ text })]);
  acknowledged += 2;
}

async function untilRefused(): Promise<never> {
  for (;;) await append();
}

const refusal = await errorOf(untilRefused());
const before = acknowledged;
const others = await Promise.allSettled(
  [1, 2, 3].map(() => log.append(newStream(), 'no-stream', [event({ text: 'x'.repeat(500_000) })])),
);
const standing = (await log.readStream(stream)).length;

if (makesRoomBy === 'removing') rmSync(filler);
else execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited:']);
for (let count = 0; count < 10; count++) await append();

console.log(
  JSON.stringify({
    code: refusal.code,
    message: refusal.message,
    before,
    standing,
    alsoRefused: others.filter((it) => it.status === 'rejected').length,
    after: (await log.readStream(stream)).length,
    acknowledged,
    findings: (await verifyLog(log)).findings,
  }),
);
await log.close();
