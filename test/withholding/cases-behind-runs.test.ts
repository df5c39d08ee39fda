import { expect, it, jest } from '@jest/globals';
import { measured } from '../../src/bottlenecks/measures.ts';
import { runsSql } from '../../src/bottlenecks/phases.ts';
import { Selection } from '../../src/selections/selection.ts';
import { MOST_RUNS, stoodStill, WENT_ON } from '../../src/withholding/cases-behind-runs.ts';
import { OwnCases, simulatedLog } from '../bottlenecks/own-cases.ts';

jest.setTimeout(300_000);

it('Runs are never taken to be of more cases than they are of, and of as many where none has several', async () => {
  const log = await simulatedLog({ seed: 1, from: '2016-01-01', until: '2017-02-23', scale: 0.03 });
  await using cases = await OwnCases.inLog(log);
  await log.close();
  let times = 0;
  for (const now of ['2016-08-01', '2017-02-23']) {
    const selection = await Selection.of(cases.store, { now });
    const on = await selection.day();
    await measured(selection, 'phases');
    const asked = async (sql: string): Promise<ReadonlyMap<string, number>> => {
      const rows = await selection.rows<{ key: string; cases: number }>(sql);
      return new Map(rows.map(({ key, cases: n }) => [key, n]));
    };
    const runs = runsSql(selection, on);
    const most = await asked(MOST_RUNS);
    expect(most).toEqual(
      await asked(
        `select 'runs' || chr(10) || phase as key, max(n) as cases
        from (select phase, case_no, count(*) as n from (${runs}) group by all) group by phase having max(n) > 1`,
      ),
    );
    const behind = (key: string, which: string): Promise<ReadonlyMap<string, number>> =>
      asked(`select ${key} as key, count(distinct case_no) as cases from (${runs}) where ${which} group by phase`);
    const exact = new Map([
      ...(await behind('phase::varchar', 'reached')),
      ...(await behind(`'suspended' || chr(10) || phase`, `suspendedDays > 0 or suspendedSince < ${on}`)),
      ...(await behind(`'suspended, reached' || chr(10) || phase`, 'suspendedDays > 0 and reached')),
    ]);
    const bounds = new Map([...(await asked(WENT_ON)), ...(await asked(stoodStill(on)))]);
    expect([...bounds.keys()].sort()).toEqual([...exact.keys()].sort());
    for (const [key, bound] of bounds) {
      const phase = key.split('\n').at(-1)!;
      if (most.has(`runs\n${phase}`)) expect([key, bound <= exact.get(key)! && bound > 0]).toEqual([key, true]);
      else expect([key, bound]).toEqual([key, exact.get(key)]);
    }
    times += most.size;
  }
  expect(times).toBeGreaterThan(0);
});
