import type { Database } from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { amsterdamDay } from '../../src/event-sourcing/days.ts';
import { EventLog, type ExpectedHead } from '../../src/event-sourcing/event-log.ts';
import type { JsonObject, RecordedEvent } from '../../src/event-sourcing/event.ts';
import type { ProjectionParts } from '../../src/projecting/load-views.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import type { Views } from '../../src/read-store/views.ts';
import type { Projection, Row, StreamModel, Value, ViewDefinition } from '../../src/projecting/projection.ts';

/** A small domain to try the engine with: persons stay in places, what a place costs is a reference fact. */
export type ToyEvent =
  | { type: 'Stayed'; person: string; place: string; on: string; weight: number }
  | { type: 'Retracted'; revision: number }
  | { type: 'Named'; subject: string; box: string }
  | { type: 'Unreadable' };

export interface Stay {
  readonly person: string;
  readonly place: string;
  readonly on: string;
  readonly weight: number;
}

export interface ToyHistory {
  readonly stream: string;
  readonly stays: readonly Stay[];
  readonly names: readonly { subject: string; box: string; eventId: string }[];
}

/** Price of a place by name. */
export type ToyReference = ReadonlyMap<string, number>;

export const toyModel: StreamModel<ToyHistory, ToyReference> = {
  category: 'visit',
  referenceCategory: 'reference',
  history(events) {
    const retracted = new Set<number>();
    for (const event of events.toReversed()) {
      if (event.type === 'Unreadable') throw new Error('cannot be read');
      if (event.type === 'Retracted' && !retracted.has(event.revision)) retracted.add(event.data.revision as number);
    }
    const effective = events.filter(({ revision }) => !retracted.has(revision));
    return {
      stream: events[0]!.stream,
      stays: effective.filter(({ type }) => type === 'Stayed').map(({ data }) => data as unknown as Stay),
      names: effective
        .filter(({ type }) => type === 'Named')
        .map(({ data, id }) => ({ subject: data.subject as string, box: data.box as string, eventId: id })),
    };
  },
  reference(events) {
    const prices = new Map<string, number>();
    for (const { type, data } of events) {
      if (type !== 'Priced') throw new Error('no price');
      prices.set(data.place as string, data.price as number);
    }
    return prices;
  },
};

/** Everything a view can have: latest and daily tables, elections and sums of both. */
export const staysProjection: Projection<ToyHistory, ToyReference> = {
  name: 'stays',
  version: 1,
  tables: {
    lastStay: {
      columns: { person: 'text', place: 'text', on: 'text', weight: 'integer' },
      key: ['person'],
      keeps: 'latest',
      indexes: [['place', 'on']],
    },
    stay: {
      columns: { person: 'text', place: 'text', on: 'text', weight: 'integer', price: 'real' },
      key: ['person'],
      keeps: 'daily',
      indexes: [['place', 'knownFrom']],
    },
    visit: { columns: { stays: 'integer' }, key: [], keeps: 'daily' },
  },
  elections: {
    earliest: { from: 'stay', per: 'person', orderBy: ['on'], indexes: [['place']] },
    latestWinner: { from: 'lastStay', per: 'person', orderBy: ['weight', 'on'] },
  },
  sums: {
    perPlace: { from: 'earliest', groupBy: ['place'], measures: ['weight'] },
    perStream: { from: 'earliest', groupBy: ['stream'] },
    perPlaceNow: { from: 'earliest', keeps: 'latest', groupBy: ['place'], measures: ['weight'] },
    allNow: { from: 'stay', keeps: 'latest', groupBy: [], measures: ['weight'] },
    all: { from: 'stay', groupBy: [], measures: ['weight'] },
    lastPerPlace: { from: 'lastStay', groupBy: ['place'], measures: ['weight'] },
    wonPerPlace: { from: 'latestWinner', groupBy: ['place'] },
    everything: { from: 'lastStay', groupBy: [] },
  },
  rows({ stays }, reference) {
    const last = new Map<string, Row>();
    const first = new Map<string, Row>();
    for (const { person, place, on, weight } of stays.toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))) {
      last.set(person, { person, place, on, weight });
      if (!first.has(person)) first.set(person, { person, place, on, weight, price: reference.get(place) ?? null });
    }
    return { lastStay: [...last.values()], stay: [...first.values()], visit: [{ stays: stays.length }] };
  },
};

/** Opens sealed values. */
export const namesProjection: Projection<ToyHistory, ToyReference> = {
  name: 'names',
  version: 1,
  tables: { name: { columns: { subject: 'text', name: 'text' }, key: ['subject'], keeps: 'latest' } },
  subjects: ({ names }) => names.map(({ subject }) => subject),
  rows: ({ names }, _, open) => ({
    name: [...new Map(names.map((name) => [name.subject, name])).values()].flatMap(({ subject, box, eventId }) => {
      const name = open({ subject, keyVersion: 1, box }, eventId, 'name');
      return typeof name === 'string' ? [{ subject, name }] : [];
    }),
  }),
};

export const toyProjections = [staysProjection, namesProjection];

/** Opens every box but those of destroyed subjects: what is in the box is the text itself. */
export function toyParts(log: EventLog, changed: Partial<ProjectionParts<ToyHistory, ToyReference>> = {}) {
  return {
    log,
    model: toyModel,
    projections: toyProjections,
    loadOpener: (subjects: readonly string[]) =>
      Promise.resolve((sealed: { subject: string; box: string }) => {
        if (!subjects.includes(sealed.subject)) throw new Error(`the key of ${sealed.subject} was not loaded`);
        return sealed.box;
      }),
    ...changed,
  };
}

/** Records events of one stream, all at one instant. */
export async function record(
  log: EventLog,
  stream: string,
  recordedAt: string,
  ...events: readonly { type: string }[]
) {
  const last = (await log.readStream(stream)).at(-1);
  const expected: ExpectedHead = last ? { revision: last.revision, hash: last.hash } : 'no-stream';
  return log.append(
    stream,
    expected,
    events.map(({ type, ...data }, index) => ({
      id: idFor(`${stream} ${(last?.revision ?? -1) + 1 + index}`),
      type,
      data: data as JsonObject,
      metadata: {
        recordedAt,
        actor: 'a',
        role: 'r',
        organisation: 'o',
        command: 'c',
        commandId: 'c',
        correlationId: 'c',
        causationId: 'c',
      },
    })),
  );
}

export const stayed = (person: string, place: string, on: string, weight = 1): ToyEvent => ({
  type: 'Stayed',
  person,
  place,
  on,
  weight,
});
export const retracted = (revision: number): ToyEvent => ({ type: 'Retracted', revision });
export const priced = (place: string, price: number) => ({ type: 'Priced', place, price });

function idFor(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The content of every table of a view, without what only the engine's bookkeeping needs, in a fixed order. */
export function contentOf(db: Database, definition: ViewDefinition): Record<string, unknown[]> {
  const { tables, elections = {}, sums = {} } = definition;
  const names = [...Object.keys(tables), ...Object.keys(elections), ...Object.keys(sums), '_parked'];
  return Object.fromEntries(names.map((name) => [name, sorted(db.prepare(`select * from "${name}"`).all())]));
}

export function sorted<T>(rows: readonly T[]): T[] {
  return rows
    .map((row) => ({ row, text: JSON.stringify(row) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ row }) => row);
}

/**
 * What the view must show as known on a day, worked out in the plainest way: every stream folded whole, winners and sums by
 * going through all rows. `null` stands for "now", for the tables that keep the latest rows.
 */
export function expectedOn<History, Reference>(
  projection: Projection<History, Reference>,
  model: StreamModel<History, Reference>,
  events: readonly RecordedEvent[],
  day: string | null,
): Record<string, unknown[]> {
  const known = events.filter(({ metadata }) => day === null || amsterdamDay(metadata.recordedAt) <= day);
  const inOrder = known.toSorted((a, b) =>
    a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.revision - b.revision,
  );
  const of = (category: string) => inOrder.filter(({ stream }) => stream.startsWith(`${category}-`));
  const reference = model.reference(of(model.referenceCategory));
  const rows: Record<string, (Record<string, Value> & { stream: string })[]> = {};
  const { tables, elections = {}, sums = {} } = projection;
  const kept = (name: string) => (tables[name] ?? tables[elections[name]!.from]!).keeps;
  for (const name in tables) rows[name] = [];
  for (const [stream, own] of Map.groupBy(of(model.category), (event) => event.stream)) {
    const its = projection.rows(model.history(own), reference, () => undefined);
    for (const name in its) for (const row of its[name]!) rows[name]!.push({ stream, ...row });
  }
  for (const [name, { from, per, orderBy }] of Object.entries(elections)) {
    const winners = new Map<Value, (typeof rows)[string][number]>();
    for (const row of rows[from]!) {
      const best = winners.get(row[per]!);
      const place = (its: typeof row) => [...orderBy.map((column) => its[column]!), its.stream];
      if (row[per] !== null && (!best || isBefore(place(row), place(best)))) winners.set(row[per]!, row);
    }
    rows[name] = [...winners.values()];
  }
  const expected: Record<string, unknown[]> = {};
  for (const name in rows) if (kept(name) === (day === null ? 'latest' : 'daily')) expected[name] = sorted(rows[name]!);
  for (const [name, { from, groupBy, measures = [], keeps = kept(from) }] of Object.entries(sums)) {
    if (keeps !== (day === null ? 'latest' : 'daily')) continue;
    const groups = Map.groupBy(rows[from]!, (row) => JSON.stringify(groupBy.map((column) => row[column])));
    const summed = [...groups].map(([group, its]) => [
      ...(JSON.parse(group) as Value[]),
      its.length,
      ...measures.map((column) => its.reduce((sum, row) => sum + ((row[column] as number | null) ?? 0), 0)),
    ]);
    expected[name] = sorted(summed.filter((row) => row.slice(groupBy.length).some((amount) => amount !== 0)));
  }
  return expected;
}

/** The same, read from the view. */
export function shownOn(db: Database, definition: ViewDefinition, day: string | null): Record<string, unknown[]> {
  const { tables, elections = {}, sums = {} } = definition;
  const shown: Record<string, unknown[]> = {};
  const kept = (name: string) => tables[name] ?? tables[elections[name]!.from]!;
  for (const name of [...Object.keys(tables), ...Object.keys(elections)]) {
    const { columns, keeps } = kept(name);
    if (keeps !== (day === null ? 'latest' : 'daily')) continue;
    const known = day === null ? '' : 'where knownFrom <= ? and (knownUntil is null or knownUntil > ?)';
    const list = ['stream', ...Object.keys(columns)].map((column) => `"${column}"`).join(', ');
    shown[name] = sorted(db.prepare(`select ${list} from "${name}" ${known}`).all(...(day === null ? [] : [day, day])));
  }
  for (const [name, { from, groupBy, measures = [], keeps = kept(from).keeps }] of Object.entries(sums)) {
    if (keeps !== (day === null ? 'latest' : 'daily')) continue;
    const amounts = ['rows', ...measures].map((column) => `sum("${column}")`);
    const having = amounts.map((amount) => `${amount} <> 0`).join(' or ');
    const group = groupBy.map((column) => `"${column}"`);
    shown[name] = sorted(
      db
        .prepare(
          `select ${[...group, ...amounts].join(', ')} from "${name}" ${day === null ? '' : 'where knownOn <= ?'}
           ${group.length > 0 ? `group by ${group.join(', ')}` : ''} having ${having}`,
        )
        .raw()
        .all(...(day === null ? [] : [day])),
    );
  }
  return shown;
}

function isBefore(a: readonly Value[], b: readonly Value[]): boolean {
  for (let index = 0; index < a.length; index++) {
    const [one, other] = [a[index]!, b[index]!];
    if (one === other) continue;
    if (one === null) return false;
    return other === null || one < other;
  }
  return false;
}

/** A log that hands everything to another: for tests that change one thing about it. */
export class WrappedLog extends EventLog {
  readonly log: EventLog;
  constructor(log: EventLog) {
    super();
    this.log = log;
  }
  get id(): string {
    return this.log.id;
  }
  append(...given: Parameters<EventLog['append']>) {
    return this.log.append(...given);
  }
  readStream(...given: Parameters<EventLog['readStream']>) {
    return this.log.readStream(...given);
  }
  readAll(...given: Parameters<EventLog['readAll']>) {
    return this.log.readAll(...given);
  }
  follow(...given: Parameters<EventLog['follow']>) {
    return this.log.follow(...given);
  }
  readStreamByStream(...given: Parameters<EventLog['readStreamByStream']>) {
    return this.log.readStreamByStream(...given);
  }
  head() {
    return this.log.head();
  }
  count() {
    return this.log.count();
  }
  lastRecordedAt() {
    return this.log.lastRecordedAt();
  }
  erase(stream: string) {
    return this.log.erase(stream);
  }
  close() {
    return this.log.close();
  }
}

/** What every view shows, or only what is asked for. */
export async function shown(
  views: Views,
  definition: ViewDefinition = staysProjection,
): Promise<Record<string, unknown[]>> {
  return views.read(definition.name, (db) => contentOf(db, definition));
}

/** The same, from views that are made from nothing. */
export async function shownAnew(log: EventLog, changed: Partial<ProjectionParts<ToyHistory, ToyReference>> = {}) {
  const views = await openViewsInline(toyParts(log, changed), { dir: ':memory:' });
  await views.caughtUp();
  const { projections = toyProjections } = changed;
  const content = Object.fromEntries(
    await Promise.all(projections.map(async (its) => [its.name, await shown(views, its)] as const)),
  );
  await views.close();
  return content;
}
