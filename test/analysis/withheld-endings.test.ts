import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Endings, ShownResult, Support } from '../../src/analysis/shown-result.ts';
import { toldEndings } from '../../src/analysis/withheld-standings.ts';
import { WITHHOLDINGS } from '../../src/analysis/withheld-results.ts';
import type { Cohort } from '../../src/bottlenecks/cohorts.ts';
import type { Flow } from '../../src/bottlenecks/flow.ts';

const LEAST = 5;

function support(endings: Endings): Support {
  return { cases: new Map(), endings };
}

function lifetimeOf({ ended, open, censored }: Endings): ShownResult {
  return WITHHOLDINGS.lifetime!({ cases: ended, open, censored, seconds: null }, LEAST, { cases: new Map() });
}

function survivalOf(endings: Endings): ShownResult {
  const { ended, open, censored } = endings;
  const cases = ended + open + censored;
  const seconds = { median: null, p75: null, p90: null, p95: null };
  const curve = [{ seconds: 1, atRisk: cases, events: ended, survival: 1 - ended / cases }];
  const result = { cases, events: ended, censored: open + censored, curve, seconds };
  return WITHHOLDINGS.survival!(result, LEAST, support(endings));
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
        WITHHOLDINGS.cohorts!({ mode: 'PERMIT', cohorts: all, without }, LEAST, support(counts)) as {
          cohorts: readonly { ended: number | null }[];
        }
      ).cohorts.map(({ ended }) => ended);
    expect(ofCohorts({ ended: 40, open: 20, censored: 3 })).toEqual([30, null]);
    expect(ofCohorts({ ended: 40, open: 18, censored: 5 })).toEqual([30, 10]);
    expect(ofCohorts({ ended: 47, open: 20, censored: 3 }, 7)).toEqual([30, 10]);
  });

  it('where open cases stand: no activity of the flow whose last day would tell, with how many are open, of a small one', () => {
    const ends = (activity: string, closing: number): Flow['phases'][number] => ({
      activity,
      days: [{ day: '2017-01-01', opening: 0, arrivals: closing, departures: 0, closing }],
    });
    const shown = WITHHOLDINGS.flow!(
      { phases: [ends('LINK', 40), ends('HOME', 20), ends('RELINK', 3)] },
      LEAST,
      support({ ended: 50, open: 63, censored: 0 }),
    ) as unknown as Flow & { other: object };
    expect(shown.phases.map(({ activity }) => activity)).toEqual(['LINK']);
    expect(shown.other).toEqual({ activities: 2 });
  });
});
