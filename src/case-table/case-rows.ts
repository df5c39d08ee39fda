import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StreamDamaged, type EventLog } from '../event-sourcing/event-log.ts';
import { categoryOf, comparePositions, type Position, type RecordedEvent } from '../event-sourcing/event.ts';
import type { CaseHistory } from '../journey/case-history.ts';
import { streamsOrDamage, type StreamOrDamage } from '../event-sourcing/streams-or-damage.ts';
import { parkedForDamage } from '../projecting/damaged-stream.ts';
import type { KnownReference } from '../projecting/known-reference.ts';
import { KnownStream } from '../projecting/known-stream.ts';
import { knownReference, type ProjectionParts } from '../projecting/load-views.ts';
import { patiently } from '../projecting/patience.ts';
import { momentsOf, rowsOfStream, viewOf } from '../projecting/stream-rows.ts';
import type { Witness } from '../projecting/view-store.ts';
import type { Reference } from '../reference/reference.ts';
import { caseTableProjection } from './case-table.projection.ts';
import { RowFiles } from './row-files.ts';

/** How far the log has been read; the witness tells whether a log is still the one it was. */
export interface ReadUpTo {
  readonly position: Position | null;
  /** Of the last event up to there that was read. */
  readonly recordedAt: string | null;
  readonly witness: Witness | null;
}

/** What a reading tells, in this order: whose rows follow, the rows, part by part, and up to where they know the log. */
export type RowsTold =
  | { readonly told: 'streams'; readonly streams: readonly string[] | 'all' }
  | { readonly told: 'rows'; readonly folder: string }
  | { readonly told: 'reached'; readonly reached: ReadUpTo };

export interface RowsAsked {
  /** Null: nothing is known. */
  readonly known: ReadUpTo | null;
  /** Streams to be worked out again, whether they have changed or not. */
  readonly again: readonly string[];
  /** Where files of rows are put; not there yet. Whoever asks takes them away. */
  readonly folder: string;
}

/** Rows of the cases, worked out of a log, as files (`row-files.ts`). */
export abstract class CaseRows {
  /**
   * The rows of every case that has changed since: of all cases where nothing is known yet, the log is another, a reference
   * fact came in or many have changed. Rows are those of whole cases: they take the place of what was known of them.
   */
  abstract since(asked: RowsAsked, signal: AbortSignal): AsyncGenerator<RowsTold, void, void>;

  /** Calls back whenever the log may have become longer, until the signal is aborted. */
  abstract watch(moved: () => void, signal: AbortSignal): void;

  abstract close(): Promise<void>;
}

const VIEW = viewOf(caseTableProjection);
/** Of about so many events are the rows of one part: much for the analytic engine at once, little on disk. */
const EVENTS_A_PART = 100_000;
/** With more streams than this at once, all of them are read anew: that takes less time. */
const STREAMS_AT_ONCE = 2_000;
const RETRY_MS = 1_000;

/** Rows worked out where they are asked for. */
export class CaseRowsOfLog extends CaseRows {
  readonly #log: EventLog;
  readonly #parts: Pick<ProjectionParts<CaseHistory, Reference>, 'log' | 'model'>;
  /** The reference facts up to a position. */
  #reference: { readonly until: Position | null; readonly known: KnownReference<Reference> } | undefined;

  constructor(parts: Pick<ProjectionParts<CaseHistory, Reference>, 'log' | 'model'>) {
    super();
    this.#parts = parts;
    this.#log = parts.log;
  }

  async *since({ known, again, folder }: RowsAsked, signal: AbortSignal): AsyncGenerator<RowsTold, void, void> {
    const head = (await this.#log.head()) ?? null;
    const changed = await this.#changedSince(known, again, head, signal);
    const streams = changed === 'all' ? changed : changed.streams;
    yield { told: 'streams', streams };
    using read = new Reading(folder);
    if (head !== null && streams.length > 0) {
      const reference = await this.#referenceAt(head, streams === 'all' ? null : known);
      if (streams === 'all') {
        for (const event of reference.events) read.note(event);
        for (const parked of reference.parked()) read.files().park(parked);
      }
      for await (const one of this.#read(streams, head, signal)) {
        await this.#workOut(one, head, reference, read);
        const part = read.part(EVENTS_A_PART);
        if (part !== undefined) yield { told: 'rows', folder: part };
      }
      signal.throwIfAborted();
      const rest = read.part(0);
      if (rest !== undefined) yield { told: 'rows', folder: rest };
    }
    const before = changed === 'all' ? null : known;
    yield { told: 'reached', reached: reachedBy(changed === 'all' ? read.last : changed.last, head, before) };
  }

  watch(moved: () => void, signal: AbortSignal): void {
    void this.#watch(moved, signal);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #watch(moved: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const after = await this.#log.head();
        moved();
        for await (const _ of this.#log.follow({ ...(after === undefined ? {} : { after }), signal })) moved();
      } catch {
        // Whoever asks for rows is told what is wrong with the log; here it is only to be looked at again.
      }
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** Cases with events since then, and the last event; or all. */
  async #changedSince(
    known: ReadUpTo | null,
    again: readonly string[],
    head: Position | null,
    signal: AbortSignal,
  ): Promise<'all' | { readonly streams: readonly string[]; readonly last: RecordedEvent | undefined }> {
    const { category, referenceCategory } = this.#parts.model;
    if (known === null || !(await this.#isStillThere(known, head))) return 'all';
    const streams = new Set<string>();
    const touch = (stream: string): boolean => {
      if (categoryOf(stream) === category) streams.add(stream);
      return categoryOf(stream) !== referenceCategory && streams.size <= STREAMS_AT_ONCE;
    };
    if (!again.every(touch)) return 'all';
    let last: RecordedEvent | undefined;
    let after = known.position;
    while (head !== null && after !== head) {
      try {
        const from = after === null ? {} : { after };
        for await (const batch of this.#log.readAll({ ...from, until: head, signal })) {
          if (!batch.every(({ stream }) => touch(stream))) return 'all';
          last = batch.at(-1) ?? last;
          after = last?.position ?? after;
        }
        break;
      } catch (damage) {
        if (!(damage instanceof StreamDamaged)) throw damage;
        if (damage.event === undefined || !touch(damage.stream)) return 'all';
        after = damage.event.position;
      }
    }
    return { streams: [...streams], last };
  }

  /** Whether what was read still stands in the log: another log, or an older copy of this one, may stand in its place. */
  async #isStillThere({ position, witness }: ReadUpTo, head: Position | null): Promise<boolean> {
    if (position === null) return head === null;
    if (head === null || comparePositions(position, head) > 0) return false;
    if (witness === null) return true;
    const { stream, revision, hash } = witness;
    try {
      const [event] = await this.#log.readStream(stream, { from: revision, until: revision });
      return event?.hash === hash;
    } catch (error) {
      // What is left of it does not say that it is another.
      if (error instanceof StreamDamaged) return true;
      throw error;
    }
  }

  async #referenceAt(head: Position, known: ReadUpTo | null): Promise<KnownReference<Reference>> {
    const kept = this.#reference;
    const since = known?.position ?? null;
    // No reference fact came in since `known`, or everything would be worked out anew.
    if (kept?.until != null && since !== null && comparePositions(kept.until, since) >= 0) return kept.known;
    const read = { until: head, known: await knownReference(this.#parts, head) };
    this.#reference = read;
    return read.known;
  }

  #read(streams: readonly string[] | 'all', head: Position, signal: AbortSignal): AsyncGenerator<StreamOrDamage> {
    const { category } = this.#parts.model;
    if (streams === 'all') return streamsOrDamage(this.#log, { category, until: head, signal });
    return this.#readEach(streams, signal);
  }

  async *#readEach(streams: readonly string[], signal: AbortSignal): AsyncGenerator<StreamOrDamage> {
    for (const stream of streams) {
      signal.throwIfAborted();
      try {
        yield { stream, events: await patiently(() => this.#log.readStream(stream)) };
      } catch (damage) {
        if (!(damage instanceof StreamDamaged)) throw damage;
        yield { stream, damage };
      }
    }
  }

  /** A damaged stream shows what can be read of it, and is parked. */
  async #workOut(
    one: StreamOrDamage,
    head: Position,
    reference: KnownReference<Reference>,
    read: Reading,
  ): Promise<void> {
    const { stream } = one;
    const damage = 'damage' in one ? one.damage : undefined;
    const events = 'events' in one ? one.events : await this.#beforeDamage(one.damage);
    const own = upTo(head, events);
    const known = new KnownStream(stream, own, (some, before?: CaseHistory) => this.#parts.model.history(some, before));
    const rows =
      own.length > 0 ? rowsOfStream(VIEW, known, reference, momentsOf(known, reference), '', opensNothing) : null;
    const parked = damage ? parkedForDamage(damage, head) : rows?.parked;
    read.add(stream, own, rows?.tables ?? []);
    if (parked) read.files().park(parked);
  }

  async #beforeDamage({ stream, event }: StreamDamaged): Promise<readonly RecordedEvent[]> {
    if (event === undefined || event.revision === 0) return [];
    return this.#log.readStream(stream, { until: event.revision - 1 });
  }
}

/** Gathers rows into files, and sees which of the events that go by is the last in the log. */
class Reading implements Disposable {
  readonly #folder: string;
  #files: RowFiles | undefined;
  #parts = 0;
  #cases = 0;
  #events = 0;
  last: RecordedEvent | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  files(): RowFiles {
    if (this.#parts === 0) mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    return (this.#files ??= new RowFiles(join(this.#folder, String(this.#parts++))));
  }

  add(stream: string, events: readonly RecordedEvent[], tables: Parameters<RowFiles['add']>[2]): void {
    this.files().add(this.#cases++, stream, tables);
    this.#events += events.length;
    const last = events.at(-1);
    if (last !== undefined) this.note(last);
  }

  note(event: RecordedEvent): void {
    if (this.last === undefined || comparePositions(event.position, this.last.position) > 0) this.last = event;
  }

  /** The folder of a part that has so many events, which is then whole. */
  part(events: number): string | undefined {
    if (this.#files === undefined || this.#events < events) return undefined;
    const { folder } = this.#files;
    this.#files.close();
    this.#files = undefined;
    this.#events = 0;
    return folder;
  }

  [Symbol.dispose](): void {
    this.#files?.close();
  }
}

function upTo(head: Position, events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const last = events.at(-1);
  if (last === undefined || comparePositions(last.position, head) <= 0) return events;
  return events.filter(({ position }) => comparePositions(position, head) <= 0);
}

/** @param last undefined: no event was read, so that of `before` is still the last */
function reachedBy(last: RecordedEvent | undefined, position: Position | null, before: ReadUpTo | null): ReadUpTo {
  if (last === undefined) return { recordedAt: null, witness: null, ...before, position };
  const { stream, revision, hash, metadata } = last;
  return { position, recordedAt: metadata.recordedAt, witness: { stream, revision, hash } };
}

function opensNothing(): never {
  throw new Error('nothing in the event table of the cases is sealed');
}
