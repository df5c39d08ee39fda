import { describe, expect, it } from '@jest/globals';
import type { Database } from 'better-sqlite3';
import fc from 'fast-check';
import { SqliteEventLog } from '../src/event-log/sqlite-event-log.ts';
import { addDays } from '../src/event-sourcing/days.ts';
import type { RecordedEvent } from '../src/event-sourcing/event.ts';
import type { ViewDefinition } from '../src/projecting/projection.ts';
import { openViewsInline } from '../src/read-store/open-views.ts';
import type { Views } from '../src/read-store/views.ts';
import {
  contentOf,
  expectedOn,
  namesProjection,
  priced,
  record,
  retracted,
  shownOn,
  stayed,
  staysProjection,
  toyModel,
  toyParts,
} from './read-store/toy.ts';

/** One append: to a stream, some hours after the stream's last. Clocks of different streams need not agree at all. */
interface Step {
  readonly stream: string;
  readonly hoursLater: number;
  readonly events: readonly { readonly type: string }[];
}

const RUNS = Number(process.env.PROPERTY_RUNS ?? 40);
const PATIENCE_MS = 120_000;
const FIRST_DAY = '2017-03-24';
const DAYS = Array.from({ length: 14 }, (_, day) => addDays(FIRST_DAY, day));

const stay = fc
  .tuple(
    fc.constantFrom('p', 'q', 'r'),
    fc.constantFrom('a', 'b', 'c'),
    fc.constantFrom('2017-01-01', '2017-02-01', '2017-03-01'),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([person, place, on, weight]) => stayed(person, place, on, weight));
const retraction = fc.integer({ min: 0, max: 6 }).map(retracted);
const named = fc
  .tuple(fc.constantFrom('p', 'q'), fc.constantFrom('Ann', 'Bob'))
  .map(([subject, box]) => ({ type: 'Named' as const, subject, box }));
const unreadable = fc.constant({ type: 'Unreadable' as const });
const price = fc
  .tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 3 }))
  .map(([place, amount]) => priced(place, amount));

function steps(visits: fc.Arbitrary<{ type: string }>, prices: fc.Arbitrary<{ type: string }>): fc.Arbitrary<Step[]> {
  const hoursLater = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }));
  const visit = fc.record({
    stream: fc.constantFrom('visit-1', 'visit-2', 'visit-3', 'visit-4'),
    hoursLater,
    events: fc.array(visits, { minLength: 1, maxLength: 3 }),
  });
  const fact = fc.record({
    stream: fc.constantFrom('reference-prices', 'reference-others'),
    hoursLater,
    events: fc.array(prices, { minLength: 1, maxLength: 2 }),
  });
  return fc.array(fc.oneof({ weight: 5, arbitrary: visit }, { weight: 1, arbitrary: fact }), { maxLength: 20 });
}

const readable = steps(fc.oneof({ weight: 4, arbitrary: stay }, retraction, named), price);
const withPoison = steps(
  fc.oneof({ weight: 4, arbitrary: stay }, retraction, { weight: 1, arbitrary: unreadable }),
  fc.oneof({ weight: 4, arbitrary: price }, fc.constant({ type: 'Unpriced' })),
);

/** The same appends to every stream, in another order between streams. */
const interleaved = (arbitrary: fc.Arbitrary<Step[]>) =>
  arbitrary.chain((all) =>
    fc.record({
      all: fc.constant(all),
      other: fc
        .shuffledSubarray(
          all.map((_, index) => index),
          { minLength: all.length },
        )
        .map((order) => {
          const queues = Map.groupBy(all, ({ stream }) => stream);
          return order.map((index) => queues.get(all[index]!.stream)!).map((queue) => queue);
        })
        .map((queues) => {
          const taken = new Map<Step[], number>();
          return queues.map((queue) => {
            const at = taken.get(queue) ?? 0;
            taken.set(queue, at + 1);
            return queue[at]!;
          });
        }),
      eventsAtOnce: fc.integer({ min: 1, max: 5 }),
      appendsAtOnce: fc.integer({ min: 1, max: 8 }),
    }),
  );

class Hours {
  private readonly last = new Map<string, number>();
  at({ stream, hoursLater }: Step): string {
    const hours = (this.last.get(stream) ?? 0) + hoursLater;
    this.last.set(stream, hours);
    return new Date(Date.parse(`${FIRST_DAY}T20:30:00.000Z`) + hours * 3_600_000).toISOString();
  }
}

interface Content {
  readonly stays: Record<string, unknown[]>;
  readonly names: Record<string, unknown[]>;
}

async function contentOfAll(views: Views): Promise<Content> {
  const of = (definition: ViewDefinition) => views.read(definition.name, (db) => contentOf(db, definition));
  return { stays: await of(staysProjection), names: await of(namesProjection) };
}

/** Where a parked stream stands in the log depends on the order between streams; nothing else does. */
function withoutPositions(content: Content): Content {
  return JSON.parse(
    JSON.stringify(content, (key, value: unknown) => (key === 'position' ? undefined : value)),
  ) as Content;
}

/** Records everything while views follow, in batches; answers what they show in the end, and what they are rebuilt to. */
async function live(
  recorded: readonly Step[],
  {
    eventsAtOnce,
    appendsAtOnce,
    day,
  }: { eventsAtOnce: number; appendsAtOnce: number; day?: (db: Database, events: RecordedEvent[]) => void },
): Promise<{ followed: Content; rebuilt: Content }> {
  const log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  const views = await openViewsInline(toyParts(log, { eventsAtOnce }), { dir: ':memory:' });
  const hours = new Hours();
  for (let at = 0; at < recorded.length; at += appendsAtOnce) {
    for (const step of recorded.slice(at, at + appendsAtOnce)) {
      await record(log, step.stream, hours.at(step), ...step.events);
    }
    await views.caughtUp();
  }
  await views.caughtUp();
  const followed = await contentOfAll(views);
  if (day) {
    const events: RecordedEvent[] = [];
    for await (const batch of log.readAll()) events.push(...batch);
    await views.read('stays', (db) => day(db, events));
  }
  await views.rebuild();
  const rebuilt = await contentOfAll(views);
  await views.close();
  await log.close();
  return { followed, rebuilt };
}

function noTwoIntervalsThatCouldBeOne(content: Content): void {
  for (const [table, { key, keeps }] of Object.entries(staysProjection.tables)) {
    if (keeps !== 'daily') continue;
    const rows = content.stays[table] as Record<string, string | number | null>[];
    for (const row of rows) {
      const { knownFrom: _, knownUntil: until, ...values } = row;
      const next = rows.find(
        (other) =>
          other.stream === row.stream &&
          key.every((column) => other[column] === row[column]) &&
          other.knownFrom === until,
      );
      if (!next) continue;
      const { knownFrom: __, knownUntil: ___, ...nextValues } = next;
      expect(nextValues).not.toEqual(values);
    }
  }
}

describe('views', () => {
  it(
    'show, for every day, what folding all that was known by then gives',
    async () => {
      await fc.assert(
        fc.asyncProperty(interleaved(readable), async ({ all, eventsAtOnce, appendsAtOnce }) => {
          await live(all, {
            eventsAtOnce,
            appendsAtOnce,
            day: (db, events) => {
              for (const on of [...DAYS, null]) {
                expect(shownOn(db, staysProjection, on)).toEqual(expectedOn(staysProjection, toyModel, events, on));
              }
            },
          });
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE_MS,
  );

  it(
    'come out the same live and rebuilt, in any batches, in any order between streams',
    async () => {
      await fc.assert(
        fc.asyncProperty(interleaved(readable), async ({ all, other, eventsAtOnce, appendsAtOnce }) => {
          const one = await live(all, { eventsAtOnce: 1_000, appendsAtOnce: all.length || 1 });
          const split = await live(other, { eventsAtOnce, appendsAtOnce });
          expect(one.rebuilt).toEqual(one.followed);
          expect(split.followed).toEqual(one.followed);
          expect(split.rebuilt).toEqual(one.followed);
          noTwoIntervalsThatCouldBeOne(one.followed);
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE_MS,
  );

  it(
    'come out the same, live and rebuilt, also where streams and reference facts cannot be read',
    async () => {
      await fc.assert(
        fc.asyncProperty(interleaved(withPoison), async ({ all, other, eventsAtOnce, appendsAtOnce }) => {
          const one = await live(all, { eventsAtOnce: 1_000, appendsAtOnce: all.length || 1 });
          const split = await live(other, { eventsAtOnce, appendsAtOnce });
          expect(one.rebuilt).toEqual(one.followed);
          expect(withoutPositions(split.followed)).toEqual(withoutPositions(one.followed));
          expect(split.rebuilt).toEqual(split.followed);
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE_MS,
  );
});
