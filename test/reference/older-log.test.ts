import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesOf, loadConfig } from '../../src/config.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { openLog } from '../../src/opened-log.ts';
import { readReference } from '../../src/reference/reference-reading.ts';
import { defaultReferenceEvents } from '../../src/reference/reference.ts';
import { metadata, uuid } from '../examples.ts';

const folder = mkdtempSync(join(tmpdir(), 'woonspoor-older-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a log of an older program', () => {
  it('gets the first events that it lacks when it is opened to write, once, and keeps those it has', async () => {
    const config = loadConfig({}, { dataFolder: folder });
    const older = SqliteEventLog.open({ file: filesOf(config).log, mode: 'write' });
    for (const { stream, event } of defaultReferenceEvents().slice(0, 2)) {
      await older.append(stream, 'no-stream', [event]);
    }
    const own = { id: uuid('own'), type: 'Toy', data: {}, metadata: metadata('2017-01-02T00:00:00.000Z', uuid('own')) };
    await older.append(`case-${uuid('case')}`, 'no-stream', [own]);
    await older.close();

    let heads: readonly (string | undefined)[] = [];
    for (let time = 0; time < 2; time++) {
      const { log } = await openLog(config, (same) => same);
      const { reference, parked } = await readReference(log);
      expect([reference.municipalitiesOn('2017-02-23').length, parked]).toEqual([388, null]);
      expect(reference.normTermSets).toHaveLength(1);
      expect(await log.count()).toBe(defaultReferenceEvents().length + 1);
      heads = [...heads, await log.head()];
      await log.close();
    }
    expect(heads[0]).toBe(heads[1]);
    const behind = loadConfig({ WOONSPOOR_CLOCK: '2017-01-01' }, { dataFolder: folder });
    await expect(openLog(behind, (same) => same)).rejects.toThrow('the log was written on 2017-01-02 already');
  });
});
