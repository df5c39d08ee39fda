import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDbEventLog } from '../../src/eventstoredb/eventstoredb-event-log.ts';
import { LogUnavailable } from '../../src/event-sourcing/event-log.ts';
import { all, errorOf, event, newStream } from '../event-log/samples.ts';
import { EventStoreDouble } from './double/double.ts';

const double = await EventStoreDouble.start();
const folder = mkdtempSync(join(tmpdir(), 'woonspoor-spool-'));
afterAll(() => {
  double.stop();
  rmSync(folder, { recursive: true });
});

describe('what a log on a server is read stream by stream from', () => {
  let connectionString: string;
  let logs = 0;
  beforeEach(() => {
    connectionString = double.connectionString(`spool${logs++}`);
  });
  const open = (temporaryFolder?: string) =>
    EventStoreDbEventLog.open({ connectionString, mode: 'write', temporaryFolder });
  /** As one that was made a while ago. */
  const age = (name: string) => utimesSync(join(folder, name), new Date(2017, 0), new Date(2017, 0));

  it('stands in the folder that was named, and is gone when the log is closed', async () => {
    const log = await open(folder);
    await log.append(newStream(), 'no-stream', [event(), event()]);
    expect(await all(log.readStreamByStream({ category: 'case' }))).toHaveLength(2);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^log-spool-/)]);
    await log.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('stands where temporary things stand when there is no such folder, which is not made for it', async () => {
    const log = await open(join(folder, 'none'));
    await log.append(newStream(), 'no-stream', [event()]);
    expect((await log.inventory()).categories).toEqual(['case']);
    expect(readdirSync(folder)).toEqual([]);
    await log.close();
  });

  it('leaves nothing behind where it cannot be made', async () => {
    // Longer than SQLite takes for the path of a file, not than a folder's may be.
    const deep = join(folder, ...['a', 'b', 'c'].map((letter) => letter.repeat(200)));
    mkdirSync(deep, { recursive: true });
    const log = await open(deep);
    expect(await errorOf(log.inventory())).toBeInstanceOf(LogUnavailable);
    expect(readdirSync(deep)).toEqual([]);
    await log.close();
    rmSync(join(folder, 'a'.repeat(200)), { recursive: true });
  });

  it('is removed at the next opening where a killed process left it behind; not while it is in use', async () => {
    mkdirSync(join(folder, 'log-spool-left'));
    writeFileSync(join(folder, 'log-spool-left', 'log.sqlite'), 'half');
    mkdirSync(join(folder, 'views'));
    age('log-spool-left');
    const log = await open(folder);
    expect(readdirSync(folder)).toEqual(['views']);
    await log.append(newStream(), 'no-stream', [event()]);
    await log.inventory();
    for (const name of readdirSync(folder)) age(name);
    const other = await open(folder);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(await all(log.readStreamByStream({ category: 'case' }))).toHaveLength(1);
    await other.close();
    await log.close();
    expect(readdirSync(folder)).toEqual(['views']);
  });
});
