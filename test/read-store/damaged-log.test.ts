import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { LogUnavailable } from '../../src/event-sourcing/event-log.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import type { Views } from '../../src/read-store/views.ts';
import { priced, record, shown, stayed, toyParts, WrappedLog } from './toy.ts';

const MONDAY = '2017-01-02T10:00:00.000Z';
const TUESDAY = '2017-01-03T10:00:00.000Z';

let folder: string;
let log: SqliteEventLog;
let views: Views;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'damaged-log-'));
  log = SqliteEventLog.open({ file: join(folder, 'log.db'), mode: 'write' });
  await record(log, 'reference-prices', '1900-01-01T00:00:00.000Z', priced('a', 1));
  await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
});
afterEach(async () => {
  await views.close();
  await log.close();
  rmSync(folder, { recursive: true });
});

async function open(): Promise<void> {
  views = await openViewsInline(toyParts(log), { dir: join(folder, 'views') });
  await views.caughtUp();
}

/** Takes the views away from the log for a while. */
async function whileAway(happens: () => Promise<void>): Promise<void> {
  await views.close();
  await happens();
  await open();
}

function textOf(stream: string, revision: number, text?: string): string {
  const db = new Database(log.file);
  const where = 'where revision = ? and stream = (select id from streams where name = ?)';
  const before = db.prepare(`select data from events ${where}`).pluck().get(revision, stream) as string;
  db.exec('drop trigger if exists events_stand');
  if (text !== undefined) db.prepare(`update events set data = ? ${where}`).run(text, revision, stream);
  db.close();
  return before;
}
const damage = (stream: string, revision: number) => textOf(stream, revision, '{');

async function places(): Promise<unknown[]> {
  return views.read('stays', (db) => db.prepare('select stream, place from lastStay order by stream').raw().all());
}

describe('an event whose text is damaged', () => {
  it('parks its stream, and does not stop the others, when following comes by', async () => {
    await open();
    await whileAway(async () => {
      await record(log, 'visit-2', TUESDAY, stayed('q', 'b', '2016-12-01'));
      await record(log, 'visit-1', TUESDAY, stayed('p', 'c', '2016-12-02'));
      await record(log, 'visit-3', TUESDAY, stayed('r', 'd', '2016-12-01'));
      damage('visit-1', 1);
    });
    expect(await places()).toEqual([
      ['visit-1', 'a'],
      ['visit-2', 'b'],
      ['visit-3', 'd'],
    ]);
    expect(await views.parked()).toMatchObject([
      { view: 'stays', stream: 'visit-1', revision: 1, lastRevision: 1, reason: expect.stringMatching(/damaged/) },
      { view: 'names', stream: 'visit-1' },
    ]);
    expect(await views.status()).toMatchObject([{ state: 'ready', parked: 1, failure: null }, { state: 'ready' }]);
  });

  it('keeps later events of its stream waiting, noted', async () => {
    await open();
    await whileAway(async () => {
      await record(log, 'visit-1', TUESDAY, stayed('p', 'c', '2016-12-02'), stayed('p', 'd', '2016-12-03'));
      damage('visit-1', 1);
    });
    expect(await views.parked()).toMatchObject([{ stream: 'visit-1', revision: 1, lastRevision: 2 }, {}]);
    expect(await places()).toEqual([['visit-1', 'a']]);
  });

  it('is replayed once it is mended', async () => {
    await open();
    let text = '';
    await whileAway(async () => {
      await record(log, 'visit-1', TUESDAY, stayed('p', 'c', '2016-12-02'), stayed('p', 'd', '2016-12-03'));
      text = damage('visit-1', 1);
    });
    textOf('visit-1', 1, text);
    expect(await views.replay('visit-1')).toEqual([]);
    const replayed = await shown(views);
    await views.rebuild();
    expect(await shown(views)).toEqual(replayed);
  });

  it('leaves what stands before it in a view that is built anew', async () => {
    await record(log, 'visit-1', TUESDAY, stayed('p', 'b', '2016-12-02'));
    damage('visit-1', 1);
    await open();
    expect(await places()).toEqual([['visit-1', 'a']]);
    expect(await views.parked()).toMatchObject([{ stream: 'visit-1', revision: 1 }, {}]);
  });

  it('does not stop a sweep', async () => {
    await record(log, 'visit-2', MONDAY, stayed('q', 'a', '2016-12-01'));
    damage('visit-1', 0);
    await open();
    expect(await views.parked()).toMatchObject([{ stream: 'visit-1' }, {}]);
    await record(log, 'reference-prices', TUESDAY, priced('a', 2));
    await views.caughtUp();
    expect((await shown(views)).stay).toMatchObject([
      { stream: 'visit-2', price: 1 },
      { stream: 'visit-2', price: 2 },
    ]);
  });

  it('parks its stream when a sweep is the first to find it', async () => {
    await open();
    damage('visit-1', 0);
    await record(log, 'reference-prices', TUESDAY, priced('a', 2));
    await views.caughtUp();
    expect(await views.parked()).toMatchObject([{ stream: 'visit-1', revision: 0 }, {}]);
    expect(await places()).toEqual([['visit-1', 'a']]);
  });
});

describe('a reference event whose text is damaged', () => {
  async function damageNext(): Promise<void> {
    await record(log, 'reference-prices', TUESDAY, priced('a', 2), priced('a', 3));
    damage('reference-prices', 1);
    await record(log, 'reference-others', TUESDAY, priced('b', 9));
    await record(log, 'visit-2', TUESDAY, stayed('q', 'b', '2016-12-01'));
  }
  async function expectUpToDamage(): Promise<void> {
    expect(await views.parked()).toMatchObject([
      { view: 'stays', stream: 'reference-prices', revision: 1 },
      { view: 'names', stream: 'reference-prices' },
    ]);
    const { stay } = await shown(views);
    expect(stay).toMatchObject([
      { stream: 'visit-1', price: 1, knownUntil: null },
      { stream: 'visit-2', price: 9, knownUntil: null },
    ]);
    await views.read('stays', (_, freshness) => expect(freshness).toMatchObject({ referenceParked: true }));
  }

  it('counts up to the damage and is parked, when following comes by', async () => {
    await open();
    await whileAway(damageNext);
    await expectUpToDamage();
  });

  it('counts up to the damage and is parked, when a view is built anew', async () => {
    await damageNext();
    await open();
    await expectUpToDamage();
  });

  it('counts whole once it is mended and replayed', async () => {
    await damageNext();
    await open();
    textOf('reference-prices', 1, JSON.stringify({ place: 'a', price: 2 }));
    expect(await views.replay('reference-prices')).toEqual([]);
    await views.caughtUp();
    const replayed = await shown(views);
    expect(replayed.stay).toContainEqual(expect.objectContaining({ stream: 'visit-1', price: 3 }));
    await views.rebuild();
    expect((await shown(views)).stay).toEqual(replayed.stay);
  });
});

describe('a log that cannot be read at the moment', () => {
  it('is told of in the status of every view, until it can', async () => {
    class Away extends WrappedLog {
      isAway = true;
      override readAll(...given: Parameters<WrappedLog['readAll']>) {
        if (this.isAway) throw new LogUnavailable('away');
        return super.readAll(...given);
      }
      override follow(...given: Parameters<WrappedLog['follow']>) {
        if (this.isAway) throw new LogUnavailable('away');
        return super.follow(...given);
      }
    }
    const away = new Away(log);
    views = await openViewsInline(toyParts(away), { dir: ':memory:' });
    while ((await views.status())[0]!.state !== 'failing') {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await views.status()).toMatchObject([{ state: 'failing', failure: 'LogUnavailable: away' }, {}]);
    away.isAway = false;
    await record(log, 'visit-2', TUESDAY, stayed('q', 'b', '2016-12-01'));
    await views.caughtUp();
    expect(await views.status()).toMatchObject([{ state: 'ready', failure: null }, { state: 'ready' }]);
  });
});

describe('the end of the log, where keys have been erased', () => {
  it('is reached by views that have read all that is left before it', async () => {
    await open();
    await whileAway(async () => {
      await record(log, 'key-1', TUESDAY, { type: 'KeyMade' });
      await log.erase('key-1');
    });
    expect(await views.status()).toMatchObject([{ state: 'ready', eventsBehind: 0 }, { state: 'ready' }]);
  });

  it('is reached by views that are following, and by new ones', async () => {
    await open();
    await record(log, 'key-1', TUESDAY, { type: 'KeyMade' });
    await log.erase('key-1');
    await views.caughtUp();
    expect(await views.status()).toMatchObject([{ state: 'ready' }, { state: 'ready' }]);
    await views.rebuild();
    await views.caughtUp();
    await record(log, 'visit-1', TUESDAY, stayed('p', 'z', '2016-12-09'));
    await views.caughtUp();
    expect(await places()).toEqual([['visit-1', 'z']]);
  });
});
