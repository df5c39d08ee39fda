import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { integrityOf } from '../../src/event-log/sqlite-integrity.ts';
import { flawsOf, verifyLog, type Verification } from '../../src/event-log/verify-log.ts';
import type { StreamHead } from '../../src/event-sourcing/event-log.ts';
import { event, newStream } from './samples.ts';

describe('verifying a log', () => {
  let folder: string;
  let file: string;
  let log: SqliteEventLog;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'woonspoor-verify-'));
    file = join(folder, 'log.sqlite');
    log = SqliteEventLog.open({ file, mode: 'write' });
  });
  afterEach(async () => {
    await log.close();
    rmSync(folder, { recursive: true });
  });

  async function streams(count: number, category = 'case'): Promise<string[]> {
    const names = Array.from({ length: count }, () => newStream(category));
    await Promise.all(
      names.map(async (name) => {
        let head: StreamHead | undefined;
        for (let revision = 0; revision < 3; revision++) {
          head = await log.append(name, head ?? 'no-stream', [event({ note: `${name} revision ${revision}` })]);
        }
      }),
    );
    return names;
  }

  /** Changes the file behind the log's back, and verifies it. */
  async function afterTampering(tamper: (bytes: Buffer) => void): Promise<Verification> {
    await log.close();
    const bytes = readFileSync(file);
    tamper(bytes);
    writeFileSync(file, bytes);
    log = SqliteEventLog.open({ file, mode: 'read' });
    return verifyLog(log);
  }

  async function afterSql(sql: string): Promise<Verification> {
    await log.close();
    const db = new Database(file);
    db.exec('DROP TRIGGER events_stand; DROP TRIGGER events_stay; DROP TRIGGER streams_stand');
    db.exec(sql);
    db.close();
    log = SqliteEventLog.open({ file, mode: 'read' });
    return verifyLog(log);
  }

  function replace(bytes: Buffer, old: string, by: string): void {
    const at = bytes.indexOf(old);
    expect(at).toBeGreaterThan(0);
    expect(by).toHaveLength(old.length);
    bytes.write(by, at);
  }

  it('finds nothing in a log as it was written', async () => {
    await streams(30);
    await streams(10, 'key');
    await streams(2, 'reference');
    await log.append(newStream('checkpoint'), 'no-stream', [event()]);
    const [erased] = await streams(1, 'key');
    await log.erase(erased!);
    expect(await verifyLog(log)).toMatchObject({ streams: 42, events: 126, findings: [], isComplete: true });
    expect(await integrityOf(file)).toEqual([]);
  });

  it('finds one changed byte of what was said, and names the event', async () => {
    const names = await streams(20);
    const found = await afterTampering((bytes) => replace(bytes, `${names[7]} revision 1`, `${names[7]} revision 7`));
    expect(found).toMatchObject({ streams: 20, isComplete: true });
    expect(found.findings).toEqual([
      { stream: names[7], revision: 1, what: expect.stringContaining('does not match its hash') },
    ]);
    expect(await integrityOf(file)).toEqual([]);
  });

  it.each([
    ['who said it', `UPDATE events SET metadata = replace(metadata, 'a.jansen', 'b.jansen') WHERE revision = 1`, [1]],
    ['its type', `UPDATE events SET type = 'LinkRevoked' WHERE revision = 2`, [2]],
    ['its id', `UPDATE events SET id = 'x' || substr(id, 2) WHERE revision = 0`, [0]],
    [
      'its hash, which is found twice',
      `UPDATE events SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE revision = 1`,
      [1, 2],
    ],
    [
      'its place: two events in each other’s',
      `UPDATE events SET revision = 9 WHERE revision = 1; UPDATE events SET revision = 1 WHERE revision = 2; UPDATE events SET revision = 2 WHERE revision = 9`,
      [1, 2, 2, 2],
    ],
    ['an event taken out', `DELETE FROM events WHERE revision = 1`, [2, 2]],
    ['the name of its stream', `UPDATE streams SET name = 'case-another'`, [0, 1, 2]],
  ])('finds a change of %s', async (_, sql, revisions) => {
    await streams(1);
    const { findings } = await afterSql(sql);
    expect(findings.map((it) => it.revision)).toEqual(revisions);
  });

  it('finds what cannot be read any more, and looks at all the rest', async () => {
    const names = await streams(150);
    const found = await afterTampering((bytes) => {
      replace(bytes, `{"note":"${names[3]} revision 2"}`, `("note":"${names[3]} revision 2"}`);
      replace(bytes, `${names[149]} revision 0`, `${names[149]} revision X`);
    });
    expect(found).toMatchObject({ streams: 150, isComplete: true });
    expect(found.findings).toHaveLength(2);
    expect(found.findings).toContainEqual({
      stream: names[3],
      revision: null,
      what: expect.stringContaining('damaged'),
    });
    expect(found.findings).toContainEqual(expect.objectContaining({ stream: names[149], revision: 0 }));
  });

  it('finds a recording time that runs backwards', async () => {
    const stream = newStream();
    const [early, late] = [event(), event()];
    await log.append(stream, 'no-stream', [late, early]);
    const { findings } = await verifyLog(log);
    expect(findings).toEqual([
      { stream, revision: 1, what: expect.stringContaining('recorded before its predecessor') },
    ]);
  });

  it('stops when told to, and goes on where it was', async () => {
    const names = [...(await streams(90)), ...(await streams(90, 'key'))];
    const stop = new AbortController();
    const first = await verifyLog(log, { signal: stop.signal, onProgress: () => stop.abort() });
    expect(first).toMatchObject({ isComplete: false, streams: 100 });
    const rest = await verifyLog(log, { afterStream: first.lastStream });
    expect(rest).toMatchObject({ isComplete: true, streams: names.length - 100, findings: [] });
  });

  it('finds what SQLite itself finds wrong', async () => {
    await streams(200);
    await log.close();
    const db = new Database(file);
    const root = db
      .prepare<[], number>(`SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_events_1'`)
      .pluck()
      .get()!;
    db.close();
    const bytes = readFileSync(file);
    bytes.fill(0x7f, (root - 1) * 8192 + 3, (root - 1) * 8192 + 200);
    writeFileSync(file, bytes);
    expect((await integrityOf(file)).length).toBeGreaterThan(0);
    writeFileSync(file, 'no database');
    expect(await integrityOf(file)).toHaveLength(1);
  });

  it('can be told to leave off while SQLite looks', async () => {
    const reason = new Error('enough');
    await expect(integrityOf(file, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('of one stream needs no log', async () => {
    const [name] = await streams(1);
    const events = await log.readStream(name!);
    expect(flawsOf(events)).toEqual([]);
    expect(flawsOf(events.slice(1)).length).toBeGreaterThan(0);
  });
});
