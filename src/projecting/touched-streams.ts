import { StreamDamaged } from '../event-sourcing/event-log.ts';
import { categoryOf, type RecordedEvent } from '../event-sourcing/event.ts';
import { isPassing } from '../event-sourcing/passing-faults.ts';
import { parkedForDamage } from './damaged-stream.ts';
import { isBehind, stateOf, type Followed } from './followed-views.ts';
import type { KnownReference } from './known-reference.ts';
import { dayOfRevision, earliest, KnownStream } from './known-stream.ts';
import { leftAlone, type ProjectionParts } from './load-views.ts';
import { openersFor } from './openers.ts';
import { patiently } from './patience.ts';
import { momentsOf, rowsOfStream } from './stream-rows.ts';
import { reasonOf, type FollowingState, type ParkedStream, type StreamRows } from './view-store.ts';

/** A stream, and those of its events for which it is worked out anew. */
export interface Touched {
  readonly stream: string;
  readonly own: RecordedEvent[];
}

/** A touched stream up to the last of these events, or why it cannot be read. */
export type Known<History> = KnownStream<History> | { readonly touched: Touched; readonly error: unknown };

/**
 * The rows of touched streams in one view, to be written to it.
 * @param sweptFrom day from which rows change, whatever the events are
 */
export type RowsFor<History, Reference> = (
  followed: Followed<History, Reference>,
  touched: ReadonlyMap<string, Touched>,
  sweptFrom?: string,
) => StreamRows[];

const STREAMS_READ_AT_ONCE = 16;

/** The streams of a category that got events in a batch. */
export function touchedIn(batch: readonly RecordedEvent[], category: string): ReadonlyMap<string, Touched> {
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

/** Reads streams that got events, and works out their rows for one view after the other, sharing their histories. */
export class TouchedStreams<History, Reference> {
  private readonly parts: ProjectionParts<History, Reference>;

  constructor(parts: ProjectionParts<History, Reference>) {
    this.parts = parts;
  }

  /** @throws what is wrong with the log as a whole */
  async read(touched: ReadonlyMap<string, Touched>): Promise<ReadonlyMap<string, Known<History>>> {
    const known = new Map<string, Known<History>>();
    const toRead: Touched[] = [];
    for (const [stream, its] of touched) {
      if (its.own[0]!.revision === 0) known.set(stream, this.known(stream, its.own));
      else toRead.push(its);
    }
    for (let at = 0; at < toRead.length; at += STREAMS_READ_AT_ONCE) {
      const group = toRead.slice(at, at + STREAMS_READ_AT_ONCE);
      const read = await Promise.all(group.map((its) => this.readOne(its)));
      read.forEach((its, index) => known.set(group[index]!.stream, its));
    }
    return known;
  }

  /** @param events from revision 0 on */
  known(stream: string, events: readonly RecordedEvent[]): KnownStream<History> {
    return new KnownStream(stream, events, (known, before) => this.parts.model.history(known, before));
  }

  /** @throws what is wrong with the log as a whole */
  async rowsFor(
    due: readonly Followed<History, Reference>[],
    known: ReadonlyMap<string, Known<History>>,
    reference: KnownReference<Reference>,
  ): Promise<RowsFor<History, Reference>> {
    const readable = [...known.values()].filter((its) => its instanceof KnownStream);
    const openFor = await openersFor(
      due.map(({ view }) => view.projection),
      readable,
      this.parts.loadOpener,
    );
    const moments = new Map(readable.map((its) => [its.stream, momentsOf(its, reference)]));
    return ({ view, store }, touched, sweptFrom) =>
      [...touched.values()].map(({ stream, own }) => {
        const its = known.get(stream)!;
        const parked = store.parked.get(stream);
        if (!(its instanceof KnownStream)) return leftAlone(stream, unreadable(its, parked, stateOf(store)));
        const firstNew = dayOfRevision(its.days, own[0]!.revision);
        const fromDay = earliest(firstNew, parked?.day, sweptFrom);
        const isNew = isBehind(store, its.events[0]!.position);
        const open = openFor(view.projection.name, stream);
        const rows = rowsOfStream(view, its, reference, moments.get(stream)!, fromDay, open);
        return { stream, isNew, fromDay, ...rows };
      });
  }

  private async readOne(touched: Touched): Promise<Known<History>> {
    const { stream, own } = touched;
    const until = own.at(-1)!.revision;
    try {
      return await patiently(async () => {
        const events = await this.parts.log.readStream(stream, { until });
        if (events.at(-1)?.revision !== until)
          throw new Error(`${stream} ends before revision ${until}, which was read`);
        return this.known(stream, events);
      });
    } catch (error) {
      if (isPassing(error)) throw error;
      return { touched, error };
    }
  }
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
