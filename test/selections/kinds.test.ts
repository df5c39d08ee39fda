import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MEASURES, measured, type MeasureName } from '../../src/bottlenecks/measures.ts';
import { filterOf } from '../../src/selections/question.ts';
import { Selection } from '../../src/selections/selection.ts';
import { OwnCases, simulatedLog } from '../bottlenecks/own-cases.ts';

jest.setTimeout(300_000);

const NOW = '2017-02-23';

describe('Cases chosen by their attributes, which are of some kinds,', () => {
  let cases: OwnCases;
  beforeAll(async () => {
    const log = await simulatedLog({ seed: 1, from: '2016-01-01', until: NOW, scale: 0.01 });
    cases = await OwnCases.inLog(log);
    await log.close();
  });
  afterAll(() => cases[Symbol.asyncDispose]());

  async function answers(filters: readonly string[]): Promise<Record<string, unknown>> {
    const told: Record<string, unknown> = {};
    for (const name of Object.keys(MEASURES) as MeasureName[]) {
      const selection = await Selection.of(cases.store, { now: NOW, filters: filters.map(filterOf) });
      told[name] = await measured(selection, name);
    }
    return told;
  }

  /** `MOST` is the value that most cases have. */
  async function withMost(filter: string): Promise<string> {
    const column = filter.startsWith('municipality') ? 'c2' : 'c3';
    const { value } = await cases.store.row<{ value: string }>(
      `select ${column} as value from cases where ${column} is not null group by 1 order by count(*) desc, 1 limit 1`,
    );
    return filter.replace('MOST', value);
  }

  it('are of as many kinds as there are attributes alike, each once', async () => {
    const { kinds, alike, most } = await cases.store.row<Record<'kinds' | 'alike' | 'most', number>>(
      `select (select count(*) from own_kind) as kinds, count(*) as alike, max(n) as most
      from (select c0, c1, c2, c3, c4, c5, count(*) as n from cases group by all)`,
    );
    expect(kinds).toBe(alike);
    expect(most).toBeGreaterThan(1);
  });

  it.each([
    [['channel=ASYLUM']],
    [['channel!=ASYLUM']],
    [['municipality!=MOST']],
    [['province=MOST']],
    [['province!=MOST']],
    [['organisation=COA']],
    [['householdSize!=1']],
    [['householdSize=1', 'organisation!=COA']],
    [['householdSize=1', 'permit=2016-06-01..']],
  ])('are the same as those cases by name: %s', async (written) => {
    const filters = await Promise.all(written.map(withMost));
    const selection = await Selection.of(cases.store, { now: NOW, filters: filters.map(filterOf) });
    const those = await selection.rows<{ id: string }>(`select id from ${selection.from('cases')}`);
    const { total } = await cases.store.row<{ total: number }>('select count(*) as total from cases');
    expect(those.length).toBeGreaterThan(10);
    expect(those.length).toBeLessThan(total);
    expect(await answers(filters)).toEqual(await answers([`case=${those.map(({ id }) => id).join('|')}`]));
  });
});
