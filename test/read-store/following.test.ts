import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import type { Views } from '../../src/read-store/views.ts';
import { record, retracted, shown, shownAnew, stayed, toyParts } from './toy.ts';

const MONDAY = '2017-01-02T10:00:00.000Z';
const TUESDAY = '2017-01-03T10:00:00.000Z';
const LATER_ON_TUESDAY = '2017-01-03T15:00:00.000Z';
const WEDNESDAY = '2017-01-04T10:00:00.000Z';

let dir: string;
let log: SqliteEventLog;
let views: Views;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'views-following-'));
  log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  views = await openViewsInline(toyParts(log), { dir });
  await views.caughtUp();
});
afterEach(async () => {
  await views.close();
  await log.close();
  rmSync(dir, { recursive: true });
});

async function recorded(stream: string, at: string, ...events: readonly { type: string }[]): Promise<void> {
  await record(log, stream, at, ...events);
  await views.caughtUp();
}
const stays = (): Promise<unknown[]> =>
  views.read('stays', (db) =>
    db.prepare('select person, place, knownFrom, knownUntil from stay order by 3').raw().all(),
  );
const winner = (): Promise<unknown[]> =>
  views.read('stays', (db) =>
    db.prepare('select stream, "on", knownFrom, knownUntil from earliest order by 3').raw().all(),
  );
const perPlace = (): Promise<unknown[]> =>
  views.read('stays', (db) => db.prepare('select * from perPlace order by knownOn, place').raw().all());

describe('a row', () => {
  it('that changes twice on a day keeps the last state', async () => {
    await recorded('visit-1', TUESDAY, stayed('p', 'a', '2016-12-02'));
    await recorded('visit-1', LATER_ON_TUESDAY, stayed('p', 'b', '2016-12-01'));
    expect(await stays()).toEqual([['p', 'b', '2017-01-03', null]]);
  });

  it('keeps what was known on the days before', async () => {
    await recorded('visit-1', MONDAY, stayed('p', 'a', '2016-12-02'));
    await recorded('visit-1', TUESDAY, stayed('p', 'b', '2016-12-01'));
    await recorded('visit-1', WEDNESDAY, retracted(0));
    expect(await stays()).toEqual([
      ['p', 'a', '2017-01-02', '2017-01-03'],
      ['p', 'b', '2017-01-03', null],
    ]);
  });

  it('is as if nothing had happened when a change is taken back on the same day', async () => {
    await recorded('visit-1', MONDAY, stayed('p', 'a', '2016-12-02'));
    await recorded('visit-1', TUESDAY, stayed('p', 'b', '2016-12-01'));
    await recorded('visit-1', LATER_ON_TUESDAY, retracted(1));
    expect(await stays()).toEqual([['p', 'a', '2017-01-02', null]]);
  });

  it('is known no longer from the day its fact was taken back, and again when that was taken back', async () => {
    await recorded('visit-1', MONDAY, stayed('p', 'a', '2016-12-02'));
    await recorded('visit-1', TUESDAY, retracted(0));
    await recorded('visit-1', WEDNESDAY, retracted(1));
    expect(await stays()).toEqual([
      ['p', 'a', '2017-01-02', '2017-01-03'],
      ['p', 'a', '2017-01-04', null],
    ]);
  });
});

describe('an election', () => {
  it('is worked out anew when a candidate comes, and when the winner goes', async () => {
    await recorded('visit-1', MONDAY, stayed('p', 'a', '2016-12-02'));
    await recorded('visit-2', TUESDAY, stayed('p', 'b', '2016-12-01'));
    await recorded('visit-2', WEDNESDAY, retracted(0));
    expect(await winner()).toEqual([
      ['visit-1', '2016-12-02', '2017-01-02', '2017-01-03'],
      ['visit-2', '2016-12-01', '2017-01-03', '2017-01-04'],
      ['visit-1', '2016-12-02', '2017-01-04', null],
    ]);
  });

  it('moves the sums by what changed, on the day it changed', async () => {
    await recorded('visit-1', MONDAY, stayed('p', 'a', '2016-12-02', 5));
    await recorded('visit-2', TUESDAY, stayed('p', 'b', '2016-12-01', 7));
    expect(await perPlace()).toEqual([
      ['a', '2017-01-02', 1, 5],
      ['a', '2017-01-03', -1, -5],
      ['b', '2017-01-03', 1, 7],
    ]);
  });

  it('leaves no rows of zeros when a change is taken back on the same day', async () => {
    await recorded('visit-1', MONDAY, stayed('p', 'a', '2016-12-02', 5));
    await recorded('visit-2', TUESDAY, stayed('p', 'b', '2016-12-01', 7));
    await recorded('visit-2', LATER_ON_TUESDAY, retracted(0));
    expect(await perPlace()).toEqual([['a', '2017-01-02', 1, 5]]);
  });

  it('comes out the same for thousands of persons, followed or loaded', async () => {
    const of = (place: string, on: string) =>
      Array.from({ length: 2_200 }, (_, index) => stayed(`p${index}`, place, on, index));
    await recorded('visit-1', MONDAY, ...of('a', '2016-12-02'));
    await recorded('visit-2', TUESDAY, ...of('b', '2016-12-01'));
    const followed = await shown(views);
    expect(followed.earliest).toHaveLength(4_400);
    expect((await shownAnew(log)).stays).toEqual(followed);
  });
});

describe('a file that another process writes, too', () => {
  it('is written no further, and that can be seen', async () => {
    await recorded('visit-1', MONDAY, stayed('p', 'a', '2016-12-02'));
    const other = new Database(join(dir, 'stays-v1-1.sqlite'));
    other.exec(`update _view set state = replace(state, '"position":"1"', '"position":"0"')`);
    other.close();
    await record(log, 'visit-1', TUESDAY, stayed('p', 'b', '2016-12-01'));
    const status = async () => (await views.status())[0]!;
    for (let tries = 0; tries < 100 && (await status()).failure === null; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await status()).toMatchObject({
      state: 'failing',
      failure: 'Error: stays-v1-1.sqlite was changed by another process',
    });
    expect(await stays()).toEqual([['p', 'a', '2017-01-02', null]]);
  });
});
