import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { LogUnavailable } from '../../src/event-sourcing/event-log.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import type { ProjectionParts } from '../../src/projecting/load-views.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import type { Views } from '../../src/read-store/views.ts';
import {
  priced,
  record,
  shown,
  stayed,
  staysProjection,
  toyModel,
  toyParts,
  WrappedLog,
  type ToyHistory,
  type ToyReference,
} from './toy.ts';

const MONDAY = '2017-01-02T10:00:00.000Z';
const TUESDAY = '2017-01-03T10:00:00.000Z';
const WEDNESDAY = '2017-01-04T10:00:00.000Z';
const unreadable = { type: 'Unreadable' };

let log: SqliteEventLog;
let views: Views;

beforeEach(async () => {
  log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  await record(log, 'reference-prices', '1900-01-01T00:00:00.000Z', priced('a', 1));
});
afterEach(async () => {
  await views.close();
  await log.close();
});

async function open(changed: Partial<ProjectionParts<ToyHistory, ToyReference>> = {}): Promise<void> {
  views = await openViewsInline(toyParts(log, changed), { dir: ':memory:' });
  await views.caughtUp();
}

async function places(): Promise<unknown[]> {
  return views.read('stays', (db) => db.prepare('select stream, place from lastStay order by stream').raw().all());
}

describe('a stream with an event that cannot be read', () => {
  it('keeps its last good rows, and is parked with the reason', async () => {
    await open();
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await record(log, 'visit-1', TUESDAY, unreadable);
    await views.caughtUp();
    expect(await places()).toEqual([['visit-1', 'a']]);
    expect(await views.parked()).toMatchObject([
      {
        view: 'stays',
        stream: 'visit-1',
        revision: 1,
        day: '2017-01-03',
        since: TUESDAY,
        reason: 'Error: cannot be read',
        lastRevision: 1,
      },
      { view: 'names', stream: 'visit-1' },
    ]);
  });

  it('keeps the rows of what came before it in the same append', async () => {
    await open();
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'), stayed('q', 'b', '2016-12-01'), unreadable);
    await views.caughtUp();
    expect(await places()).toEqual([
      ['visit-1', 'a'],
      ['visit-1', 'b'],
    ]);
    expect(await views.parked()).toMatchObject([{ revision: 2 }, { revision: 2 }]);
  });

  it('does not stop the others', async () => {
    await open();
    await record(log, 'visit-1', MONDAY, unreadable);
    await record(log, 'visit-2', MONDAY, stayed('p', 'b', '2016-12-01'));
    await views.caughtUp();
    expect(await places()).toEqual([['visit-2', 'b']]);
  });

  it('lets later events wait, noted', async () => {
    await open();
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'), unreadable);
    await record(log, 'visit-1', TUESDAY, stayed('p', 'b', '2016-12-02'));
    await record(log, 'visit-1', WEDNESDAY, stayed('p', 'c', '2016-12-03'));
    await views.caughtUp();
    expect(await places()).toEqual([['visit-1', 'a']]);
    expect(await views.parked()).toMatchObject([
      { revision: 1, day: '2017-01-02', lastRevision: 3 },
      { revision: 1, lastRevision: 3 },
    ]);
  });

  it('marks every reading with the number of parked streams', async () => {
    await open();
    await record(log, 'visit-1', MONDAY, unreadable);
    await record(log, 'visit-2', MONDAY, unreadable);
    await views.caughtUp();
    await views.read('stays', (_, freshness) => expect(freshness).toMatchObject({ parked: 2, referenceParked: false }));
  });

  it('is parked by a rebuild just the same', async () => {
    await open();
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'), unreadable);
    await record(log, 'visit-1', TUESDAY, stayed('p', 'b', '2016-12-02'));
    await views.caughtUp();
    const followed = await shown(views);
    await views.rebuild('stays');
    expect(await shown(views)).toEqual(followed);
    expect(followed._parked).toHaveLength(1);
  });
});

describe('a parked stream', () => {
  let isMended = false;
  const history = (events: readonly RecordedEvent[]) => {
    const mended = events.map((event) =>
      isMended && event.type === 'Unreadable' ? { ...event, type: 'Read' } : event,
    );
    return toyModel.history(mended);
  };

  beforeEach(async () => {
    isMended = false;
    await open({ model: { ...toyModel, history } });
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await record(log, 'visit-1', TUESDAY, unreadable, stayed('q', 'b', '2016-12-02'));
    await record(log, 'visit-1', WEDNESDAY, stayed('r', 'c', '2016-12-03'));
    await views.caughtUp();
  });

  it('stays parked when it is replayed in vain', async () => {
    expect(await views.replay('visit-1')).toMatchObject([{ view: 'stays', stream: 'visit-1' }, { view: 'names' }]);
    expect(await places()).toEqual([['visit-1', 'a']]);
  });

  it('is worked out whole when it is replayed, with every day right', async () => {
    isMended = true;
    expect(await views.replay('visit-1')).toEqual([]);
    expect(await views.parked()).toEqual([]);
    const replayed = await shown(views);
    await views.rebuild('stays');
    expect(await shown(views)).toEqual(replayed);
    expect(replayed.stay).toMatchObject([
      { person: 'p', knownFrom: '2017-01-02' },
      { person: 'q', knownFrom: '2017-01-03' },
      { person: 'r', knownFrom: '2017-01-04' },
    ]);
  });

  it('is tried again with its next event', async () => {
    isMended = true;
    await record(log, 'visit-1', WEDNESDAY, stayed('s', 'd', '2016-12-04'));
    await views.caughtUp();
    expect(await views.parked()).toEqual([]);
    const { stay } = await shown(views);
    await views.rebuild('stays');
    expect((await shown(views)).stay).toEqual(stay);
  });
});

describe('a projection that throws', () => {
  it('parks the stream in its own view only', async () => {
    const throwing = {
      ...staysProjection,
      rows: ((its, reference, open) => {
        if (its.stays.some(({ place }) => place === 'nowhere')) throw new RangeError('no such place');
        return staysProjection.rows(its, reference, open);
      }) as typeof staysProjection.rows,
    };
    const other = { ...staysProjection, name: 'other-stays' };
    await open({ projections: [throwing, other] });
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await record(log, 'visit-1', MONDAY, stayed('p', 'nowhere', '2016-12-02'));
    await views.caughtUp();
    expect(await views.parked()).toMatchObject([{ view: 'stays', reason: 'RangeError: no such place' }]);
    expect(await places()).toEqual([['visit-1', 'a']]);
    expect((await shown(views, other)).lastStay).toMatchObject([{ place: 'nowhere' }]);
  });

  it('parks the stream when it gives a row that does not fit its table', async () => {
    const misfit = { ...staysProjection, rows: () => ({ visit: [{ stays: 'many' }] }) };
    await open({ projections: [misfit] });
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await views.caughtUp();
    expect(await views.parked()).toMatchObject([{ reason: 'TypeError: visit.stays is integer, not string' }]);
  });
});

describe('a stream that cannot be fetched', () => {
  class FailingLog extends WrappedLog {
    failures = 0;
    error: () => Error = () => new Error('chance');
    override async readStream(...given: Parameters<WrappedLog['readStream']>) {
      if (given[0] === 'visit-1' && this.failures-- > 0) throw this.error();
      return super.readStream(...given);
    }
  }
  let failing: FailingLog;

  beforeEach(async () => {
    failing = new FailingLog(log);
    views = await openViewsInline(toyParts(failing), { dir: ':memory:' });
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await views.caughtUp();
  });

  it('is tried again before it is parked', async () => {
    failing.failures = 2;
    await record(log, 'visit-1', TUESDAY, stayed('p', 'b', '2016-12-02'));
    await views.caughtUp();
    expect(failing.failures).toBeLessThanOrEqual(0);
    expect(await views.parked()).toEqual([]);
    expect(await places()).toEqual([['visit-1', 'b']]);
  });

  it('is parked in the end, and whole again once it can be fetched', async () => {
    failing.failures = 100;
    await record(log, 'visit-1', TUESDAY, stayed('p', 'b', '2016-12-02'));
    await views.caughtUp();
    expect(await views.parked()).toMatchObject([{ stream: 'visit-1', revision: 1, reason: 'Error: chance' }, {}]);
    expect(await places()).toEqual([['visit-1', 'a']]);
    failing.failures = 0;
    expect(await views.replay('visit-1')).toEqual([]);
    const replayed = await shown(views);
    await views.rebuild();
    expect(await shown(views)).toEqual(replayed);
  });

  it('is not parked because the log as a whole is away: the views wait for it', async () => {
    failing.failures = 3;
    failing.error = () => new LogUnavailable('away');
    await record(log, 'visit-1', TUESDAY, stayed('p', 'b', '2016-12-02'));
    await views.caughtUp();
    expect(await views.parked()).toEqual([]);
    expect(await places()).toEqual([['visit-1', 'b']]);
  });
});

describe('keys that cannot be had', () => {
  it('park the stream whose they are, and no other', async () => {
    const named = (subject: string) => ({ type: 'Named', subject, box: subject.toUpperCase() });
    await open({
      loadOpener: (subjects) =>
        subjects.includes('lost') ? Promise.reject(new Error('no key')) : Promise.resolve(({ box }) => box),
    });
    await record(log, 'visit-1', MONDAY, named('ann'));
    await record(log, 'visit-2', MONDAY, named('lost'));
    await views.caughtUp();
    expect(await views.parked()).toMatchObject([{ view: 'names', stream: 'visit-2', reason: 'Error: no key' }]);
    expect(await views.read('names', (db) => db.prepare('select name from name').pluck().all())).toEqual(['ANN']);
  });
});

describe('a reference stream that cannot be read', () => {
  beforeEach(async () => {
    await open();
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await record(log, 'reference-prices', TUESDAY, priced('a', 2), { type: 'Unpriced' }, priced('a', 3));
    await views.caughtUp();
  });

  it('counts up to its last good event', async () => {
    expect((await shown(views)).stay).toMatchObject([
      { price: 1, knownFrom: '2017-01-02', knownUntil: '2017-01-03' },
      { price: 2, knownFrom: '2017-01-03', knownUntil: null },
    ]);
  });

  it('is parked, and marks every figure', async () => {
    expect(await views.parked()).toMatchObject([
      { view: 'stays', stream: 'reference-prices', revision: 2, day: '2017-01-03', reason: 'Error: no price' },
      { view: 'names', stream: 'reference-prices' },
    ]);
    await views.read('stays', (_, freshness) => expect(freshness).toMatchObject({ parked: 1, referenceParked: true }));
  });

  it('does not keep the facts of other reference streams from being used', async () => {
    await record(log, 'reference-others', WEDNESDAY, priced('b', 9));
    await record(log, 'visit-2', WEDNESDAY, stayed('q', 'b', '2016-12-01'));
    await views.caughtUp();
    const { stay } = await shown(views);
    expect(stay).toContainEqual(expect.objectContaining({ place: 'b', price: 9 }));
    await views.rebuild();
    expect((await shown(views)).stay).toEqual(stay);
  });
});
