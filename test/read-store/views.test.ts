import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import { positionOf, positionToken, type ViewChange, type Views } from '../../src/read-store/views.ts';
import { event } from '../event-log/samples.ts';
import { record, retracted, stayed, toyParts, WrappedLog } from './toy.ts';

const MONDAY = '2017-01-02T10:00:00.000Z';
const TUESDAY = '2017-01-03T10:00:00.000Z';

/** What is new reaches the views only when it is let through. */
class GatedLog extends WrappedLog {
  private open: (() => void) | undefined;
  private gate: Promise<void> = Promise.resolve();
  hold(): void {
    this.gate = new Promise((resolve) => (this.open = resolve));
  }
  letGo(): void {
    this.open?.();
  }
  override async *follow(...given: Parameters<WrappedLog['follow']>) {
    for await (const batch of super.follow(...given)) {
      await this.gate;
      yield batch;
    }
  }
}

let log: SqliteEventLog;
let gated: GatedLog;
let views: Views;

beforeEach(async () => {
  log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  gated = new GatedLog(log);
  views = await openViewsInline(toyParts(gated), { dir: ':memory:', patienceMs: 100 });
  await views.caughtUp();
});
afterEach(async () => {
  gated.letGo();
  await views.close();
  await log.close();
});

const places = (minPosition?: string, stream?: string): Promise<unknown[]> =>
  views.read('stays', (db) => db.prepare('select place from lastStay').pluck().all(), {
    ...(minPosition === undefined ? {} : { minPosition }),
    ...(stream === undefined ? {} : { stream }),
  });

describe('a reading with minPosition', () => {
  it('is answered when the view has come as far', async () => {
    gated.hold();
    const { position } = await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    expect(await places()).toEqual([]);
    const reading = places(positionToken(log.id, position));
    setTimeout(() => gated.letGo(), 20);
    expect(await reading).toEqual(['a']);
  });

  it('is refused when that takes too long', async () => {
    gated.hold();
    const { position } = await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await expect(places(positionToken(log.id, position))).rejects.toMatchObject({ code: 'VIEW_BEHIND', view: 'stays' });
  });

  it('is refused with the reason when its stream is parked', async () => {
    const { position } = await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'), { type: 'Unreadable' });
    const token = positionToken(log.id, position);
    await expect(places(token, 'visit-1')).rejects.toMatchObject({
      code: 'STREAM_PARKED',
      message: 'stays shows visit-1 as of revision 0: Error: cannot be read',
    });
    expect(await places(token, 'visit-2')).toEqual(['a']);
  });

  it.each([
    ['of another log', 'another-log:1'],
    ['that is none', 'anything'],
    ['without a log', ':1'],
    ['without a number', 'LOG:'],
    ['with more than a number', 'LOG:1 or 1'],
  ])('is refused for a token %s', async (_, token) => {
    await expect(places(token.replace('LOG', log.id))).rejects.toMatchObject({ code: 'WRONG_LOG' });
  });
});

describe('a position token', () => {
  it('gives back the position', () => {
    expect(positionOf(positionToken('2f6b-11', '42'), '2f6b-11')).toBe('42');
  });
});

describe('a reading', () => {
  it('says how fresh it is', async () => {
    await views.read('stays', (_, freshness) => {
      expect(freshness).toEqual({
        position: null,
        recordedAt: null,
        parked: 0,
        referenceParked: false,
        streamParked: null,
      });
    });
    const { position } = await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await views.caughtUp();
    await views.read('stays', (_, freshness) => expect(freshness).toMatchObject({ position, recordedAt: MONDAY }));
  });

  it('of a parked stream shows the last good rows, with why they stand still', async () => {
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'), { type: 'Unreadable' });
    await views.caughtUp();
    const streamParked = await views.read('stays', (_, freshness) => freshness.streamParked, { stream: 'visit-1' });
    expect(streamParked).toMatchObject({ revision: 1, reason: 'Error: cannot be read' });
    expect(await views.read('stays', (_, freshness) => freshness.streamParked, { stream: 'visit-2' })).toBeNull();
  });

  it('of a view there is not is refused', async () => {
    await expect(views.read('nothing', () => 1)).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
  });

  it('passes on what the query throws, and the next one goes well', async () => {
    await expect(views.read('stays', (db) => db.prepare('select nonsense from lastStay').all())).rejects.toThrow(
      /no such column/,
    );
    expect(await places()).toEqual([]);
  });
});

describe('changes', () => {
  it('name the streams and the position, when the rows can be read', async () => {
    const changes: ViewChange[] = [];
    views.changes().subscribe((change) => changes.push(change));
    const seen = new Promise<unknown[]>((resolve) => {
      views.changes().subscribe(() => resolve(places()));
    });
    const { position } = await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    expect(await seen).toEqual(['a']);
    expect(changes).toEqual([{ streams: ['visit-1'], position }]);
  });

  it('tell of an event that changed no row, too', async () => {
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await views.caughtUp();
    const changes: ViewChange[] = [];
    views.changes().subscribe((change) => changes.push(change));
    await record(log, 'visit-1', TUESDAY, retracted(7));
    await views.caughtUp();
    expect(changes).toMatchObject([{ streams: ['visit-1'] }]);
  });

  it('tell of a view that was swapped', async () => {
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await views.caughtUp();
    const changes: ViewChange[] = [];
    views.changes().subscribe((change) => changes.push(change));
    await views.rebuild('stays');
    expect(changes).toEqual([{ view: 'stays', streams: 'all', position: '1' }]);
  });
});

describe('the status', () => {
  it('tells how far each view is behind, in events: what else took positions in the log counts for nothing', async () => {
    gated.hold();
    await log.append('checkpoint-1', 'no-stream', [event(), event(), event()]);
    await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'), stayed('p', 'b', '2016-12-02'));
    expect(await views.status()).toMatchObject([
      { view: 'stays', state: 'behind', answers: true, position: null, eventsBehind: 2 },
      { view: 'names', state: 'behind' },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect((await views.status())[0]!.secondsBehind).toBeGreaterThan(0.02);
    gated.letGo();
    await views.caughtUp();
    expect(await views.status()).toMatchObject([
      { view: 'stays', state: 'ready', position: '5', eventsBehind: 0, secondsBehind: 0, parked: 0, failure: null },
      { view: 'names', state: 'ready' },
    ]);
  });
});
