import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';

describe('the tests', () => {
  it('pass no setting of the shell on to the servers they start, but which EventStoreDB to test', () => {
    const program =
      "await import('./jest.config.mjs'); console.log(Object.keys(process.env).filter((name) => name.startsWith('WOONSPOOR_')).join())";
    const env = {
      ...process.env,
      WOONSPOOR_LOG: 'esdb://someone:else@localhost:1',
      WOONSPOOR_CRASH_AT: 'log:before-commit',
      WOONSPOOR_EVENTSTOREDB: 'esdb://localhost:1?tls=false',
      WOONSPOOR_EVENTSTOREDB_CONTROL: './control',
    };
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { env, encoding: 'utf8' });
    expect(stdout.trim().split(',').toSorted()).toEqual(['WOONSPOOR_EVENTSTOREDB', 'WOONSPOOR_EVENTSTOREDB_CONTROL']);
  });
});
