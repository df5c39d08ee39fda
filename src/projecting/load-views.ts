import type { EventLog, StreamDamaged } from '../event-sourcing/event-log.ts';
import { comparePositions, type Position, type RecordedEvent } from '../event-sourcing/event.ts';
import { streamsOrDamage } from '../event-sourcing/streams-or-damage.ts';
import { parkedForDamage } from './damaged-stream.ts';
import { KnownReference } from './known-reference.ts';
import { KnownStream } from './known-stream.ts';
import { openersFor, type LoadOpener } from './openers.ts';
import type { Open, Projection, StreamModel } from './projection.ts';
import { momentsOf, rowsOfStream, viewOf, type Moment, type View } from './stream-rows.ts';
import type { ParkedStream, StreamRows, ViewState, ViewStore, ViewStores } from './view-store.ts';

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

export const EVENTS_AT_ONCE = 5_000;

/** Worked up before the next are read: few enough for their histories to be short-lived, enough to fetch keys together. */
const EVENTS_IN_MEMORY = 500;

/**
 * Loads by reading the log stream by stream: the rows of a stream are worked out once, for all its days, and added to empty
 * tables without looking; indexes, elections and sums come last. Memory does not grow with the log.
 */
export function loadViews<History, Reference>(
  parts: ProjectionParts<History, Reference>,
  stores: ViewStores,
): LoadViews {
  return async (generations, onProgress, signal) => {
    const opened: Opened<History, Reference>[] = [];
    try {
      for (const { id, view } of generations) {
        const projection = parts.projections.find(({ name }) => name === view)!;
        opened.push({ view: viewOf(projection), store: stores.open(id, projection) });
      }
      const of = await parts.log.count();
      const loading = opened.filter(({ store }) => store.state.stage === 'loading');
      if (loading.length > 0) {
        const loader = new Loader(parts, loading, (events) => onProgress({ phase: 'reading', events, of }), signal);
        await loader.load();
      }
      onProgress({ phase: 'finishing', events: of, of });
      for (const { store } of opened) {
        signal.throwIfAborted();
        if (store.state.stage !== 'finishing') continue;
        const { reached, witness } = store.state;
        await store.finish({ stage: 'catching-up', reached, witness, sweep: null });
      }
    } finally {
      for (const { store } of opened) store.close();
    }
  };
}

interface Opened<History, Reference> {
  readonly view: View<History, Reference>;
  readonly store: ViewStore;
}

type Loading = Extract<ViewState, { readonly stage: 'loading' }>;

/** A store with the state it will have once what was added has been committed. */
interface Target<History, Reference> extends Opened<History, Reference> {
  state: Loading;
}

/** A stream as far as it can be read, and why no further. */
interface StreamRead<History> {
  readonly stream: string;
  readonly known?: KnownStream<History>;
  readonly parked?: ParkedStream;
}

/** One pass over the streams of a log, for all views that are being loaded. */
class Loader<History, Reference> {
  private readonly parts: ProjectionParts<History, Reference>;
  private readonly targets: readonly Target<History, Reference>[];
  private readonly onProgress: (events: number) => void;
  private readonly signal: AbortSignal;
  private readonly eventsAtOnce: number;
  private readonly eventsInMemory: number;
  private reference: KnownReference<Reference>;
  private batch: StreamRead<History>[] = [];
  private batchEvents = 0;
  private eventsToCommit = 0;
  /** Streams and events that have been read, from the first on. */
  private streams: number;
  private events: number;

  constructor(
    parts: ProjectionParts<History, Reference>,
    opened: readonly Opened<History, Reference>[],
    onProgress: (events: number) => void,
    signal: AbortSignal,
  ) {
    this.parts = parts;
    this.targets = opened.map(({ view, store }) => ({ view, store, state: stateOf(store) }));
    this.onProgress = onProgress;
    this.signal = signal;
    this.eventsAtOnce = parts.eventsAtOnce ?? EVENTS_AT_ONCE;
    this.eventsInMemory = Math.min(EVENTS_IN_MEMORY, this.eventsAtOnce);
    this.reference = new KnownReference([], (known) => parts.model.reference(known));
    ({ streams: this.streams, events: this.events } = this.last());
  }

  async load(): Promise<void> {
    const { until, afterStream } = this.last();
    this.reference = await knownReference(this.parts, until);
    if (until !== null) {
      await this.read(until, afterStream);
      await this.workUp();
      // Throws if aborted: reading may then just have ended, and what was not read must not count as done.
      this.commit();
    }
    for (const { store, state } of this.targets) {
      for (const as of this.reference.parked()) store.load(leftAlone(as.stream, as));
      const { reached, witness } = this.reference.events.reduce(withEvent, state);
      const complete = until === null ? null : { position: until, recordedAt: reached?.recordedAt ?? null };
      store.loaded({ stage: 'finishing', reached: complete, witness });
    }
  }

  /** After a crash one file may be a batch ahead of another: reading begins where the last one is. */
  private last(): Loading {
    return this.targets.map(({ state }) => state).reduce((a, b) => (b.streams < a.streams ? b : a));
  }

  private async read(until: Position, afterStream: string | null): Promise<void> {
    const { log, model } = this.parts;
    const { signal } = this;
    const from = afterStream === null ? {} : { afterStream };
    for await (const read of streamsOrDamage(log, { category: model.category, until, signal, ...from })) {
      const { stream } = read;
      if ('events' in read) await this.add({ stream, known: this.known(stream, read.events) });
      else await this.add(await this.upToDamage(read.damage, until));
    }
  }

  /** A damaged stream shows what can be read of it, and is parked. */
  private async upToDamage(damage: StreamDamaged, until: Position): Promise<StreamRead<History>> {
    const { stream, event } = damage;
    const parked = parkedForDamage(damage, until);
    if (event === undefined || event.revision === 0) return { stream, parked };
    const events = await this.parts.log.readStream(stream, { until: event.revision - 1 });
    return { stream, parked, known: this.known(stream, events) };
  }

  private known(stream: string, events: readonly RecordedEvent[]): KnownStream<History> {
    return new KnownStream(stream, events, (known, before) => this.parts.model.history(known, before));
  }

  private async add(its: StreamRead<History>): Promise<void> {
    this.batch.push(its);
    this.batchEvents += its.known?.events.length ?? 0;
    if (this.batchEvents < this.eventsInMemory) return;
    await this.workUp();
    if (this.eventsToCommit >= this.eventsAtOnce) this.commit();
  }

  private async workUp(): Promise<void> {
    const { batch, targets } = this;
    const openFor = await openersFor(
      targets.map(({ view }) => view.projection),
      batch.flatMap(({ known }) => known ?? []),
      this.parts.loadOpener,
    );
    this.batch = [];
    this.eventsToCommit += this.batchEvents;
    this.batchEvents = 0;
    batch.reverse();
    // Each is let go of before the next: its histories, the bulk of what is in memory, die young.
    for (let its = batch.pop(); its !== undefined; its = batch.pop()) {
      const moments = its.known ? momentsOf(its.known, this.reference) : () => [];
      for (const target of targets) {
        if (target.state.streams > this.streams) continue;
        this.loadInto(target, its, moments, openFor(target.view.projection.name, its.stream));
      }
      this.streams++;
      this.events += its.known?.events.length ?? 0;
    }
  }

  private loadInto(
    target: Target<History, Reference>,
    { stream, known, parked }: StreamRead<History>,
    moments: () => readonly Moment[],
    open: Open,
  ): void {
    const { view, store, state } = target;
    const rows = known ? rowsOfStream(view, known, this.reference, moments, '', open) : null;
    store.load({
      stream,
      isNew: true,
      fromDay: '',
      tables: rows?.tables ?? null,
      parked: parked ?? rows?.parked ?? null,
    });
    const last = known?.events.at(-1);
    target.state = {
      ...(last ? withEvent(state, last) : state),
      afterStream: stream,
      streams: state.streams + 1,
      events: state.events + (known?.events.length ?? 0),
    };
  }

  private commit(): void {
    for (const { store, state } of this.targets) if (state !== store.state) store.loaded(state);
    this.eventsToCommit = 0;
    this.onProgress(this.events);
    this.signal.throwIfAborted();
  }
}

function stateOf(store: ViewStore): Loading {
  const { state } = store;
  if (state.stage !== 'loading') throw new Error(`${store.id} is not being loaded`);
  return state;
}

/** With the event noted, if it stands later in the log than those before. */
function withEvent(state: Loading, { position, metadata, stream, revision, hash }: RecordedEvent): Loading {
  if (state.reached !== null && comparePositions(position, state.reached.position) <= 0) return state;
  const reached = { position, recordedAt: metadata.recordedAt };
  return { ...state, reached, witness: { stream, revision, hash } };
}

/** The reference facts up to a position; null stands for the beginning of the log. A damaged stream counts up to the damage. */
export async function knownReference<History, Reference>(
  { log, model }: Pick<ProjectionParts<History, Reference>, 'log' | 'model'>,
  until: Position | null,
): Promise<KnownReference<Reference>> {
  const events: RecordedEvent[] = [];
  const damaged: ParkedStream[] = [];
  if (until !== null) {
    for await (const read of streamsOrDamage(log, { category: model.referenceCategory, until })) {
      if ('events' in read) {
        events.push(...read.events);
        continue;
      }
      const { stream, damage } = read;
      damaged.push(parkedForDamage(damage, until));
      if (damage.event && damage.event.revision > 0)
        events.push(...(await log.readStream(stream, { until: damage.event.revision - 1 })));
    }
  }
  return new KnownReference(events, (known) => model.reference(known), damaged);
}

/** Only notes whether a stream is parked. */
export function leftAlone(stream: string, parked: StreamRows['parked']): StreamRows {
  return { stream, isNew: false, fromDay: '', tables: null, parked };
}
