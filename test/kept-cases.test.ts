import { afterEach, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../src/config.ts';
import { SqliteEventLog } from '../src/event-log/sqlite-event-log.ts';
import { KeptCases } from '../src/kept-cases.ts';

const folder = mkdtempSync(join(tmpdir(), 'woonspoor-kept-'));
const log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
let cases: KeptCases | undefined;

afterEach(async () => {
  await cases?.stop();
  await log.close();
  rmSync(folder, { recursive: true });
});

it('the event table says why it cannot be opened, and that it does not answer', async () => {
  const failures: string[] = [];
  const data = join(folder, 'data');
  writeFileSync(data, 'a file where a folder has to stand');
  cases = new KeptCases(loadConfig({ WOONSPOOR_DATA: data }), log, { onFailure: (reason) => failures.push(reason) });
  cases.start();
  while (failures.length === 0) await sleep(5);
  expect(failures).toEqual([expect.stringContaining(data)]);
  await expect(cases.ask(() => Promise.resolve())).rejects.toThrow(/case-table/);
});
