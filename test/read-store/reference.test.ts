import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import type { ProjectionParts } from '../../src/projecting/load-views.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import { positionToken, type ViewChange, type Views } from '../../src/read-store/views.ts';
import {
  priced,
  record,
  shown,
  shownAnew,
  stayed,
  staysProjection,
  toyParts,
  type ToyHistory,
  type ToyReference,
} from './toy.ts';

const MONDAY = '2017-01-02T10:00:00.000Z';
const TUESDAY = '2017-01-03T10:00:00.000Z';
const WEDNESDAY = '2017-01-04T10:00:00.000Z';

let log: SqliteEventLog;
let views: Views;

beforeEach(async () => {
  log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  await record(log, 'reference-prices', '1900-01-01T00:00:00.000Z', priced('a', 1), priced('b', 10));
});
afterEach(async () => {
  await views.close();
  await log.close();
});

async function open(changed: Partial<ProjectionParts<ToyHistory, ToyReference>> = {}): Promise<void> {
  views = await openViewsInline(toyParts(log, changed), { dir: ':memory:' });
  await views.caughtUp();
}
const prices = (): Promise<unknown[]> =>
  views.read('stays', (db) =>
    db.prepare('select stream, person, price, knownFrom, knownUntil from stay order by 1, 2, 4').raw().all(),
  );

describe('a reference fact', () => {
  it('works out the rows of every stream anew, from the day it became known', async () => {
    await open();
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await record(log, 'visit-2', MONDAY, stayed('q', 'b', '2016-12-01'));
    await views.caughtUp();
    await record(log, 'reference-prices', TUESDAY, priced('a', 2));
    await views.caughtUp();
    expect(await prices()).toEqual([
      ['visit-1', 'p', 1, '2017-01-02', '2017-01-03'],
      ['visit-1', 'p', 2, '2017-01-03', null],
      ['visit-2', 'q', 10, '2017-01-02', null],
    ]);
  });

  it('is not known on the days before, also to streams that became known later', async () => {
    await open();
    await record(log, 'reference-prices', WEDNESDAY, priced('a', 2));
    await views.caughtUp();
    await record(log, 'visit-1', TUESDAY, stayed('p', 'a', '2016-12-01'));
    await views.caughtUp();
    expect(await prices()).toEqual([
      ['visit-1', 'p', 1, '2017-01-03', '2017-01-04'],
      ['visit-1', 'p', 2, '2017-01-04', null],
    ]);
  });

  it('of a day before others that are known already changes that day and those after it', async () => {
    await open();
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await record(log, 'reference-prices', WEDNESDAY, priced('a', 3));
    await views.caughtUp();
    await record(log, 'reference-others', TUESDAY, priced('b', 20));
    await record(log, 'visit-2', MONDAY, stayed('q', 'b', '2016-12-01'));
    await views.caughtUp();
    const followed = await shown(views);
    expect(followed).toEqual((await shownAnew(log)).stays);
    await views.rebuild();
    expect(await shown(views)).toEqual(followed);
  });

  it('recomputes all streams in steps, between which new events are taken in', async () => {
    await open({ eventsAtOnce: 4 });
    for (let index = 0; index < 30; index++) {
      await record(log, `visit-${index}`, MONDAY, stayed('p', 'a', `2016-12-${10 + (index % 20)}`));
    }
    await views.caughtUp();
    const changes: ViewChange[] = [];
    views.changes().subscribe((change) => changes.push(change));
    await record(log, 'reference-prices', TUESDAY, priced('a', 2));
    for (let index = 0; index < 5; index++) {
      await record(log, `visit-${index}`, TUESDAY, stayed('q', 'a', '2016-12-01'));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await views.caughtUp();
    const sweepOver = changes.findIndex(({ streams }) => streams === 'all');
    expect(changes.slice(0, sweepOver).some(({ streams }) => streams.includes('visit-1'))).toBe(true);
    expect(await shown(views)).toEqual((await shownAnew(log)).stays);
  });

  it('counts as reached only when all streams have been worked out with it', async () => {
    await open({ eventsAtOnce: 2 });
    for (let index = 0; index < 20; index++) {
      await record(log, `visit-${index}`, MONDAY, stayed(`p${index}`, 'a', '2016-12-01'));
    }
    await views.caughtUp();
    const { position } = await record(log, 'reference-prices', TUESDAY, priced('a', 2));
    await record(log, 'visit-1', WEDNESDAY, stayed('q', 'a', '2016-12-01'));
    const minPosition = positionToken(log.id, position);
    const old = 'select count(*) from stay where price = 1 and knownUntil is null';
    expect(await views.read('stays', (db) => db.prepare(old).pluck().get(), { minPosition })).toBe(0);
  });

  it('keeps two views right that stand at different places in the log', async () => {
    await open({ projections: [staysProjection, { ...staysProjection, name: 'other-stays' }], eventsAtOnce: 3 });
    for (let index = 0; index < 10; index++) {
      await record(log, `visit-${index}`, MONDAY, stayed('p', 'a', '2016-12-01'));
    }
    await views.caughtUp();
    const rebuilding = views.rebuild('other-stays');
    await record(log, 'reference-prices', TUESDAY, priced('a', 2));
    await record(log, 'visit-1', TUESDAY, stayed('q', 'b', '2016-12-01'));
    await record(log, 'reference-others', WEDNESDAY, priced('b', 5));
    await rebuilding;
    await views.caughtUp();
    const { stays } = await shownAnew(log);
    expect(await shown(views)).toEqual(stays);
    expect(await shown(views, { ...staysProjection, name: 'other-stays' })).toEqual(stays);
  });
});

describe('streams whose clocks differ around midnight', () => {
  it('come out the same, whichever event reached the log first', async () => {
    const late = '2017-01-03T22:59:58.000Z'; // 3 January in the Netherlands
    const early = '2017-01-03T23:00:01.000Z'; // 4 January
    await open();
    await record(log, 'visit-1', early, stayed('p', 'a', '2016-12-02'));
    await record(log, 'reference-prices', early, priced('a', 2));
    await views.caughtUp();
    await record(log, 'visit-2', late, stayed('p', 'a', '2016-12-01'));
    await record(log, 'reference-others', late, priced('b', 20));
    await views.caughtUp();
    expect(await prices()).toEqual([
      ['visit-1', 'p', 2, '2017-01-04', null],
      ['visit-2', 'p', 1, '2017-01-03', '2017-01-04'],
      ['visit-2', 'p', 2, '2017-01-04', null],
    ]);
    const followed = await shown(views);
    await views.rebuild();
    expect(await shown(views)).toEqual(followed);
  });
});
