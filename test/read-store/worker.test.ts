import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { openViews } from '../../src/read-store/open-views.ts';
import { positionToken, type RebuildProgress, type Views } from '../../src/read-store/views.ts';
import { namesProjection, record, shown, shownAnew, stayed } from './toy.ts';

const PATIENCE_MS = 60_000;

let folder: string;
let log: SqliteEventLog;
let views: Views;
let failures: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'views-worker-'));
  log = SqliteEventLog.open({ file: join(folder, 'log.db'), mode: 'write' });
  failures = [];
  await open();
}, PATIENCE_MS);
afterEach(async () => {
  await views.close();
  await log.close();
  rmSync(folder, { recursive: true });
}, PATIENCE_MS);

async function open(): Promise<void> {
  views = await openViews({
    dir: join(folder, 'views'),
    module: new URL('./toy-parts.ts', import.meta.url).href,
    config: { file: log.file, eventsAtOnce: 20 },
    patienceMs: PATIENCE_MS,
    onFailure: (_, reason) => failures.push(reason),
  });
  await views.caughtUp();
}

/** Several writers at once, each with streams of its own. */
async function write(writers: number, appends: number, prefix = 'visit'): Promise<void> {
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let index = 0; index < appends; index++) {
        const stream = `${prefix}-${writer}x${index % 4}`;
        const day = String(10 + (index % 15));
        await record(
          log,
          stream,
          `2017-02-${String(1 + index).padStart(2, '0')}T10:00:00.000Z`,
          stayed(`p${index % 7}`, 'a', `2016-12-${day}`),
        );
      }
    }),
  );
}

async function expectWhole(): Promise<void> {
  await views.caughtUp();
  const anew = await shownAnew(log);
  expect(await shown(views)).toEqual(anew.stays);
  expect(await shown(views, namesProjection)).toEqual(anew.names);
  expect(failures).toEqual([]);
}

describe('a projector in a thread of its own', () => {
  it(
    'keeps up with many writers',
    async () => {
      await write(8, 25);
      await expectWhole();
    },
    PATIENCE_MS,
  );

  it(
    'lets everyone read at once what they wrote',
    async () => {
      await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          const { position } = await record(
            log,
            `visit-${index}`,
            '2017-02-01T10:00:00.000Z',
            stayed('p', `place${index}`, '2017-01-01'),
          );
          const place = await views.read(
            'stays',
            (db) => db.prepare('select place from lastStay where stream = ?').pluck().get(`visit-${index}`),
            { minPosition: positionToken(log.id, position) },
          );
          expect(place).toBe(`place${index}`);
        }),
      );
    },
    PATIENCE_MS,
  );

  it(
    'rebuilds while it follows, and is swapped in under running readings',
    async () => {
      await write(4, 25);
      await views.caughtUp();
      const told: RebuildProgress[] = [];
      let isDone = false;
      const rebuilding = views.rebuild(undefined, (progress) => told.push(progress)).finally(() => (isDone = true));
      let readings = 0;
      const reading = (async () => {
        for (; !isDone; readings++) {
          await shown(views);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      await Promise.all([rebuilding, reading, write(4, 20, 'visit-more')]);
      expect(told.at(-1)!.phase).toBe('catching up');
      expect(readings).toBeGreaterThan(1);
      expect(
        readdirSync(join(folder, 'views'))
          .filter((name) => name.endsWith('.sqlite'))
          .sort(),
      ).toEqual(['names-v1-2.sqlite', 'stays-v1-2.sqlite']);
      await expectWhole();
    },
    PATIENCE_MS,
  );

  it(
    'stops rebuilding when it is told to, and goes on after the next start',
    async () => {
      await write(4, 25);
      await views.caughtUp();
      const stop = new AbortController();
      await expect(views.rebuild('stays', () => stop.abort(), stop.signal)).rejects.toThrow(/abort/);
      await views.close();
      await open();
      expect(readdirSync(join(folder, 'views'))).toContain('stays-v1-2.sqlite');
      await expectWhole();
    },
    PATIENCE_MS,
  );

  it(
    'parks and replays',
    async () => {
      await record(log, 'visit-1', '2017-02-01T10:00:00.000Z', stayed('p', 'a', '2017-01-01'), { type: 'Unreadable' });
      await views.caughtUp();
      expect(await views.parked()).toMatchObject([{ view: 'stays', stream: 'visit-1' }, { view: 'names' }]);
      expect(await views.replay('visit-1')).toHaveLength(2);
      expect(await views.status()).toMatchObject([{ state: 'ready', parked: 1 }, { parked: 1 }]);
    },
    PATIENCE_MS,
  );

  it(
    'is told when a reading finds a file damaged',
    async () => {
      await write(4, 25);
      await views.close();
      for (const name of readdirSync(join(folder, 'views'))) {
        if (name.startsWith('stays')) writeFileSync(join(folder, 'views', name), 'no database at all');
      }
      await open();
      expect(failures).toEqual([expect.stringMatching(/damaged/)]);
      failures = [];
      await expectWhole();
    },
    PATIENCE_MS,
  );

  it(
    'that cannot start says why',
    async () => {
      const opening = openViews({ dir: join(folder, 'other'), module: 'file:///nowhere.ts', config: {} });
      await expect(opening).rejects.toThrow(/nowhere/);
    },
    PATIENCE_MS,
  );

  it(
    'is started again when its thread ends, and says so meanwhile',
    async () => {
      await write(2, 5);
      await views.caughtUp();
      await expect(views.replay('visit-deadly')).rejects.toThrow(/the projector has stopped/);
      expect(failures).toEqual([expect.stringMatching(/the projector has stopped/)]);
      const reason = failures[0];
      expect(await views.status()).toMatchObject([
        { state: 'failing', failure: reason },
        { state: 'failing', failure: reason },
      ]);
      await expect(views.caughtUp()).rejects.toThrow(reason);
      while ((await views.status())[0]!.state === 'failing') await new Promise((resolve) => setTimeout(resolve, 50));
      await write(2, 5, 'visit-after');
      failures = [];
      await expectWhole();
    },
    PATIENCE_MS,
  );
});
