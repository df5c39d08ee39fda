import { describe, expect, test } from '@jest/globals';
import type { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { measure } from '../../src/bottlenecks/measures.ts';
import { filterOf } from '../../src/selections/question.ts';
import { QuestionRefused } from '../../src/selections/question-refused.ts';
import { withFourCases } from '../bottlenecks/four-cases.ts';

const ENDS = { endActivities: ['moved'] };

let store: AnalyticStore;
withFourCases((given) => (store = given));

describe('filters', () => {
  test.each([
    ['channel=ASYLUM', 3],
    ['channel!=ASYLUM', 1],
    ['channel=ASYLUM|RESETTLEMENT', 4],
    ['case:channel=ASYLUM', 3],
    ['activity=moved', 2],
    ['activity!=moved', 2],
    ['start-activity=permit', 4],
    ['end-activity=offer', 1],
    ['resource=bob', 2],
    ['transition=offer -> permit', 1],
    ['started=2017-02-20', 2],
    ['completed=2017-02-22..2017-02-28', 2],
    ['active=2017-02-22..2017-02-22', 2],
    ['within=2017-02-20..2017-02-21', 2],
    ['started=2017-02-21..', 2],
    ['case=k3', 1],
  ])('%s: %d cases, the same in every measure', async (text, cases) => {
    const question = { filters: [filterOf(text)], ...ENDS };
    expect((await measure(store, 'throughput', question)).cases).toBe(cases);
    expect((await measure(store, 'dfg', question)).cases).toBe(cases);
    expect((await measure(store, 'survival', question)).cases).toBe(cases);
    const { variants } = await measure(store, 'variants', question);
    expect(variants.reduce((sum, variant) => sum + variant.cases, 0)).toBe(cases);
  });

  test('name values with bars in them', async () => {
    expect(filterOf(String.raw`resource=a\|b|c`)).toEqual({ key: 'resource', values: ['a|b', 'c'] });
    const filters = [filterOf('case=k1|k3')];
    expect((await measure(store, 'throughput', { filters })).cases).toBe(2);
  });

  test('hold together', async () => {
    const filters = ['channel=ASYLUM', 'activity=offer'].map(filterOf);
    expect((await measure(store, 'throughput', { filters })).cases).toBe(2);
  });

  test.each([
    ['colour=blue', /nothing in the log is called "colour".*Attributes: channel, due/s],
    ['activity=dance', /filter names an activity that the log does not have, "dance"; it has moved, offer, permit/],
    ['started=yesterday', /a period is written as two days/],
    ['started=2017-02-30', /a period is written as two days/],
    ['started=', /a period is written as two days/],
    ['started=..', /a period is written as two days/],
    ['transition=permit -> offer|foo', /a transition is written "name -> name"/],
    ['channel', /a filter is written key=value/],
    ['case=D\0b', /holds a character that is no text/],
  ])('%s is refused with what can be asked', async (text, reason) => {
    const asked = async (): Promise<unknown> => measure(store, 'dfg', { filters: [filterOf(text)] });
    await expect(asked()).rejects.toThrow(QuestionRefused);
    await expect(asked()).rejects.toThrow(reason);
  });

  test('do not get into the way of questions asked at the same time', async () => {
    const asked = ['k1', 'k2', 'k3', 'k4'].map((id) =>
      measure(store, 'dfg', { filters: [{ key: 'case', values: [id] }] }),
    );
    expect((await Promise.all(asked)).map(({ events }) => events)).toEqual([3, 6, 1, 2]);
  });
});
