import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { judgedSql, type Conformance, type Judged } from '../../src/bottlenecks/conformance.ts';
import { staysSql } from '../../src/bottlenecks/flow.ts';
import { measure, measured } from '../../src/bottlenecks/measures.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { Selection } from '../../src/selections/selection.ts';
import type { Question } from '../../src/selections/question.ts';
import { OwnCases, simulatedLog } from './own-cases.ts';
import { anyEvents, HOURS, timeOf, withLog, type LoggedEvent } from './random-logs.ts';

jest.setTimeout(300_000);

const RUNS = Number(process.env.PROPERTY_RUNS ?? 5);
const VERDICTS = ['ok', 'violated', 'pending'] as const;

/** What conformance answers, with as many cases behind each of its numbers. */
async function judged(store: AnalyticStore, question: Question): Promise<Conformance> {
  const connection = await store.another();
  try {
    const selection = await Selection.of(connection, question);
    const told = await measured(selection, 'conformance');
    const expectBehind = async (of: Judged, expected: number): Promise<void> => {
      const { cases } = await selection.row<{ cases: number }>(
        `select count(*) as cases from (${await judgedSql(selection, of)})`,
      );
      expect([of, cases]).toEqual([of, expected]);
    };
    await expectBehind({}, told.cases);
    await expectBehind({ verdict: 'earlier' }, told.earlier);
    for (const verdict of VERDICTS) await expectBehind({ verdict }, told[verdict]);
    const [{ version, rules }] = told.models as [Conformance['models'][number]];
    const rule = rules[0]!;
    await expectBehind({ verdict: 'violated', version, rule }, rule.violated);
    return told;
  } finally {
    await connection.close();
  }
}

const KINDS_OF_LOG = [
  ['', false],
  [' of events that last', true],
] as const;

describe('At a past moment conformance judges what had come by then', () => {
  const model = {
    name: 'abcd',
    version: '1',
    holdsFrom: '2017-02-20',
    begins: ['a', 'b'],
    ends: ['d'],
    mayFollow: { a: ['b', 'c'], b: ['a', 'c', 'd'], c: ['d'] },
    requires: { c: ['a'], d: ['c'] },
    leadsTo: { a: ['c'], b: ['d'] },
  };

  it.each(KINDS_OF_LOG)(
    'of an external log%s: what a log of the events that had begun by then has',
    async (_of, lasting) => {
      await fc.assert(
        fc.asyncProperty(anyEvents(lasting), fc.integer({ min: 1, max: HOURS - 1 }), async (events, now) => {
          const until = (id: string) => ({ until: timeOf(id.charCodeAt(0) % 30), begun: timeOf(0) });
          const questions: readonly Question[] = [
            { model, endActivities: ['d'], now: timeOf(now) },
            { model: { ...model, holdsFrom: '2017-02-21' }, endAttribute: 'until', now: timeOf(now) },
            { model, startAttribute: 'begun', endActivities: ['c', 'd'], now: timeOf(now) },
          ];
          const ask = async (store: AnalyticStore): Promise<Conformance[]> => {
            const told: Conformance[] = [];
            for (const question of questions) told.push(await judged(store, question));
            return told;
          };
          const expected = await withLog(
            events.filter(({ start }) => start <= now),
            ask,
            until,
          );
          expect(await withLog(events, ask, until)).toEqual(expected);
        }),
        { numRuns: RUNS },
      );
    },
  );

  it('where no end is said, as open cases those that went on after it', async () => {
    const events = ['a', 'b', 'c', 'd'].map((activity, at) => ({ id: 'k', activity, start: at, end: at }));
    const told = (now: number) => withLog(events, (store) => judged(store, { model, now: timeOf(now) }));
    expect(await told(2)).toMatchObject({ ok: 0, violated: 0, pending: 1 });
    expect(await told(3)).toMatchObject({ ok: 1, violated: 0, pending: 0 });
  });

  describe('of own cases:', () => {
    const events: RecordedEvent[] = [];
    beforeAll(async () => {
      const log = await simulatedLog({ seed: 5, from: '2016-01-01', until: '2017-01-31', scale: 0.005 });
      for await (const batch of log.readAll()) events.push(...batch);
      await log.close();
    });

    it.each(['2016-04-10', '2016-08-01', '2017-01-15'])('what those of the facts until %s have', async (day) => {
      // Facts that were corrected or retracted cannot be left out one by one.
      const amended = new Set(
        events.filter(({ type }) => type === 'FactCorrected' || type === 'FactRetracted').map(({ stream }) => stream),
      );
      const plain = events.filter(({ stream }) => !amended.has(stream));
      await using whole = await OwnCases.recorded(plain);
      await using then = await OwnCases.recorded(
        plain.filter(({ data: { occurredOn } }) => typeof occurredOn !== 'string' || occurredOn <= day),
      );
      const told = await judged(whole.store, { now: day });
      expect(told).toEqual(await judged(then.store, { now: day }));
      expect(told.cases).toBeGreaterThan(20);
      expect(told.pending).toBeGreaterThan(0);
    });
  });
});

describe('At a past moment the flow is that of what had come by then', () => {
  it.each(KINDS_OF_LOG)('of an external log%s, and so are the cases behind its days', async (_of, lasting) => {
    await fc.assert(
      fc.asyncProperty(anyEvents(lasting), fc.integer({ min: 1, max: HOURS - 1 }), async (events, now) => {
        const questions: readonly Question[] = [
          { endActivities: ['d'], now: timeOf(now) },
          { endActivities: ['b', 'c'], now: timeOf(now) },
        ];
        const ask = async (store: AnalyticStore): Promise<object[]> => {
          const told: object[] = [];
          for (const question of questions) {
            const selection = await Selection.of(store, question);
            const stays = await selection.rows<{ activity: string; came: number; went: number | null }>(
              `select activity, came, went from (${await staysSql(selection)}) order by all`,
            );
            const { phases } = await measured(selection, 'flow');
            for (const { activity, days } of phases) {
              const own = stays.filter((one) => one.activity === activity);
              const went = own.filter((one) => one.went !== null).length;
              const sum = (of: 'arrivals' | 'departures'): number => days.reduce((so, day) => so + day[of], 0);
              expect([activity, sum('arrivals'), sum('departures')]).toEqual([activity, own.length, went]);
            }
            told.push({ phases, stays });
          }
          return told;
        };
        const expected = await withLog(
          events.filter(({ start }) => start <= now),
          ask,
        );
        expect(await withLog(events, ask)).toEqual(expected);
      }),
      { numRuns: RUNS * 4 },
    );
  });
});

describe('How long others stood where an open case stands', () => {
  it.each(KINDS_OF_LOG)('in an external log%s is counted from coming to going, as ages are', async (_of, lasting) => {
    await fc.assert(
      fc.asyncProperty(anyEvents(lasting), fc.integer({ min: 1, max: HOURS }), async (events, now) => {
        const found = await withLog(events, (store) =>
          measure(store, 'aging', { endActivities: ['d'], now: timeOf(now) }),
        );
        const stays = staysIn(events).filter(({ gone }) => gone !== undefined && gone <= now);
        for (const { activity, bands } of found.phases) {
          const hours = stays.filter((one) => one.activity === activity).map(({ came, gone }) => gone! - came);
          const at = (part: number) => expect.closeTo(percentile(hours, part) * 3_600, 6);
          expect(bands).toEqual(hours.length === 0 ? null : { p50: at(0.5), p85: at(0.85), p95: at(0.95) });
        }
        fc.pre(found.phases.some(({ bands }) => bands !== null));
      }),
      { numRuns: RUNS },
    );
  });
});

/** Some events of one activity that follow each other directly are one stay. */
function staysIn(events: readonly LoggedEvent[]): readonly { activity: string; came: number; gone?: number }[] {
  return [...Map.groupBy(events, ({ id }) => id).values()].flatMap((own) => {
    const stays: { activity: string; came: number; gone?: number }[] = [];
    for (const { activity, start } of own) {
      const last = stays.at(-1);
      if (last?.activity === activity) continue;
      if (last !== undefined) last.gone = start;
      stays.push({ activity, came: start });
    }
    return stays;
  });
}

/** Between the two values it lies between. */
function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const rank = part * (sorted.length - 1);
  const low = sorted[Math.floor(rank)]!;
  return low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank));
}
