import { expect, it, jest } from '@jest/globals';
import { EVENT_TABLES } from '../../src/analytic-store/event-tables.ts';
import { MEASURES, type MeasureName } from '../../src/bottlenecks/measures.ts';
import { OwnCases, simulatedLog } from './own-cases.ts';

jest.setTimeout(300_000);

/** Sums of fractions differ in their last digits by the order in which they are added up. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(10)) : value;
}

async function answers(cases: OwnCases): Promise<Record<string, string>> {
  const told: Record<string, string> = {};
  for (const name of Object.keys(MEASURES) as MeasureName[])
    told[name] = JSON.stringify(await cases.asked(name, { now: '2016-10-01' }), rounded, 1);
  return told;
}

it('A store that was filled in another order answers the same, in the same order', async () => {
  const log = await simulatedLog({ seed: 3, from: '2016-01-01', until: '2016-12-31', scale: 0.003 });
  await using cases = await OwnCases.inLog(log);
  await log.close();
  const expected = await answers(cases);
  const { store } = cases;
  // Cases, variants, edges and resources are numbered as they are first seen, and rows stand as they came.
  const own = ['phases', 'impediments', 'portions', 'suspensions'].map((name) => `own_${name}`);
  const numbered: Readonly<Record<string, readonly string[]>> = {
    ...Object.fromEntries([...EVENT_TABLES, ...own].map((table) => [table, ['case_no']])),
    cases: ['case_no', 'variant'],
    event: ['case_no', 'resource'],
    step: ['case_no', 'edge', 'from_resource', 'to_resource'],
    variant: ['variant'],
    edge: ['edge'],
    resource: ['resource'],
  };
  for (const [table, columns] of Object.entries(numbered)) {
    const others = columns.map((column) => `(1000000 - ${column})::integer as ${column}`);
    await store.run(
      `create or replace table ${table} as select * replace (${others.join()}) from ${table} order by rowid desc`,
    );
  }
  expect(await answers(cases)).toEqual(expected);
});
