import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { SystemClock } from '../../src/event-sourcing/clock.ts';
import { ErasedKeys } from '../../src/privacy/erased-keys.ts';
import { Keyring } from '../../src/privacy/keyring.ts';
import {
  LocalMasterKey,
  newMasterKeyText,
  openMasterKey,
  parseMasterKey,
  type MasterKeySource,
} from '../../src/privacy/master-key.ts';

let directory: string;
let file: string;
let log: SqliteEventLog;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'master-key-'));
  file = join(directory, 'secrets', 'master-key');
  log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
});
afterEach(async () => {
  await log.close();
  rmSync(directory, { recursive: true, force: true });
});

async function withAKey(source: MasterKeySource): Promise<void> {
  const masterKey = await openMasterKey(source, log);
  const erasedKeys = new ErasedKeys(join(directory, 'erased-keys.jsonl'));
  const ring = new Keyring({ log, masterKey, clock: new SystemClock(), erasedKeys });
  const name = 'test';
  await ring.ensure('anna', {
    commandId: name,
    name,
    actor: name,
    role: name,
    organisation: name,
    correlationId: name,
    causationId: name,
  });
}

describe('The master key’s file', () => {
  it('is made at the first start, for its owner only, and used from then on', async () => {
    await withAKey({ file, create: true });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(directory, 'secrets'))).toEqual(['master-key']);
    const text = readFileSync(file, 'utf8');
    expect((await openMasterKey({ file, create: true }, log)).version).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('is not made where it has to be given', async () => {
    await expect(openMasterKey({ file, create: false }, log)).rejects.toMatchObject({
      code: 'MASTER_KEY_UNUSABLE',
      message: `the master key file ${file} is missing`,
    });
  });

  it('is never made anew while the log holds keys', async () => {
    await withAKey({ file, create: true });
    rmSync(file);
    await expect(openMasterKey({ file, create: true }, log)).rejects.toMatchObject({
      code: 'MASTER_KEY_UNUSABLE',
      message: expect.stringMatching(/missing, but the log holds keys/) as unknown,
    });
    expect(readdirSync(join(directory, 'secrets'))).toEqual([]);
  });

  it('of another log is refused', async () => {
    await withAKey({ file, create: true });
    writeFileSync(file, newMasterKeyText());
    await expect(openMasterKey({ file, create: true }, log)).rejects.toMatchObject({ code: 'MASTER_KEY_WRONG' });
  });

  it('with a mistake is refused by its name, without showing what is in it', async () => {
    chmodSync(directory, 0o700);
    const short = join(directory, 'short');
    writeFileSync(short, randomBytes(16).toString('base64'));
    const error = await openMasterKey({ file: short, create: true }, log).catch((it: unknown) => it as Error);
    expect(error).toMatchObject({ code: 'MASTER_KEY_UNUSABLE' });
    expect((error as Error).message).toMatch(/short: the master key must have 32 bytes; version 1 has 16/);
    expect((error as Error).message).not.toContain(readFileSync(short, 'utf8'));
  });
});

describe('The master key’s text', () => {
  const key = randomBytes(32).toString('base64');
  const other = randomBytes(32).toString('base64url');

  it('is one key, or several with their versions', () => {
    expect([...parseMasterKey(`${key}\n`).keys()]).toEqual([1]);
    expect([...parseMasterKey(`1:${key}, 3:${other}`).keys()]).toEqual([1, 3]);
    expect(Buffer.from(parseMasterKey(`2:${other}`).get(2)!).toString('base64url')).toBe(other);
  });

  it.each([
    ['empty', ' \n', /is empty/],
    ['not base64', 'secret!', /not base64/],
    ['too short', randomBytes(31).toString('base64'), /must have 32 bytes; version 1 has 31/],
    ['too long', randomBytes(33).toString('base64'), /must have 32 bytes; version 1 has 33/],
    ['one version twice', `1:${key} 1:${other}`, /version 1 twice/],
    ['version zero', `0:${key}`, /start at 1/],
  ])('is refused if %s', (_, text, message) => {
    expect(() => parseMasterKey(text)).toThrow(
      expect.objectContaining({ code: 'MASTER_KEY_UNUSABLE', message: expect.stringMatching(message) as unknown }),
    );
  });

  it('fits the log when one of its versions does', async () => {
    await withAKey({ value: `1:${key}` });
    expect((await openMasterKey({ value: `1:${key} 2:${other}` }, log)).version).toBe(2);
    await expect(openMasterKey({ value: `2:${other}` }, log)).rejects.toMatchObject({
      code: 'MASTER_KEY_WRONG',
      message: expect.stringMatching(/version 1 of the master key; given: version 2/) as unknown,
    });
  });
});

describe('A wrapped key', () => {
  it('is bound to its subject', async () => {
    const masterKey = new LocalMasterKey(new Map([[1, randomBytes(32)]]));
    const wrapped = await masterKey.wrap('anna', randomBytes(32));
    await expect(masterKey.unwrap('bert', wrapped)).rejects.toMatchObject({ code: 'MASTER_KEY_WRONG' });
    await expect(masterKey.unwrap('anna', wrapped)).resolves.toHaveLength(32);
  });
});
