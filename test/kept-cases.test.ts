import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { filesOf, loadConfig, type Config } from '../src/config.ts';
import { SqliteEventLog } from '../src/event-log/sqlite-event-log.ts';
import { KeptCases } from '../src/kept-cases.ts';
import { defaultReferenceEvents } from '../src/reference/reference.ts';

let config: Config;
let log: SqliteEventLog;
let cases: KeptCases | undefined;
/** Of a version that filled the store from a view. */
let former: string;
const failures: string[] = [];
jest.setTimeout(60_000);

beforeEach(async () => {
  failures.length = 0;
  config = loadConfig({ WOONSPOOR_DATA: mkdtempSync(join(tmpdir(), 'woonspoor-kept-')) });
  log = SqliteEventLog.open({ file: filesOf(config).log, mode: 'write' });
  for (const { stream, event } of defaultReferenceEvents()) await log.append(stream, 'no-stream', [event]);
  former = join(config.dataFolder, 'analysis', 'views');
  mkdirSync(former, { recursive: true });
  const view = new Database(join(former, 'case-table-v3-1.sqlite'));
  view.exec("create table _view (format integer, name text) strict; insert into _view values (1, 'case-table')");
  view.close();
});
afterEach(async () => {
  await cases?.stop();
  await log.close();
  rmSync(config.dataFolder, { recursive: true });
});

function start(settings = config): void {
  cases = new KeptCases(settings, log, { onFailure: (reason) => failures.push(reason) });
  cases.start();
}

it('the view that earlier versions filled the event table from goes once the event table stands', async () => {
  start();
  expect(readdirSync(former)).toEqual(['case-table-v3-1.sqlite']);
  while (existsSync(former) && failures.length === 0) await sleep(5);
  expect(failures).toEqual([]);
  expect(existsSync(filesOf(config).caseStore)).toBe(true);
});

it('what somebody else keeps in its folder stays', async () => {
  writeFileSync(join(former, 'letter.txt'), 'mine');
  start();
  while (readdirSync(former).length > 1 && failures.length === 0) await sleep(5);
  await cases!.stop();
  expect(readdirSync(former)).toEqual(['letter.txt']);
});

it('it stays while the event table cannot be filled', async () => {
  start({ ...config, log: { file: join(config.dataFolder, 'no-such-log.sqlite') } });
  while (failures.length === 0) await sleep(5);
  await cases!.stop();
  expect(readdirSync(former)).toEqual(['case-table-v3-1.sqlite']);
});
