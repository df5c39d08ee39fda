import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { amsterdamDay } from '../../src/event-sourcing/days.ts';
import { ended, start, whileServing, type Ran } from '../command-line.ts';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'woonspoor-cli-'));
const data = join(folder, 'data');
const backup = join(folder, 'backup.sqlite');
const file = (name: string) => join(data, name);

const run = (...args: string[]): Promise<Ran> => ended(start(data, args));

async function openCase(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/cases`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Development-Identity': 'actor=anna; organisation=COA; role=PLACEMENT_COORDINATOR',
      'Idempotency-Key': crypto.randomUUID(),
    },
    body: JSON.stringify({
      permitType: 'ASYLUM_TEMPORARY',
      channel: 'ASYLUM',
      members: [{ role: 'HOLDER', birthYear: 1985, personal: { name: 'Canary Tweety' } }],
    }),
  });
  return ((await response.json()) as { caseId: string }).caseId;
}

const eventLines = async (...args: string[]) => (await run('events', ...args)).out.trim().split('\n');

describe('the command line', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('says what it can do, and that what it was given is no command', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('serve') });
    expect(await run('frobnicate')).toMatchObject({ code: 2, err: expect.stringContaining('frobnicate') });
    expect(await run('events', '--tail', 'many')).toMatchObject({
      code: 2,
      err: expect.stringContaining('whole number'),
    });
  });

  it('names every fault of the configuration at once', async () => {
    const { code, err } = await run('serve', '--clock', '2017-02-30', '--port', 'http');
    expect(code).toBe(2);
    expect(err).toContain('WOONSPOOR_CLOCK');
    expect(err).toContain('WOONSPOOR_PORT');
  });

  it('refuses to serve with a development identity in production', async () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    const { code, err } = await ended(start(data, ['serve'], { NODE_ENV: 'production', WOONSPOOR_MASTER_KEY: key }));
    expect(code).toBe(1);
    expect(err).toMatch(/NODE_ENV=production/);
  });

  it('says that there is no log yet, where there is none', async () => {
    expect(await run('verify')).toMatchObject({ code: 1, err: expect.stringContaining(file('log.sqlite')) });
  });

  it('says that the data folder cannot be made', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const unmakeable = process.platform === 'linux' ? ['/proc/woonspoor/data'] : [];
    for (const inside of [join(file, 'data'), ...unmakeable]) {
      const { code, err } = await run('serve', '--data', inside);
      expect(code).toBe(2);
      expect(err).toContain(`${inside} is not there and cannot be made`);
    }
  });

  it('says that another process has the port, and leaves no log behind', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const empty = join(folder, 'empty');
    const { code, err } = await run('serve', '--data', empty, '--port', String(port));
    other.close();
    expect(code).toBe(1);
    expect(err).toContain(`can't listen on port ${port} of 127.0.0.1: another process answers there already`);
    expect(existsSync(empty)).toBe(false);
  });

  describe('on a log with a case', () => {
    let caseId: string;
    beforeAll(async () => {
      const { code, err } = await whileServing(data, async (url) => void (caseId = await openCase(url)), {
        args: ['--clock', '2017-03-31'],
      });
      expect(code).toBe(0);
      expect(err).toContain(`The log is the file ${file('log.sqlite')}.\n`);
    });

    it('prints the events, sealed values shut', async () => {
      const [line] = await eventLines('--stream', `case-${caseId}`);
      const [, recordedAt] = line!.split(/ +/);
      expect(amsterdamDay(recordedAt!)).toBe('2017-03-31');
      expect(line).toContain('PermitGranted  anna/COA');
      expect(line).toContain('"personal":"(sealed)"');
      expect((await eventLines()).join()).not.toContain('Tweety');
      expect(await eventLines('--tail', '1')).toEqual([line]);
    });

    it('verifies the log, beside a running server too', async () => {
      expect(await run('verify')).toMatchObject({ code: 0, out: expect.stringContaining('all chains hold') });
      await whileServing(data, async () => expect((await run('verify')).code).toBe(0));
    });

    it('keeps a second server away from the same log', async () => {
      await whileServing(data, async () => {
        const { code, err } = await run('serve');
        expect(code).toBe(1);
        expect(err).toMatch(/is being written by another process \(pid \d+\)/);
      });
    });

    it('rebuilds the views with and without a running server', async () => {
      expect(await run('rebuild')).toMatchObject({ code: 0 });
      await whileServing(data, async () => {
        expect(await run('rebuild', 'case-list')).toMatchObject({ code: 0, out: expect.stringContaining('case-list') });
      });
    });

    it('names the views there are, where there is none of that name', async () => {
      const { code, err } = await run('rebuild', 'nonsense');
      expect(code).toBe(2);
      expect(err).toBe(
        'There is no view nonsense; there are norm-terms, realisation, integration, case-list, search.\n',
      );
    });

    it('backs up beside a running server, and restores, keeping what stood there', async () => {
      await whileServing(data, async (url) => {
        expect(await run('backup', backup)).toMatchObject({ code: 0 });
        await openCase(url);
        expect(await run('restore', backup)).toMatchObject({ code: 1, err: expect.stringContaining('pid') });
      });
      expect(await run('backup', backup)).toMatchObject({ code: 1, err: expect.stringContaining('is there already') });
      expect(await eventLines('--category', 'case')).toHaveLength(2);
      const restored = await run('restore', backup);
      expect(restored).toMatchObject({ code: 0, out: expect.stringContaining('is kept as') });
      expect(await eventLines('--category', 'case')).toHaveLength(1);
      await whileServing(data, async (url) => {
        while ((await fetch(`${url}/readyz`)).status !== 200) await sleep(50);
        const headers = { 'Development-Identity': 'actor=anna; organisation=COA' };
        const list = (await (await fetch(`${url}/v1/cases`, { headers })).json()) as { items: unknown[] };
        expect(list.items).toHaveLength(1);
      });
    });

    it('refuses a backup that is not one, and leaves the log as it was', async () => {
      writeFileSync(join(folder, 'nonsense.sqlite'), 'no backup at all');
      expect(await run('restore', join(folder, 'nonsense.sqlite'))).toMatchObject({ code: 1 });
      expect(await eventLines('--category', 'case')).toHaveLength(1);
    });

    it('refuses a backup of which it has not the master key, before anything stands in the place of the log', async () => {
      const other = join(folder, 'other');
      const restoring = () => ended(start(other, ['restore', backup]));
      mkdirSync(other);
      for (const key of [undefined, Buffer.alloc(32, 7).toString('base64')]) {
        if (key !== undefined) writeFileSync(join(other, 'master-key'), key);
        const { code, out, err } = await restoring();
        expect({ code, out }).toEqual({ code: 1, out: '' });
        expect(err).toMatch(key === undefined ? /master key file .* is missing/ : /cannot be unwrapped/);
        expect(existsSync(join(other, 'log.sqlite'))).toBe(false);
      }
      copyFileSync(file('master-key'), join(other, 'master-key'));
      expect((await restoring()).code).toBe(0);
    });

    it('refuses to begin anew where a log has been', async () => {
      const whole = join(folder, 'whole.sqlite');
      copyFileSync(file('log.sqlite'), whole);
      writeFileSync(file('log.sqlite'), '');
      expect(await run('serve')).toMatchObject({ code: 1, err: expect.stringContaining('restore a backup') });
      copyFileSync(whole, file('log.sqlite'));
    });

    it('finds one changed byte', async () => {
      const whole = join(folder, 'whole.sqlite');
      copyFileSync(file('log.sqlite'), whole);
      const db = new Database(file('log.sqlite'));
      for (const { name } of db.prepare("select name from sqlite_master where type = 'trigger'").all() as {
        name: string;
      }[]) {
        db.exec(`drop trigger "${name}"`);
      }
      db.exec(`update events set data = replace(data, '1985', '1986') where type = 'PermitGranted'`);
      db.close();
      const { code, out } = await run('verify');
      expect(code).toBe(3);
      expect(out).toContain(`case-${caseId}@0: does not match its hash`);
      const copied = await run('backup', join(folder, 'flawed.sqlite'));
      expect(copied.code).toBe(3);
      expect(copied.out).toContain('1 found');
      expect(copied.err).toContain(`case-${caseId} event 0: does not match its hash`);
      copyFileSync(whole, file('log.sqlite'));
    });
  });
});
