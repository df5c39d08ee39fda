import { amsterdamDay } from '../event-sourcing/days.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';

/** A day on which something became known of a stream, and how many of its events were known by the end of it. */
export interface KnownDay {
  readonly day: string;
  readonly count: number;
}

/**
 * The days on which the events of one stream became known. A stream's recording times don't run backwards; should one all
 * the same, the event counts as known on the day of its predecessor, so that what is known by a day is always a beginning of the stream.
 */
export function knownDays(events: readonly RecordedEvent[]): readonly KnownDay[] {
  const days: KnownDay[] = [];
  let last = '';
  for (let index = 0; index < events.length; index++) {
    const day = amsterdamDay(events[index]!.metadata.recordedAt);
    if (day > last) {
      last = day;
      days.push({ day, count: index + 1 });
    } else {
      days[days.length - 1] = { day: last, count: index + 1 };
    }
  }
  return days;
}

/** The day an event became known; `days` as of its stream. */
export function dayOfRevision(days: readonly KnownDay[], revision: number): string {
  return days.find(({ count }) => revision < count)?.day ?? '';
}

/** The first of these days, of which one at least is known. */
export function earliest(...days: readonly (string | undefined)[]): string {
  return days.filter((day) => day !== undefined).reduce((a, b) => (a < b ? a : b));
}

/** A day is settled, and what is known on it fixed, from 00:15 of the next one on: no server records older stamps than that. */
export function isSettled(day: string, now: Date): boolean {
  return amsterdamDay(new Date(now.getTime() - SETTLING_MS).toISOString()) > day;
}

const SETTLING_MS = 15 * 60_000;

/** One stream up to some event, with its history at any earlier point: worked out once, for all views. */
export class KnownStream<History> {
  readonly stream: string;
  readonly events: readonly RecordedEvent[];
  private readonly fold: (events: readonly RecordedEvent[], before?: History) => History;
  private readonly histories = new Map<number, { readonly history: History } | { readonly error: unknown }>();
  /** Number of events before the first that does not follow its predecessor. */
  private readonly contiguous: number;
  private workedOutDays: readonly KnownDay[] | undefined;
  /** The longest history so far, and of how many events. */
  private longest: { readonly count: number; readonly history: History } | undefined;

  /** @param events from revision 0 on */
  constructor(
    stream: string,
    events: readonly RecordedEvent[],
    fold: (events: readonly RecordedEvent[], before?: History) => History,
  ) {
    this.stream = stream;
    this.events = events;
    this.fold = fold;
    const hole = events.findIndex((event, index) => event.revision !== index);
    this.contiguous = hole === -1 ? events.length : hole;
  }

  get days(): readonly KnownDay[] {
    return (this.workedOutDays ??= knownDays(this.events));
  }

  /** The history of the first `count` events (at least one). @throws what the events deserve, every time */
  history(count: number): History {
    let known = this.histories.get(count);
    if (known === undefined) {
      try {
        if (count > this.contiguous) throw new StreamBroken(this.stream, this.contiguous);
        known = { history: this.folded(count) };
      } catch (error) {
        known = { error };
      }
      this.histories.set(count, known);
    }
    if ('error' in known) throw known.error;
    return known.history;
  }

  private folded(count: number): History {
    const { longest } = this;
    const events = count === this.events.length ? this.events : this.events.slice(0, count);
    const history = this.fold(events, longest !== undefined && longest.count < count ? longest.history : undefined);
    if (longest === undefined || longest.count < count) this.longest = { count, history };
    return history;
  }

  /** The longest history that can be read, up to `count` events; undefined if there is none. */
  lastGoodHistory(count = this.events.length): History | undefined {
    for (let good = count; good > 0; good--) {
      try {
        return this.history(good);
      } catch {
        // A shorter one may do.
      }
    }
    return undefined;
  }
}

/** The log gave events of a stream with a hole between them. */
export class StreamBroken extends Error {
  readonly code = 'STREAM_BROKEN';
  constructor(stream: string, revision: number) {
    super(`${stream} has no revision ${revision}, but later ones`);
    this.name = 'StreamBroken';
  }
}
