import { setTimeout as sleep } from 'node:timers/promises';
import { categoryOf, comparePositions, type Position, type RecordedEvent } from '../event-sourcing/event.ts';
import { StreamDamaged } from '../event-sourcing/event-log.ts';
import { parkedForDamage, streamsOrDamage } from './damaged-stream.ts';
import { KnownReference } from './known-reference.ts';
import { dayOfRevision, KnownStream } from './known-stream.ts';
import { EVENTS_AT_ONCE, knownReference, leftAlone, type ProjectionParts } from './load-views.ts';
import { openersFor } from './openers.ts';
import { isPassing } from '../event-sourcing/passing-faults.ts';
import { backOffMs, patiently } from './patience.ts';
import { momentsOf, rowsOfStream, type View } from './stream-rows.ts';
import {
  reasonOf,
  ViewDamaged,
  type FollowingState,
  type ParkedStream,
  type StreamRows,
  type Sweep,
  type ViewStore,
} from './view-store.ts';

/** A generation of a view that is kept up with the log. */
export interface Followed<History, Reference> {
  readonly view: View<History, Reference>;
  readonly store: ViewStore;
}

export interface FollowerListener {
  /**
   * Views may stand elsewhere than before. `changed`: rows of these streams, or of any, are up to date up to the position in
   * every view that could be written.
   */
  moved(changed: { readonly position: Position; readonly streams: readonly string[] | 'all' } | null): void;
  failed(view: string | null, error: unknown): void;
  damaged(storeId: string): void;
}

interface Entry<History, Reference> extends Followed<History, Reference> {
  failures: number;
  failure: unknown;
  retryAtMs: number;
}

/** Timers may be early by a moment. */
const TIMER_SLACK_MS = 5;

/** New events of one stream in a batch. */
interface Touched {
  readonly stream: string;
  readonly own: RecordedEvent[];
}

type Known<History> = KnownStream<History> | { readonly touched: Touched; readonly error: unknown };

const STREAMS_READ_AT_ONCE = 16;
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
  private readonly entries = new Map<string, Entry<History, Reference>>();
  /** Those that get what is read; one that cannot be written leaves, and comes back when reading begins where it stopped. */
  private current: readonly Entry<History, Reference>[] = [];
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
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.reading.abort();
    await this.running;
    await this.turn;
    for (const { store } of this.entries.values()) store.close();
  }

  followed(): readonly Followed<History, Reference>[] {
    return [...this.entries.values()];
  }

  failureOf(storeId: string): unknown {
    const entry = this.entries.get(storeId);
    return entry?.failure ?? this.readFailure ?? (entry && stateOf(entry.store).sweep ? this.sweepFailure : null);
  }

  add(followed: Followed<History, Reference>): void {
    this.entries.set(followed.store.id, { ...followed, failures: 0, failure: null, retryAtMs: 0 });
    this.reading.abort();
  }

  /** Closes it, too. */
  drop(storeId: string): void {
    const entry = this.entries.get(storeId);
    if (!entry) return;
    this.leave(entry);
    this.entries.delete(storeId);
    entry.store.close();
  }

  /** Writes a state, and nothing else; called in turn. Answers whether it could be written: if not, that is seen to. */
  setState(storeId: string, state: FollowingState): boolean {
    const entry = this.entries.get(storeId);
    return entry !== undefined && this.commit(entry, [], state);
  }

  /** Erased events are not read: where nothing else lies before `head`, the views that stand where reading does are there. */
  async passGaps(head: Position | null): Promise<void> {
    if (this.isAtOrPast(head)) return;
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
        if (this.current.length > 0) await this.follow(signal);
        failures = 0;
        if (!signal.aborted) await pause(this.entries.size === 0 ? IDLE_MS : RETRY_MS, signal);
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
    const nowMs = performance.now();
    const current = [...this.entries.values()].filter(({ retryAtMs }) => retryAtMs <= nowMs);
    const positions = current.map(({ store }) => stateOf(store).reached?.position ?? null);
    const reached = positions.reduce(
      (a, b) => (a === null || b === null ? null : comparePositions(a, b) < 0 ? a : b),
      positions[0] ?? null,
    );
    this.reference = await knownReference(this.parts, reached);
    this.reached = reached;
    this.current = current;
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
        if (!(error instanceof StreamDamaged) || error.event === undefined || this.isAtOrPast(error.event.position))
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
    for (const entry of this.current.filter(({ store }) => isBehind(store, position))) {
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
      this.commit(entry, rows, { ...state, reached: { position, recordedAt } });
    }
    this.reached = position;
    this.readFailure = null;
    this.listener.failed(null, damage);
    this.listener.moved({ position, streams: [stream] });
  }

  /** Also what was read in good order once may be damaged by now. */
  private noteDamagedReferences(): void {
    for (const entry of this.current) {
      const missing = this.reference.parked().filter(({ stream }) => !entry.store.parked.has(stream));
      const rows = missing.map((as) => leftAlone(as.stream, as));
      if (rows.length > 0) this.commit(entry, rows, stateOf(entry.store));
    }
  }

  private isAtOrPast(head: Position | null): boolean {
    return head === null || (this.reached !== null && comparePositions(this.reached, head) >= 0);
  }

  private async passGapsNow(head: Position | null): Promise<void> {
    if (this.isAtOrPast(head)) this.readFailure = null;
    if (head === null || this.isAtOrPast(head) || this.stopping.signal.aborted) return;
    if (!(await this.isNothingUpTo(head))) return;
    this.readFailure = null;
    for (const entry of this.current) {
      const state = stateOf(entry.store);
      if (!isBehind(entry.store, head)) continue;
      this.commit(entry, [], { ...state, reached: { position: head, recordedAt: state.reached?.recordedAt ?? null } });
    }
    if (this.current.length === 0) return;
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

  private leave(entry: Entry<History, Reference>): void {
    this.current = this.current.filter((other) => other !== entry);
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
      const due = this.current.filter(({ store }) => isBehind(store, last.position));
      const known = await this.known(touched);
      const write = await this.writer(due, known);
      const referenceDay = firstDay(
        references.filter((event) => this.reference.counts(event)),
        this.reference,
      );
      for (const entry of due) {
        const { store } = entry;
        const state = stateOf(store);
        const sweep: Sweep | null =
          referenceDay === null
            ? state.sweep
            : {
                fromDay: earliest(referenceDay, state.sweep?.fromDay),
                afterStream: null,
                complete: state.sweep ? state.sweep.complete : state.reached,
              };
        const rows = write(entry, touched, sweep?.fromDay);
        if (references.length > 0) rows.push(...this.parkedReferences(store));
        const reached = { position: last.position, recordedAt: last.metadata.recordedAt };
        const witness = { stream: last.stream, revision: last.revision, hash: last.hash };
        this.commit(entry, rows, { stage: state.stage, reached, witness, sweep });
      }
      this.reached = last.position;
      this.readFailure = null;
      this.listener.moved({ position: last.position, streams: [...touched.keys()] });
    } catch (error) {
      this.reference = before;
      throw error;
    }
  }

  /** Every touched stream up to its last event in the batch, or why it cannot be read. */
  private async known(touched: ReadonlyMap<string, Touched>): Promise<ReadonlyMap<string, Known<History>>> {
    const known = new Map<string, Known<History>>();
    const toRead: Touched[] = [];
    for (const [stream, its] of touched) {
      if (its.own[0]!.revision === 0) known.set(stream, this.stream(stream, its.own));
      else toRead.push(its);
    }
    for (let at = 0; at < toRead.length; at += STREAMS_READ_AT_ONCE) {
      const group = toRead.slice(at, at + STREAMS_READ_AT_ONCE);
      const read = await Promise.all(group.map((its) => this.read(its)));
      read.forEach((its, index) => known.set(group[index]!.stream, its));
    }
    return known;
  }

  private async read(touched: Touched): Promise<Known<History>> {
    const { stream, own } = touched;
    const until = own.at(-1)!.revision;
    try {
      return await patiently(async () => {
        const events = await this.parts.log.readStream(stream, { until });
        if (events.at(-1)?.revision !== until)
          throw new Error(`${stream} ends before revision ${until}, which was read`);
        return this.stream(stream, events);
      });
    } catch (error) {
      if (isPassing(error)) throw error;
      return { touched, error };
    }
  }

  /** Works out rows of streams for one view after the other, sharing their histories. */
  private async writer(
    due: readonly Entry<History, Reference>[],
    known: ReadonlyMap<string, Known<History>>,
  ): Promise<
    (entry: Entry<History, Reference>, touched: ReadonlyMap<string, Touched>, sweptFrom?: string) => StreamRows[]
  > {
    const readable = [...known.values()].filter((its) => its instanceof KnownStream);
    const openFor = await openersFor(
      due.map(({ view }) => view.projection),
      readable,
      this.parts.loadOpener,
    );
    const moments = new Map(readable.map((its) => [its.stream, momentsOf(its, this.reference)]));
    return ({ view, store }, touched, sweptFrom) =>
      [...touched.values()].map(({ stream, own }) => {
        const its = known.get(stream)!;
        const parked = store.parked.get(stream);
        if (!(its instanceof KnownStream)) return leftAlone(stream, unreadable(its, parked, stateOf(store)));
        const firstNew = dayOfRevision(its.days, own[0]!.revision);
        const fromDay = earliest(firstNew, parked?.day, sweptFrom);
        const isNew = isBehind(store, its.events[0]!.position);
        const open = openFor(view.projection.name, stream);
        const rows = rowsOfStream(view, its, this.reference, moments.get(stream)!, fromDay, open);
        return { stream, isNew, fromDay, ...rows };
      });
  }

  /** Answers whether it could be written. */
  private commit(entry: Entry<History, Reference>, rows: readonly StreamRows[], state: FollowingState): boolean {
    const { store, view } = entry;
    try {
      store.commit(rows, state);
      entry.failures = 0;
      entry.failure = null;
      return true;
    } catch (error) {
      if (error instanceof ViewDamaged) {
        this.drop(store.id);
        this.listener.damaged(store.id);
        return false;
      }
      // It falls behind alone, and the others go on.
      entry.failures++;
      entry.failure = error;
      const pauseMs = backOffMs(entry.failures);
      entry.retryAtMs = performance.now() + pauseMs;
      this.leave(entry);
      this.listener.failed(view.projection.name, error);
      setTimeout(() => this.reading.abort(), pauseMs + TIMER_SLACK_MS).unref();
      return false;
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
      known.set(stream, 'damage' in read ? { touched: its, error: read.damage } : this.stream(stream, read.events));
      events += 'damage' in read ? 1 : read.events.length;
      if (events >= this.eventsAtOnce) break;
    }
    const over = events < this.eventsAtOnce;
    const write = await this.writer(due, known);
    for (const entry of due) {
      const state = stateOf(entry.store);
      const sweep = over ? null : { ...state.sweep!, afterStream: [...touched.keys()].at(-1)! };
      this.commit(entry, write(entry, touched, fromDay), { ...state, sweep });
    }
    if (over) this.listener.moved({ position, streams: 'all' });
  }

  private sweepable(): readonly Entry<History, Reference>[] {
    return this.current.filter(({ store }) => {
      const { sweep, reached } = stateOf(store);
      return sweep !== null && reached?.position === this.reached;
    });
  }

  private async replayStream(stream: string): Promise<void> {
    for (const entry of this.current) {
      const state = stateOf(entry.store);
      if (state.reached === null) continue;
      let known: Known<History>;
      const own: RecordedEvent[] = [];
      try {
        const events = await patiently(() => this.parts.log.readStream(stream));
        own.push(...events.filter((event) => !isBehind(entry.store, event.position)));
        known = this.stream(stream, own);
      } catch (error) {
        if (isPassing(error)) throw error;
        known = { touched: { stream, own }, error };
      }
      if (own.length === 0) continue;
      const touched = new Map([[stream, { stream, own }]]);
      const write = await this.writer([entry], new Map([[stream, known]]));
      this.commit(entry, write(entry, touched), state);
      this.listener.moved({ position: state.reached.position, streams: [stream] });
    }
  }

  private async replayReference(stream: string): Promise<void> {
    this.reference = await knownReference(this.parts, this.reached);
    for (const entry of this.current) {
      const { store } = entry;
      const parked = store.parked.get(stream);
      const state = stateOf(store);
      // One that is elsewhere in the log meets the reference as of there, when it comes by.
      if (parked === undefined || state.reached?.position !== this.reached) continue;
      const sweep: Sweep = {
        fromDay: earliest(parked.day, state.sweep?.fromDay),
        afterStream: null,
        complete: state.sweep ? state.sweep.complete : state.reached,
      };
      this.commit(entry, this.parkedReferences(store), { ...state, sweep });
    }
    this.sweepOn();
  }

  private parkedReferences(store: ViewStore): StreamRows[] {
    const { referenceCategory } = this.parts.model;
    const present = [...store.parked.keys()].filter((stream) => categoryOf(stream) === referenceCategory);
    const parked = new Map(this.reference.parked().map((as) => [as.stream, as]));
    return [...new Set([...present, ...parked.keys()])].map((stream) => leftAlone(stream, parked.get(stream) ?? null));
  }

  private stream(stream: string, events: readonly RecordedEvent[]): KnownStream<History> {
    return new KnownStream(stream, events, (known, before) => this.parts.model.history(known, before));
  }
}

export function stateOf(store: ViewStore): FollowingState {
  const { state } = store;
  if (state.stage !== 'serving' && state.stage !== 'catching-up') throw new Error(`${store.id} is not complete`);
  return state;
}

/** Sleeps, or does not if it is no longer wanted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

function isBehind(store: ViewStore, position: Position): boolean {
  const { reached } = stateOf(store);
  return reached === null || comparePositions(reached.position, position) < 0;
}

function touchedIn(batch: readonly RecordedEvent[], category: string): ReadonlyMap<string, Touched> {
  const touched = new Map<string, Touched>();
  for (const event of batch) {
    const { stream } = event;
    if (categoryOf(stream) !== category) continue;
    const its = touched.get(stream);
    if (its) its.own.push(event);
    else touched.set(stream, { stream, own: [event] });
  }
  return touched;
}

function firstDay<Reference>(events: readonly RecordedEvent[], reference: KnownReference<Reference>): string | null {
  return events.length === 0 ? null : earliest(...events.map((event) => reference.dayOf(event)));
}

function earliest(...days: readonly (string | undefined)[]): string {
  return days.filter((day) => day !== undefined).reduce((a, b) => (a < b ? a : b));
}

/** Of a stream that cannot be read nothing is known but what was seen of it going by. */
function unreadable(
  { touched, error }: Exclude<Known<unknown>, KnownStream<unknown>>,
  parked: ParkedStream | undefined,
  { reached }: FollowingState,
): ParkedStream | null {
  const first = touched.own[0];
  const last = touched.own.at(-1);
  const reason = reasonOf(error);
  if (parked) return { ...parked, reason, lastRevision: last?.revision ?? parked.lastRevision };
  if (!first || !last) {
    return error instanceof StreamDamaged && reached !== null
      ? parkedForDamage(error, reached.position, reached.recordedAt ?? '')
      : null;
  }
  const { stream, revision, position, metadata } = first;
  return { stream, revision, position, day: '', since: metadata.recordedAt, reason, lastRevision: last.revision };
}
