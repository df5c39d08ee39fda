import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { measure } from '../../src/bottlenecks/measures.ts';
import { addDays } from '../../src/event-sourcing/days.ts';
import { GivenLogs } from '../external-logs/given-logs.ts';
import { person, story, type Story } from '../views/story.ts';
import { OwnCases } from './own-cases.ts';

jest.setTimeout(60_000);

/** Permit on a day, link ten days later, a home after so many days, if any. */
function housed(caseId: string, permit: string, after?: number): Story {
  const of = story(caseId)
    .permit(permit, [person(`anna of ${caseId}`)])
    .linked(addDays(permit, 10), 'GM0344');
  if (after === undefined) return of;
  const on = addDays(permit, 20);
  return of.housed(on, on, on, on, `home of ${caseId}`).moved(addDays(permit, after), [`anna of ${caseId}`]);
}

const DAY = 86_400;
let cases: OwnCases;
beforeAll(async () => {
  cases = await OwnCases.of(
    housed('a', '2016-01-10', 60),
    housed('b', '2016-01-10', 100),
    housed('c', '2016-01-25', 200),
    housed('d', '2016-01-25'),
    housed('e', '2016-12-01'),
  );
});
afterAll(() => cases[Symbol.asyncDispose]());

describe('Cohorts', () => {
  it('of a month of permits count those in that are still open', async () => {
    // On 1 March 2017: d has been open for 401 days, e for 90.
    const { mode, cohorts, without } = await cases.asked('cohorts', { now: '2017-03-01' });
    expect({ mode, without }).toEqual({ mode: 'PERMIT', without: 0 });
    expect(cohorts).toEqual([
      {
        month: '2016-01',
        cases: 4,
        ended: 3,
        censored: 1,
        seconds: { median: 100 * DAY, p75: 200 * DAY, p90: null },
        open: { 8: 1, 14: 0.75, 26: 0.5, 52: 0.25 },
      },
      {
        month: '2016-12',
        cases: 1,
        ended: 0,
        censored: 1,
        seconds: { median: null, p75: null, p90: null },
        open: { 8: 1, 14: null, 26: null, 52: null },
      },
    ]);
  });

  it('are others by the month of the link, and by that of the move', async () => {
    const of = async (cohort: string) => {
      const { mode, cohorts, without } = await cases.asked('cohorts', { now: '2017-03-01', cohort });
      return [mode, Object.fromEntries(cohorts.map(({ month, cases: count }) => [month, count])), without];
    };
    expect(await of('LINK')).toEqual(['LINK', { '2016-01': 2, '2016-02': 2, '2016-12': 1 }, 0]);
    expect(await of('MOVE_IN')).toEqual(['MOVE_IN', { '2016-03': 1, '2016-04': 1, '2016-08': 1 }, 2]);
  });

  it('of moves that lie after the day asked for are none yet', async () => {
    const { cohorts, without } = await cases.asked('cohorts', { now: '2016-04-01', cohort: 'MOVE_IN' });
    expect([cohorts.map(({ month }) => month), without]).toEqual([['2016-03'], 3]);
  });

  it('of moves are those of the move, whatever it is that cases end with', async () => {
    const asked = { now: '2017-03-01', cohort: 'MOVE_IN', endActivities: ['MunicipalityLinked'] };
    const { cohorts, without } = await cases.asked('cohorts', asked);
    expect(cohorts.map(({ month, ended, seconds }) => [month, ended, seconds.median])).toEqual([
      ['2016-03', 1, 10 * DAY],
      ['2016-04', 1, 10 * DAY],
      ['2016-08', 1, 10 * DAY],
    ]);
    expect(without).toBe(2);
  });

  it('come down to nothing where all have ended, however long ago', async () => {
    const { cohorts } = await cases.asked('cohorts', { now: '2017-03-01', cohort: 'MOVE_IN' });
    expect(cohorts[0]!.open).toEqual({ 8: 1, 14: 0, 26: 0, 52: 0 });
  });

  it('are asked for by a mode that there is', async () => {
    await expect(cases.asked('cohorts', { now: '2017-03-01', cohort: 'moved' })).rejects.toThrow(
      /cohort must be one of PERMIT, LINK, MOVE_IN/,
    );
  });

  it('of an external log are those of its months of start or end', async () => {
    using logs = new GivenLogs();
    await logs.imported('log.csv', 'case,activity,timestamp\n1,a,2017-01-30\n1,b,2017-02-02\n2,a,2017-02-01\n');
    await using store = await logs.store();
    const months = async (cohort?: string) => {
      const question = { endActivities: ['b'], ...(cohort === undefined ? {} : { cohort }) };
      const { mode, cohorts, without } = await measure(store, 'cohorts', question);
      return [mode, cohorts.map(({ month, cases: count }) => `${month}: ${count}`), without];
    };
    expect(await months()).toEqual(['START', ['2017-01: 1', '2017-02: 1'], 0]);
    expect(await months('END')).toEqual(['END', ['2017-02: 1'], 1]);
    await expect(measure(store, 'cohorts', {})).rejects.toThrow(/what the end of a case is/);
  });
});
