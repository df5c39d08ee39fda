import { expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { measure } from '../../src/bottlenecks/measures.ts';
import { anyEvents, HOURS, timeOf, withLog, type LoggedEvent } from './random-logs.ts';

jest.setTimeout(300_000);

const RUNS = Number(process.env.PROPERTY_RUNS ?? 5);
const HOUR = 3_600;
const dueOf = (id: string): number => id.charCodeAt(0) % 30;

interface Own {
  readonly id: string;
  readonly all: readonly LoggedEvent[];
}

/** Cases of a log in which each event is over at once: times are hours; `ended` null if it has not by now. */
function casesBy(events: readonly LoggedEvent[], now: number, endOf: (own: Own) => number) {
  return [...Map.groupBy(events, ({ id }) => id)]
    .map(([id, all]) => {
      const end = endOf({ id, all });
      return { all, began: all[0]!.start, ended: end <= now ? end : null, due: dueOf(id) };
    })
    .filter(({ began }) => began <= now);
}

/** `d` ends a case. */
const withD = ({ all }: Own): number => all.find(({ activity }) => activity === 'd')?.start ?? Infinity;
/** A time that can lie before the case begins: then it ends with its beginning. */
const whenDue = ({ id, all }: Own): number => Math.max(all[0]!.start, dueOf(id));

/** Who ends at a time, and who is censored at it, are all at risk then. */
function curveOf(cases: ReturnType<typeof casesBy>, now: number): object[] {
  const followed = cases.map(({ began, ended }) => ({ hours: (ended ?? now) - began, ends: ended !== null }));
  let share = 1;
  return [...new Set(followed.filter(({ ends }) => ends).map(({ hours }) => hours))]
    .toSorted((one, other) => one - other)
    .map((hours) => {
      const atRisk = followed.filter((one) => one.hours >= hours).length;
      const ends = followed.filter((one) => one.ends && one.hours === hours).length;
      share *= 1 - ends / atRisk;
      return { seconds: hours * HOUR, atRisk, events: ends, survival: expect.closeTo(share, 9) };
    });
}

it('Survival, on time, flow and rework are what counting case by case gives', async () => {
  await fc.assert(
    fc.asyncProperty(anyEvents(false), fc.integer({ min: 1, max: HOURS }), async (events, now) => {
      const question = { endActivities: ['d'], dueAttribute: 'due', now: timeOf(now) };
      const [survival, onTime, flow, rework] = await withLog(
        events,
        async (store) =>
          [
            await measure(store, 'survival', question),
            await measure(store, 'on-time', question),
            await measure(store, 'flow', question),
            await measure(store, 'rework', question),
          ] as const,
        (id) => ({ due: timeOf(dueOf(id)) }),
      );
      const cases = casesBy(events, now, withD);
      expect(survival.curve).toEqual(curveOf(cases, now));

      const due = cases.filter((one) => one.due <= now);
      expect(onTime).toMatchObject({
        cases: cases.length,
        due: due.length,
        onTime: due.filter((one) => one.ended !== null && one.ended <= one.due).length,
        late: due.filter((one) => one.ended !== null && one.ended > one.due).length,
        openOverdue: due.filter(({ ended }) => ended === null).length,
        notYetDue: cases.length - due.length,
      });

      const known = events.filter(({ start }) => start <= now).map(({ activity }) => activity);
      expect(flow.phases.map(({ activity }) => activity)).toEqual([...new Set(known)].sort());
      // Where each case stands at the end of a day: nowhere, once it has ended and nothing more comes.
      for (const { activity, days } of flow.phases) {
        let closing = 0;
        for (const day of days) {
          const until = Math.min(now, (Date.parse(day.day) - Date.parse(timeOf(0))) / 3_600_000 + 23);
          const standing = cases.filter(({ all }) => {
            // What comes after now has not happened.
            const known = all.filter(({ start }) => start <= now);
            const come = known.filter(({ start }) => start <= until);
            const over = come.length === known.length && known.some((one) => one.activity === 'd');
            return come.at(-1)?.activity === activity && !over;
          });
          expect([activity, day.day, day.opening, day.closing]).toEqual([activity, day.day, closing, standing.length]);
          expect(day.opening + day.arrivals - day.departures).toBe(day.closing);
          closing = day.closing;
        }
      }

      const again: Record<string, { cases: number; selfLoops: number; repetitions: number }> = {};
      for (const all of Map.groupBy(events, ({ id }) => id).values()) {
        for (const activity of new Set(all.map((one) => one.activity))) {
          const places = all.flatMap((one, at) => (one.activity === activity ? [at] : []));
          if (places.length < 2) continue;
          const loops = places.filter((at) => all[at - 1]?.activity === activity).length;
          const { cases: n, selfLoops, repetitions } = again[activity] ?? { cases: 0, selfLoops: 0, repetitions: 0 };
          again[activity] = {
            cases: n + 1,
            selfLoops: selfLoops + loops,
            repetitions: repetitions + places.length - 1 - loops,
          };
        }
      }
      expect(Object.keys(rework).sort()).toEqual(Object.keys(again).sort());
      expect(rework).toMatchObject(again);
    }),
    { numRuns: RUNS },
  );
});

it('An end that is told to come before the beginning comes with it: nothing lasts less than no time', async () => {
  await fc.assert(
    fc.asyncProperty(anyEvents(false), fc.integer({ min: 1, max: HOURS }), async (events, now) => {
      const question = { endAttribute: 'due', now: timeOf(now) };
      const [lifetime, survival, arrivals] = await withLog(
        events,
        async (store) =>
          [
            await measure(store, 'lifetime', question),
            await measure(store, 'survival', question),
            await measure(store, 'arrivals', question),
          ] as const,
        (id) => ({ due: timeOf(dueOf(id)) }),
      );
      const cases = casesBy(events, now, whenDue);
      const lived = cases.flatMap(({ began, ended }) => (ended === null ? [] : [(ended - began) * HOUR]));
      expect(lifetime).toMatchObject({ cases: lived.length, open: cases.length - lived.length });
      expect([lifetime.seconds?.min, lifetime.seconds?.max]).toEqual(
        lived.length === 0 ? [undefined, undefined] : [Math.min(...lived), Math.max(...lived)],
      );
      expect(survival.curve).toEqual(curveOf(cases, now));
      for (const { day, closing } of arrivals.days) {
        const until = Math.min(now, (Date.parse(day) - Date.parse(timeOf(0))) / 3_600_000 + 23);
        const open = cases.filter(({ began, ended }) => began <= until && (ended === null || ended > until));
        expect([day, closing]).toEqual([day, open.length]);
      }
    }),
    { numRuns: RUNS },
  );
});
