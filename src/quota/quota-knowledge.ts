import { amsterdamDay } from '../event-sourcing/days.ts';
import type { EventLog, StreamDamaged } from '../event-sourcing/event-log.ts';
import { idOf, type RecordedEvent } from '../event-sourcing/event.ts';
import { KeptEvents } from '../event-sourcing/kept-events.ts';
import { readableEvents } from '../event-sourcing/readable-events.ts';
import { readReference, type ReferenceReading } from '../reference/reference-reading.ts';
import type { Reference } from '../reference/reference.ts';
import type { Municipalities } from './allocation.ts';
import { quotaBook, quotaCatalogue, type QuotaBook } from './quota-book.ts';
import { QUOTA_CATEGORY } from './quota.events.ts';
import type { QuotaPeriod } from './quota-period.ts';

/** A half-year of which an event cannot be read, the first such, and why: it counts up to the one before. */
export interface ParkedPeriod {
  readonly period: QuotaPeriod;
  readonly revision: number;
  readonly reason: string;
}

/** What is published and decided of all half-years, and the municipalities as they were known. */
export interface QuotaKnown {
  readonly book: QuotaBook;
  /** What can be read of all half-years, in order of position. */
  readonly recorded: readonly RecordedEvent[];
  readonly parked: readonly ParkedPeriod[];
  readonly municipalities: Municipalities;
  readonly reference: Reference;
  readonly referenceParked: ReferenceReading['parked'];
}

type Publications = Pick<QuotaKnown, 'book' | 'recorded' | 'parked'>;

const REMEMBERED_DAYS = 100;

/** The few events that quotas are reckoned from; what follows from them is worked out once a day that is asked for. */
export class QuotaKnowledge {
  private readonly log: EventLog;
  private readonly kept: KeptEvents;
  private events: readonly RecordedEvent[] = [];
  private readonly books = new Map<string, Publications>();

  constructor(log: EventLog) {
    this.log = log;
    this.kept = new KeptEvents(log, QUOTA_CATEGORY);
  }

  /** As known by the end of a day; null: now. What a newer program wrote stops nobody, and is told. */
  async asKnownOn(day: string | null): Promise<QuotaKnown> {
    const [events, { reference, parked: referenceParked }] = await Promise.all([
      this.kept.read(),
      readReference(this.log, day === null ? {} : { asKnownOn: day }),
    ]);
    return { ...this.bookOf(events, day), municipalities: municipalitiesOf(reference), reference, referenceParked };
  }

  private bookOf(events: readonly RecordedEvent[], day: string | null): Publications {
    if (events !== this.events || this.books.size >= REMEMBERED_DAYS) this.books.clear();
    this.events = events;
    let known = this.books.get(day ?? '');
    if (known === undefined) this.books.set(day ?? '', (known = publications(events, this.kept.damaged, day)));
    return known;
  }
}

function publications(
  events: readonly RecordedEvent[],
  damaged: readonly StreamDamaged[],
  day: string | null,
): Publications {
  const onTheDay = events.filter(({ metadata }) => day === null || amsterdamDay(metadata.recordedAt) <= day);
  const { readable: recorded, unreadable } = readableEvents(onTheDay, quotaCatalogue, damaged);
  const parked = unreadable.map(({ stream, revision, reason }) => ({ period: idOf(stream), revision, reason }));
  return { book: quotaBook(recorded), recorded, parked };
}

function municipalitiesOf(reference: Reference): Municipalities {
  return {
    existingOn: (date) => reference.municipalitiesOn(date).map(({ code }) => code),
    successor: (code, date) => reference.successorOf(code, date),
    inhabitants: (referenceDate) => reference.inhabitants(referenceDate),
  };
}
