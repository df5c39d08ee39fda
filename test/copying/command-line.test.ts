import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { ended, start, whileServing } from '../command-line.ts';
import { EventStoreDouble } from '../eventstoredb/double/double.ts';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'woonspoor-log-copy-'));
const [from, to, unused] = ['from', 'to', 'unused'].map((name) => join(folder, name)) as [string, string, string];
const heads = /heads of all streams together are ([0-9a-f]{64})/;

const copy = (own: NodeJS.ProcessEnv = {}, target = to) =>
  ended(start(unused, ['log', 'copy', '--from', from, '--to', target], own));

/** As they are shown to a person: names open, terms worked out; but not up to which position a list is known. */
async function dossiers(url: string, ids: readonly string[]): Promise<unknown[]> {
  const headers = { 'Development-Identity': 'actor=anna; organisation=COA' };
  return Promise.all(
    ids.map(async (id) => {
      const dossier = (await (await fetch(`${url}/v1/cases/${id}`, { headers })).json()) as object;
      return { ...dossier, sharedAlienNumbersKnown: null };
    }),
  );
}

describe('log copy, on the command line', () => {
  const ids: string[] = [];
  let shown: unknown[];
  beforeAll(async () => {
    await whileServing(from, async (url) => {
      for (let at = 0; at < 3; at++) {
        const answer = await fetch(`${url}/v1/cases`, {
          method: 'POST',
          headers: {
            'Content-Type': 'application/json',
            'Development-Identity': 'actor=anna; organisation=COA; role=PLACEMENT_COORDINATOR',
            'Idempotency-Key': `case-${at}`,
          },
          body: JSON.stringify({
            permitType: 'ASYLUM_TEMPORARY',
            channel: 'ASYLUM',
            members: [{ role: 'HOLDER', birthYear: 1985, personal: { name: 'Canary Tweety' } }],
          }),
        });
        ids.push(((await answer.json()) as { caseId: string }).caseId);
      }
      shown = await dossiers(url, ids);
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('says which addresses it takes', async () => {
    const wrong = await ended(start(unused, ['log', 'copy', '--from', from, '--to', 'esdb://a:b:c@']));
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('--to: the connection string') });
    expect(await ended(start(unused, ['log', 'copy', '--from', unused, '--to', to]))).toMatchObject({
      code: 1,
      err: expect.stringContaining(`there is no event log ${join(unused, 'log.sqlite')}`),
    });
    expect(existsSync(to)).toBe(false);
  });

  it('refuses a source that a server writes', async () => {
    await whileServing(from, async () => {
      expect(await copy()).toMatchObject({ code: 1, err: expect.stringContaining('pid') });
    });
  });

  it('killed half-way, leaves a copy that nobody can use, and that the same command completes', async () => {
    expect((await copy({ WOONSPOOR_CRASH_AT: 'log:after-commit@2' })).code).not.toBe(0);
    expect(await ended(start(to, ['serve', '--empty']))).toMatchObject({
      code: 1,
      err: expect.stringContaining('unfinished copy'),
    });
    const completed = await copy();
    expect(completed).toMatchObject({ code: 0, out: expect.stringMatching(heads) });
    expect(await copy()).toMatchObject({ code: 0, out: expect.stringContaining('is complete already') });
    expect(await ended(start(to, ['verify']))).toMatchObject({
      code: 0,
      out: expect.stringContaining('all chains hold'),
    });
  });

  it('makes a log that shows what the source showed, names too, with the master key taken along', async () => {
    copyFileSync(join(from, 'master-key'), join(to, 'master-key'));
    await whileServing(to, async (url) => {
      const copied = await dossiers(url, ids);
      expect(JSON.stringify(copied)).toContain('Canary Tweety');
      expect(copied).toEqual(shown);
    });
  });

  it('goes on to a file, with the same heads, and refuses a log that was used since', async () => {
    const file = join(folder, 'third.sqlite');
    const third = await copy({}, file);
    expect(third.code).toBe(0);
    const again = await ended(start(unused, ['log', 'copy', '--from', file, '--to', join(folder, 'fourth.sqlite')]));
    expect(heads.exec(again.out)![1]).toBe(heads.exec(third.out)![1]);
    expect(await ended(start(unused, ['log', 'copy', '--from', file, '--to', from]))).toMatchObject({
      code: 1,
      err: expect.stringContaining('not empty'),
    });
  });

  it('leaves out the keys that its lists of destroyed keys name', async () => {
    const log = SqliteEventLog.open({ file: join(from, 'log.sqlite'), mode: 'read' });
    const keys: string[] = [];
    for await (const [first] of log.readStreamByStream({ category: 'key' })) keys.push(first!.stream);
    await log.close();
    const subject = keys[0]!.slice('key-'.length);
    const list = join(folder, 'listed');
    mkdirSync(list);
    writeFileSync(
      join(list, 'erased-keys.txt'),
      `${JSON.stringify({ subject, erasedAt: '2017-01-01T00:00:00.000Z' })}\n`,
    );
    const { code, out } = await ended(
      start(list, ['log', 'copy', '--from', from, '--to', join(folder, 'fifth.sqlite')]),
    );
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('1 stream erased') });
  });

  it('leaves out a damaged case that it is told, as a backup does, and everything says so', async () => {
    const [damaged, backup] = [join(folder, 'damaged.sqlite'), join(folder, 'rest.sqlite')];
    const [rest, own] = [join(folder, 'rest'), join(folder, 'own')];
    copyFileSync(join(from, 'log.sqlite'), damaged);
    const [gone, kept] = [ids[0]!, ids[1]!];
    const db = new Database(damaged);
    db.exec('drop trigger events_stand');
    db.prepare("update events set data = '{' where stream = (select id from streams where name = ?)").run(
      `case-${gone}`,
    );
    db.close();
    const args = ['log', 'copy', '--from', damaged, '--to', rest];
    expect(await ended(start(unused, args))).toMatchObject({
      code: 3,
      err: expect.stringContaining(`--leave-out case-${gone}`),
    });
    expect(await ended(start(unused, [...args, '--leave-out', 'key-1']))).toMatchObject({
      code: 2,
      err: expect.stringContaining('only a case can be left out, not key-1'),
    });
    const saying = { code: 4, out: expect.stringMatching(new RegExp(`[Ll]eft out.*case-${gone}`)) };
    expect(await ended(start(unused, [...args, '--leave-out', `case-${gone}`]))).toMatchObject(saying);
    expect(await ended(start(rest, ['verify']))).toMatchObject(saying);

    copyFileSync(join(from, 'master-key'), join(rest, 'master-key'));
    await whileServing(rest, async (url) => {
      const headers = { 'Development-Identity': 'actor=anna; organisation=COA' };
      const one = await fetch(`${url}/v1/cases/${gone}`, { headers });
      expect(one.status).toBe(503);
      expect(((await one.json()) as { detail: string }).detail).toContain('was left out when this log was copied');
      expect((await fetch(`${url}/v1/cases/${kept}`, { headers })).status).toBe(200);
      let list = await fetch(`${url}/v1/cases`, { headers });
      for (; list.status !== 200; list = await fetch(`${url}/v1/cases`, { headers })) await sleep(20);
      expect(await list.text()).toContain('"parked":1');
    });

    mkdirSync(own);
    copyFileSync(damaged, join(own, 'log.sqlite'));
    copyFileSync(join(from, 'master-key'), join(own, 'master-key'));
    expect(await ended(start(own, ['backup', '--leave-out', `case-${gone}`, backup]))).toMatchObject(saying);
    expect((await ended(start(own, ['restore', backup]))).code).toBe(0);
    expect(await ended(start(own, ['verify']))).toMatchObject(saying);
  });

  it('and a backup restored to a server: the same log, without findings, as it is backed up, exported and shown from there', async () => {
    const double = await EventStoreDouble.start();
    try {
      const own = { WOONSPOOR_LOG: double.connectionString('restored') };
      const [backup, node] = [join(folder, 'backup.sqlite'), join(folder, 'node')];
      expect((await ended(start(from, ['backup', backup]))).code).toBe(0);
      mkdirSync(node);
      const keyless = await ended(start(node, ['restore', backup], own));
      expect(keyless).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/master key file .* is missing/) });
      copyFileSync(join(from, 'master-key'), join(node, 'master-key'));
      const restored = await ended(start(node, ['restore', backup], own));
      expect(restored).toMatchObject({ code: 0, out: expect.stringMatching(heads) });
      expect(await ended(start(node, ['verify'], own))).toMatchObject({
        code: 0,
        out: expect.stringContaining('all chains hold'),
      });
      const again = join(folder, 'again.sqlite');
      const backedUp = await ended(start(node, ['backup', again], own));
      expect(backedUp).toMatchObject({ code: 0, out: expect.stringContaining('database and hash chains checked') });
      expect(heads.exec(backedUp.out)![1]).toBe(heads.exec(restored.out)![1]);
      expect(statSync(again).mode & 0o777).toBe(0o600);
      const exported = await ended(start(node, ['export', 'cases'], own));
      expect(exported).toMatchObject({ code: 0, out: expect.stringContaining('Canary Tweety') });
      expect(exported.out).toBe((await ended(start(from, ['export', 'cases']))).out);
      await whileServing(node, async (url) => expect(await dossiers(url, ids)).toEqual(shown), { own });
      const copied = await ended(start(unused, ['log', 'copy', '--from', from, '--to', join(folder, 'same.sqlite')]));
      expect(heads.exec(restored.out)![1]).toBe(heads.exec(copied.out)![1]);
    } finally {
      double.stop();
    }
  });
});
