import { setTimeout as sleep } from 'node:timers/promises';
import { categoryOf, type Position, type RecordedEvent } from '../event-sourcing/event.ts';
import { StreamDamaged } from '../event-sourcing/event-log.ts';
import { streamsOrDamage } from '../event-sourcing/streams-or-damage.ts';
import { parkedForDamage } from './damaged-stream.ts';
import { FollowedViews, isBehind, leastReached, stateOf, type Entry, type Followed } from './followed-views.ts';
import { KnownReference } from './known-reference.ts';
import { earliest } from './known-stream.ts';
import { EVENTS_AT_ONCE, knownReference, leftAlone, type ProjectionParts } from './load-views.ts';
import { isPassing } from '../event-sourcing/passing-faults.ts';
import { backOffMs, patiently } from './patience.ts';
import { touchedIn, TouchedStreams, type Known, type Touched } from './touched-streams.ts';
import { isAt, type FollowingState, type StreamRows, type Sweep, type ViewStore } from './view-store.ts';

export interface FollowerListener {
  /**
   * Views may stand elsewhere than before. `changed`: rows of these streams, or of any, are up to date up to the position in
   * every view that could be written.
   */
  moved(changed: { readonly position: Position; readonly streams: readonly string[] | 'all' } | null): void;
  failed(view: string | null, error: unknown): void;
  damaged(storeId: string): void;
}

const RETRY_MS = 50;
const IDLE_MS = 3_600_000;

/**
 * Keeps generations of views up with the log: reads it once, works out the rows of every stream that got events, and hands
 * them to all views. One thing at a time: what else changes views (sweeps, replays, swaps) takes its turn between batches.
 */
export class Follower<History, Reference> {
  private readonly parts: ProjectionParts<History, Reference>;
  private readonly listener: FollowerListener;
  private readonly eventsAtOnce: number;
  private readonly stopping = new AbortController();
  private readonly views: FollowedViews<History, Reference>;
  private readonly streams: TouchedStreams<History, Reference>;
  private turn: Promise<unknown> = Promise.resolve();
  private running: Promise<void> = Promise.resolve();
  /** Aborted when reading must begin elsewhere. */
  private reading = new AbortController();
  private reached: Position | null = null;
  private reference: KnownReference<Reference>;
  private isSweeping = false;
  /** Why the log cannot be read, or swept, at the moment. */
  private readFailure: unknown = null;
  private sweepFailure: unknown = null;

  constructor(parts: ProjectionParts<History, Reference>, listener: FollowerListener) {
    this.parts = parts;
    this.listener = listener;
    this.eventsAtOnce = parts.eventsAtOnce ?? EVENTS_AT_ONCE;
    this.reference = new KnownReference([], (known) => parts.model.reference(known));
    this.streams = new TouchedStreams(parts);
    this.views = new FollowedViews({
      failed: (view, error) => listener.failed(view, error),
      damaged: (storeId) => listener.damaged(storeId),
      mustBeReadFor: () => this.reading.abort(),
    });
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.reading.abort();
    await this.running;
    await this.turn;
    this.views.close();
  }

  followed(): readonly Followed<History, Reference>[] {
    return this.views.all();
  }

  failureOf(storeId: string): unknown {
    const entry = this.views.get(storeId);
    return entry?.failure ?? this.readFailure ?? (entry && stateOf(entry.store).sweep ? this.sweepFailure : null);
  }

  add(followed: Followed<History, Reference>): void {
    this.views.add(followed);
  }

  /** Closes it, too. */
  drop(storeId: string): void {
    this.views.drop(storeId);
  }

  /** Writes a state, and nothing else; called in turn. Answers whether it could be written: if not, that is seen to. */
  setState(storeId: string, state: FollowingState): boolean {
    const entry = this.views.get(storeId);
    return entry !== undefined && this.views.commit(entry, [], state);
  }

  /** Erased events are not read: where nothing else lies before `head`, the views that stand where reading does are there. */
  async passGaps(head: Position | null): Promise<void> {
    if (isAt(this.reached, head)) return;
    try {
      await this.inTurn(() => this.passGapsNow(head));
    } catch (error) {
      // For the status to tell; the one who asks must not wait until the log can be read.
      this.readFailure = error;
    }
  }

  /** Runs `step` when nothing else is under way. */
  inTurn<T>(step: () => T | Promise<T>): Promise<T> {
    const mine = this.turn.then(step);
    this.turn = mine.catch(() => {});
    return mine;
  }

  /** Works out a stream anew in every view, from its first day on, and unparks it where that succeeds. */
  replay(stream: string): Promise<void> {
    return this.inTurn(() =>
      categoryOf(stream) === this.parts.model.referenceCategory
        ? this.replayReference(stream)
        : this.replayStream(stream),
    );
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted;) {
      this.reading = new AbortController();
      const signal = AbortSignal.any([this.stopping.signal, this.reading.signal]);
      try {
        await this.inTurn(() => this.begin());
        if (this.views.current.length > 0) await this.follow(signal);
        failures = 0;
        if (!signal.aborted) await pause(this.views.all().length === 0 ? IDLE_MS : RETRY_MS, signal);
      } catch (error) {
        if (signal.aborted) continue;
        this.readFailure = error;
        this.listener.failed(null, error);
        await pause(backOffMs(++failures), signal);
      }
    }
  }

  /** Reading begins where the view is that is furthest behind. */
  private async begin(): Promise<void> {
    const due = this.views.due();
    const reached = leastReached(due);
    this.reference = await knownReference(this.parts, reached);
    this.reached = reached;
    this.views.readFor(due);
    this.noteDamagedReferences();
    this.listener.moved(null);
    await this.passGapsNow((await this.parts.log.head()) ?? null);
  }

  private async follow(signal: AbortSignal): Promise<void> {
    this.sweepOn();
    while (!signal.aborted) {
      const after = this.reached === null ? {} : { after: this.reached };
      try {
        for await (const batch of this.parts.log.follow({ ...after, signal, batchSize: this.eventsAtOnce })) {
          await this.inTurn(() => (signal.aborted ? undefined : this.handle(batch)));
          if (signal.aborted) return;
          await this.passGaps((await this.parts.log.head()) ?? null);
          this.sweepOn();
        }
        return;
      } catch (error) {
        if (!(error instanceof StreamDamaged) || error.event === undefined || isAt(this.reached, error.event.position))
          throw error;
        const { position } = error.event;
        await this.inTurn(() => (signal.aborted ? undefined : this.passOver(error, position)));
        this.sweepOn();
      }
    }
  }

  /** Parks the stream of an event that cannot be read, and counts the event as read. */
  private passOver(damage: StreamDamaged, position: Position): void {
    const { stream } = damage;
    const { category, referenceCategory } = this.parts.model;
    const isReference = categoryOf(stream) === referenceCategory;
    if (isReference) this.reference = this.reference.withDamage(parkedForDamage(damage, position));
    for (const entry of this.views.current.filter(({ store }) => isBehind(store, position))) {
      const { store } = entry;
      const state = stateOf(store);
      const recordedAt = state.reached?.recordedAt ?? null;
      const rows = isReference ? this.parkedReferences(store) : [];
      if (categoryOf(stream) === category) {
        const damaged = parkedForDamage(damage, position, recordedAt ?? '');
        const before = store.parked.get(stream);
        const { reason, lastRevision } = damaged;
        rows.push(leftAlone(stream, before ? { ...before, reason, lastRevision } : damaged));
      }
      this.views.commit(entry, rows, { ...state, reached: { position, recordedAt } });
    }
    this.reached = position;
    this.readFailure = null;
    this.listener.failed(null, damage);
    this.listener.moved({ position, streams: [stream] });
  }

  /** Also what was read in good order once may be damaged by now. */
  private noteDamagedReferences(): void {
    for (const entry of this.views.current) {
      const missing = this.reference.parked().filter(({ stream }) => !entry.store.parked.has(stream));
      const rows = missing.map((as) => leftAlone(as.stream, as));
      if (rows.length > 0) this.views.commit(entry, rows, stateOf(entry.store));
    }
  }

  private async passGapsNow(head: Position | null): Promise<void> {
    if (isAt(this.reached, head)) this.readFailure = null;
    if (head === null || isAt(this.reached, head) || this.stopping.signal.aborted) return;
    if (!(await this.isNothingUpTo(head))) return;
    this.readFailure = null;
    for (const entry of this.views.current) {
      const state = stateOf(entry.store);
      if (!isBehind(entry.store, head)) continue;
      this.views.commit(entry, [], {
        ...state,
        reached: { position: head, recordedAt: state.reached?.recordedAt ?? null },
      });
    }
    if (this.views.current.length === 0) return;
    this.reached = head;
    this.listener.moved(null);
  }

  private async isNothingUpTo(until: Position): Promise<boolean> {
    const after = this.reached === null ? {} : { after: this.reached };
    try {
      for await (const batch of this.parts.log.readAll({ ...after, until, batchSize: 1 })) {
        if (batch.length > 0) return false;
      }
      return true;
    } catch (error) {
      if (error instanceof StreamDamaged) return false;
      throw error;
    }
  }

  private async handle(batch: readonly RecordedEvent[]): Promise<void> {
    const last = batch.at(-1);
    if (last === undefined) return;
    const { model } = this.parts;
    const references = batch.filter((event) => categoryOf(event.stream) === model.referenceCategory);
    const before = this.reference;
    if (references.length > 0) this.reference = this.reference.with(references);
    try {
      const touched = touchedIn(batch, model.category);
      const due = this.views.current.filter(({ store }) => isBehind(store, last.position));
      const known = await this.streams.read(touched);
      const rowsFor = await this.streams.rowsFor(due, known, this.reference);
      const referenceDay = firstDay(
        references.filter((event) => this.reference.counts(event)),
        this.reference,
      );
      for (const entry of due) {
        const { store } = entry;
        const state = stateOf(store);
        const sweep = referenceDay === null ? state.sweep : sweepFrom(referenceDay, state);
        const rows = rowsFor(entry, touched, sweep?.fromDay);
        if (references.length > 0) rows.push(...this.parkedReferences(store));
        const reached = { position: last.position, recordedAt: last.metadata.recordedAt };
        const witness = { stream: last.stream, revision: last.revision, hash: last.hash };
        this.views.commit(entry, rows, { stage: state.stage, reached, witness, sweep });
      }
      this.reached = last.position;
      this.readFailure = null;
      this.listener.moved({ position: last.position, streams: [...touched.keys()] });
    } catch (error) {
      this.reference = before;
      throw error;
    }
  }

  /** Steps of sweeps and batches of new events take turns. */
  private sweepOn(): void {
    if (!this.isSweeping) void this.sweepAll();
  }

  private async sweepAll(): Promise<void> {
    this.isSweeping = true;
    for (let failures = 0; this.sweepable().length > 0 && !this.stopping.signal.aborted;) {
      try {
        await this.inTurn(() => this.sweepStep());
        failures = 0;
        this.sweepFailure = null;
        await new Promise((resolve) => setImmediate(resolve));
      } catch (error) {
        this.sweepFailure = error;
        this.listener.failed(null, error);
        await pause(backOffMs(++failures), this.stopping.signal);
      }
    }
    this.isSweeping = false;
  }

  /** Works out the next streams anew for the views that stand where reading does. */
  private async sweepStep(): Promise<void> {
    const position = this.reached;
    const [first] = this.sweepable();
    if (position === null || first === undefined || this.stopping.signal.aborted) return;
    const { afterStream, fromDay } = stateOf(first.store).sweep!;
    const due = this.sweepable().filter(({ store }) => {
      const { sweep } = stateOf(store);
      return sweep!.afterStream === afterStream && sweep!.fromDay === fromDay;
    });

    const { log, model } = this.parts;
    const touched = new Map<string, Touched>();
    const known = new Map<string, Known<History>>();
    let events = 0;
    const from = afterStream === null ? {} : { afterStream };
    for await (const read of streamsOrDamage(log, { category: model.category, until: position, ...from })) {
      const { stream } = read;
      const its = { stream, own: 'damage' in read ? [] : read.events.slice(-1) };
      touched.set(stream, its);
      known.set(
        stream,
        'damage' in read ? { touched: its, error: read.damage } : this.streams.known(stream, read.events),
      );
      events += 'damage' in read ? 1 : read.events.length;
      if (events >= this.eventsAtOnce) break;
    }
    const over = events < this.eventsAtOnce;
    const rowsFor = await this.streams.rowsFor(due, known, this.reference);
    for (const entry of due) {
      const state = stateOf(entry.store);
      const sweep = over ? null : { ...state.sweep!, afterStream: [...touched.keys()].at(-1)! };
      this.views.commit(entry, rowsFor(entry, touched, fromDay), { ...state, sweep });
    }
    if (over) this.listener.moved({ position, streams: 'all' });
  }

  private sweepable(): readonly Entry<History, Reference>[] {
    return this.views.current.filter(({ store }) => {
      const { sweep, reached } = stateOf(store);
      return sweep !== null && reached?.position === this.reached;
    });
  }

  private async replayStream(stream: string): Promise<void> {
    for (const entry of this.views.current) {
      const state = stateOf(entry.store);
      if (state.reached === null) continue;
      let known: Known<History>;
      const own: RecordedEvent[] = [];
      try {
        const events = await patiently(() => this.parts.log.readStream(stream));
        own.push(...events.filter((event) => !isBehind(entry.store, event.position)));
        known = this.streams.known(stream, own);
      } catch (error) {
        if (isPassing(error)) throw error;
        known = { touched: { stream, own }, error };
      }
      if (own.length === 0) continue;
      const touched = new Map([[stream, { stream, own }]]);
      const rowsFor = await this.streams.rowsFor([entry], new Map([[stream, known]]), this.reference);
      this.views.commit(entry, rowsFor(entry, touched), state);
      this.listener.moved({ position: state.reached.position, streams: [stream] });
    }
  }

  private async replayReference(stream: string): Promise<void> {
    this.reference = await knownReference(this.parts, this.reached);
    for (const entry of this.views.current) {
      const { store } = entry;
      const parked = store.parked.get(stream);
      const state = stateOf(store);
      // One that is elsewhere in the log meets the reference as of there, when it comes by.
      if (parked === undefined || state.reached?.position !== this.reached) continue;
      this.views.commit(entry, this.parkedReferences(store), { ...state, sweep: sweepFrom(parked.day, state) });
    }
    this.sweepOn();
  }

  private parkedReferences(store: ViewStore): StreamRows[] {
    const { referenceCategory } = this.parts.model;
    const present = [...store.parked.keys()].filter((stream) => categoryOf(stream) === referenceCategory);
    const parked = new Map(this.reference.parked().map((as) => [as.stream, as]));
    return [...new Set([...present, ...parked.keys()])].map((stream) => leftAlone(stream, parked.get(stream) ?? null));
  }
}

/** Sleeps, or does not if it is no longer wanted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** All over again, also where one is under way: until it is over, no more counts as right than did before. */
function sweepFrom(day: string, { sweep, reached }: FollowingState): Sweep {
  return { fromDay: earliest(day, sweep?.fromDay), afterStream: null, complete: sweep ? sweep.complete : reached };
}

function firstDay<Reference>(events: readonly RecordedEvent[], reference: KnownReference<Reference>): string | null {
  return events.length === 0 ? null : earliest(...events.map((event) => reference.dayOf(event)));
}
