import type { RecordedEvent } from '../event-sourcing/event.ts';
import { dayOfRevision, knownDays, type KnownDay } from './known-stream.ts';
import { reasonOf, type ParkedStream } from './view-store.ts';

interface ReferenceStream {
  readonly stream: string;
  readonly events: readonly RecordedEvent[];
  readonly days: readonly KnownDay[];
}

interface Folded<Reference> {
  readonly reference: Reference;
  /** Streams of which not every event known on that day could be folded. */
  readonly left: ReadonlyMap<string, { readonly revision: number; readonly reason: string }>;
}

/**
 * The facts all views compute with, as they were known by the end of any day. A reference stream that cannot be read counts
 * up to its last good event, and is parked; the others are not affected.
 */
export class KnownReference<Reference> {
  /** Distinct days, ascending. */
  readonly days: readonly string[];
  private readonly streams: readonly ReferenceStream[];
  private readonly fold: (events: readonly RecordedEvent[]) => Reference;
  private readonly damaged: ReadonlyMap<string, ParkedStream>;
  private readonly folded = new Map<number, Folded<Reference> | { readonly error: unknown }>();

  /**
   * @param events of the reference category, each stream from revision 0 on, streams in any order
   * @param damaged streams that cannot be read from a revision on: what comes after it is only noted
   */
  constructor(
    events: readonly RecordedEvent[],
    fold: (events: readonly RecordedEvent[]) => Reference,
    damaged: readonly ParkedStream[] = [],
  ) {
    this.fold = fold;
    this.damaged = new Map(damaged.map((as) => [as.stream, lastNoted(as, events)]));
    const byStream = Map.groupBy(
      events.filter((event) => this.counts(event)),
      (event) => event.stream,
    );
    this.streams = [...byStream]
      .map(([stream, own]) => ({ stream, events: own, days: knownDays(own) }))
      .sort((a, b) => (a.stream < b.stream ? -1 : 1));
    this.days = [...new Set(this.streams.flatMap(({ days }) => days.map(({ day }) => day)))].sort();
  }

  get events(): readonly RecordedEvent[] {
    return this.streams.flatMap((stream) => stream.events);
  }

  /** With more events, which follow those it has. */
  with(events: readonly RecordedEvent[]): KnownReference<Reference> {
    return new KnownReference([...this.events, ...events], this.fold, [...this.damaged.values()]);
  }

  /** A stream was found damaged at a revision. */
  withDamage(damaged: ParkedStream): KnownReference<Reference> {
    const others = [...this.damaged.values()].filter(({ stream }) => stream !== damaged.stream);
    const before = this.damaged.get(damaged.stream) ?? damaged;
    const lastRevision = Math.max(before.lastRevision, damaged.lastRevision);
    return new KnownReference(this.events, this.fold, [...others, { ...before, lastRevision }]);
  }

  /** Whether an event stands before what is damaged of its stream. */
  counts({ stream, revision }: RecordedEvent): boolean {
    const damaged = this.damaged.get(stream);
    return damaged === undefined || revision < damaged.revision;
  }

  /** Day on which an event became known. */
  dayOf(event: RecordedEvent): string {
    const days = this.streams.find(({ stream }) => stream === event.stream)?.days ?? [];
    return dayOfRevision(days, event.revision);
  }

  /** Place in `days` of the last day up to this one; -1 if there is none. */
  indexOn(day: string): number {
    let index = this.days.length - 1;
    while (index >= 0 && this.days[index]! > day) index--;
    return index;
  }

  /** What is known on the n-th of `days` (-1: nothing is yet). @throws if it cannot be told, not even in part */
  at(index: number): Reference {
    const folded = this.foldedAt(index);
    if ('error' in folded) throw folded.error;
    return folded.reference;
  }

  parked(): readonly ParkedStream[] {
    const folded = this.foldedAt(this.days.length - 1);
    if ('error' in folded) return [...this.damaged.values()];
    const left = [...folded.left].map(([stream, { revision, reason }]) => {
      const { events, days } = this.streams.find((candidate) => candidate.stream === stream)!;
      const { position, metadata } = events[revision]!;
      const day = dayOfRevision(days, revision);
      const lastRevision = this.damaged.get(stream)?.lastRevision ?? events.length - 1;
      return { stream, revision, position, day, since: metadata.recordedAt, reason, lastRevision };
    });
    return [...left, ...[...this.damaged.values()].filter(({ stream }) => !folded.left.has(stream))];
  }

  private foldedAt(index: number): Folded<Reference> | { readonly error: unknown } {
    let folded = this.folded.get(index);
    if (folded === undefined) {
      folded = this.foldOn(index < 0 ? '' : this.days[index]!);
      this.folded.set(index, folded);
    }
    return folded;
  }

  private foldOn(day: string): Folded<Reference> | { readonly error: unknown } {
    const known = this.streams.map(({ stream, events, days }) => ({
      stream,
      events: events.slice(0, days.findLast((known) => known.day <= day)?.count ?? 0),
    }));
    try {
      return { reference: this.fold(known.flatMap(({ events }) => events)), left: new Map() };
    } catch {
      return this.foldWhatCanBe(known);
    }
  }

  /** One stream after the other, each as far as it goes together with those before it. */
  private foldWhatCanBe(
    known: readonly { readonly stream: string; readonly events: readonly RecordedEvent[] }[],
  ): Folded<Reference> | { readonly error: unknown } {
    const left = new Map<string, { revision: number; reason: string }>();
    let taken: readonly RecordedEvent[] = [];
    let reference: Reference;
    try {
      reference = this.fold(taken);
    } catch (error) {
      return { error };
    }
    for (const { stream, events } of known) {
      for (let count = events.length; count > 0; count--) {
        const tried = [...taken, ...events.slice(0, count)];
        try {
          reference = this.fold(tried);
          taken = tried;
          break;
        } catch (error) {
          left.set(stream, { revision: count - 1, reason: reasonOf(error) });
        }
      }
    }
    return { reference, left };
  }
}

function lastNoted(parked: ParkedStream, events: readonly RecordedEvent[]): ParkedStream {
  const own = events.filter(({ stream }) => stream === parked.stream);
  return { ...parked, lastRevision: Math.max(parked.lastRevision, own.at(-1)?.revision ?? 0) };
}
