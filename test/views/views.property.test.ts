import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { caseModel } from '../../src/journey/case-history.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { SystemClock } from '../../src/event-sourcing/clock.ts';
import { amsterdamDay } from '../../src/event-sourcing/days.ts';
import type { EventLog, StreamHead } from '../../src/event-sourcing/event-log.ts';
import type { Json, NewEvent, RecordedEvent } from '../../src/event-sourcing/event.ts';
import type { ProjectionParts } from '../../src/projecting/load-views.ts';
import { BlindIndex } from '../../src/privacy/blind-index.ts';
import { ErasedKeys } from '../../src/privacy/erased-keys.ts';
import { Keyring } from '../../src/privacy/keyring.ts';
import { LocalMasterKey } from '../../src/privacy/master-key.ts';
import type { Sealed } from '../../src/privacy/sealed.ts';
import { caseTableProjection } from '../../src/case-table/case-table.projection.ts';
import { projectionParts } from '../../src/projections.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import type { Views } from '../../src/read-store/views.ts';
import { anyLog, openPlainly } from '../random-histories.ts';
import { contentOf, expectedOn, shownOn } from '../read-store/toy.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 20);
const PATIENCE_MS = 180_000;
const MASTER_KEY = new LocalMasterKey(new Map([[1, randomBytes(32)]]));
const BLIND_INDEX = await BlindIndex.under(MASTER_KEY);

/** Product views over boxes that are no secret. */
function partsOn(log: EventLog, eventsAtOnce = 1_000): ProjectionParts<never, never> {
  const { model, projections: views } = projectionParts(log, undefined as never, BLIND_INDEX);
  // Not built in the server before it answers questions; what it must keep holds already.
  const projections = [caseTableProjection, ...views];
  const loadOpener = () => Promise.resolve(openPlainly);
  return { log, model, projections, loadOpener, eventsAtOnce } as unknown as ProjectionParts<never, never>;
}

type Content = Readonly<Record<string, Readonly<Record<string, unknown[]>>>>;

async function contentOfAll(views: Views, parts: Pick<ProjectionParts<never, never>, 'projections'>): Promise<Content> {
  const content: Record<string, Record<string, unknown[]>> = {};
  for (const view of parts.projections) content[view.name] = await views.read(view.name, (db) => contentOf(db, view));
  return content;
}

/** The events of every stream in their order, one order between the streams replaced by another. */
const anyOrder = anyLog.chain((events) =>
  fc.record({
    events: fc.constant(events),
    other: fc.shuffledSubarray([...events.keys()], { minLength: events.length }).map((order) => {
      const queues = Map.groupBy(events, ({ stream }) => stream);
      return order.map((index) => queues.get(events[index]!.stream)!.shift()!);
    }),
    eventsAtOnce: fc.integer({ min: 1, max: 8 }),
    appendsAtOnce: fc.integer({ min: 1, max: 12 }),
  }),
);

class Appender {
  private readonly heads = new Map<string, StreamHead>();
  private readonly log: EventLog;
  constructor(log: EventLog) {
    this.log = log;
  }
  async append({ stream, id, type, data, metadata }: NewEvent & { readonly stream: string }): Promise<void> {
    const { revision, hash } = await this.log.append(stream, this.heads.get(stream) ?? 'no-stream', [
      { id, type, data, metadata },
    ]);
    this.heads.set(stream, { revision, hash });
  }
}

/** Records everything while the views follow; what they show then, and what they are rebuilt to. */
async function followedAndRebuilt(
  events: readonly RecordedEvent[],
  { eventsAtOnce, appendsAtOnce }: { readonly eventsAtOnce: number; readonly appendsAtOnce: number },
): Promise<{ readonly followed: Content; readonly rebuilt: Content }> {
  const log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  const parts = partsOn(log, eventsAtOnce);
  const views = await openViewsInline(parts, { dir: ':memory:' });
  const appender = new Appender(log);
  for (const [index, event] of events.entries()) {
    await appender.append(event);
    if (index % appendsAtOnce === 0) await views.caughtUp();
  }
  await views.caughtUp();
  const followed = await contentOfAll(views, parts);
  await views.rebuild();
  const rebuilt = await contentOfAll(views, parts);
  await views.close();
  await log.close();
  return { followed, rebuilt };
}

describe('Views of the product', () => {
  it(
    'come out the same live and rebuilt, in any batches, in any order between streams',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyOrder, async ({ events, other, eventsAtOnce, appendsAtOnce }) => {
          const one = await followedAndRebuilt(events, { eventsAtOnce: 1_000, appendsAtOnce: events.length });
          const split = await followedAndRebuilt(other, { eventsAtOnce, appendsAtOnce });
          expect(one.rebuilt).toEqual(one.followed);
          expect(split.followed).toEqual(one.followed);
          expect(split.rebuilt).toEqual(one.followed);
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE_MS,
  );

  it(
    'show, for every day, what folding all that was known by then gives',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyLog, async (events) => {
          const log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
          const parts = partsOn(log);
          const views = await openViewsInline(parts, { dir: ':memory:' });
          const appender = new Appender(log);
          for (const event of events) await appender.append(event);
          await views.caughtUp();
          const days = new Set(events.map(({ metadata }) => amsterdamDay(metadata.recordedAt)));
          for (const view of parts.projections) {
            const opening = {
              ...view,
              rows: (history: never, reference: never) => view.rows(history, reference, openPlainly),
            };
            await views.read(view.name, (db) => {
              for (const day of [...days, null]) {
                expect(shownOn(db, view, day)).toEqual(expectedOn(opening, caseModel as never, events, day));
              }
            });
          }
          await views.close();
          await log.close();
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE_MS,
  );

  it(
    'stay the same when every key is destroyed, but for search, which finds nobody any more',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'keys-destroyed-'));
      let run = 0;
      let found = 0;
      let realised = 0;
      let housed = 0;
      let reached = 0;
      try {
        await fc.assert(
          fc.asyncProperty(anyLog, async (events) => {
            const log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
            const erasedKeys = new ErasedKeys(join(directory, `erased-${run++}.jsonl`));
            const keyring = new Keyring({ log, masterKey: MASTER_KEY, clock: new SystemClock(), erasedKeys });
            const subjects = new Set<string>();
            const appender = new Appender(log);
            for (const event of events) await appender.append(await sealedWith(keyring, event, subjects));

            const parts = projectionParts(log, keyring, BLIND_INDEX);
            const views = await openViewsInline(parts, { dir: ':memory:' });
            await views.caughtUp();
            const { search: before, ...others } = await contentOfAll(views, parts as never);
            found += before!.persons!.length;
            realised += others.realisation!.realisedMonthsNow!.length;
            housed += others.integration!.firstMoves!.length;
            reached += others.integration!.firstSteps!.length;

            for (const subject of subjects) await keyring.destroy(subject);
            await views.rebuild();
            const { search: after, ...othersAfter } = await contentOfAll(views, parts as never);
            expect(othersAfter).toEqual(others);
            expect(after).toEqual({ persons: [], words: [], _parked: [] });
            await views.close();
            await log.close();
          }),
          { numRuns: RUNS },
        );
        // Otherwise there was nothing to lose.
        expect(found).toBeGreaterThan(RUNS);
        expect([realised > 0, housed > 0, reached > 0]).toEqual([true, true, true]);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
    PATIENCE_MS,
  );
});

/** The same event, with every box sealed in earnest. */
async function sealedWith(keyring: Keyring, event: RecordedEvent, subjects: Set<string>): Promise<RecordedEvent> {
  const seal = async (value: Json, field: string): Promise<Json> => {
    if (Array.isArray(value)) return Promise.all(value.map((one: Json) => seal(one, field)));
    if (typeof value !== 'object' || value === null) return value;
    if ('box' in value) {
      const { subject, box } = value as unknown as Sealed;
      subjects.add(subject);
      const { metadata } = event;
      await keyring.ensure(subject, { ...metadata, name: metadata.command });
      return { ...(await keyring.seal(subject, event.id, field, openPlainly({ box }) as Json)) };
    }
    const entries = Object.entries(value).map(async ([name, inner]) => [name, await seal(inner as Json, name)]);
    return Object.fromEntries(await Promise.all(entries)) as Json;
  };
  return { ...event, data: (await seal(event.data, '')) as RecordedEvent['data'] };
}
