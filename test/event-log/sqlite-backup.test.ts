import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { backupLog, restoreLog } from '../../src/event-log/sqlite-backup.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { verifyLog } from '../../src/event-log/verify-log.ts';
import { LogUnavailable, type StreamHead } from '../../src/event-sourcing/event-log.ts';
import { all, errorOf, event, newStream } from './samples.ts';

jest.setTimeout(60_000);

describe('a backup', () => {
  let folder: string;
  let file: string;
  let target: string;
  let log: SqliteEventLog | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'woonspoor-backup-'));
    file = join(folder, 'log.sqlite');
    target = join(folder, 'backup.sqlite');
    log = SqliteEventLog.open({ file, mode: 'write' });
  });
  afterEach(async () => {
    await log?.close();
    rmSync(folder, { recursive: true });
  });

  async function fill(streams: number): Promise<void> {
    await Promise.all(
      Array.from({ length: streams }, () =>
        log!.append(newStream(), 'no-stream', [event({ text: 'x'.repeat(2_000) })]),
      ),
    );
  }

  async function read(path: string) {
    const opened = SqliteEventLog.open({ file: path, mode: 'read' });
    const events = await all(opened.readAll());
    const { findings } = await verifyLog(opened);
    const { id } = opened;
    await opened.close();
    return { events, findings, id };
  }

  async function closed(): Promise<void> {
    await log?.close();
    log = undefined;
  }

  const left = () => readdirSync(folder).filter((name) => /partial|restoring|journal/.test(name));

  it('holds the log as it stood, one moment for all streams, while its writer goes on', async () => {
    await fill(2_000);
    const before = await all(log!.readAll());
    const stream = newStream();
    let isDone = false;
    const writing = (async () => {
      let head: StreamHead | undefined;
      while (!isDone) head = await log!.append(stream, head ?? 'no-stream', [event()]);
      return head!.revision;
    })();
    const steps: number[] = [];
    const checked: number[] = [];
    const { bytes, logId } = await backupLog(file, target, {
      onProgress: ({ step, done, of }) => void (step === 'copy' ? steps.push(done / of!) : checked.push(done)),
    });
    isDone = true;
    expect(await writing).toBeGreaterThan(0);
    const copy = await read(target);
    expect(copy.events.slice(0, before.length)).toEqual(before);
    expect(copy).toMatchObject({ findings: [], id: logId });
    expect(copy.events.map((it) => Number(it.position))).toEqual(copy.events.map((_, index) => index + 1));
    expect(bytes).toBe(readFileSync(target).length);
    expect(steps.length).toBeGreaterThan(1);
    expect(checked.at(-1)).toBeGreaterThanOrEqual(2_000);
    expect(steps.at(-1)).toBe(1);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(existsSync(`${target}-wal`)).toBe(false);
  });

  it('is for nobody else to read, also while it is made; restored, the log has the mode it had', async () => {
    await fill(600);
    const mode = (one: string) => statSync(one).mode & 0o777;
    const before = mode(file);
    const modes = new Set<number>();
    await backupLog(file, target, { onProgress: () => void modes.add(mode(`${target}.partial`)) });
    expect([...modes, mode(target)]).toEqual([0o600, 0o600]);
    await closed();
    await restoreLog(target, file);
    expect(mode(file)).toBe(before);
  });

  it('of a log in which a byte was changed says so, and is kept', async () => {
    await fill(30);
    await closed();
    const db = new Database(file);
    db.exec(`DROP TRIGGER events_stand; UPDATE events SET data = replace(data, 'xxx', 'xyz') WHERE position = 7`);
    db.close();
    const { findings } = await backupLog(file, target);
    expect(findings).toEqual([expect.objectContaining({ what: expect.stringContaining('does not match its hash') })]);
    expect((await read(target)).events).toHaveLength(30);
  });

  it('overwrites nothing', async () => {
    writeFileSync(target, 'something else');
    expect((await errorOf(backupLog(file, target))).message).toContain('is there already');
    expect(readFileSync(target, 'utf8')).toBe('something else');
  });

  it('that is stopped leaves nothing, and can be made again', async () => {
    await fill(3_000);
    const stop = new AbortController();
    const reason = new Error('enough');
    const stopped = backupLog(file, target, { signal: stop.signal, onProgress: () => stop.abort(reason) });
    expect(await errorOf(stopped)).toBe(reason);
    expect(existsSync(target)).toBe(false);
    expect(left()).toEqual([]);
    // As a killed one would leave it.
    writeFileSync(`${target}.partial`, 'half a copy');
    await backupLog(file, target);
    expect((await read(target)).events).toHaveLength(3_000);
    expect(left()).toEqual([]);
  });

  it('of a log that is not there, or is none, says so', async () => {
    expect((await errorOf(backupLog(join(folder, 'nothing'), target))).message).toContain('there is no event log');
    writeFileSync(join(folder, 'letter'), 'Dear reader');
    expect(await errorOf(backupLog(join(folder, 'letter'), target))).toBeInstanceOf(LogUnavailable);
    expect(existsSync(target)).toBe(false);
  });

  describe('restored', () => {
    it('takes the place of the log, which is kept aside; it is another log with the same events', async () => {
      await fill(20);
      const { id } = log!;
      const { logId: backedUp } = await backupLog(file, target);
      expect(backedUp).toBe(id);
      await fill(5);
      await closed();
      const { aside, logId } = await restoreLog(target, file);
      expect(logId).not.toBe(id);
      expect(await read(file)).toEqual({ ...(await read(target)), id: logId });
      expect((await read(aside!)).events).toHaveLength(25);
      expect((await read(aside!)).id).toBe(id);
      log = SqliteEventLog.open({ file, mode: 'write' });
      expect(log.id).toBe(logId);
      expect(await log.append(newStream(), 'no-stream', [event()])).toMatchObject({ position: '21' });
    });

    it('where no log is', async () => {
      await fill(3);
      await backupLog(file, target);
      const elsewhere = join(folder, 'elsewhere.sqlite');
      expect(await restoreLog(target, elsewhere)).toMatchObject({ aside: undefined });
      expect((await read(elsewhere)).events).toHaveLength(3);
    });

    it('where a log was taken away from its WAL does not take that for its own', async () => {
      await fill(3);
      await backupLog(file, target);
      await fill(1);
      const wal = readFileSync(`${file}-wal`);
      await closed();
      rmSync(file);
      writeFileSync(`${file}-wal`, wal);
      expect(await restoreLog(target, file)).toMatchObject({ aside: undefined });
      expect((await read(file)).events).toHaveLength(3);
    });

    it('is not mixed with what a killed writer left in the WAL, which goes aside with its log', async () => {
      await fill(3);
      await backupLog(file, target);
      await closed();
      const child = spawn(
        process.execPath,
        [fileURLToPath(new URL('./writing.child.ts', import.meta.url)), file, '4', 'log:after-commit@10'],
        { stdio: 'ignore' },
      );
      await once(child, 'exit');
      expect(existsSync(`${file}-wal`)).toBe(true);
      const { aside } = await restoreLog(target, file);
      expect((await read(file)).events).toHaveLength(3);
      expect((await read(aside!)).events.length).toBeGreaterThan(20);
      expect((await read(aside!)).findings).toEqual([]);
    });

    it('is refused while a writer or a reader has the log open', async () => {
      await fill(3);
      await backupLog(file, target);
      expect((await errorOf(restoreLog(target, file))).message).toContain('is being written by');
      await closed();
      const reader = SqliteEventLog.open({ file, mode: 'read' });
      expect((await errorOf(restoreLog(target, file))).message).toContain('is being read by');
      expect(await all(reader.readAll())).toHaveLength(3);
      await reader.close();
      await restoreLog(target, file);
      expect(left()).toEqual([]);
    });

    it('is refused when it is not whole: the log stays as it is', async () => {
      await fill(30);
      await backupLog(file, target);
      await fill(1);
      await closed();
      const db = new Database(target);
      db.exec(`DROP TRIGGER events_stand; UPDATE events SET data = replace(data, 'xxx', 'xyz') WHERE position = 7`);
      db.close();
      const refusal = await errorOf(restoreLog(target, file));
      expect(refusal).toBeInstanceOf(LogUnavailable);
      expect(refusal.message).toMatch(/nothing was restored: 1 found.*does not match its hash/);
      expect((await read(file)).events).toHaveLength(31);
      expect(left()).toEqual([]);
    });

    it('is refused when it is of a newer program, no log at all, or the log itself', async () => {
      await fill(3);
      await backupLog(file, target);
      await closed();
      expect((await errorOf(restoreLog(file, file))).message).toContain('is the log itself');
      const db = new Database(target);
      db.pragma('user_version = 9');
      db.close();
      expect((await errorOf(restoreLog(target, file))).message).toContain('newer version');
      expect((await errorOf(restoreLog(join(folder, 'nothing'), file))).message).toContain('there is no event log');
      expect((await read(file)).events).toHaveLength(3);
    });

    describe('and cut short', () => {
      beforeEach(async () => {
        await fill(3);
        await backupLog(file, target);
        await fill(2);
        await closed();
      });

      async function restoring(how: 'dies' | 'fails', step: number) {
        const script = fileURLToPath(new URL('./restoring.child.ts', import.meta.url));
        const child = spawn(process.execPath, [script, target, file, how, String(step)], { stdio: 'ignore' });
        const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
        return signal ?? code;
      }

      it('leaves a log where one was, whenever it is killed', async () => {
        const found: number[] = [];
        let ended = await restoring('dies', 1);
        for (let step = 2; ended === 'SIGKILL'; step++) {
          found.push((await read(file)).events.length);
          ended = await restoring('dies', step);
        }
        expect(ended).toBe(0);
        expect(found).toEqual([5, 5]);
        expect((await read(file)).events).toHaveLength(3);
        expect(left()).toEqual([]);
      });

      it('by an error leaves all as it was', async () => {
        const child = spawn(
          process.execPath,
          [fileURLToPath(new URL('./writing.child.ts', import.meta.url)), file, '4', 'log:after-commit@10'],
          { stdio: 'ignore' },
        );
        await once(child, 'exit');
        const { events } = await read(file);
        for (const step of [1, 2]) {
          expect(await restoring('fails', step)).toBe(1);
          expect((await read(file)).events).toEqual(events);
          expect(readdirSync(folder).filter((name) => /replaced|restoring/.test(name))).toEqual([]);
        }
      });
    });

    it('over a damaged log keeps that aside too', async () => {
      await fill(30);
      await backupLog(file, target);
      await closed();
      writeFileSync(file, 'all is lost');
      const { aside } = await restoreLog(target, file);
      expect(readFileSync(aside!, 'utf8')).toBe('all is lost');
      expect((await read(file)).events).toHaveLength(30);
    });

    it('can be stopped, which leaves the log as it is', async () => {
      await fill(2_000);
      await backupLog(file, target);
      await closed();
      for (const at of ['check', 'copy']) {
        const stop = new AbortController();
        const reason = new Error('enough');
        const restoring = restoreLog(target, file, {
          signal: stop.signal,
          onProgress: ({ step }) => step === at && stop.abort(reason),
        });
        expect(await errorOf(restoring)).toBe(reason);
        expect(left()).toEqual([]);
      }
      expect((await read(file)).events).toHaveLength(2_000);
    });
  });
});
