import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile, execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { backupLog } from '../../src/event-log/sqlite-backup.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { verifyLog } from '../../src/event-log/verify-log.ts';
import { LogBusy, LogUnavailable, StreamErased } from '../../src/event-sourcing/event-log.ts';
import { all, errorOf, event, newStream, pause } from './samples.ts';

const childOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

describe('the log in a file', () => {
  let folder: string;
  let file: string;
  let log: SqliteEventLog | undefined;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'woonspoor-faults-'));
    chmodSync(folder, 0o755);
    file = join(folder, 'log.sqlite');
  });
  afterEach(async () => {
    await log?.close();
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    [log, child] = [undefined, undefined];
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true });
  });

  function open(mode: 'write' | 'read' = 'write'): SqliteEventLog {
    return SqliteEventLog.open({ file, mode });
  }

  function refusal(mode: 'write' | 'read' = 'write'): LogUnavailable {
    try {
      open(mode)
        .close()
        .catch(() => {});
    } catch (error) {
      expect(error).toBeInstanceOf(LogUnavailable);
      return error as LogUnavailable;
    }
    throw new Error('it was opened');
  }

  /** Another process that opens the log; answers what it says of it. */
  async function opening(mode: 'write' | 'read', options: { uid?: number } = {}): Promise<string> {
    child = spawn(process.execPath, [childOf('./open.child.ts'), file, mode], {
      stdio: ['ignore', 'pipe', 'inherit'],
      ...options,
    });
    const [said] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string];
    return said.trim();
  }

  async function withEvents(count: number): Promise<string[]> {
    log = open();
    const streams = Array.from({ length: count }, () => newStream());
    await Promise.all(streams.map((stream) => log!.append(stream, 'no-stream', [event(), event()])));
    return streams;
  }

  async function closed(): Promise<void> {
    await log!.close();
    log = undefined;
  }

  describe('is written by one process', () => {
    it('which others are told by file and pid; they may read', async () => {
      expect(await opening('write')).toBe('open');
      expect(refusal().message).toBe(`the event log ${file} is being written by another process (pid ${child!.pid})`);
      log = open('read');
      expect(await all(log.readAll())).toHaveLength(1);
    });

    it('and by the next one as soon as that has been killed', async () => {
      expect(await opening('write')).toBe('open');
      child!.kill('SIGKILL');
      await once(child!, 'exit');
      log = open();
      expect(await log.append(newStream(), 'no-stream', [event()])).toMatchObject({ revision: 0 });
    });

    it('in which there is one writer', async () => {
      log = open();
      expect(refusal().message).toContain('this very process');
      await closed();
      log = open();
    });

    it('also when the file goes by another name', async () => {
      log = open();
      execFileSync('ln', ['-s', file, `${file}-link`]);
      expect(() => SqliteEventLog.open({ file: `${file}-link`, mode: 'write' })).toThrow(LogUnavailable);
    });
  });

  describe('is read beside the writer', () => {
    it('in another thread, which hears of what is written', async () => {
      log = open();
      const before = await log.append(newStream(), 'no-stream', [event(), event()]);
      const worker = new Worker(new URL('./follower.worker.ts', import.meta.url), { workerData: { file, count: 4 } });
      await once(worker, 'message');
      const seen = once(worker, 'message');
      const after = await log.append(newStream(), 'no-stream', [event(), event()]);
      const [positions] = (await seen) as [string[]];
      expect(positions).toHaveLength(4);
      expect([positions[1], positions[3]]).toEqual([before.position, after.position]);
      await worker.terminate();
    });

    it('and by followers in this process that are woken, not left to ask', async () => {
      log = open();
      const reader = open('read');
      const stop = new AbortController();
      const latencies: number[] = [];
      let wrote = 0;
      const following = (async () => {
        for await (const _ of reader.follow({ signal: stop.signal })) latencies.push(performance.now() - wrote);
      })();
      for (let count = 0; count < 9; count++) {
        await pause(30);
        wrote = performance.now();
        await log.append(newStream(), 'no-stream', [event()]);
      }
      await pause(100);
      stop.abort();
      await following;
      await reader.close();
      expect(latencies).toHaveLength(9);
      expect(latencies.toSorted((a, b) => a - b)[4]).toBeLessThan(100);
    });

    it('by another process, which sees what is written from then on', async () => {
      expect(await opening('write')).toBe('open');
      log = open('read');
      expect(await log.count()).toBe(1);
      expect(await errorOf(log.append(newStream(), 'no-stream', [event()]))).toBeInstanceOf(LogUnavailable);
      expect(await errorOf(log.erase(newStream('key')))).toBeInstanceOf(LogUnavailable);
    });
  });

  describe('says why it cannot be opened', () => {
    it('when it is not there, to read', () => {
      expect(refusal('read').message).toBe(`there is no event log ${file}`);
      expect(existsSync(file)).toBe(false);
    });

    it('when its folder is not there', () => {
      file = join(folder, 'nowhere', 'log.sqlite');
      expect(refusal().message).toContain('its folder cannot be reached');
    });

    it('when it is some other file', () => {
      writeFileSync(file, 'Dear reader,\n'.repeat(1_000));
      const before = readFileSync(file);
      for (const mode of ['write', 'read'] as const) expect(refusal(mode).message).toContain('not a log');
      expect(readFileSync(file)).toEqual(before);
    });

    it('when it is a database of something else', () => {
      const db = new Database(file);
      db.exec('CREATE TABLE recipes (name TEXT)');
      db.close();
      for (const mode of ['write', 'read'] as const) {
        expect(refusal(mode).message).toBe(`${file} is not an event log of this program`);
      }
    });

    it('when a newer version of the program wrote it', async () => {
      await withEvents(1);
      await closed();
      const db = new Database(file);
      db.pragma('user_version = 2');
      db.close();
      for (const mode of ['write', 'read'] as const)
        expect(refusal(mode).message).toContain('newer version of this program');
    });

    it('when it was cut short', async () => {
      await withEvents(200);
      await closed();
      truncateSync(file, Math.floor(statSync(file).size / 2 / 8192) * 8192);
      for (const mode of ['write', 'read'] as const) expect(refusal(mode).message).toContain('damaged');
    });

    it('when it may only be read; then it can be read', async () => {
      await withEvents(3);
      await closed();
      chmodSync(file, 0o444);
      chmodSync(folder, 0o777);
      // Root may write what is read-only: nobody may not.
      const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
      expect(await opening('write', nobody)).toContain(`${file} is not available: it is read-only`);
      child!.kill('SIGKILL');
      await once(child!, 'exit');
      expect(await opening('read', nobody)).toBe('open');
    });
  });

  describe('where nothing can be written', () => {
    // Root may write everywhere: nobody may not.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};

    it('says what to do to read it', async () => {
      await withEvents(3);
      await closed();
      chmodSync(folder, 0o555);
      expect(await opening('read', nobody)).toMatch(/can be written.*copy it, with log\.sqlite-wal if that is there/);
    });

    it('is read while a writer is at work, who may write there', async () => {
      await withEvents(3);
      chmodSync(folder, 0o555);
      expect(await opening('read', nobody)).toBe('open');
    });

    it('is read where it is a backup', async () => {
      await withEvents(3);
      await backupLog(file, join(folder, 'backup.sqlite'));
      await closed();
      file = join(folder, 'backup.sqlite');
      // Others may read it once its owner lets them.
      chmodSync(file, 0o444);
      chmodSync(folder, 0o555);
      expect(await opening('read', nobody)).toBe('open');
    });
  });

  it('with a damaged page says so when the page is read, and reads the rest', async () => {
    await withEvents(300);
    await closed();
    const bytes = readFileSync(file);
    const page = Math.floor(bytes.length / 8192 / 2);
    bytes.fill(0xff, page * 8192, (page + 1) * 8192);
    writeFileSync(file, bytes);
    log = open('read');
    const error = await errorOf(all(log.readAll()));
    expect(error).toBeInstanceOf(LogUnavailable);
    expect(error.message).toContain('it is damaged; restore a backup');
    const { findings, streams } = await verifyLog(log);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.length).toBeLessThan(50);
    expect(streams).toBe(300);
  });

  describe('keeps its events as they are', () => {
    it('also from those who open it as a database', async () => {
      await withEvents(2);
      await log!.append(newStream('key'), 'no-stream', [event()]);
      await closed();
      const db = new Database(file);
      for (const sql of [
        'DELETE FROM events',
        'DELETE FROM streams',
        `UPDATE events SET data = '{}'`,
        `UPDATE events SET position = position + 100`,
        `UPDATE streams SET name = name || 'x'`,
        `UPDATE streams SET erased = 1 WHERE category = 'case'`,
        `UPDATE events SET data = '00', id = '0', type = '0', metadata = '0'`,
      ]) {
        expect(() => db.exec(sql)).toThrow(/never (deleted|changed)/);
      }
      db.close();
    });

    it('and one append that fails in an unforeseen way fails alone', async () => {
      await withEvents(1);
      await closed();
      const db = new Database(file);
      db.exec(`CREATE TRIGGER unforeseen BEFORE INSERT ON events WHEN NEW.type = 'Unforeseen'
        BEGIN SELECT RAISE(ABORT, 'what nobody thought of'); END`);
      db.close();
      log = open();
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) =>
          log!.append(newStream(), 'no-stream', [event(), { ...event(), type: index === 7 ? 'Unforeseen' : 'Usual' }]),
        ),
      );
      expect(results.map((it) => it.status)).toEqual(
        results.map((_, index) => (index === 7 ? 'rejected' : 'fulfilled')),
      );
      expect(results[7]).toMatchObject({ reason: { code: 'LOG_UNAVAILABLE' } });
      expect(await log.count()).toBe(2 + 19 * 2);
    });
  });

  it('takes so many appends at a time, and says it is busy to the rest, of which nothing is written', async () => {
    log = open();
    const results = await Promise.allSettled(
      Array.from({ length: 9_000 }, () => log!.append(newStream(), 'no-stream', [event()])),
    );
    const refused = results.filter((it) => it.status === 'rejected');
    expect(refused.length).toBe(9_000 - 8_192);
    expect(refused[0]!.reason).toBeInstanceOf(LogBusy);
    expect(await log.count()).toBe(8_192);
    expect(log.waiting).toBe(0);
    expect(await log.append(newStream(), 'no-stream', [event()])).toMatchObject({ revision: 0 });
  });

  it('moves its events from the WAL into the file by itself', async () => {
    log = open();
    const text = 'x'.repeat(100_000);
    for (let count = 0; count < 120; count++) {
      await Promise.all(Array.from({ length: 10 }, () => log!.append(newStream(), 'no-stream', [event({ text })])));
    }
    expect(log.walBytes()).toBeGreaterThan(0);
    expect(log.walBytes()).toBeLessThan(45_000_000);
    expect(statSync(file).size).toBeGreaterThan(70_000_000);
  }, 20_000);

  it('refuses appends when its writer cannot begin, and says why', async () => {
    log = open();
    renameSync(file, `${file}-gone`);
    expect((await errorOf(log.append(newStream(), 'no-stream', [event()]))).message).toContain('was replaced');
    expect(await errorOf(log.append(newStream(), 'no-stream', [event()]))).toBeInstanceOf(LogUnavailable);
  });

  describe('on a full disk', () => {
    const run = promisify(execFile);
    interface Told {
      code: string;
      message: string;
      before: number;
      standing: number;
      alsoRefused: number;
      after: number;
      acknowledged: number;
      findings: unknown[];
    }

    function expectGoneWell(told: Told): void {
      expect(told.code).toBe('LOG_UNAVAILABLE');
      expect(told.before).toBeGreaterThan(0);
      expect(told.standing).toBe(told.before);
      expect(told.alsoRefused).toBe(3);
      expect(told.after).toBe(told.acknowledged);
      expect(told.after).toBe(told.before + 20);
      expect(told.findings).toEqual([]);
    }

    // A small disk of its own, in a name space of its own, so that nothing is left behind.
    const inSmallSpace = ['unshare', '-rm', 'sh', '-c'] as const;
    const mounts =
      spawnSync(inSmallSpace[0], [...inSmallSpace.slice(1), 'mount -t tmpfs -o size=3m tmpfs /mnt']).status === 0;
    (mounts ? it : it.skip)(
      'refuses appends and writes none of them, and goes on when there is room',
      async () => {
        const script = `mount -t tmpfs -o size=3m tmpfs "$0" && exec "$1" "$2" "$0" removing`;
        const [command, ...rest] = [...inSmallSpace, script, folder, process.execPath, childOf('./full-disk.child.ts')];
        const told = JSON.parse((await run(command, rest)).stdout) as Told;
        expectGoneWell(told);
        expect(told.message).toContain('there is no room left on the disk');
      },
      20_000,
    );

    const limits = spawnSync('prlimit', ['--version']).status === 0;
    (limits ? it : it.skip)(
      'or one that answers with errors, does the same',
      async () => {
        const script = `ulimit -S -f 4000 && exec "$1" "$2" "$0" raising`;
        const told = JSON.parse(
          (await run('bash', ['-c', script, folder, process.execPath, childOf('./full-disk.child.ts')])).stdout,
        ) as Told;
        expectGoneWell(told);
        expect(told.message).toContain('the disk answers with an error');
      },
      20_000,
    );
  });

  describe('erases', () => {
    const found = (needle: string) =>
      // In another process: opening a locked file in this one would let go of the lock.
      ['', '-wal'].filter((suffix) => spawnSync('grep', ['-aqF', needle, file + suffix]).status === 0);

    it('the bytes, from the file and from the WAL, and nobody else’s', async () => {
      log = open();
      // Of many sizes, up to several pages, and between others, as keys stand in a log.
      const subjects = Array.from({ length: 60 }, (_, index) => ({
        stream: newStream('key'),
        needle: `needle-${String(index).padStart(4, '0')}-`,
        size: index % 10 === 0 ? 20_000 : 100 + index * 7,
      }));
      const writing = log;
      await Promise.all(
        subjects.map(async ({ stream, needle, size }) => {
          const key = event({ wrapped: needle + 'x'.repeat(size) + needle });
          const named = { ...key, type: `Key${needle}`, metadata: { ...key.metadata, actor: needle } };
          const end = await writing.append(stream, 'no-stream', [named]);
          await writing.append(newStream(), 'no-stream', [event()]);
          await writing.append(stream, end, [event({ wrapped: needle })]);
        }),
      );
      const erased = subjects.filter((_, index) => index % 3 !== 1);
      for (const { needle } of erased) expect(found(needle)).not.toEqual([]);
      const count = await log.count();
      await log.erase(erased[0]!.stream);
      await Promise.all(erased.map(({ stream }) => writing.erase(stream)));
      for (const { needle } of erased) expect(found(needle)).toEqual([]);

      for (const subject of subjects) {
        if (erased.includes(subject))
          expect(await errorOf(log.readStream(subject.stream))).toBeInstanceOf(StreamErased);
        else expect((await log.readStream(subject.stream))[1]!.data).toEqual({ wrapped: subject.needle });
      }
      expect(await log.count()).toBe(count);
      expect(await verifyLog(log)).toMatchObject({ findings: [], streams: 60 + 20 });
    }, 30_000);

    it('for good: a later open still knows it', async () => {
      log = open();
      const stream = newStream('key');
      await log.append(stream, 'no-stream', [event()]);
      await log.erase(stream);
      await closed();
      log = open();
      expect(await errorOf(log.readStream(stream))).toBeInstanceOf(StreamErased);
      expect(await errorOf(log.append(stream, 'no-stream', [event()]))).toBeInstanceOf(StreamErased);
    });

    it('and never gives a position again, also of the tail', async () => {
      log = open();
      const stream = newStream('key');
      const appended = await log.append(stream, 'no-stream', [event()]);
      await log.erase(stream);
      await closed();
      log = open();
      const next = await log.append(newStream(), 'no-stream', [event()]);
      expect(Number(next.position)).toBeGreaterThan(Number(appended.position));
    });

    it('and says so when a reader still holds the bytes: repeated, it gets them', async () => {
      log = open();
      const stream = newStream('key');
      await log.append(stream, 'no-stream', [event({ wrapped: 'needle-held' })]);
      const holder = new Database(file, { readonly: true });
      holder.exec('BEGIN');
      holder.prepare('SELECT count(*) FROM events').get();
      expect((await errorOf(log.erase(stream))).message).toContain('a reader still holds its bytes');
      expect(await errorOf(log.readStream(stream))).toBeInstanceOf(StreamErased);
      holder.close();
      await log.erase(stream);
      expect(found('needle-held')).toEqual([]);
    });
  });

  it('knows a head by its hash too', async () => {
    log = open();
    const stream = newStream();
    const end = await log.append(stream, 'no-stream', [event()]);
    const refused = await errorOf(log.append(stream, { ...end, hash: 'f'.repeat(64) }, [event()]));
    expect(refused.message).toBe(`${stream} ends at 0, with another hash than expected`);
    expect(refused.code).toBe('WRONG_EXPECTED_HEAD');
  });

  it('has an id of its own, kept over the years', async () => {
    log = open();
    const { id } = log;
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    await closed();
    copyFileSync(file, `${file}-copy`);
    log = open();
    expect(log.id).toBe(id);
    const other = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    expect(other.id).not.toBe(id);
    await other.close();
  });
});
