import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import { namesProjection, priced, record, shown, shownAnew, stayed, toyParts } from './toy.ts';

const PATIENCE_MS = 120_000;

let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'views-crash-'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.db'), mode: 'write' });
  await record(log, 'reference-prices', '1900-01-01T00:00:00.000Z', priced('place-1', 1));
  for (let index = 0; index < 12; index++) {
    await record(
      log,
      `visit-${index}`,
      '2017-01-02T10:00:00.000Z',
      stayed(`p${index % 5}`, 'place-1', '2016-12-01', index),
    );
    await record(log, `visit-${index}`, '2017-01-03T10:00:00.000Z', stayed('q', `place-${index % 3}`, '2016-12-02'));
  }
  await log.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a process of its own on the log; answers whether it was killed at the point. */
function work(crashAt: string, what: 'build' | 'follow' | 'sweep' | 'rebuild'): boolean {
  const child = new URL('./crash.child.ts', import.meta.url).pathname;
  const { signal, status, stderr } = spawnSync(process.execPath, [child, folder, crashAt, what], {
    env: { ...process.env, NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  if (signal !== 'SIGKILL' && status !== 0) throw new Error(stderr);
  return signal === 'SIGKILL';
}

/** What is there after the next start, without help, is what one gets from nothing. */
async function expectWhole(): Promise<void> {
  const log = SqliteEventLog.open({ file: join(folder, 'log.db'), mode: 'read' });
  const dir = join(folder, 'views');
  const views = await openViewsInline(toyParts(log, { eventsAtOnce: 7 }), { dir });
  await views.caughtUp();
  const anew = await shownAnew(log);
  expect(await shown(views)).toEqual(anew.stays);
  expect(await shown(views, namesProjection)).toEqual(anew.names);
  expect(readdirSync(dir).filter((name) => name.endsWith('.sqlite'))).toHaveLength(2);
  await views.close();
  await log.close();
}

describe('a process killed', () => {
  it.each([
    ['view:before-commit@2', 'follow'],
    ['view:after-commit@3', 'follow'],
    ['view:before-commit@24', 'follow'],
    ['view:before-commit@5', 'sweep'],
    ['view:after-commit@6', 'sweep'],
    ['view:after-commit@5', 'rebuild'],
    ['rebuild:before-swap', 'rebuild'],
    ['rebuild:after-swap@2', 'rebuild'],
  ] as const)(
    'at %s (%s) has lost nothing and counted nothing twice',
    async (point, what) => {
      if (what !== 'follow') expect(work('', 'build')).toBe(false);
      expect(work(point, what)).toBe(true);
      await expectWhole();
    },
    30_000,
  );

  it.each([
    'view:before-commit@4',
    'view:after-commit@9',
    'view:before-commit@11',
    'rebuild:before-swap',
    'rebuild:after-swap',
  ])(
    'at %s, while views are built for the first time, goes on with building',
    async (point) => {
      expect(work(point, 'build')).toBe(true);
      await expectWhole();
    },
    30_000,
  );

  it(
    'again and again at the same point still gets there',
    async () => {
      let kills = 0;
      while (work('view:after-commit@3', 'build') && kills < 50) kills++;
      expect(kills).toBeGreaterThan(2);
      expect(kills).toBeLessThan(50);
      await expectWhole();
    },
    PATIENCE_MS,
  );
});
