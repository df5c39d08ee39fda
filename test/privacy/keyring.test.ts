import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { FixedDayClock } from '../../src/event-sourcing/clock.ts';
import type { EventLog } from '../../src/event-sourcing/event-log.ts';
import { ErasedKeys } from '../../src/privacy/erased-keys.ts';
import { Keyring, type KeyRequester } from '../../src/privacy/keyring.ts';
import { keyStream } from '../../src/privacy/keys.events.ts';
import { LocalMasterKey } from '../../src/privacy/master-key.ts';
import type { Sealed } from '../../src/privacy/sealed.ts';

const ANNA = '11111111-1111-4111-8111-111111111111';
const BERT = '22222222-2222-4222-8222-222222222222';
const EVENT = '33333333-3333-4333-8333-333333333333';
const WHO: KeyRequester = {
  commandId: 'command',
  name: 'grantPermit',
  actor: 'jan',
  role: 'CASE_MANAGER',
  organisation: 'GM0344',
  correlationId: 'trace',
  causationId: 'command',
};
const MASTER = randomBytes(32);

let directory: string;
let logs: EventLog[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyring-'));
  logs = [];
});
afterEach(async () => {
  for (const log of logs) await log.close();
  rmSync(directory, { recursive: true, force: true });
});

function openLog(file = 'log.sqlite', mode: 'write' | 'read' = 'write'): SqliteEventLog {
  const log = SqliteEventLog.open({ file: file === ':memory:' ? file : join(directory, file), mode });
  logs.push(log);
  return log;
}

function ringOn(
  log: EventLog,
  { master = MASTER, cachedKeys = 100, trustedMs = 60_000, list = 'erased-keys.jsonl' } = {},
): Keyring {
  return new Keyring({
    log,
    masterKey: new LocalMasterKey(new Map([[1, master]])),
    clock: new FixedDayClock('2017-03-01'),
    erasedKeys: new ErasedKeys(join(directory, list)),
    cachedKeys,
    trustedMs,
  });
}

async function sealedBy(ring: Keyring, subject = ANNA, value: string | object = 'Anna Berg'): Promise<Sealed> {
  await ring.ensure(subject, WHO);
  return ring.seal(subject, EVENT, 'personal', value as string);
}

async function open(ring: Keyring, sealed: Sealed, eventId = EVENT, field = 'personal'): Promise<unknown> {
  return (await ring.load([sealed.subject]))(sealed, eventId, field);
}

describe('A sealed value', () => {
  it.each([
    ['a text', 'Anna Berg'],
    ['an object', { name: 'Anna Berg', alienNumber: '2012345678' }],
    ['nothing but letters of other scripts', 'አና'],
    ['an empty text', ''],
    ['null', null],
  ])('comes out as it went in: %s', async (_, value) => {
    const ring = ringOn(openLog(':memory:'));
    expect(await open(ring, await sealedBy(ring, ANNA, value as string))).toEqual(value);
  });

  it('cannot be read, and is never the same twice', async () => {
    const ring = ringOn(openLog(':memory:'));
    const one = await sealedBy(ring);
    const other = await sealedBy(ring);
    expect(Buffer.from(one.box, 'base64url').toString('latin1')).not.toContain('Anna');
    expect(one.box).not.toBe(other.box);
  });

  it.each<[string, (sealed: Sealed) => [Sealed, string?, string?]]>([
    ['another event', (sealed) => [sealed, 'elsewhere']],
    ['another field', (sealed) => [sealed, EVENT, 'address']],
    ['another version of the key', (sealed) => [{ ...sealed, keyVersion: 2 }]],
    ['a person it is not of', (sealed) => [{ ...sealed, subject: BERT }]],
    ['a changed box', (sealed) => [{ ...sealed, box: `${sealed.box[0] === 'A' ? 'B' : 'A'}${sealed.box.slice(1)}` }]],
    ['a box cut off', (sealed) => [{ ...sealed, box: sealed.box.slice(0, -4) }]],
    ['an empty box', (sealed) => [{ ...sealed, box: '' }]],
  ])('is refused in %s', async (_, changed) => {
    const ring = ringOn(openLog(':memory:'));
    await ring.ensure(BERT, WHO);
    await expect(open(ring, ...changed(await sealedBy(ring)))).rejects.toMatchObject({ code: 'SEAL_BROKEN' });
  });

  it('is told from one whose key was never made', async () => {
    const ring = ringOn(openLog(':memory:'));
    const strange = { ...(await sealedBy(ring)), subject: BERT };
    await expect(open(ring, strange)).rejects.toMatchObject({ code: 'SUBJECT_KEY_MISSING' });
    await expect(ring.seal(BERT, EVENT, 'note', 'x')).rejects.toMatchObject({ code: 'SUBJECT_KEY_MISSING' });
  });

  it('opens only with keys that were loaded', async () => {
    const ring = ringOn(openLog(':memory:'));
    const sealed = await sealedBy(ring);
    const openNothing = await ring.load([]);
    expect(() => openNothing(sealed, EVENT, 'personal')).toThrow(/was not loaded/);
  });

  it('says nothing of its content in errors', async () => {
    const ring = ringOn(openLog(':memory:'));
    const error = await open(ring, await sealedBy(ring), 'elsewhere').catch((it: unknown) => it);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('Anna');
  });
});

describe('Keys', () => {
  it('stand in the log wrapped, one stream a subject, with who asked for them', async () => {
    const log = openLog(':memory:');
    await ringOn(log).ensure(ANNA, WHO);
    const events = await log.readStream(keyStream(ANNA));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'SubjectKeyCreated',
      data: { subject: ANNA, keyVersion: 1, masterKeyVersion: 1 },
      metadata: { actor: 'jan', organisation: 'GM0344', command: 'grantPermit' },
    });
  });

  it('have the same event id wherever they are made, so that one of two is a repeat', async () => {
    const [one, other] = [openLog(':memory:'), openLog('other.sqlite')];
    await ringOn(one).ensure(ANNA, WHO);
    await ringOn(other).ensure(ANNA, { ...WHO, commandId: 'another' });
    const ids = await Promise.all([one, other].map(async (log) => (await log.readStream(keyStream(ANNA)))[0]!.id));
    expect(ids[0]).toBe(ids[1]);
  });

  it('are made once', async () => {
    const log = openLog(':memory:');
    const ring = ringOn(log);
    const sealed = await sealedBy(ring);
    await ring.ensure(ANNA, WHO);
    await ringOn(log).ensure(ANNA, WHO);
    expect(await log.count()).toBe(1);
    expect(await open(ringOn(log), sealed)).toBe('Anna Berg');
  });

  it('made by two at once are one: the loser goes on with the winner’s', async () => {
    const log = openLog();
    const rings = Array.from({ length: 8 }, () => ringOn(log));
    await Promise.all(rings.map((ring) => ring.ensure(ANNA, WHO)));
    const boxes = await Promise.all(rings.map((ring) => ring.seal(ANNA, EVENT, 'personal', 'Anna Berg')));
    expect(await log.count()).toBe(1);
    for (const box of boxes) for (const ring of rings) expect(await open(ring, box)).toBe('Anna Berg');
  });

  it('are read again when memory holds no more of them', async () => {
    const ring = ringOn(openLog(':memory:'), { cachedKeys: 2 });
    const subjects = Array.from({ length: 10 }, (_, index) => `subject-${index}`);
    const sealed = await Promise.all(subjects.map((subject) => sealedBy(ring, subject, subject)));
    for (const it of sealed) expect(await open(ring, it)).toBe(it.subject);
    const openAll = await ring.load(subjects);
    expect(sealed.map((it) => openAll(it, EVENT, 'personal'))).toEqual(subjects);
  });

  it('are held in memory up to a number, the one used last the longest', async () => {
    const log = openLog(':memory:');
    const ring = ringOn(log, { cachedKeys: 2 });
    const [first, second, third] = [await sealedBy(ring, 'a'), await sealedBy(ring, 'b'), await sealedBy(ring, 'c')];
    await open(ring, second);
    const fourth = await sealedBy(ring, 'd');
    for (const subject of ['a', 'b', 'c', 'd']) await log.erase(keyStream(subject));
    const found = await Promise.all([first, second, third, fourth].map((it) => open(ring, it)));
    expect(found.map((it) => it !== undefined)).toEqual([false, true, false, true]);
  });

  it('open beside the writer, on a log that is only read', async () => {
    const sealed = await sealedBy(ringOn(openLog()));
    const reading = ringOn(openLog('log.sqlite', 'read'));
    expect(await open(reading, sealed)).toBe('Anna Berg');
    await expect(reading.ensure(BERT, WHO)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  });

  it('cannot be unwrapped with another master key', async () => {
    const log = openLog(':memory:');
    const sealed = await sealedBy(ringOn(log));
    const other = ringOn(log, { master: randomBytes(32) });
    await expect(open(other, sealed)).rejects.toMatchObject({ code: 'MASTER_KEY_WRONG' });
  });

  it('stay readable under an older version, and are wrapped with the newest', async () => {
    const log = openLog(':memory:');
    const before = await sealedBy(ringOn(log));
    const versions = new Map([
      [1, MASTER],
      [2, randomBytes(32)],
    ]);
    const rotated = new Keyring({
      log,
      masterKey: new LocalMasterKey(versions),
      clock: new FixedDayClock('2017-03-01'),
      erasedKeys: new ErasedKeys(join(directory, 'erased-keys.jsonl')),
    });
    expect(await open(rotated, before)).toBe('Anna Berg');
    await rotated.ensure(BERT, WHO);
    expect((await log.readStream(keyStream(BERT)))[0]!.data).toMatchObject({ masterKeyVersion: 2 });
    await expect(ringOn(log).load([BERT])).rejects.toMatchObject({ code: 'MASTER_KEY_WRONG' });
  });
});

describe('A destroyed key', () => {
  it('opens nothing any more, and nobody else’s is touched', async () => {
    const log = openLog(':memory:');
    const ring = ringOn(log);
    const anna = await sealedBy(ring);
    const bert = await sealedBy(ring, BERT, 'Bert Berg');
    await ring.destroy(ANNA);
    for (const keyring of [ring, ringOn(log)]) {
      expect(await open(keyring, anna)).toBeUndefined();
      expect(await open(keyring, bert)).toBe('Bert Berg');
    }
  });

  it('is not made again, and seals nothing', async () => {
    const ring = ringOn(openLog(':memory:'));
    await sealedBy(ring);
    await ring.destroy(ANNA);
    await expect(ring.ensure(ANNA, WHO)).rejects.toMatchObject({ code: 'SUBJECT_KEY_DESTROYED' });
    await expect(ring.seal(ANNA, EVENT, 'note', 'x')).rejects.toMatchObject({ code: 'SUBJECT_KEY_DESTROYED' });
  });

  it('can be destroyed again', async () => {
    const ring = ringOn(openLog(':memory:'));
    await sealedBy(ring);
    await ring.destroy(ANNA);
    await ring.destroy(ANNA);
    expect(await ring.applyErasedKeys()).toBe(0);
  });

  it('leaves no byte in the files of the log', async () => {
    const log = openLog();
    const ring = ringOn(log);
    await sealedBy(ring);
    const [event] = await log.readStream(keyStream(ANNA));
    const wrapped = event!.data.wrapped as string;
    const found = () =>
      ['log.sqlite', 'log.sqlite-wal', 'log.sqlite-shm']
        .map((name) => join(directory, name))
        .some((file) => existsSync(file) && readFileSync(file).includes(wrapped));
    expect(found()).toBe(true);
    await ring.destroy(ANNA);
    expect(found()).toBe(false);
  });

  it('is noted outside the log before it is erased there', async () => {
    const log = openLog();
    const ring = ringOn(log);
    await sealedBy(ring);
    await log.close();
    await expect(ring.destroy(ANNA)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    const again = ringOn(openLog());
    expect(await again.applyErasedKeys()).toBe(1);
    await expect(again.ensure(ANNA, WHO)).rejects.toMatchObject({ code: 'SUBJECT_KEY_DESTROYED' });
  });

  it('does not come back with an old backup', async () => {
    const log = openLog();
    const ring = ringOn(log);
    const anna = await sealedBy(ring);
    const bert = await sealedBy(ring, BERT, 'Bert Berg');
    await log.close();
    const file = new Database(join(directory, 'log.sqlite'), { readonly: true });
    file.prepare('VACUUM INTO ?').run(join(directory, 'backup.sqlite'));
    file.close();

    await ringOn(openLog()).destroy(ANNA);
    const restored = ringOn(openLog('backup.sqlite'));
    expect(await open(restored, anna)).toBe('Anna Berg');
    expect(await restored.applyErasedKeys()).toBe(1);
    expect(await open(restored, anna)).toBeUndefined();
    expect(await open(restored, bert)).toBe('Bert Berg');
    expect(await restored.applyErasedKeys()).toBe(0);
  });

  it('is known as destroyed in a copy of the log that never had it', async () => {
    const ring = ringOn(openLog(':memory:'));
    const anna = await sealedBy(ring);
    await ring.destroy(ANNA);
    const copy = ringOn(openLog('copy.sqlite'));
    await copy.applyErasedKeys();
    expect(await open(copy, anna)).toBeUndefined();
  });

  it('is given up by another node after a while', async () => {
    const log = openLog(':memory:');
    const [here, there] = [ringOn(log), ringOn(log, { trustedMs: 0 })];
    const sealed = await sealedBy(here);
    expect(await open(there, sealed)).toBe('Anna Berg');
    await here.destroy(ANNA);
    expect(await open(there, sealed)).toBeUndefined();
  });

  it('is given up by another node when it hears of it, and stands on its own list from then on', async () => {
    const log = openLog(':memory:');
    const list = 'other-erased-keys.jsonl';
    const [here, there] = [ringOn(log), ringOn(log, { list })];
    const sealed = await sealedBy(here);
    expect(await open(there, sealed)).toBe('Anna Berg');
    await here.destroy(ANNA);
    await there.heardOfDestruction([ANNA]);
    await there.heardOfDestruction([ANNA, BERT]);
    expect(await open(there, sealed)).toBeUndefined();
    const listed: string[] = [];
    for await (const subject of new ErasedKeys(join(directory, list)).subjects()) listed.push(subject);
    expect(listed).toEqual([ANNA, BERT]);
  });
});

describe('The mark of a master key', () => {
  it('is made once, of two nodes at the same time too, and tells a node that has another master key', async () => {
    const log = openLog(':memory:');
    await Promise.all([ringOn(log).markMasterKey(), ringOn(log).markMasterKey()]);
    await ringOn(log).markMasterKey();
    expect(await log.count()).toBe(1);
    const other = ringOn(log, { master: Buffer.alloc(32, 9) });
    await expect(other.markMasterKey()).rejects.toMatchObject({ code: 'MASTER_KEY_WRONG' });
  });

  it('lets one of two nodes begin that come with different master keys at the same time', async () => {
    const log = openLog(':memory:');
    const rings = [ringOn(log), ringOn(log, { master: Buffer.alloc(32, 9) })];
    const marked = await Promise.allSettled(rings.map((ring) => ring.markMasterKey()));
    expect(marked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('A fingerprint', () => {
  it('is the same for the same text of the same subject only', async () => {
    const log = openLog(':memory:');
    const ring = ringOn(log);
    await ring.ensure(ANNA, WHO);
    await ring.ensure(BERT, WHO);
    const print = await ring.fingerprint(ANNA, '{"a":1}');
    expect(print).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(await ringOn(log).fingerprint(ANNA, '{"a":1}')).toBe(print);
    expect(await ring.fingerprint(ANNA, '{"a":2}')).not.toBe(print);
    expect(await ring.fingerprint(BERT, '{"a":1}')).not.toBe(print);
  });

  it('cannot be made without a key, or after it was destroyed', async () => {
    const ring = ringOn(openLog(':memory:'));
    await expect(ring.fingerprint(ANNA, 'x')).rejects.toMatchObject({ code: 'SUBJECT_KEY_MISSING' });
    await ring.ensure(ANNA, WHO);
    await ring.destroy(ANNA);
    expect(await ring.fingerprint(ANNA, 'x')).toBeUndefined();
  });
});
