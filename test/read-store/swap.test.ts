import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { crashPoint } from '../../src/event-sourcing/crash-point.ts';
import { loadViews } from '../../src/projecting/load-views.ts';
import { Projector, type Notice } from '../../src/projecting/projector.ts';
import type { ViewDefinition } from '../../src/projecting/projection.ts';
import { ViewDamaged, type ViewState } from '../../src/projecting/view-store.ts';
import { MemoryViewStores } from '../../src/read-store/view-files.ts';
import { record, stayed, toyParts, type ToyHistory, type ToyReference } from './toy.ts';

const MONDAY = '2017-01-02T10:00:00.000Z';

/** The second generation of a view cannot be written when it is to be swapped in. */
class FailingStores extends MemoryViewStores {
  error: ((id: string) => Error) | null = null;
  override open(id: string) {
    const store = super.open(id);
    const commit = store.commit.bind(store);
    store.commit = (rows, state: ViewState) => {
      const error = state.stage === 'serving' && store.state.stage === 'catching-up' ? this.error : null;
      this.error = error === null ? this.error : null;
      if (error) throw error(id);
      commit(rows, state);
    };
    return store;
  }
}

let log: SqliteEventLog;
let stores: FailingStores;
let projector: Projector<ToyHistory, ToyReference>;
let notices: Notice[];

beforeEach(async () => {
  log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  await record(log, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
  stores = new FailingStores();
  notices = [];
  const parts = toyParts(log);
  projector = new Projector(parts, {
    stores,
    loadViews: loadViews(parts, stores),
    crashPoint: crashPoint(undefined),
    onNotice: (notice) => notices.push(notice),
  });
  await projector.start();
  await projector.caughtUp();
});
afterEach(async () => {
  await projector.stop();
  await log.close();
});

const failed = (): unknown[] => notices.flatMap((its) => (its.notice === 'failed' ? [its.view, its.reason] : []));

describe('a new generation that cannot be written when it is swapped in', () => {
  it('is swapped in when it can, and the failure is its own', async () => {
    stores.error = () => Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    await projector.rebuild(['stays']);
    expect(failed()).toEqual(['stays', 'Error: full']);
    await record(log, 'visit-1', MONDAY, stayed('p', 'b', '2016-12-02'));
    await projector.caughtUp();
    expect(stores.list({ name: 'stays' } as ViewDefinition)).toMatchObject([{ state: { stage: 'serving' } }]);
  });

  it('is given up if it is damaged, and the others go on', async () => {
    stores.error = (id) => new ViewDamaged(id);
    await expect(projector.rebuild(['stays'])).rejects.toThrow(/damaged/);
    await record(log, 'visit-1', MONDAY, stayed('p', 'b', '2016-12-02'));
    await projector.caughtUp();
    expect(await projector.status()).toMatchObject([{ state: 'ready' }, { state: 'ready' }]);
    expect(failed()).toEqual([]);
  });
});

describe('waiting until views have caught up', () => {
  it('leaves nothing behind that listens', async () => {
    const { signal } = (projector as unknown as { stopping: AbortController }).stopping;
    const before = getEventListeners(signal, 'abort').length;
    for (let index = 0; index < 5; index++) {
      await record(log, 'visit-1', MONDAY, stayed('p', 'b', '2016-12-02'));
      await projector.caughtUp();
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(before);
  });
});
