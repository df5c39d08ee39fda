import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { integrityOf } from '../../src/event-log/sqlite-integrity.ts';
import { verifyLog } from '../../src/event-log/verify-log.ts';
import { all, event, newStream } from './samples.ts';

interface Acknowledged {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
}

const CHILD = fileURLToPath(new URL('./writing.child.ts', import.meta.url));

/** What a writing process was told is durable, before it died. */
async function killedWriter(
  file: string,
  options: { streams: number; crashAt?: string; killAfter?: number },
): Promise<Acknowledged[]> {
  // Into a file: what is written there survives the writer, and never makes it wait.
  const told = `${file}.told`;
  const out = openSync(told, 'w');
  const child = spawn(process.execPath, [CHILD, file, String(options.streams), options.crashAt ?? ''], {
    stdio: ['ignore', out, 'inherit'],
  });
  const { killAfter } = options;
  const watch = setInterval(() => {
    if (killAfter !== undefined && statSync(told).size > killAfter) child.kill('SIGKILL');
  }, 2);
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => {
    child.on('close', (_, endedBy) => resolve(endedBy));
  });
  clearInterval(watch);
  closeSync(out);
  expect(signal).toBe('SIGKILL');
  const text = readFileSync(told, 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [stream, revision, id] = line.split(' ') as [string, string, string];
      return { stream, revision: Number(revision), id };
    });
}

/** Opens the log as the next start would. */
async function afterwards(file: string): Promise<{ ids: Map<string, string>; events: number }> {
  const log = SqliteEventLog.open({ file, mode: 'write' });
  try {
    expect(await verifyLog(log)).toMatchObject({ findings: [], isComplete: true });
    const events = await all(log.readAll());
    expect(await log.append(newStream(), 'no-stream', [event()])).toMatchObject({ revision: 0 });
    return { ids: new Map(events.map((it) => [`${it.stream} ${it.revision}`, it.id])), events: events.length };
  } finally {
    await log.close();
    expect(await integrityOf(file)).toEqual([]);
  }
}

describe('a killed writer', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'woonspoor-crash-'));
    file = join(folder, 'log.sqlite');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('loses nothing that was acknowledged, at any moment, again and again on one log', async () => {
    const acknowledged: Acknowledged[] = [];
    for (let round = 0; round < 5; round++) {
      acknowledged.push(...(await killedWriter(file, { streams: 16, killAfter: 5_000 + Math.random() * 60_000 })));
      const { ids } = await afterwards(file);
      for (const { stream, revision, id } of acknowledged) expect(ids.get(`${stream} ${revision}`)).toBe(id);
    }
    expect(acknowledged.length).toBeGreaterThan(100);
  }, 60_000);

  it('before its nth commit has written n - 1 appends, all acknowledged', async () => {
    const acknowledged = await killedWriter(file, { streams: 1, crashAt: 'log:before-commit@5' });
    const { ids, events } = await afterwards(file);
    expect(events).toBe(8);
    expect(acknowledged.map((it) => it.id)).toEqual([...ids.values()]);
  }, 20_000);

  it('after its nth commit has written n appends, the last of them whole and unacknowledged', async () => {
    const acknowledged = await killedWriter(file, { streams: 1, crashAt: 'log:after-commit@5' });
    const { ids, events } = await afterwards(file);
    expect(events).toBe(10);
    expect(acknowledged.map((it) => it.id)).toEqual([...ids.values()].slice(0, 8));
  }, 20_000);

  it('with many in flight has written each append whole or not at all', async () => {
    const acknowledged = await killedWriter(file, { streams: 50, crashAt: 'log:after-commit@20' });
    const { ids, events } = await afterwards(file);
    expect(events % 2).toBe(0);
    for (const { stream, revision, id } of acknowledged) expect(ids.get(`${stream} ${revision}`)).toBe(id);
    for (const place of ids.keys()) {
      const [stream, revision] = place.split(' ') as [string, string];
      expect(ids.has(`${stream} ${Number(revision) ^ 1}`)).toBe(true);
    }
  }, 20_000);
});
