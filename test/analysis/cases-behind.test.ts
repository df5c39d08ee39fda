import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { behind } from '../../src/analysis/cases-behind.ts';
import { NONE, type Part } from '../../src/analysis/part.ts';
import type { ShownResult } from '../../src/withholding/support.ts';
import type { HeldUp } from '../../src/bottlenecks/impediments.ts';
import { measured, type Measured, type MeasureName } from '../../src/bottlenecks/measures.ts';
import { filterOf, type Question } from '../../src/selections/question.ts';
import { Selection } from '../../src/selections/selection.ts';
import { epochDay } from '../../src/event-sourcing/days.ts';
import { OwnCases, simulatedLog } from '../bottlenecks/own-cases.ts';

jest.setTimeout(300_000);

type Numbered = readonly (readonly [Part, number])[];
type Counts = Readonly<Record<string, number>>;

const NORMS = {
  DUE: 'due',
  LATE: 'late',
  OPEN_OVERDUE: 'openOverdue',
  STOPPED_LATE: 'stoppedLate',
  NOT_YET_DUE: 'notYetDue',
  STOPPED_IN_TIME: 'stoppedInTime',
  WITHOUT_DUE: 'withoutDue',
} as const;

function outcomes(part: Part, row: object, keys: Counts | Readonly<Record<string, string>>): Numbered {
  return Object.entries(keys).map(([outcome, key]) => [{ ...part, outcome }, (row as Counts)[key]!]);
}

function ofHeldUp(part: Part, row: HeldUp): Numbered {
  return [
    [part, row.cases],
    ...outcomes(part, row, { OPEN: 'open', LATER: 'laterCases' }),
    ...row.months.map(({ month, cases }): readonly [Part, number] => [{ ...part, month }, cases]),
  ];
}

/** Every number of cases in a result, and how it is asked for. */
const NUMBERS: { readonly [M in MeasureName]: (result: Measured<M>) => Numbered } = {
  throughput: ({ cases }) => [[{}, cases]],
  lifetime: (result) => outcomes({}, result, { ENDED: 'cases', OPEN: 'open', CENSORED: 'censored' }),
  survival: (result) => [
    [{}, result.cases],
    ...outcomes({}, result, { ENDED: 'events', CENSORED: 'censored' }),
    ...result.curve.flatMap(({ seconds, ...point }): Numbered => [
      [{ seconds }, point.events],
      ...outcomes({ seconds }, point, { ENDED: 'events', AT_RISK: 'atRisk' }),
    ]),
  ],
  'on-time': (result) => [[{}, result.cases], ...outcomes({}, result, { ...NORMS, ON_TIME: 'onTime' })],
  dfg: ({ cases, edges, start, end }) => [
    [{}, cases],
    ...edges.map(({ from, to, count }) => [{ from, to }, count] as const),
    ...Object.entries(start).map(([startActivity, count]) => [{ startActivity }, count] as const),
    ...Object.entries(end).map(([endingActivity, count]) => [{ endingActivity }, count] as const),
  ],
  variants: ({ variants }) => variants.slice(0, 20).map(({ activities, cases }) => [{ variant: activities }, cases]),
  rework: (result) =>
    Object.entries(result).flatMap(([activity, row]): Numbered => [
      [{ activity }, row.cases],
      ...outcomes({ activity }, row, { SELF_LOOPS: 'selfLoops', REPETITIONS: 'repetitions' }),
    ]),
  handover: ({ steps, handovers, pairs }) => [
    [{}, steps],
    [{ outcome: 'HANDED_OVER' }, handovers],
    ...pairs.map(({ from, to, count }) => [{ from, to }, count] as const),
  ],
  aging: ({ cases, phases }) => [
    [{}, cases],
    ...phases.map(({ activity, cases: own }) => [{ activity }, own] as const),
  ],
  flow: ({ phases }) =>
    phases.flatMap(({ activity, days }) => days.slice(-9).flatMap((day) => ofDay({ activity, day: day.day }, day))),
  arrivals: ({ days }) => days.slice(-20).flatMap((day) => ofDay({ day: day.day }, day)),
  phases: ({ phases }) =>
    phases.flatMap((row): Numbered => [
      [{ phase: row.phase }, row.runs],
      ...outcomes({ phase: row.phase }, row, {
        ...NORMS,
        ON_TIME: 'inTime',
        REACHED: 'reached',
        STOPPED: 'stopped',
        OPEN: 'open',
        SUSPENDED: 'suspended',
      }),
    ]),
  delay: ({ total, edges, impediments, owners }) => [
    [{}, total.cases],
    ...edges.map(({ from, to, cases }) => [{ from, to: to ?? NONE }, cases] as const),
    ...impediments.map(({ code, cases }) => [{ code: code ?? NONE }, cases] as const),
    ...owners.map(({ owner, cases }) => [{ owner: owner ?? NONE }, cases] as const),
  ],
  impediments: ({ total, codes, owners, phases }) => [
    ...ofHeldUp({}, total),
    ...codes.flatMap((row) => ofHeldUp({ code: row.code }, row)),
    ...owners.flatMap((row) => ofHeldUp({ owner: row.owner }, row)),
    ...phases.flatMap((row) => ofHeldUp({ phase: row.phase ?? NONE }, row)),
  ],
  conformance: (result) => [
    [{}, result.cases],
    ...outcomes({}, result, { ...VERDICTS, EARLIER: 'earlier' }),
    ...result.models.flatMap((model): Numbered => [
      [{ version: model.version }, model.cases],
      ...outcomes({ version: model.version }, model, VERDICTS),
      ...model.rules.flatMap(({ rule, activity, ended, ...counts }) => {
        const part = { version: model.version, rule, ...(activity === null ? {} : { activity }) };
        return [
          ...outcomes(part, counts, VERDICTS),
          ...outcomes(part, ended, { ENDED_WITH: 'with', ENDED_WITHOUT: 'without' }),
        ];
      }),
    ]),
  ],
  cohorts: ({ cohorts, without }) => [
    [{ month: NONE }, without],
    ...cohorts.flatMap((row): Numbered => [
      [{ month: row.month }, row.cases],
      ...outcomes({ month: row.month }, row, { ENDED: 'ended', CENSORED: 'censored' }),
    ]),
  ],
};

const VERDICTS = { OK: 'ok', VIOLATED: 'violated', PENDING: 'pending' } as const;

function ofDay(part: Part, day: object): Numbered {
  return outcomes(part, day, { ARRIVED: 'arrivals', LEFT: 'departures', STANDING: 'closing' });
}

const NOW = { now: '2017-02-23' };
const QUESTIONS: Readonly<Record<string, Question>> = {
  'of all cases': NOW,
  'at a past moment': { now: '2016-09-01' },
  'of those that filters select': { ...NOW, filters: [filterOf('channel=ASYLUM'), filterOf('impediment!=NO_BSN')] },
  'as known on a past day': { ...NOW, asKnownOn: epochDay('2016-10-01') },
  'of some of those known then': {
    asKnownOn: epochDay('2016-10-01'),
    filters: [filterOf('permit=2016-02-01..2016-06-30')],
  },
  'of those that have ended, by the month of their link': {
    ...NOW,
    closed: true,
    cohort: 'LINK',
    withoutSuspended: true,
  },
};

/** Of a measure with more, every second, third … is asked for, beginning at another one in every question. */
const MOST_NUMBERS = 50;

describe('Behind every number there are exactly as many cases', () => {
  let cases: OwnCases;
  beforeAll(async () => {
    const log = await simulatedLog({ seed: 11, from: '2016-01-01', until: '2017-02-23', scale: 0.01 });
    cases = await OwnCases.inLog(log);
    await log.close();
  });
  afterAll(() => cases[Symbol.asyncDispose]());

  /** The parts of which the list is not as long as the number, of how many. */
  async function counted<M extends MeasureName>(
    name: M,
    question: Question,
  ): Promise<{ asked: number; wrong: object[] }> {
    const selection = await Selection.of(await cases.store.another(), question);
    const result = await measured(selection, name);
    const wrong: object[] = [];
    const all = NUMBERS[name](result);
    const every = Math.ceil(all.length / MOST_NUMBERS);
    const first = Object.values(QUESTIONS).indexOf(question);
    const numbers = all.filter((_, at) => at % every === first % every);
    for (const [part, expected] of numbers) {
      const { number, rows } = behind(name, part);
      const told = number(result as ShownResult & object);
      const { count, distinct, lasting } = await selection.row<{ count: number; distinct: number; lasting: number }>(
        `select count(*) as count, count(distinct (case_no, position)) as distinct, count(*) filter (us >= 0 or us is null) as lasting
         from (${await rows(selection, result as ShownResult & object)}) join ${selection.table('cases')} as cases using (case_no)`,
      );
      if ([told, count, lasting].some((one) => one !== expected)) wrong.push({ part, expected, told, count, lasting });
      // A case stands in a list of cases once; of steps, once a step.
      if (distinct !== count) wrong.push({ part, count, distinct });
    }
    await selection.store.close();
    return { asked: numbers.filter(([, expected]) => expected > 0).length, wrong };
  }

  describe.each(Object.entries(QUESTIONS))('%s:', (_of, question) => {
    it.each(Object.keys(NUMBERS) as MeasureName[])('%s', async (name) => {
      const { asked, wrong } = await counted(name, question);
      expect(wrong).toEqual([]);
      // Of cases that have ended none is open.
      if (!(question.closed && name === 'aging')) expect(asked).toBeGreaterThan(0);
    });
  });

  it('and the days of cases that were held up add up to the days of the number', async () => {
    const selection = await Selection.of(await cases.store.another(), NOW);
    const { total, codes } = await measured(selection, 'impediments');
    const days = async (part: Part): Promise<number> => {
      const rows = await behind('impediments', part).rows(selection, { total, codes });
      return (await selection.row<{ days: number }>(`select sum(us) / 86400000000 as days from (${rows})`)).days;
    };
    expect(await days({})).toBe(total.caseDays);
    expect(await days({ outcome: 'LATER' })).toBe(total.caseDays - total.waitingCaseDays);
    for (const { code, caseDays } of codes) expect([code, await days({ code })]).toEqual([code, caseDays]);
    for (const { month, caseDays } of total.months) expect([month, await days({ month })]).toEqual([month, caseDays]);
    await selection.store.close();
  });

  it.each([false, true])(
    'and their days are those of the phase, suspended ones left out: %s',
    async (withoutSuspended) => {
      const selection = await Selection.of(await cases.store.another(), { ...NOW, withoutSuspended });
      const result = await measured(selection, 'phases');
      for (const { phase, reached, seconds } of result.phases) {
        const rows = await behind('phases', { phase, outcome: 'REACHED' }).rows(selection, { phases: result.phases });
        const { sum } = await selection.row<{ sum: number | null }>(`select sum(us) / 1e6 as sum from (${rows})`);
        expect([phase, sum]).toEqual([phase, expect.closeTo((seconds?.mean ?? 0) * reached, 0)]);
      }
      expect(result.phases.some(({ suspendedSeconds }) => suspendedSeconds > 0)).toBe(true);
      await selection.store.close();
    },
  );
});

describe('A number that there is not is refused:', () => {
  it.each<[MeasureName, Part, RegExp]>([
    ['impediments', { code: 'NO_BSN', owner: 'COA' }, /one number at a time/],
    ['impediments', { outcome: 'OPEN', month: '2017-01' }, /one number at a time/],
    ['impediments', { outcome: 'ENDED' }, /outcome must be one of OPEN, LATER/],
    ['conformance', { rule: 'requires', activity: 'MovedIn', outcome: 'OK' }, /version/],
    ['conformance', { rule: 'requires', activity: 'MovedIn', version: '1' }, /outcome/],
    ['conformance', { activity: 'MovedIn' }, /rule/],
    ['conformance', { version: '1', outcome: 'EARLIER' }, /one of OK, VIOLATED, PENDING/],
    ['cohorts', {}, /month/],
    ['flow', { day: '2017-01-01' }, /activity/],
    ['handover', { from: 'COA', to: 'IND', outcome: 'HANDED_OVER' }, /one number at a time/],
    ['handover', { from: 'COA' }, /two resources/],
    ['rework', { activity: 'HomeOffered', outcome: 'LOOPS' }, /one of SELF_LOOPS, REPETITIONS/],
    ['survival', { seconds: 86_400, outcome: 'CENSORED' }, /one of ENDED, AT_RISK/],
    ['cohorts', { month: NONE, outcome: 'ENDED' }, /no cohort are one number/],
    ['cohorts', { day: '2017-01-01' }, /not told apart by day/],
  ])('%s by %j', (name, part, why) => {
    expect(() => behind(name, part)).toThrow(why);
  });
});
