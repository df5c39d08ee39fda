import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'woonspoor-analytics-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the analytic store', () => {
  test('keeps what was written, for those who only read', async () => {
    const file = join(folder, 'store.duckdb');
    {
      await using store = await AnalyticStore.create(file);
      await store.run(`insert into activity values (0, 'register'), (1, 'decide')`);
    }
    await using store = await AnalyticStore.openToRead(file);
    expect(await store.rows('select * from activity order by activity')).toEqual([
      { activity: 0, name: 'register' },
      { activity: 1, name: 'decide' },
    ]);
    await expect(store.run(`insert into activity values (2, 'other')`)).rejects.toThrow(/read-only/);
  });

  test('leaves nothing of a transaction that fails', async () => {
    await using store = await AnalyticStore.create(join(folder, 'store.duckdb'));
    await expect(
      store.transaction(async () => {
        await store.run(`insert into activity values (0, 'register')`);
        throw new Error('stopped');
      }),
    ).rejects.toThrow('stopped');
    expect(await store.rows('select * from activity')).toEqual([]);
  });

  test('ends a query when it is no longer wanted', async () => {
    await using store = await AnalyticStore.create(join(folder, 'store.duckdb'));
    const stopping = new AbortController();
    const slow = store.rows('select count(*) from range(100000) a, range(1000000) b', [], stopping.signal);
    setTimeout(() => stopping.abort(new Error('no longer wanted')), 50);
    await expect(slow).rejects.toThrow('no longer wanted');
    expect(await store.row('select 1 as one')).toEqual({ one: 1 });
  });

  test('has what it needs linked in, and fetches nothing', async () => {
    await using store = await AnalyticStore.create(join(folder, 'store.duckdb'));
    const loaded = await store.rows<{ name: string }>(
      'select extension_name as name from duckdb_extensions() where loaded',
    );
    expect(loaded.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['core_functions', 'icu', 'json', 'parquet']),
    );
    await expect(store.run(`select st_point(1, 2)`)).rejects.toThrow(/st_point/i);
    expect(
      await store.rows(
        `select name, value from duckdb_settings() where name in ('autoinstall_known_extensions', 'autoload_known_extensions')`,
      ),
    ).toEqual([
      { name: 'autoinstall_known_extensions', value: 'false' },
      { name: 'autoload_known_extensions', value: 'false' },
    ]);
  });
});
