import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { EventsMissing, LogCopy } from '../../src/event-log/log-copy.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { CopyOfAnother } from '../../src/event-log/sqlite-file.ts';
import { verifySqliteLog } from '../../src/event-log/sqlite-verify.ts';
import { LogUnavailable, StreamDamaged, StreamErased } from '../../src/event-sourcing/event-log.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { all, batches, errorOf, event, headOf, newStream } from './samples.ts';

describe('a copy of a log', () => {
  let folder: string;
  let file: string;
  let log: SqliteEventLog;
  let copy: LogCopy | undefined;
  let reader: SqliteEventLog | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'woonspoor-copy-'));
    file = join(folder, 'copy.sqlite');
    log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    copy = LogCopy.open({ file, logId: log.id });
  });
  afterEach(async () => {
    await reader?.close();
    reader = undefined;
    copy?.close();
    await log.close();
    rmSync(folder, { recursive: true });
  });

  async function append(stream: string, count = 1): Promise<readonly RecordedEvent[]> {
    const standing = await log.readStream(stream);
    const head = standing.length === 0 ? 'no-stream' : headOf(standing);
    await log.append(
      stream,
      head,
      Array.from({ length: count }, () => event()),
    );
    return log.readStream(stream);
  }

  async function copyAll(categories?: readonly string[]): Promise<void> {
    const chosen = categories ? { categories } : {};
    for await (const batch of log.readAll({ ...chosen, batchSize: 7 })) copy!.write(batch);
  }

  function read(): SqliteEventLog {
    reader ??= SqliteEventLog.open({ file, mode: 'read' });
    return reader;
  }

  it('is read as the log itself: the same events at the same positions, whole streams, the same id', async () => {
    const streams = [newStream(), newStream(), newStream('key'), newStream()];
    for (const stream of [...streams, ...streams.slice(1), streams[0]!]) await append(stream, 3);
    await copyAll();
    expect(read().id).toBe(log.id);
    expect(copy!.head()).toBe(await log.head());
    expect(await read().head()).toBe(await log.head());
    expect(await all(read().readAll())).toEqual(await all(log.readAll()));
    expect(await batches(read().readStreamByStream({ category: 'case' }))).toEqual(
      await batches(log.readStreamByStream({ category: 'case' })),
    );
    expect((await verifySqliteLog(read())).findings).toEqual([]);
  });

  it('keeps positions that are far apart', async () => {
    const [first, second] = await append(newStream(), 2);
    copy!.write([
      { ...first!, position: '4712' },
      { ...second!, position: '9007199254740991' },
    ]);
    expect((await all(read().readAll({ after: '4712' }))).map(({ position }) => position)).toEqual([
      '9007199254740991',
    ]);
    expect(() => copy!.write([{ ...second!, revision: 2, position: '9007199254740993' }])).toThrow(LogUnavailable);
  });

  it('passes over what stands in it already, and goes on where it ended when it is opened again', async () => {
    const stream = newStream();
    await append(stream, 3);
    await copyAll();
    await copyAll();
    copy!.close();
    copy = LogCopy.open({ file, logId: log.id });
    await append(stream, 2);
    await copyAll();
    expect(await all(read().readAll())).toEqual(await all(log.readAll()));
  });

  it('refuses what lacks an event before it, and writes what came before that', async () => {
    const [first, second, third] = await append(newStream(), 3);
    copy!.write([first!]);
    const [other] = await append(newStream());
    const between = { ...other!, position: second!.position };
    expect(() => copy!.write([between, third!])).toThrow(EventsMissing);
    expect(copy!.head()).toBe(second!.position);
    expect(await all(read().readAll())).toEqual([first, between]);
  });

  it('refuses an event in the place of another, and writes nothing of it', async () => {
    const [first, second] = await append(newStream(), 2);
    copy!.write([first!, second!]);
    const [other] = await append(newStream());
    expect(() => copy!.write([other!, { ...second!, position: '99' }])).toThrow(/does not fit its log/);
    expect(copy!.head()).toBe(second!.position);
  });

  it('takes in all but what the log has not any more: that stream is damaged, and the others are not', async () => {
    const [stream, other] = [newStream(), newStream()];
    const [first, , third] = await append(stream, 3);
    const others = await append(other, 2);
    const [, , , fourth] = await append(stream);
    const standing = [first!, third!, ...others, fourth!];
    const asked: (string | undefined)[] = [];
    await copy!.fill(async function* ({ after }) {
      asked.push(after);
      yield standing.filter(({ position }) => Number(position) > Number(after ?? 0));
    });
    // Once more from before it, and then after it.
    expect(asked).toEqual([undefined, first!.position, third!.position]);
    expect(await errorOf(read().readStream(stream))).toMatchObject({
      stream,
      event: { revision: 2, position: third!.position },
    });
    expect(await read().readStream(other)).toEqual(others);
    expect(await all(read().readAll({ after: third!.position }))).toEqual([...others, fourth]);
    expect((await verifySqliteLog(read())).findings).toMatchObject([{ stream }]);
  });

  it('takes in an event that was missing only once', async () => {
    const stream = newStream();
    const [first, second, third] = await append(stream, 3);
    let readings = 0;
    await copy!.fill(async function* () {
      yield readings++ === 0 ? [first!, third!] : [second!, third!];
    });
    expect(await read().readStream(stream)).toEqual([first, second, third]);
  });

  it('keeps the last event of a latest-only stream, of which many went by', async () => {
    const checkpoint = newStream('checkpoint');
    const passed: RecordedEvent[] = [];
    for (let count = 0; count < 4; count++) passed.push(...(await append(checkpoint)));
    copy!.write(passed);
    expect(await all(read().readAll({ categories: ['checkpoint'] }))).toEqual([passed.at(-1)]);
    expect(await all(read().readAll())).toEqual([]);
    await append(checkpoint, 2);
    await copyAll(['checkpoint']);
    expect(await read().readStream(checkpoint)).toEqual(await log.readStream(checkpoint));
  });

  it('erases a key stream, bytes included, and takes no more of it', async () => {
    const [key, other] = [newStream('key'), newStream('key')];
    const [erased] = await append(key);
    await append(other);
    await copyAll();
    expect(readFileSync(file).includes(erased!.id) || readFileSync(`${file}-wal`).includes(erased!.id)).toBe(true);
    copy!.erase(key);
    expect(copy!.finishErasures()).toBe(true);
    for (const one of [file, `${file}-wal`]) expect(readFileSync(one).includes(erased!.id)).toBe(false);
    copy!.erase(key);
    copy!.write([{ ...erased!, revision: 1, position: '50' }]);
    expect(copy!.head()).toBe('50');
    expect(await errorOf(read().readStream(key))).toBeInstanceOf(StreamErased);
    expect((await all(read().readAll())).map(({ stream }) => stream)).toEqual([other]);
  });

  it('erases a key stream before it has come by: nothing of it is ever written', async () => {
    const key = newStream('key');
    const [erased] = await append(key);
    copy!.erase(key);
    await copyAll();
    expect(await errorOf(read().readStream(key))).toBeInstanceOf(StreamErased);
    for (const one of [file, `${file}-wal`]) expect(readFileSync(one).includes(erased!.id)).toBe(false);
  });

  it('finishes an erasure whose bytes a reader held', async () => {
    const key = newStream('key');
    await append(key);
    await copyAll();
    const holding = new Database(file, { readonly: true });
    holding.exec('BEGIN');
    holding.prepare('SELECT count(*) FROM events').get();
    copy!.erase(key);
    expect(copy!.finishErasures()).toBe(false);
    expect(await errorOf(read().readStream(key))).toBeInstanceOf(StreamErased);
    holding.close();
    expect(copy!.finishErasures()).toBe(true);
  });

  it('keeps the place of an event that its log cannot give back', async () => {
    const stream = newStream();
    const [first, second, third] = await append(stream, 3);
    copy!.write([first!]);
    copy!.writeDamaged(second!);
    copy!.write([third!]);
    const damaged = await errorOf(all(read().readAll()));
    expect(damaged).toBeInstanceOf(StreamDamaged);
    expect(damaged).toMatchObject({ stream, event: { revision: 1, position: second!.position } });
    expect(await all(read().readAll({ after: second!.position }))).toEqual([third]);
  });

  it('is kept by one at a time', () => {
    expect(() => LogCopy.open({ file, logId: log.id })).toThrow(/is being written by this very process/);
  });

  it('is let go of where it turns out to be damaged only after it was opened', async () => {
    await append(newStream());
    await copyAll();
    copy!.close();
    copy = undefined;
    const db = new Database(file);
    db.exec('DROP VIEW all_events');
    db.close();
    expect(() => LogCopy.open({ file, logId: log.id })).toThrow(LogUnavailable);
    LogCopy.remove(file);
    copy = LogCopy.open({ file, logId: log.id });
    expect(copy.head()).toBeUndefined();
  });

  it('is not taken for the copy of another log, until it was removed', () => {
    copy!.close();
    copy = undefined;
    expect(() => LogCopy.open({ file, logId: 'another' })).toThrow(CopyOfAnother);
    LogCopy.remove(file);
    copy = LogCopy.open({ file, logId: 'another' });
    expect(copy.head()).toBeUndefined();
  });

  it('is no log of its own, and a log is no copy', async () => {
    copy!.close();
    copy = undefined;
    expect(() => SqliteEventLog.open({ file, mode: 'write' })).toThrow(/takes no events of its own/);
    const own = join(folder, 'log.sqlite');
    const ownLog = SqliteEventLog.open({ file: own, mode: 'write' });
    await ownLog.close();
    expect(() => LogCopy.open({ file: own, logId: ownLog.id })).toThrow(/is a log of its own/);
  });
});
