import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { backupLog, restoreLog } from '../../src/event-log/sqlite-backup.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { verifySqliteLog } from '../../src/event-log/sqlite-verify.ts';
import { all, errorOf, event, newStream } from './samples.ts';

describe('verifying a log in SQLite', () => {
  let folder: string;
  let file: string;
  let log: SqliteEventLog;
  const [aCase, aKey, anErasedKey, aReference, aCheckpoint] = [
    newStream('case'),
    newStream('key'),
    newStream('key'),
    newStream('reference'),
    newStream('checkpoint'),
  ];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'woonspoor-verify-sqlite-'));
    file = join(folder, 'log.sqlite');
    log = SqliteEventLog.open({ file, mode: 'write' });
    for (const stream of [aCase, aKey, anErasedKey, aReference, aCheckpoint]) {
      await log.append(stream, 'no-stream', [event()]);
    }
    await log.erase(anErasedKey);
  });
  afterEach(async () => {
    await log.close();
    rmSync(folder, { recursive: true });
  });

  /** Changes rows behind the log's back, as one who can write the file. */
  async function afterSql(sql: string) {
    await log.close();
    const db = new Database(file);
    db.exec(
      'DROP TRIGGER events_stand; DROP TRIGGER events_stay; DROP TRIGGER streams_stand; DROP TRIGGER streams_stay',
    );
    db.exec(sql);
    db.close();
    log = SqliteEventLog.open({ file, mode: 'read' });
    return verifySqliteLog(log);
  }

  it('finds nothing in a log as it was written', async () => {
    await log.erase(newStream('key'));
    expect(await verifySqliteLog(log)).toMatchObject({ streams: 3, events: 3, findings: [], isComplete: true });
  });

  it('finds nothing while streams are begun and erased beside it', async () => {
    const reader = SqliteEventLog.open({ file, mode: 'read' });
    let isDone = false;
    const writing = (async () => {
      while (!isDone) {
        const names = Array.from({ length: 20 }, () => newStream('key'));
        await Promise.all(names.map((name) => log.append(name, 'no-stream', [event()])));
        await log.erase(names[0]!);
      }
    })();
    const verifications = [];
    for (let times = 0; times < 20; times++) verifications.push(await verifySqliteLog(reader));
    isDone = true;
    await writing;
    await reader.close();
    expect(verifications.flatMap(({ findings }) => findings)).toEqual([]);
  });

  it.each([
    ['a case marked as erased', `UPDATE streams SET erased = 1 WHERE name = '${aCase}'`, aCase, 'never are'],
    ['a case under another category', `UPDATE streams SET category = 'cbse' WHERE name = '${aCase}'`, aCase, 'cbse'],
    [
      'a case under a category that is not walked',
      `UPDATE streams SET category = 'checkpoint' WHERE name = '${aCase}'`,
      aCase,
      'checkpoint',
    ],
    [
      'a case made a checkpoint',
      `UPDATE streams SET category = 'checkpoint', name = 'checkpoint-x' WHERE name = '${aCase}'`,
      'checkpoint-x',
      'another kind',
    ],
    ['a key marked as erased', `UPDATE streams SET erased = 1 WHERE name = '${aKey}'`, aKey, 'still stand there'],
    ['a mark that means nothing', `UPDATE streams SET erased = 2 WHERE name = '${aKey}'`, aKey, 'neither'],
    [
      'an erasure undone in part',
      `UPDATE events SET type = 'Other' WHERE stream = (SELECT id FROM streams WHERE name = '${anErasedKey}')`,
      anErasedKey,
      'still stand there',
    ],
    [
      'a stream without its events',
      `DELETE FROM events WHERE stream = (SELECT id FROM streams WHERE name = '${aCase}')`,
      aCase,
      'no events',
    ],
    ['events without their stream', `DELETE FROM streams WHERE name = '${aReference}'`, null, 'not there'],
    ['a checkpoint without its stream', `DELETE FROM streams WHERE name = '${aCheckpoint}'`, null, 'not there'],
  ])('finds %s', async (_, sql, stream, what) => {
    const { findings } = await afterSql(sql);
    expect(findings).toEqual([{ stream, revision: null, what: expect.stringContaining(what) }]);
  });

  it('looks at the chains of categories that nobody expected too', async () => {
    const other = newStream('other');
    await log.append(other, 'no-stream', [event()]);
    const { findings } = await afterSql(
      `UPDATE events SET type = 'X' WHERE stream = (SELECT id FROM streams WHERE name = '${other}')`,
    );
    expect(findings).toEqual([
      { stream: other, revision: 0, what: expect.stringContaining('does not match its hash') },
    ]);
  });

  it('finds each of many, and stops when told to', async () => {
    await Promise.all(Array.from({ length: 700 }, () => log.append(newStream(), 'no-stream', [event()])));
    const found = await afterSql(`UPDATE streams SET erased = 1 WHERE category = 'case'`);
    expect(found.findings).toHaveLength(701);
    expect(found.isComplete).toBe(true);
    const stopped = await verifySqliteLog(log, { signal: AbortSignal.abort() });
    expect(stopped.isComplete).toBe(false);
  });

  it('is what the command does', async () => {
    await afterSql(`UPDATE streams SET erased = 1 WHERE name = '${aCase}'`);
    const command = new URL('../../src/ops/verify.command.ts', import.meta.url).href;
    const script = `const { verify } = await import(${JSON.stringify(command)});
      process.exitCode = await verify({ log: ${JSON.stringify({ file })} }, new AbortController().signal);`;
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(ran.stdout).toContain(`${aCase}: is marked as erased`);
    expect(ran.status).toBe(3);
  });

  it('keeps a backup with a hidden case from being restored', async () => {
    const backup = join(folder, 'backup.sqlite');
    await afterSql(`UPDATE streams SET erased = 1 WHERE name = '${aCase}'`);
    await backupLog(file, backup);
    await log.close();
    expect((await errorOf(restoreLog(backup, file))).message).toContain(`the first: ${aCase}: is marked as erased`);
    log = SqliteEventLog.open({ file, mode: 'read' });
    expect(await all(log.readAll())).toHaveLength(2);
  });
});
