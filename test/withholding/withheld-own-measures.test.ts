import { describe, expect, it } from '@jest/globals';
import type { Support } from '../../src/withholding/support.ts';
import { WITHHOLDINGS } from '../../src/withholding/withheld-results.ts';
import type { Cohort } from '../../src/bottlenecks/cohorts.ts';
import type { Conformance } from '../../src/bottlenecks/conformance.ts';
import type { HeldUp } from '../../src/bottlenecks/impediments.ts';

const LEAST = 10;
const ALONE: Support = { cases: new Map() };

describe('Of impediments, there is shown', () => {
  const held = (cases: number, more: Partial<HeldUp> = {}): HeldUp => ({
    caseDays: 7 * cases,
    waitingCaseDays: 7 * cases,
    cases,
    laterCases: 0,
    open: 0,
    months: [],
    ...more,
  });
  const shown = (codes: Readonly<Record<string, HeldUp>>, total: HeldUp) =>
    WITHHOLDINGS.impediments(
      {
        on: '2017-02-23',
        total,
        codes: Object.entries(codes).map(([code, one]) => ({ code, ...one })),
        owners: [{ owner: 'COA', ...total }],
        phases: [{ phase: null, ...total }],
      },
      LEAST,
      ALONE,
    ) as { codes: { code: string }[]; otherCodes: number; total: Record<string, unknown> };

  it('no code of few cases, nor which other keeps it company', () => {
    const { codes, otherCodes } = shown({ A: held(60), B: held(30), C: held(4) }, held(90));
    expect(codes.map(({ code }) => code)).toEqual(['A']);
    expect(otherCodes).toBe(2);
  });

  it('nothing at all of few cases', () => {
    expect(shown({ A: held(9) }, held(9))).toBeNull();
  });

  it('no month of few cases, nor days that only few had', () => {
    const months = [
      { month: '2017-01', caseDays: 100, cases: 40 },
      { month: '2017-02', caseDays: 50, cases: 30 },
      { month: '2017-03', caseDays: 3, cases: 2 },
    ];
    const { total } = shown({}, held(60, { months, laterCases: 3, open: 4 }));
    expect(total).toMatchObject({ months: [months[0]], waitingCaseDays: null, laterCases: null, open: null });
  });

  it('what all months are that are not, so that they add up to the days of the row', () => {
    const months = [
      { month: '2017-01', caseDays: 100, cases: 40 },
      { month: '2017-02', caseDays: 50, cases: 30 },
      { month: '2017-03', caseDays: 3, cases: 2 },
    ];
    const { total } = shown({}, held(60, { caseDays: 153, months }));
    expect(total.otherMonths).toEqual({ months: 2, caseDays: 53 });
    expect(shown({}, held(60, { caseDays: 100, months: months.slice(0, 1) })).total.otherMonths).toBeNull();
  });
});

describe('Of cohorts, there is shown', () => {
  const one = (month: string, cases: number, more: Partial<Cohort> = {}): Cohort => ({
    month,
    cases,
    ended: cases,
    censored: 0,
    seconds: { median: 1, p75: 2, p90: 3 },
    open: { 8: 1, 14: 0.5, 26: 0, 52: 0 },
    ...more,
  });
  const shown = (...cohorts: readonly Cohort[]) =>
    WITHHOLDINGS.cohorts({ mode: 'PERMIT', cohorts, without: 0 }, LEAST, ALONE) as {
      cohorts: readonly Cohort[];
      other: object;
    };

  it('no month of few cases, nor one alone that follows from the others', () => {
    const { cohorts, other } = shown(one('2016-01', 60), one('2016-02', 20), one('2016-03', 4));
    expect(cohorts.map(({ month }) => month)).toEqual(['2016-01']);
    expect(other).toEqual({ cohorts: 2, cases: 24 });
  });

  it('no share from which it follows that few ended in between', () => {
    const { cohorts } = shown(one('2016-01', 100, { open: { 8: 0.96, 14: 0.5, 26: 0.45, 52: 0 } }));
    expect(cohorts[0]!.open).toEqual({ 8: null, 14: 0.5, 26: null, 52: 0 });
  });

  it('no time where few have ended', () => {
    const { cohorts } = shown(one('2016-01', 100, { ended: 4, censored: 96 }));
    expect(cohorts[0]).toMatchObject({ ended: null, censored: null, seconds: null });
  });
});

describe('Of conformance, there is shown', () => {
  it('neither a deviation of few cases nor what follows from it', () => {
    const counts = { ok: 80, violated: 0, pending: 20 };
    const seconds = { with: 9, without: 4, extra: 5 };
    const rule = { rule: 'requires', activity: 'b', among: ['a'], seconds } as const;
    const result: Conformance = {
      cases: 100,
      earlier: 0,
      ...counts,
      models: [
        {
          name: 'journey',
          version: '1',
          holdsFrom: '1900-01-01',
          cases: 100,
          ...counts,
          unknown: [],
          rules: [
            { ...rule, ok: 77, violated: 3, pending: 0, ended: { with: 3, without: 60 } },
            { ...rule, ok: 40, violated: 30, pending: 30, ended: { with: 20, without: 40 } },
          ],
        },
      ],
    };
    const { models } = WITHHOLDINGS.conformance(result, LEAST, ALONE) as unknown as Conformance;
    expect(models[0]!.rules[0]).toMatchObject({ violated: null, seconds: null, ended: null });
    expect(models[0]!.rules[1]).toEqual(result.models[0]!.rules[1]);
  });

  it('nor what another rule of the same activity tells, which is about the same cases', () => {
    const seconds = { with: null, without: null, extra: null };
    const rule = (kind: 'requires' | 'leadsTo', ok: number, violated: number, pending: number) =>
      ({
        rule: kind,
        activity: 'b',
        among: ['a'],
        ok,
        violated,
        pending,
        seconds,
        ended: { with: 0, without: 60 },
      }) as const;
    const counts = { ok: 80, violated: 0, pending: 20 };
    const about = { name: 'journey', version: '1', holdsFrom: '1900-01-01', cases: 100, unknown: [] };
    const rules = [rule('requires', 50, 0, 0), rule('leadsTo', 47, 0, 3)];
    const { models } = WITHHOLDINGS.conformance(
      { cases: 100, earlier: 0, ...counts, models: [{ ...about, ...counts, rules }] },
      LEAST,
      ALONE,
    ) as unknown as Conformance;
    const [requires, leadsTo] = models[0]!.rules;
    expect([requires!.ok, requires!.violated, requires!.pending]).toEqual([50, 0, 0]);
    expect([leadsTo!.ok, leadsTo!.violated, leadsTo!.pending]).toEqual([null, 0, null]);
  });
});
