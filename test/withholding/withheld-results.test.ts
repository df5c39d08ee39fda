import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { edgeKey, type ShownResult, type Support } from '../../src/withholding/support.ts';
import { WITHHOLDINGS } from '../../src/withholding/withheld-results.ts';
import type { Delay } from '../../src/bottlenecks/delay.ts';
import type { FlowDay } from '../../src/bottlenecks/flow.ts';
import type { PerformanceGraph } from '../../src/bottlenecks/performance-graph.ts';
import { kaplanMeier } from '../../src/bottlenecks/survival.ts';
import type { Variants } from '../../src/bottlenecks/variants.ts';

const LEAST = 5;
const NOTHING: Support = { cases: new Map() };
const SECONDS = { min: 0, mean: 0, median: 0, p90: 0, max: 0, sum: 0, stdev: 0 };

type Walks = readonly (readonly string[])[];

const someWalks = fc
  .array(
    fc.record({
      walk: fc.array(fc.constantFrom('permit', 'link', 'offer', 'refusal', 'move'), { minLength: 1, maxLength: 6 }),
      times: fc.integer({ min: 1, max: 12 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((drawn): Walks => drawn.flatMap(({ walk, times }) => Array.from({ length: times }, () => walk)));

/** The process map of cases, with how many are behind each edge. */
function mapOf(walks: Walks): { result: PerformanceGraph; support: Support } {
  const steps = walks.flatMap((walk, at) => walk.slice(1).map((to, index) => ({ from: walk[index]!, to, at })));
  const byEdge = [...Map.groupBy(steps, edgeKey)];
  return {
    result: {
      cases: walks.length,
      events: walks.flat().length,
      edges: byEdge.map(([, [one, ...more]]) => ({
        from: one!.from,
        to: one!.to,
        count: 1 + more.length,
        seconds: SECONDS,
      })),
      start: countsOf(walks.map((walk) => walk[0]!)),
      end: countsOf(walks.map((walk) => walk.at(-1)!)),
    },
    support: { cases: new Map(byEdge.map(([key, own]) => [key, new Set(own.map(({ at }) => at)).size])) },
  };
}

function countsOf(names: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, own]) => [name, own.length]));
}

function variantsOf(walks: Walks): Variants {
  const found = [...Map.groupBy(walks, (walk) => walk.join('\n')).values()];
  return { variants: found.map((own) => ({ activities: own[0]!, cases: own.length })) };
}

function shownMap(walks: Walks): PerformanceGraph | null {
  const { result, support } = mapOf(walks);
  return WITHHOLDINGS.dfg(result, LEAST, support) as unknown as PerformanceGraph | null;
}

const isNoneOrEnough = (cases: number): boolean => cases === 0 || cases >= LEAST;

describe('Of own cases, there is shown', () => {
  it('no edge, start or end of a process map with fewer cases than enough', () => {
    fc.assert(
      fc.property(someWalks, (walks) => {
        const { support } = mapOf(walks);
        const shown = shownMap(walks);
        if (shown === null) return;
        for (const edge of shown.edges) expect(support.cases.get(edgeKey(edge))).toBeGreaterThanOrEqual(LEAST);
        for (const cases of [...Object.values(shown.start), ...Object.values(shown.end)])
          expect(cases).toBeGreaterThanOrEqual(LEAST);
      }),
    );
  });

  it('a process map whose parts and others are all of it', () => {
    fc.assert(
      fc.property(someWalks, (walks) => {
        const shown = shownMap(walks) as (PerformanceGraph & { other: Record<string, number> | null }) | null;
        if (shown === null || shown.events === null) return;
        const steps = shown.edges.reduce((sum, { count }) => sum + count, shown.other?.count ?? 0);
        expect(steps).toBe(shown.events - shown.cases);
        const starts = Object.values(shown.start).reduce((sum, cases) => sum + cases, shown.other?.start ?? 0);
        expect(starts).toBe(shown.cases);
      }),
    );
  });

  it('nothing of rare sequences by taking the shown ones from the process map', () => {
    fc.assert(
      fc.property(someWalks, (walks) => {
        const map = shownMap(walks);
        if (map === null) return;
        const shown = WITHHOLDINGS.variants(variantsOf(walks), LEAST, NOTHING) as unknown as Variants | null;
        if (shown === null) return;
        const told = new Set(shown.variants.map(({ activities }) => activities.join('\n')));
        const rest = walks.filter((walk) => !told.has(walk.join('\n')));
        expect(isNoneOrEnough(rest.length)).toBe(true);
        for (const { from, to } of map.edges) {
          const having = rest.filter((walk) => walk.some((name, at) => name === from && walk[at + 1] === to));
          expect([from, to, isNoneOrEnough(having.length)]).toEqual([from, to, true]);
        }
        for (const name of Object.keys(map.start)) {
          expect(isNoneOrEnough(rest.filter((walk) => walk[0] === name).length)).toBe(true);
        }
      }),
    );
  });

  it('no step of a survival curve at which few ended or were censored, and the curve ends where it did', () => {
    const times = fc.array(fc.record({ events: fc.nat(4), censored: fc.nat(3) }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(times, (drawn) => {
        const whole = kaplanMeier({
          us: drawn.map((_, at) => (at + 1) * 1e6),
          events: drawn.map(({ events }) => events),
          censored: drawn.map(({ censored }) => censored),
        });
        const shown = WITHHOLDINGS.survival(whole, LEAST, NOTHING) as unknown as typeof whole | null;
        if (shown === null) return;
        for (const [at, point] of shown.curve.entries()) {
          expect(point.events).toBeGreaterThanOrEqual(LEAST);
          const next = shown.curve[at + 1]?.atRisk ?? 0;
          expect([at, isNoneOrEnough(point.atRisk - point.events - next)]).toEqual([at, true]);
        }
        if (shown.curve.length === 0) return;
        expect(shown.curve.at(-1)!.survival).toBe(whole.curve.at(-1)!.survival);
        expect(shown.curve.reduce((sum, { events }) => sum + events, 0)).toBe(whole.events);
      }),
    );
  });

  it('no day on which few came, went or stayed: such days stand together, and still add up', () => {
    const moves = fc.array(fc.record({ arrivals: fc.nat(6), leaving: fc.double({ min: 0, max: 1, noNaN: true }) }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(moves, (drawn) => {
        let open = 0;
        const days = drawn.map(({ arrivals, leaving }, at): FlowDay => {
          const opening = open;
          const departures = Math.floor((opening + arrivals) * leaving);
          open = opening + arrivals - departures;
          return { day: `2017-01-${at + 10}`, opening, arrivals, departures, closing: open };
        });
        const shown = WITHHOLDINGS.arrivals({ days }, LEAST, NOTHING) as unknown as {
          days: readonly FlowDay[];
        } | null;
        if (shown === null) return;
        let before = 0;
        for (const day of shown.days) {
          for (const key of ['opening', 'arrivals', 'departures', 'closing'] as const)
            expect([day.day, key, isNoneOrEnough(day[key])]).toEqual([day.day, key, true]);
          expect([day.opening, day.opening + day.arrivals - day.departures]).toEqual([before, day.closing]);
          before = day.closing;
        }
        expect(shown.days.at(-1)!.closing).toBe(open);
      }),
    );
  });

  it('no outcome that the others and their sum would tell', () => {
    const counts = {
      inTime: 40,
      late: 30,
      openOverdue: 2,
      stoppedLate: 0,
      stoppedInTime: 0,
      notYetDue: 20,
      withoutDue: 0,
    };
    const shown = WITHHOLDINGS['on-time'](
      { cases: 92, due: 72, ...counts, onTime: 40, share: 40 / 72 },
      LEAST,
      NOTHING,
    ) as Record<string, number | null>;
    expect(shown).toMatchObject({ openOverdue: null, late: null, onTime: 40, due: 72, notYetDue: 20, stoppedLate: 0 });
    const few = WITHHOLDINGS['on-time'](
      {
        cases: 50,
        due: 4,
        onTime: 4,
        late: 0,
        openOverdue: 0,
        stoppedLate: 0,
        stoppedInTime: 0,
        notYetDue: 30,
        withoutDue: 16,
        share: 1,
      },
      LEAST,
      NOTHING,
    ) as Record<string, number | null>;
    expect(few).toMatchObject({ due: null, onTime: null, share: null, withoutDue: null, notYetDue: 30 });
  });

  it('no impediment that its owner and the other impediments would tell', () => {
    const part = (cases: number, caseDays: number) => ({ cases, caseDays, share: caseDays / 1000 });
    const statement: Delay = {
      now: '2017-06-30T00:00:00.000Z',
      total: { caseDays: 1000, cases: 100 },
      edges: [{ from: 'permit', to: 'link', ...part(100, 1000) }],
      impediments: [
        { code: 'NO_BSN', ...part(3, 30) },
        { code: 'NO_HOME', ...part(50, 400) },
        { code: 'LINK_LATE', ...part(40, 170) },
        { code: 'FAMILY_LATE', ...part(20, 100) },
        { code: null, ...part(60, 300) },
      ],
      owners: [
        { owner: 'MUNICIPALITY', ...part(52, 430) },
        { owner: 'COA', ...part(50, 270) },
        { owner: null, ...part(60, 300) },
      ],
      suspendedCaseDays: 0,
      withoutSuspended: false,
    };
    const owners = new Map([
      ['NO_BSN', 'MUNICIPALITY'],
      ['NO_HOME', 'MUNICIPALITY'],
      ['LINK_LATE', 'COA'],
      ['FAMILY_LATE', 'COA'],
    ]);
    const shown = WITHHOLDINGS.delay(statement, LEAST, { ...NOTHING, owners }) as NonNullable<ShownResult>;
    const codes = (shown.impediments as Delay['impediments']).map(({ code }) => code);
    // With LINK_LATE alone withheld beside it, what is left of MUNICIPALITY would tell NO_BSN.
    expect(codes).not.toContain('NO_BSN');
    expect(codes).not.toContain('NO_HOME');
    expect(shown.otherImpediments).toMatchObject({ parts: 5 - codes.length });
  });
});
