import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { EventLog, StreamHead } from '../../src/event-sourcing/event-log.ts';
import type { Json, RecordedEvent } from '../../src/event-sourcing/event.ts';
import { idOf } from '../../src/event-sourcing/event.ts';
import { BlindIndex } from '../../src/privacy/blind-index.ts';
import type { Keyring } from '../../src/privacy/keyring.ts';
import { LocalMasterKey } from '../../src/privacy/master-key.ts';
import type { Sealed } from '../../src/privacy/sealed.ts';
import { projectionParts } from '../../src/projections.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import { anyLog, openPlainly } from '../random-histories.ts';
import { shownOn } from '../read-store/toy.ts';
import { ImportingLog } from './given.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 20);
const PATIENCE_MS = 180_000;
const BLIND_INDEX = await BlindIndex.under(new LocalMasterKey(new Map([[1, randomBytes(32)]])));

/** Texts that files could lose. */
const TEXTS = ['plain', '=1+1', 'comma, "quoted"', ' with spaces ', '-', 'ünï€'];
const LINES = [...TEXTS, 'two\nlines', 'of\r\nWindows'];
const TEXT_FIELDS = new Set(['note', 'text', 'title', 'contact', 'reason']);

/** As the API would have recorded it: sealed in earnest, names and numbers of their form, texts where there can be one. */
class Office {
  readonly subjects = new Set<string>();
  readonly #keyring: Keyring;
  readonly #log: EventLog;
  readonly #heads = new Map<string, StreamHead>();
  #texts = 0;
  constructor(keyring: Keyring, log: EventLog) {
    this.#keyring = keyring;
    this.#log = log;
  }

  async record(event: RecordedEvent): Promise<void> {
    const { stream, id, type, metadata } = event;
    const data = (await this.#seal(event.data, '', event)) as RecordedEvent['data'];
    const head = this.#heads.get(stream) ?? 'no-stream';
    const { revision, hash } = await this.#log.append(stream, head, [{ id, type, data, metadata }]);
    this.#heads.set(stream, { revision, hash });
  }

  async #seal(value: Json, field: string, event: RecordedEvent): Promise<Json> {
    if (Array.isArray(value)) return Promise.all(value.map((one: Json) => this.#seal(one, field, event)));
    if (value === null && TEXT_FIELDS.has(field)) {
      const texts = field === 'contact' || field === 'title' ? TEXTS : LINES;
      return this.#box(idOf(event.stream), field, texts[this.#texts++ % texts.length]!, event);
    }
    if (value === null && field === 'uri')
      return this.#box(idOf(event.stream), field, 'https://archive.example/1', event);
    if (typeof value !== 'object' || value === null) return value;
    if ('box' in value) {
      const { subject, box } = value as unknown as Sealed;
      const { name, alienNumber } = openPlainly({ box }) as { name: string; alienNumber: string };
      const digits = String(parseInt(alienNumber, 16) % 1_000_000_000).padStart(10, '2');
      return this.#box(
        subject,
        field,
        { name: this.#texts++ % 7 === 0 ? `=${name}` : name, alienNumber: digits },
        event,
      );
    }
    const entries = Object.entries(value).map(async ([name, inner]) => [
      name,
      await this.#seal(inner as Json, name, event),
    ]);
    return Object.fromEntries(await Promise.all(entries)) as Json;
  }

  async #box(subject: string, field: string, value: Json, { id, metadata }: RecordedEvent): Promise<Json> {
    this.subjects.add(subject);
    await this.#keyring.ensure(subject, { ...metadata, name: metadata.command });
    return { ...(await this.#keyring.seal(subject, id, field, value)) };
  }
}

async function recordedIn(source: ImportingLog, events: readonly RecordedEvent[]): Promise<Office> {
  const office = new Office(source.keyring, source.log);
  for (const event of events) await office.record(inOrder(event));
  return office;
}

/** Whoever is born into a household is a child of it, and one of a household holds the permit. */
function inOrder(event: RecordedEvent): RecordedEvent {
  const { type, data } = event;
  if (type === 'FactCorrected') {
    const fact = data['fact'] as unknown as RecordedEvent;
    return { ...event, data: { ...data, fact: inOrder(fact) as unknown as Json } };
  }
  if (type === 'ChildBorn')
    return { ...event, data: { ...data, member: { ...(data['member'] as object), role: 'CHILD' } } };
  if (type !== 'PermitGranted') return event;
  const members = (data['members'] as readonly object[]).map((one, at) => ({
    ...one,
    role: at === 0 ? 'HOLDER' : 'CHILD',
  }));
  return { ...event, data: { ...data, members } };
}

/** What every view shows today, without when it was told. */
async function shown({ log, keyring }: ImportingLog): Promise<unknown> {
  const parts = projectionParts(log, keyring, BLIND_INDEX);
  const views = await openViewsInline(parts, { dir: ':memory:' });
  await views.caughtUp();
  const content: Record<string, unknown> = {};
  for (const view of parts.projections) {
    content[view.name] = await views.read(view.name, (db) => [
      shownOn(db, view as never, null),
      shownOn(db, view as never, '2018-12-31'),
    ]);
  }
  await views.close();
  return JSON.parse(
    JSON.stringify(content, (key, value: unknown) =>
      ['changedAt', 'revision', 'recordedAt', 'recordedOn', 'position'].includes(key) ? undefined : value,
    ),
  );
}

describe('Cases that are exported and imported into an empty log', () => {
  it(
    'are the same cases, in every event and every view as known today; imported again, nothing is written',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyLog, async (events) => {
          const [source, target] = [new ImportingLog(), new ImportingLog()];
          await recordedIn(source, events);
          const file = await source.export();
          const { faults } = await target.import(file);
          expect(faults).toEqual([]);
          expect(await target.told()).toEqual(await source.told());
          await recordedIn(
            target,
            events.filter(({ stream }) => stream.startsWith('reference-')),
          );
          expect(await shown(target)).toEqual(await shown(source));

          const before = await target.events();
          expect(await target.import()).toMatchObject({ facts: 0, faults: [] });
          expect(await source.import(file)).toMatchObject({ facts: 0, faults: [] });
          expect(await target.events()).toBe(before);
          await source.close();
          await target.close();
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE_MS,
  );

  it(
    'are without names and texts where keys had been destroyed, and else the same',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyLog, async (events) => {
          const [source, target] = [new ImportingLog(), new ImportingLog()];
          const { subjects } = await recordedIn(source, events);
          for (const subject of [...subjects].filter((_, index) => index % 2 === 0))
            await source.keyring.destroy(subject);
          const { faults } = await target.import(await source.export());
          expect(faults).toEqual([]);
          expect(await target.told()).toEqual(await source.told());
          await source.close();
          await target.close();
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE_MS,
  );
});
