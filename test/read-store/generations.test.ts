import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import type { ProjectionParts } from '../../src/projecting/load-views.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import { ViewUnavailable, type RebuildProgress, type ViewChange, type Views } from '../../src/read-store/views.ts';
import {
  priced,
  record,
  shown,
  shownAnew,
  stayed,
  staysProjection,
  toyParts,
  WrappedLog,
  type ToyHistory,
  type ToyReference,
} from './toy.ts';

const MONDAY = '2017-01-02T10:00:00.000Z';
const TUESDAY = '2017-01-03T10:00:00.000Z';
const STREAMS = 30;
const DAMAGED = 'ViewDamaged: stays-v1-1.sqlite is damaged; the view is built anew';

let dir: string;
let log: SqliteEventLog;
let views: Views | undefined;
let failures: string[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'views-'));
  log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  views = undefined;
  failures = [];
  await fill(log);
});
afterEach(async () => {
  await views?.close();
  await log.close();
  rmSync(dir, { recursive: true });
});

async function fill(into: SqliteEventLog): Promise<void> {
  await record(into, 'reference-prices', '1900-01-01T00:00:00.000Z', priced('a', 1));
  for (let index = 0; index < STREAMS; index++) {
    await record(
      into,
      `visit-${index}`,
      MONDAY,
      stayed(`p${index % 20}`, 'a', '2016-12-01'),
      stayed('q', 'b', '2016-12-02'),
    );
  }
}

type Parts = Partial<ProjectionParts<ToyHistory, ToyReference>>;

async function open(changed: Parts = {}, of = log): Promise<Views> {
  await views?.close();
  const onFailure = (_: string | null, reason: string) => failures.push(reason);
  views = await openViewsInline(toyParts(of, { projections: [staysProjection], ...changed }), { dir, onFailure });
  return views;
}
async function openCaughtUp(changed: Parts = {}, of = log): Promise<Views> {
  const opened = await open(changed, of);
  await opened.caughtUp();
  return opened;
}
const files = () => readdirSync(dir).filter((name) => name.endsWith('.sqlite'));
/** A mark that only this generation has: what is built anew has lost it. */
function mark(): void {
  const db = new Database(join(dir, files()[0]!));
  db.exec('create table mark (id integer)');
  db.close();
}
const isMarked = (its: Views): Promise<boolean> =>
  its.read('stays', (db) => db.prepare("select 1 from sqlite_schema where name = 'mark'").get() !== undefined);

describe('a view that was closed', () => {
  it('goes on where it was', async () => {
    await openCaughtUp();
    await views!.close();
    mark();
    await record(log, 'visit-1', TUESDAY, stayed('r', 'c', '2016-12-03'));
    await openCaughtUp();
    expect(await isMarked(views!)).toBe(true);
    expect(await shown(views!)).toEqual((await shownAnew(log)).stays);
  });

  it('answers at once when it is opened again, and says how far it knows', async () => {
    await openCaughtUp();
    const again = await open();
    await again.read('stays', (_, freshness) => {
      expect(freshness).toMatchObject({ position: String(1 + 2 * STREAMS), recordedAt: MONDAY });
    });
  });
});

describe('a view is built anew', () => {
  beforeEach(async () => {
    await openCaughtUp();
    await views!.close();
    views = undefined;
    mark();
  });

  async function expectBuiltAnew(changed: Parts = {}, of = log): Promise<void> {
    await openCaughtUp(changed, of);
    expect(await isMarked(views!)).toBe(false);
    expect(files()).toHaveLength(1);
    const projection = changed.projections?.[0] ?? staysProjection;
    expect(await shown(views!, projection)).toEqual((await shownAnew(of, changed)).stays);
  }

  it('when its file is gone', async () => {
    rmSync(join(dir, files()[0]!));
    await expectBuiltAnew();
  });

  it('when its version was raised', async () => {
    await expectBuiltAnew({ projections: [{ ...staysProjection, version: 2 }] });
    expect(files()).toEqual(['stays-v2-2.sqlite']);
  });

  it('when its tables changed, even if nobody raised the version', async () => {
    const tables = { ...staysProjection.tables, more: staysProjection.tables.visit! };
    await expectBuiltAnew({ projections: [{ ...staysProjection, tables }] });
  });

  it('when it is of another log, even if that holds the same streams', async () => {
    const other = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    await record(other, 'visit-x', MONDAY, stayed('p', 'x', '2016-12-01'));
    await fill(other);
    await expectBuiltAnew({}, other);
    await views!.close();
    views = undefined;
    await other.close();
  });

  it('when its file is cut off', async () => {
    truncateSync(join(dir, files()[0]!), 20_000);
    await expectBuiltAnew();
    expect(failures).toEqual([DAMAGED]);
  });

  it('when its file is no database', async () => {
    writeFileSync(join(dir, files()[0]!), 'something else entirely, and quite long enough to be read as a page of it');
    await expectBuiltAnew();
  });

  it('when its file is empty', async () => {
    writeFileSync(join(dir, files()[0]!), '');
    await expectBuiltAnew();
  });

  it('when a page of it that is needed at once is damaged', async () => {
    const path = join(dir, files()[0]!);
    writeFileSync(path, readFileSync(path).fill(0x5a, 4096 * 2));
    await expectBuiltAnew();
    expect(failures).toEqual([DAMAGED]);
  });

  it('when a reading meets a damaged page', async () => {
    const path = join(dir, files()[0]!);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0x5a, bytes.length / 2));
    const opened = await open();
    await expect(shown(opened)).rejects.toThrow(ViewUnavailable);
    await opened.caughtUp();
    expect(failures).toEqual([DAMAGED]);
    expect(await isMarked(opened)).toBe(false);
    expect(await shown(opened)).toEqual((await shownAnew(log)).stays);
  });

  it('when writing meets a damaged page', async () => {
    const path = join(dir, files()[0]!);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0x5a, bytes.length / 2));
    const opened = await open();
    for (let index = 0; index < STREAMS; index++) {
      await record(log, `visit-${index}`, TUESDAY, stayed('z', 'z', '2016-12-03'));
    }
    await opened.caughtUp();
    expect(failures).toEqual([DAMAGED]);
    expect(await shown(opened)).toEqual((await shownAnew(log)).stays);
  });
});

describe('a view that knows more than its log', () => {
  /** An older copy of the log: same id, fewer events. */
  async function olderCopy(act: (older: SqliteEventLog) => Promise<void>): Promise<void> {
    const file = join(dir, 'log.db');
    const copy = join(dir, 'copy.db');
    let written = SqliteEventLog.open({ file, mode: 'write' });
    await record(written, 'visit-1', MONDAY, stayed('p', 'a', '2016-12-01'));
    await written.close();
    copyFileSync(file, copy);
    written = SqliteEventLog.open({ file, mode: 'write' });
    await record(written, 'visit-1', TUESDAY, stayed('p', 'b', '2016-12-02'));
    await record(written, 'visit-2', TUESDAY, stayed('p', 'c', '2016-12-02'));
    await openCaughtUp({}, written);
    await views!.close();
    views = undefined;
    await written.close();
    mark();
    const older = SqliteEventLog.open({ file: copy, mode: 'write' });
    await act(older);
    await older.close();
  }

  it('is built anew, and does not answer with what the log has lost', async () => {
    await olderCopy(async (older) => {
      await openCaughtUp({}, older);
      expect(await isMarked(views!)).toBe(false);
      expect(await shown(views!)).toEqual((await shownAnew(older)).stays);
      await views!.close();
      views = undefined;
    });
  });

  it('is built anew also when the copy has grown as long as the log was', async () => {
    await olderCopy(async (older) => {
      await record(older, 'visit-1', TUESDAY, stayed('p', 'x', '2016-12-02'));
      await record(older, 'visit-2', TUESDAY, stayed('p', 'y', '2016-12-02'), stayed('q', 'y', '2016-12-02'));
      await openCaughtUp({}, older);
      expect(await isMarked(views!)).toBe(false);
      expect(await shown(views!)).toEqual((await shownAnew(older)).stays);
      await views!.close();
      views = undefined;
    });
  });
});

/** Building it waits until it is let go. */
function heldBack(): { projection: typeof staysProjection; parts: Parts; letGo: () => void } {
  const projection = { ...staysProjection, version: 2 };
  let letGo = (): void => {};
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const slow: SqliteEventLog = Object.create(null, {
    ...Object.fromEntries(
      ['append', 'readStream', 'readAll', 'follow', 'head', 'count', 'erase', 'close'].map((name) => [
        name,
        {
          value: (...given: unknown[]) =>
            (log as never as Record<string, (...its: unknown[]) => unknown>)[name]!(...given),
        },
      ]),
    ),
    id: { value: log.id },
    readStreamByStream: {
      value: async function* (...given: Parameters<SqliteEventLog['readStreamByStream']>) {
        await gate;
        yield* log.readStreamByStream(...given);
      },
    },
  }) as SqliteEventLog;
  return { projection, parts: { log: slow, projections: [projection] }, letGo };
}

describe('a new version', () => {
  it('is built beside the old one, which answers until it is swapped', async () => {
    await openCaughtUp();
    const { parts, letGo } = heldBack();
    const opened = await open(parts);
    expect(files().sort()).toEqual(['stays-v1-1.sqlite', 'stays-v2-2.sqlite']);
    expect((await opened.status())[0]).toMatchObject({
      state: 'building',
      answers: true,
      building: { phase: 'reading' },
    });
    expect((await shown(opened)).lastStay!.length).toBeGreaterThan(0);
    letGo();
    await opened.caughtUp();
    expect(files()).toEqual(['stays-v2-2.sqlite']);
    expect((await opened.status())[0]).toMatchObject({ state: 'ready', building: null });
  });

  it('cannot be asked for what the old one lacks until it is there', async () => {
    await openCaughtUp();
    const { parts, letGo } = heldBack();
    const opened = await open(parts);
    const asking = opened.read('stays', (db) => db.prepare('select newColumn from lastStay').all());
    await expect(asking).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
    letGo();
    await opened.caughtUp();
  });

  it('says how far it is where nothing can answer yet', async () => {
    const { parts, letGo } = heldBack();
    const opened = await open(parts);
    await expect(shown(opened)).rejects.toThrow(/stays (is being built|cannot be read)/);
    letGo();
    await opened.caughtUp();
  });
});

describe('a view that there is no more', () => {
  const former = { ...staysProjection, name: 'former-stays' };

  async function removed(name: string): Promise<void> {
    while (files().includes(name)) await sleep(5);
  }

  it('goes at the next start, once those that there are stand', async () => {
    await openCaughtUp({ projections: [staysProjection, former] });
    const { parts, letGo } = heldBack();
    const opened = await open(parts);
    await sleep(20);
    expect(files().sort()).toEqual(['former-stays-v1-1.sqlite', 'stays-v1-1.sqlite', 'stays-v2-2.sqlite']);
    letGo();
    await opened.caughtUp();
    await removed('former-stays-v1-1.sqlite');
    expect(readdirSync(dir).filter((name) => name.startsWith('former'))).toEqual([]);
    await open({ projections: [staysProjection, former] });
  });

  it('is told from what somebody else keeps there under such a name', async () => {
    await openCaughtUp({ projections: [staysProjection, former] });
    await views!.close();
    copyFileSync(join(dir, 'former-stays-v1-1.sqlite'), join(dir, 'mine-v1-1.sqlite'));
    writeFileSync(join(dir, 'notes-v1-2.sqlite'), 'no view');
    await open();
    await removed('former-stays-v1-1.sqlite');
    expect(files().sort()).toEqual(['mine-v1-1.sqlite', 'notes-v1-2.sqlite', 'stays-v1-1.sqlite']);
  });
});

describe('a rebuild', () => {
  const small = { eventsAtOnce: 10 };

  it('gives the same rows in a new generation, and takes the old one away', async () => {
    await openCaughtUp();
    const before = await shown(views!);
    await views!.rebuild('stays');
    expect(await shown(views!)).toEqual(before);
    expect(files()).toEqual(['stays-v1-2.sqlite']);
  });

  it('tells how far it is', async () => {
    await openCaughtUp(small);
    const told: RebuildProgress[] = [];
    await views!.rebuild('stays', (progress) => told.push(progress));
    expect(told.map(({ phase }) => phase)).toEqual([
      ...Array<string>(6).fill('reading'),
      'reading',
      'finishing',
      'catching up',
    ]);
    expect(told.slice(0, 6).map(({ events }) => events)).toEqual([10, 20, 30, 40, 50, 60]);
    expect(told.every(({ of, views: its }) => of === 1 + 2 * STREAMS && its.join() === 'stays')).toBe(true);
  });

  it('follows the log meanwhile, and knows in the end what came in', async () => {
    await openCaughtUp(small);
    let recorded = 0;
    const recording: Promise<unknown>[] = [];
    await views!.rebuild('stays', ({ phase }) => {
      if (phase === 'reading')
        recording.push(record(log, `visit-new${recorded++}`, TUESDAY, stayed('n', 'n', '2016-12-03')));
    });
    await Promise.all(recording);
    await views!.caughtUp();
    expect(recorded).toBeGreaterThan(3);
    expect(await shown(views!)).toEqual((await shownAnew(log)).stays);
  });

  it('is swapped in only when it knows as much as the old generation', async () => {
    let recordMore = (): Promise<unknown> => Promise.resolve();
    class GrowingLog extends WrappedLog {
      override async count() {
        await recordMore();
        return super.count();
      }
    }
    const growing = new GrowingLog(log);
    await openCaughtUp({ log: growing, eventsAtOnce: 1 });
    const changes: ViewChange[] = [];
    views!.changes().subscribe((change) => changes.push(change));
    recordMore = async () => {
      for (let index = 0; index < 10; index++) await record(log, 'visit-1', TUESDAY, stayed('n', 'n', '2016-12-03'));
      const { position } = (await log.readStream('visit-1')).at(-1)!;
      // The old generation has seen them before the new one begins to follow.
      while (changes.at(-1)?.position !== position) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await views!.rebuild('stays');
    const positions = changes.map(({ position }) => Number(position));
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(changes).toContainEqual({ view: 'stays', streams: 'all', position: String(positions.at(-1)) });
  });

  it('stops when it is told to, with the old generation answering, and goes on from there', async () => {
    await openCaughtUp(small);
    const before = await shown(views!);
    const stop = new AbortController();
    const rebuilding = views!.rebuild('stays', ({ events }) => events >= 30 && stop.abort(), stop.signal);
    await expect(rebuilding).rejects.toThrow(/abort/);
    expect(await shown(views!)).toEqual(before);
    expect(files().sort()).toEqual(['stays-v1-1.sqlite', 'stays-v1-2.sqlite']);

    const told: number[] = [];
    await views!.rebuild('stays', ({ events }) => told.push(events));
    expect(told[0]).toBe(40);
    expect(await shown(views!)).toEqual(before);
    expect(files()).toEqual(['stays-v1-2.sqlite']);
  });

  it('loses no stream where the log, told to stop, just ends', async () => {
    class EndingLog extends WrappedLog {
      override async *readStreamByStream({ signal, ...options }: Parameters<WrappedLog['readStreamByStream']>[0]) {
        for await (const events of super.readStreamByStream(options)) {
          yield events;
          if (signal?.aborted) return;
        }
      }
    }
    await openCaughtUp({ ...small, log: new EndingLog(log) });
    const before = await shown(views!);
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    await expect(views!.rebuild('stays', () => {}, stop.signal)).rejects.toThrow(/abort/);
    await views!.rebuild('stays');
    expect(await shown(views!)).toEqual(before);
  });

  it('that was stopped is finished by the next start', async () => {
    await openCaughtUp(small);
    const before = await shown(views!);
    const stop = new AbortController();
    await views!.rebuild('stays', () => stop.abort(), stop.signal).catch(() => {});
    await openCaughtUp(small);
    expect(files()).toEqual(['stays-v1-2.sqlite']);
    expect(await shown(views!)).toEqual(before);
  });

  it('begins anew after the machine was restarted: nothing was flushed to disk yet', async () => {
    await openCaughtUp(small);
    const stop = new AbortController();
    await views!.rebuild('stays', ({ events }) => events >= 30 && stop.abort(), stop.signal).catch(() => {});
    await views!.close();
    views = undefined;
    const db = new Database(join(dir, 'stays-v1-2.sqlite'));
    db.exec('update _view set bootedAt = bootedAt - 3600');
    db.close();
    await openCaughtUp(small);
    expect(files()).toEqual(['stays-v1-1.sqlite']);
    expect(failures).toEqual(['ViewDamaged: stays-v1-2.sqlite is damaged; the view is built anew']);
  });

  it('can be of all views, in one pass over the log', async () => {
    const other = { ...staysProjection, name: 'other-stays' };
    await openCaughtUp({ ...small, projections: [staysProjection, other] });
    const told: RebuildProgress[] = [];
    await views!.rebuild(undefined, (progress) => told.push(progress));
    expect(told[0]).toMatchObject({ views: ['stays', 'other-stays'], events: 10 });
    expect(files().sort()).toEqual(['other-stays-v1-2.sqlite', 'stays-v1-2.sqlite']);
    expect(await shown(views!, other)).toEqual(await shown(views!));
  });

  it('of a view there is not is refused', async () => {
    await openCaughtUp();
    await expect(views!.rebuild('nothing')).rejects.toThrow('there is no view nothing');
  });
});
