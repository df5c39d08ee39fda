import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigurationFaulty, loadConfig } from '../src/config.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

function faultsOf(env: NodeJS.ProcessEnv, overrides?: Parameters<typeof loadConfig>[1]): readonly string[] {
  try {
    loadConfig(env, overrides);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationFaulty) return error.faults;
    throw error;
  }
}

describe('The configuration', () => {
  it('needs nothing', () => {
    expect(loadConfig({})).toEqual({
      log: { file: resolve('.woonspoor', 'log.sqlite') },
      dataFolder: resolve('.woonspoor'),
      port: 3000,
      host: '127.0.0.1',
      masterKey: { file: resolve('.woonspoor', 'master-key'), create: true },
      drainMs: 0,
      production: false,
    });
  });

  it('takes an empty setting for one that is not given', () => {
    expect(loadConfig({ WOONSPOOR_PORT: '', WOONSPOOR_CLOCK: ' ' })).toEqual(loadConfig({}));
  });

  it('does not take an empty place of the log for one of its own', () => {
    for (const WOONSPOOR_LOG of ['', ' ']) {
      expect(faultsOf({ WOONSPOOR_LOG })).toEqual([
        expect.stringMatching(/^WOONSPOOR_LOG is empty: give .*, or unset it/),
      ]);
    }
  });

  it('comes from the environment, and before that from the command line', () => {
    const env = {
      WOONSPOOR_PORT: '4000',
      WOONSPOOR_CLOCK: '2017-03-31',
      WOONSPOOR_DATA: '/data',
      WOONSPOOR_HOST: '::',
    };
    expect(loadConfig(env)).toMatchObject({ port: 4000, fixedDay: '2017-03-31', dataFolder: '/data', host: '::' });
    expect(loadConfig(env, { port: '5000', fixedDay: '2018-01-01' })).toMatchObject({
      port: 5000,
      fixedDay: '2018-01-01',
    });
  });

  it('is told all its faults at once', () => {
    const env = { WOONSPOOR_PORT: '70000', WOONSPOOR_CLOCK: '2017-02-30', WOONSPOOR_MASTER_KEY: 'short' };
    expect(faultsOf(env).map((fault) => fault.split(/[ :]/)[0])).toEqual([
      'WOONSPOOR_PORT',
      'WOONSPOOR_CLOCK',
      'WOONSPOOR_MASTER_KEY',
    ]);
  });

  it.each([
    'esdb://127.0.0.1:2113?tls=false',
    'esdb+discover://woonspoor:secret@cluster.example:2113',
    'kurrentdb://woonspoor:p%40ss@n1:2113,n2:2113,[::1]:2113/?woonspoorNamespace=trial',
  ])('takes the log of a server: %s', (connectionString) => {
    expect(loadConfig({ WOONSPOOR_LOG: connectionString, WOONSPOOR_DATA: '/data' }).log).toEqual({
      connectionString,
      temporaryFolder: '/data',
    });
  });

  it.each([
    'http://user:topsecret@n1:2113',
    'topsecret.sqlite',
    'esdb://user:topsecret@',
    'esdb://topsecret@n1:2113',
    'esdb://user:topsecret@n1:port',
    'esdb://user:topsecret@n1?tls',
  ])('says what is wrong with a connection string, and never what stands in it: %s', (connectionString) => {
    const faults = faultsOf({ WOONSPOOR_LOG: connectionString, WOONSPOOR_PORT: 'x' });
    expect(faults).toHaveLength(2);
    expect(faults[1]).toMatch(/^WOONSPOOR_LOG: /);
    expect(faults.join()).not.toContain('topsecret');
  });

  it.each(['x', '-1', '3000.5', '1e3x'])('takes no port %s', (port) => {
    expect(faultsOf({ WOONSPOOR_PORT: port })).toHaveLength(1);
  });

  it('refuses in production what is for development', () => {
    const env = { NODE_ENV: 'production', WOONSPOOR_CRASH_AT: 'log:before-commit', WOONSPOOR_CLOCK: '2017-03-31' };
    const faults = faultsOf(env).join('\n');
    expect(faults).toContain('WOONSPOOR_CRASH_AT');
    expect(faults).toContain('WOONSPOOR_CLOCK');
    expect(faults).toContain('WOONSPOOR_MASTER_KEY or WOONSPOOR_MASTER_KEY_FILE is required');
  });

  it('takes the master key as text or from a file, and not from both', () => {
    const folder = mkdtempSync(join(tmpdir(), 'woonspoor-config-'));
    try {
      const file = join(folder, 'key');
      writeFileSync(file, `${KEY}\n`);
      expect(loadConfig({ WOONSPOOR_MASTER_KEY: KEY }).masterKey).toEqual({ value: KEY });
      expect(loadConfig({ WOONSPOOR_MASTER_KEY_FILE: file }).masterKey).toEqual({ file, create: false });
      expect(faultsOf({ WOONSPOOR_MASTER_KEY: KEY, WOONSPOOR_MASTER_KEY_FILE: file })).toHaveLength(1);
      expect(faultsOf({ WOONSPOOR_MASTER_KEY_FILE: join(folder, 'none') })[0]).toContain('cannot be read');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('never tells a key in a fault', () => {
    expect(faultsOf({ WOONSPOOR_MASTER_KEY: 'c2VjcmV0LXNlY3JldA==' }).join()).not.toContain('c2VjcmV0');
  });
});
