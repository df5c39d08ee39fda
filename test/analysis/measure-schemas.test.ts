import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { differences } from '../../src/analysis/differences.ts';
import { DIFFERENCES, RESULTS, type Schema } from '../../src/analysis/measure-schemas.ts';
import type { ShownResult } from '../../src/withholding/support.ts';
import { shownResult } from '../../src/withholding/shown-result.ts';
import { measured, OF_OWN_CASES, type MeasureName } from '../../src/bottlenecks/measures.ts';
import { filterOf, type Question } from '../../src/selections/question.ts';
import { Selection } from '../../src/selections/selection.ts';
import { epochDay } from '../../src/event-sourcing/days.ts';
import { OwnCases, simulatedLog } from '../bottlenecks/own-cases.ts';
import { GivenLogs } from '../external-logs/given-logs.ts';
import { exactly } from './exactly.ts';

jest.setTimeout(300_000);

const MEASURES = Object.keys(RESULTS) as MeasureName[];

/** What is wrong with a result, by its schema; or that it has a field of which that says nothing. */
function faultsOf(measure: MeasureName, result: unknown, schemas = RESULTS): unknown {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(exactly(schemas[measure]) as Schema);
  return validate(result) ? [] : validate.errors;
}

describe('What a measure answers is what its schema says', () => {
  const NOW = { now: '2017-02-23' };
  const QUESTIONS: readonly Question[] = [
    NOW,
    { ...NOW, closed: true, withoutSuspended: true, cohort: 'LINK' },
    { ...NOW, filters: [filterOf('channel!=ASYLUM')] },
    { ...NOW, asKnownOn: epochDay('2016-06-01') },
    { ...NOW, filters: [filterOf('case=nobody')] },
  ];
  let cases: OwnCases;
  beforeAll(async () => {
    const log = await simulatedLog({ seed: 12, from: '2016-01-01', until: '2017-02-23', scale: 0.01 });
    cases = await OwnCases.inLog(log);
    await log.close();
  });
  afterAll(() => cases[Symbol.asyncDispose]());

  it.each(MEASURES)('of own cases, whatever is withheld of it: %s', async (measure) => {
    for (const question of QUESTIONS) {
      const store = await cases.store.another();
      const selection = await Selection.of(store, question);
      const result = await measured(selection, measure);
      for (const least of [2, 5, 10, 40]) {
        const shown = await shownResult(selection, measure, result, least);
        expect([least, shown && faultsOf(measure, shown)]).toEqual([least, shown && []]);
      }
      await store.close();
    }
  });

  it.each(MEASURES)('and so is by how much two differ: %s', async (measure) => {
    const shown: ShownResult[] = [];
    for (const question of [NOW, { ...NOW, filters: [filterOf('channel=ASYLUM')] }]) {
      const store = await cases.store.another();
      const selection = await Selection.of(store, question);
      shown.push(await shownResult(selection, measure, await measured(selection, measure), 2));
      await store.close();
    }
    const found = differences(shown[0]!, shown[1]!)!;
    expect(Object.keys(found).length).toBeGreaterThan(0);
    expect(faultsOf(measure, found, DIFFERENCES)).toEqual([]);
    expect(faultsOf(measure, { ...found, more: 1 }, DIFFERENCES)).not.toEqual([]);
  });

  it.each(MEASURES.filter((one) => !OF_OWN_CASES.has(one)))('of an imported log, whole: %s', async (measure) => {
    using logs = new GivenLogs();
    await logs.imported(
      'log.csv',
      'case,activity,timestamp,resource,case:due\n1,a,2017-01-30,x,2017-02-01\n1,b,2017-02-02,y,2017-02-01\n1,a,2017-02-03,x,2017-02-01\n1,a,2017-02-03,x,2017-02-01\n2,a,2017-02-01,z,\n',
    );
    await using store = await logs.store();
    const question: Question = {
      ...{ endActivities: ['b'], dueAttribute: 'due' },
      model: { name: 'm', version: '1', holdsFrom: '1900-01-01', begins: ['a'], requires: { b: ['a', 'c'] } },
    };
    const result = await measured(await Selection.of(store, question), measure);
    expect(faultsOf(measure, result)).toEqual([]);
  });

  it('and nothing else would be: a number that is missing, of another kind, or new', () => {
    const result = { cases: 7, seconds: null };
    expect(faultsOf('throughput', result)).toEqual([]);
    for (const wrong of [{ cases: 7 }, { ...result, cases: '7' }, { ...result, more: 1 }, { ...result, cases: -1 }])
      expect(faultsOf('throughput', wrong)).not.toEqual([]);
  });
});
