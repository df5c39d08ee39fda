import { StreamDamaged, type EventLog } from './event-log.ts';
import { comparePositions, type Position, type RecordedEvent } from './event.ts';
import { KnownReference } from './known-reference.ts';
import { KnownStream } from './known-stream.ts';
import { openersFor, type LoadOpener } from './openers.ts';
import type { Projection, StreamModel } from './projection.ts';
import { momentsOf, rowsOfStream, viewOf, type View } from './stream-rows.ts';
import {
  reasonOf,
  type ParkedStream,
  type Reached,
  type StreamRows,
  type ViewState,
  type ViewStore,
  type ViewStores,
  type Witness,
} from './view-store.ts';

/** What views are made from. */
export interface ProjectionParts<History, Reference> {
  readonly log: EventLog;
  readonly model: StreamModel<History, Reference>;
  readonly projections: readonly Projection<History, Reference>[];
  /** Only asked for the subjects that views declare. */
  readonly loadOpener: LoadOpener;
  /** About how many events go into one transaction (default 5,000). */
  readonly eventsAtOnce?: number;
}

export interface LoadProgress {
  readonly phase: 'reading' | 'finishing';
  readonly events: number;
  readonly of: number;
}

/** Fills new generations of views, all in one pass; aborted, it stops at a commit and can go on from there. */
export type LoadViews = (
  generations: readonly { readonly id: string; readonly view: string }[],
  onProgress: (progress: LoadProgress) => void,
  signal: AbortSignal,
) => Promise<void>;

type Loading = Extract<ViewState, { readonly stage: 'loading' }>;

interface Filled<History, Reference> {
  readonly view: View<History, Reference>;
  readonly store: ViewStore;
}

export const EVENTS_AT_ONCE = 5_000;

/**
 * Loads by reading the log stream by stream: the rows of a stream are worked out once, for all its days, and added to empty
 * tables without looking; indexes, elections and sums come last. Memory does not grow with the log.
 */
export function loadViews<History, Reference>(
  parts: ProjectionParts<History, Reference>,
  stores: ViewStores,
): LoadViews {
  return async (generations, onProgress, signal) => {
    const filled: Filled<History, Reference>[] = [];
    try {
      for (const { id, view } of generations) {
        const projection = parts.projections.find(({ name }) => name === view)!;
        filled.push({ view: viewOf(projection), store: stores.open(id, projection) });
      }
      const of = await parts.log.count();
      await fill(parts, filled, (events) => onProgress({ phase: 'reading', events, of }), signal);
      onProgress({ phase: 'finishing', events: of, of });
      for (const { store } of filled) {
        signal.throwIfAborted();
        if (store.state.stage !== 'finishing') continue;
        const { reached, witness } = store.state;
        await store.finish({ stage: 'catching-up', reached, witness, sweep: null });
      }
    } finally {
      for (const { store } of filled) store.close();
    }
  };
}

async function fill<History, Reference>(
  parts: ProjectionParts<History, Reference>,
  filled: readonly Filled<History, Reference>[],
  onProgress: (events: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const loading = filled.filter(({ store }) => store.state.stage === 'loading');
  if (loading.length === 0) return;
  const { log, model, eventsAtOnce = EVENTS_AT_ONCE } = parts;
  const { until } = stateOf(loading[0]!.store);
  const reference = new KnownReference(await referenceEvents(log, model, until), (known) => model.reference(known));
  if (until !== null) {
    // After a crash one file may be a batch ahead of another: reading begins where the last one is.
    const last = loading.map(({ store }) => stateOf(store)).toSorted((a, b) => a.streams - b.streams)[0]!;
    let { streams: done, events: read } = last;
    let batch: StreamRead<History>[] = [];
    let events = 0;
    const add = async (its: StreamRead<History>): Promise<void> => {
      batch.push(its);
      events += its.known?.events.length ?? 0;
      if (events >= eventsAtOnce) await write();
    };
    const write = async (): Promise<void> => {
      await loadBatch(parts, loading, reference, batch, done);
      done += batch.length;
      read += events;
      batch = [];
      events = 0;
      onProgress(read);
      signal.throwIfAborted();
    };
    await readStreams(parts, until, last.afterStream, signal, add);
    await write();
  }
  for (const { store } of loading) {
    const { reached, witness } = withLast(stateOf(store), reference.events);
    const parked = reference.parked().map((as) => leftAlone(as.stream, as));
    const finished = until === null ? null : { position: until, recordedAt: reached?.recordedAt ?? null };
    store.load(parked, { stage: 'finishing', reached: finished, witness });
  }
}

/** A stream, or why it cannot be read. */
interface StreamRead<History> {
  readonly stream: string;
  readonly known?: KnownStream<History>;
  readonly parked?: ParkedStream;
}

/** Goes on after a stream that is damaged. */
async function readStreams<History, Reference>(
  { log, model }: ProjectionParts<History, Reference>,
  until: Position,
  afterStream: string | null,
  signal: AbortSignal,
  add: (its: StreamRead<History>) => Promise<void>,
): Promise<void> {
  for (let after = afterStream; ;) {
    const from = after === null ? {} : { afterStream: after };
    try {
      for await (const events of log.readStreamByStream({ category: model.category, until, signal, ...from })) {
        const stream = events[0]?.stream;
        if (stream !== undefined)
          await add({ stream, known: new KnownStream(stream, events, (known) => model.history(known)) });
      }
      // Reading may just end when it is aborted; what was not read must not count as done.
      return signal.throwIfAborted();
    } catch (error) {
      if (!(error instanceof StreamDamaged)) throw error;
      const { stream } = error;
      const nothing = { revision: 0, day: '', since: '', lastRevision: 0 };
      await add({ stream, parked: { stream, position: until, reason: reasonOf(error), ...nothing } });
      after = stream;
    }
  }
}

async function loadBatch<History, Reference>(
  { projections, loadOpener }: ProjectionParts<History, Reference>,
  loading: readonly Filled<History, Reference>[],
  reference: KnownReference<Reference>,
  batch: readonly StreamRead<History>[],
  done: number,
): Promise<void> {
  const views = loading.map(({ view }) => view.projection.name);
  const openFor = await openersFor(
    projections.filter(({ name }) => views.includes(name)),
    batch.flatMap(({ known }) => known ?? []),
    loadOpener,
  );
  const rows = loading.map((): StreamRows[] => []);
  batch.forEach(({ stream, known, parked = null }, index) => {
    const moments = known ? momentsOf(known, reference) : [];
    loading.forEach(({ view, store }, place) => {
      if (stateOf(store).streams > done + index) return;
      const open = openFor(view.projection.name, stream);
      const wanted = known ? rowsOfStream(view, known, reference, moments, '', open) : { tables: null, parked };
      rows[place]!.push({ stream, isNew: true, fromDay: '', ...wanted });
    });
  });
  loading.forEach(({ store }, place) => {
    const state = stateOf(store);
    const added = batch.slice(batch.length - rows[place]!.length);
    if (added.length === 0) return;
    const events = added.flatMap(({ known }) => known?.events.at(-1) ?? []);
    store.load(rows[place]!, {
      ...withLast(state, events),
      afterStream: added.at(-1)!.stream,
      streams: state.streams + added.length,
      events: state.events + added.reduce((sum, { known }) => sum + (known?.events.length ?? 0), 0),
    });
  });
}

function stateOf(store: ViewStore): Loading {
  const { state } = store;
  if (state.stage !== 'loading') throw new Error(`${store.id} is not being loaded`);
  return state;
}

/** With the event that stands last in the log noted, if it is one of these. */
function withLast(state: Loading, events: readonly RecordedEvent[]): Loading {
  let { reached, witness }: { reached: Reached | null; witness: Witness | null } = state;
  for (const { position, metadata, stream, revision, hash } of events) {
    if (reached !== null && comparePositions(position, reached.position) <= 0) continue;
    reached = { position, recordedAt: metadata.recordedAt };
    witness = { stream, revision, hash };
  }
  return { ...state, reached, witness };
}

/** The reference events up to a position; null stands for the beginning of the log. */
export async function referenceEvents<History, Reference>(
  log: EventLog,
  model: StreamModel<History, Reference>,
  until: Position | null,
): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  if (until === null) return events;
  for await (const given of log.readStreamByStream({ category: model.referenceCategory, until })) events.push(...given);
  return events;
}

/** Only notes whether a stream is parked. */
export function leftAlone(stream: string, parked: StreamRows['parked']): StreamRows {
  return { stream, isNew: false, fromDay: '', tables: null, parked };
}
