import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
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

  test('hands out long answers by columns of doubles, and nothing else', async () => {
    await using store = await AnalyticStore.create(join(folder, 'store.duckdb'));
    const [numbers, halves] = await store.doubles(
      `select number::double, if(number = 1, 'nan', number / 2) from range(5000) numbers (number) order by number`,
    );
    expect(numbers).toEqual(Float64Array.from({ length: 5000 }, (_, at) => at));
    expect([halves!.length, halves![0], halves![1], halves![4999]]).toEqual([5000, 0, NaN, 2499.5]);
    expect(await store.doubles('select 1::double where false')).toEqual([]);
    await expect(store.doubles('select 1::bigint')).rejects.toThrow('no column of doubles');
  });

  test('takes times without a zone for UTC, on every connection', async () => {
    await using store = await AnalyticStore.create(join(folder, 'store.duckdb'));
    await store.run(`set timezone = 'America/New_York'`);
    const another = await store.another();
    expect(await another.row(`select timestamptz '2017-01-10' = timestamptz '2017-01-10T00:00:00Z' as same`)).toEqual({
      same: true,
    });
    await another.close();
  });

  test('lets what runs end before a connection is closed, and begins nothing more on it', async () => {
    await using store = await AnalyticStore.create(join(folder, 'store.duckdb'));
    for (let times = 0; times < 20; times++) {
      const another = await store.another();
      const asked = ['1 + 1', '2 + 2', '3 + 3'].map((sum) =>
        another.row<{ n: number }>(`select any_value(${sum}) as n from range(300000)`),
      );
      await asked[0];
      const closed = another.close();
      const ends = await Promise.allSettled(asked);
      await closed;
      expect(ends.map((end) => (end.status === 'fulfilled' ? end.value.n : String(end.reason)))).toEqual([
        2,
        4,
        'Error: the connection is closed',
      ]);
    }
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

  // In a process of its own, of which it changes the threads.
  (process.platform === 'linux' ? test : test.skip)('steps aside for the rest of its process', () => {
    const program = `
      const { AnalyticStore } = await import('./src/analytic-store/analytic-store.ts');
      const { getPriority } = await import('node:os');
      const { readdirSync, readFileSync } = await import('node:fs');
      const file = ${JSON.stringify(join(folder, 'store.duckdb'))};
      await using store = await AnalyticStore.create(file, { threads: 2, stepsAside: true });
      await store.run('select sum(range) from range(1000000)');
      const threads = readdirSync('/proc/self/task').map((id) => [readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim(), getPriority(Number(id))]);
      console.log(JSON.stringify({ own: getPriority(), engine: threads.filter(([name]) => name === 'libuv-worker').map(([, nice]) => nice) }));`;
    const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
    const { own, engine } = JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' })) as {
      own: number;
      engine: number[];
    };
    expect(own).toBe(getPriority());
    // The four of the pool, and the one more that it has asked for.
    expect(engine).toHaveLength(5);
    expect(Math.min(...engine)).toBeGreaterThan(own);
  });
});
