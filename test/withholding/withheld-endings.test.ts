import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Endings, ShownResult, Support } from '../../src/withholding/support.ts';
import { toldEndings } from '../../src/withholding/withheld-standings.ts';
import { WITHHOLDINGS } from '../../src/withholding/withheld-results.ts';
import type { Cohort } from '../../src/bottlenecks/cohorts.ts';
import type { PhaseDurations } from '../../src/bottlenecks/phases.ts';
import type { Flow } from '../../src/bottlenecks/flow.ts';

const LEAST = 5;

function support(endings: Endings): Support {
  return { cases: new Map(), endings };
}

function lifetimeOf({ ended, open, censored }: Endings): ShownResult {
  return WITHHOLDINGS.lifetime({ cases: ended, open, censored, seconds: null }, LEAST, { cases: new Map() });
}

function survivalOf(endings: Endings): ShownResult {
  const { ended, open, censored } = endings;
  const cases = ended + open + censored;
  const seconds = { median: null, p75: null, p90: null, p95: null };
  const curve = [{ seconds: 1, atRisk: cases, events: ended, survival: 1 - ended / cases }];
  const result = { cases, events: ended, censored: open + censored, curve, seconds };
  return WITHHOLDINGS.survival(result, LEAST, support(endings));
}

const endings = fc.record({ ended: fc.nat(30), open: fc.nat(30), censored: fc.nat(30) });

describe('How cases ended', () => {
  it('is told of none or enough, and the number of open ones wherever that and that of the others are', () => {
    fc.assert(
      fc.property(endings, (counts) => {
        const told = toldEndings(counts, LEAST);
        for (const number of Object.values(told)) expect(number === null || number === 0 || number >= LEAST).toBe(true);
        const others = counts.ended + counts.censored;
        const isTold = [counts.open, others].every((number) => number === 0 || number >= LEAST);
        expect(told.open === counts.open).toBe(isTold);
      }),
    );
  });

  it('what lifetime withholds does not follow from survival, aging and how many cases there are', () => {
    fc.assert(
      fc.property(endings, (counts) => {
        const [life, curve] = [lifetimeOf(counts), survivalOf(counts)];
        if (life === null || curve === null) return;
        const { ended, open, censored } = counts;
        const known = new Map<string, number>();
        const know = (name: string, value: unknown): void => void (value === null || known.set(name, value as number));
        know('ended', life.cases);
        know('open', life.open);
        know('censored', life.censored);
        know('ended', curve.events);
        if (curve.censored !== null) know('notEnded', curve.censored);
        const all = { ended, open, censored, notEnded: open + censored };
        // Ended and not ended are all of them; not ended are open or censored. Aging tells how many are open where lifetime does.
        for (let round = 0; round < 3; round++) {
          for (const [whole, parts] of [
            [ended + open + censored, ['ended', 'notEnded']],
            [known.get('notEnded'), ['open', 'censored']],
          ] as const) {
            const missing = parts.filter((part) => !known.has(part) && all[part] > 0);
            if (whole !== undefined && missing.length === 1) known.set(missing[0]!, all[missing[0]!]);
            if (whole === undefined && missing.length === 0) known.set('notEnded', all.notEnded);
          }
        }
        for (const [name, value] of known) expect([name, value === 0 || value >= LEAST]).toEqual([name, true]);
      }),
      { numRuns: 1000 },
    );
  });

  it('a few that left in another way are hidden behind those that ended', () => {
    expect(lifetimeOf({ ended: 40, open: 20, censored: 3 })).toMatchObject({ cases: null, open: 20, censored: null });
    expect(survivalOf({ ended: 40, open: 20, censored: 3 })).toMatchObject({ cases: 63, events: null, censored: null });
  });

  it('is not told cohort by cohort either, where all cohorts are shown', () => {
    const cohort = (month: string, ended: number, censored: number): Cohort => ({
      ...{ month, cases: ended + censored, ended, censored },
      seconds: { median: 1, p75: 2, p90: 3 },
      open: { 8: null, 14: null, 26: null, 52: null },
    });
    const all = [cohort('2016-01', 30, 10), cohort('2016-02', 10, 13)];
    const ofCohorts = (counts: Endings, without = 0) =>
      (
        WITHHOLDINGS.cohorts({ mode: 'PERMIT', cohorts: all, without }, LEAST, support(counts)) as {
          cohorts: readonly { ended: number | null }[];
        }
      ).cohorts.map(({ ended }) => ended);
    expect(ofCohorts({ ended: 40, open: 20, censored: 3 })).toEqual([30, null]);
    expect(ofCohorts({ ended: 40, open: 18, censored: 5 })).toEqual([30, 10]);
    expect(ofCohorts({ ended: 47, open: 20, censored: 3 }, 7)).toEqual([30, 10]);
  });

  it('where cases stand: of the flow no phase of which it is not shown how many runs there are, and how many are open', () => {
    const ends = (activity: string, closing: number): Flow['phases'][number] => ({
      activity,
      days: [{ day: '2017-01-01', opening: 0, arrivals: closing, departures: 0, closing }],
    });
    const row = (phase: string, runs: number | null, open: number | null) => ({ phase, runs, open }) as PhaseDurations;
    const phases = [row('LINK', 40, 40), row('HOME', null, 20), row('MOVE', 20, null)];
    const shown = WITHHOLDINGS.flow(
      { phases: [ends('LINK', 40), ends('HOME', 20), ends('MOVE', 20), ends('RELINK', 3)] },
      LEAST,
      { cases: new Map(), phases },
    ) as unknown as Flow & { other: object };
    expect(shown.phases.map(({ activity }) => activity)).toEqual(['LINK']);
    expect(shown.other).toEqual({ activities: 3 });
  });

  it('of the flow, runs that can be those of few cases are few', () => {
    const day = (at: string, opening: number, arrivals: number, departures: number) => ({
      ...{ day: `2017-01-${at}`, opening, arrivals, departures },
      closing: opening + arrivals - departures,
    });
    const days = [day('01', 0, 6, 0), day('02', 6, 9, 0), day('03', 15, 0, 15)];
    const shown = (most: number) =>
      WITHHOLDINGS.flow({ phases: [{ activity: 'RELINK', days }] }, LEAST, {
        cases: new Map([['runs\nRELINK', most]]),
        phases: [{ phase: 'RELINK', runs: 15, open: 0 } as PhaseDurations],
      }) as unknown as { phases: readonly { days: readonly { from: string; arrivals: number }[] }[] };
    const arrivalsOf = (most: number) => shown(most).phases[0]!.days.map(({ arrivals }) => arrivals);
    expect([arrivalsOf(1), arrivalsOf(2), shown(4).phases]).toEqual([[6, 9, 0], [15, 0], []]);
  });

  it('few that were censored before the first end stand with those after it', () => {
    const curve = [
      { seconds: 100, atRisk: 38, events: 10, survival: 28 / 38 },
      { seconds: 200, atRisk: 28, events: 10, survival: 18 / 38 },
    ];
    const seconds = { median: null, p75: null, p90: null, p95: null };
    const result = { cases: 40, events: 20, censored: 20, curve, seconds };
    const counts = support({ ended: 20, open: 10, censored: 10 });
    const shown = (cases: number) =>
      (WITHHOLDINGS.survival({ ...result, cases }, LEAST, counts) as unknown as { curve: typeof curve }).curve;
    expect(shown(40)).toEqual([{ seconds: 200, atRisk: 40, events: 20, survival: 18 / 38 }]);
    expect(shown(48)).toEqual(curve);
  });

  it('nor who was not linked, or has not moved, where other measures withhold it', () => {
    const cohort = (month: string, cases: number): Cohort => ({
      ...{ month, cases, ended: 0, censored: cases },
      seconds: { median: null, p75: null, p90: null },
      open: { 8: null, 14: null, 26: null, 52: null },
    });
    const of = (mode: 'LINK' | 'MOVE_IN', more: Partial<Support>) => {
      const cohorts = [cohort('2016-01', 30), cohort('2016-02', 10)];
      const told = WITHHOLDINGS.cohorts({ mode, cohorts, without: 20 }, LEAST, { cases: new Map(), ...more });
      return [(told as { cohorts: readonly Cohort[] }).cohorts.length, told!.without];
    };
    const link = (reached: number | null) => ({ phases: [{ phase: 'LINK', reached } as PhaseDurations] });
    expect([of('LINK', link(40)), of('LINK', link(null))]).toEqual([
      [2, 20],
      [1, null],
    ]);
    const ends = (censored: number) => ({ endings: { ended: 40, open: 20 - censored, censored } });
    expect([of('MOVE_IN', ends(0)), of('MOVE_IN', ends(2))]).toEqual([
      [2, 20],
      [1, null],
    ]);
  });
});
