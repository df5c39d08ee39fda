import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { LogUnavailable } from '../../src/event-sourcing/event-log.ts';
import { CopiedEventLog } from '../../src/local-copy/copied-event-log.ts';
import type { LocalCopy } from '../../src/local-copy/local-copy.ts';
import { eventLogContract } from '../event-log.contract.ts';
import { all, errorOf, event, newStream, pause } from '../event-log/samples.ts';

eventLogContract('a log with a local copy', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-copied-'));
  const place = { file: join(folder, 'log.sqlite') };
  const engine = SqliteEventLog.open({ ...place, mode: 'write' });
  const log = await CopiedEventLog.over(engine, { place, file: join(folder, 'copy.sqlite') });
  // As another node has it: with a copy of its own.
  const other = SqliteEventLog.open({ ...place, mode: 'read' });
  const again = await CopiedEventLog.over(other, { place, file: join(folder, 'other-copy.sqlite') });
  return {
    log,
    again,
    dispose: async () => {
      await again.close();
      await log.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('a log with a local copy', () => {
  let folder: string;
  let place: { readonly file: string };
  let engine: SqliteEventLog;
  let log: CopiedEventLog;
  let copy: LocalCopy;
  const told: (string | null)[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'woonspoor-copied-'));
    place = { file: join(folder, 'log.sqlite') };
    engine = SqliteEventLog.open({ ...place, mode: 'write' });
    const onFailure = (reason: string | null) => void told.push(reason);
    log = await CopiedEventLog.over(engine, { place, file: join(folder, 'copy.sqlite'), onFailure });
    copy = log['keeping'];
    told.length = 0;
  });
  afterEach(async () => {
    await log.close();
    rmSync(folder, { recursive: true });
  });

  const append = () => engine.append(newStream(), 'no-stream', [event(), event()]);
  const kill = () => copy['worker']!.terminate();

  it('misses nothing when the copy is behind: what is not in it is read at the server', async () => {
    await append();
    await kill();
    await append();
    expect(await all(log.readAll({ batchSize: 3 }))).toEqual(await all(engine.readAll()));
    const { position } = (await all(engine.readAll()))[2]!;
    expect(await all(log.readAll({ after: position }))).toEqual(await all(engine.readAll({ after: position })));
    expect(await all(log.readAll({ until: position }))).toEqual(await all(engine.readAll({ until: position })));
    // Whole streams wait for it.
    expect((await all(log.readStreamByStream({ category: 'case' }))).length).toBe(4);
  });

  it('is not ready while nobody keeps the copy, and by itself ready again', async () => {
    await log.checkReady();
    await kill();
    expect(await errorOf(log.checkReady())).toBeInstanceOf(LogUnavailable);
    for (let waitedMs = 0; copy.fault() !== undefined && waitedMs < 5_000; waitedMs += 20) await pause(20);
    await log.checkReady();
    expect(told).toEqual([expect.stringContaining('not kept up'), null]);
  });

  it('tells how far the copy is behind', async () => {
    const lag = () =>
      log
        .gauges()
        .find(({ name }) => name === 'log_copy_lag_events')!
        .value();
    await append();
    for (let waitedMs = 0; (await lag()) > 0 && waitedMs < 5_000; waitedMs += 20) await pause(20);
    expect(await lag()).toBe(0);
    await kill();
    await append();
    expect(await lag()).toBe(2);
  });

  it('reads positions of process managers at the server: they are not in the copy', async () => {
    const stream = newStream('checkpoint');
    await log.append(stream, 'no-stream', [event()]);
    expect(await all(log.readAll({ categories: ['checkpoint'] }))).toHaveLength(1);
    expect(await all(log.readStreamByStream({ category: 'checkpoint' }))).toHaveLength(1);
  });

  it('is not opened where the copy is kept by another process already', async () => {
    const other = SqliteEventLog.open({ ...place, mode: 'read' });
    const opening = CopiedEventLog.over(other, { place, file: join(folder, 'copy.sqlite') });
    expect((await errorOf(opening)).message).toMatch(/is being written by/);
    await other.close();
  });
});
