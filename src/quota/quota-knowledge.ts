import { amsterdamDay } from '../event-sourcing/days.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import { KeptEvents } from '../event-sourcing/kept-events.ts';
import { readReference } from '../reference/reference-reading.ts';
import type { Reference } from '../reference/reference.ts';
import type { Municipalities } from './allocation.ts';
import { quotaBook, type QuotaBook } from './quota-book.ts';
import { QUOTA_CATEGORY } from './quota.events.ts';

/** What is published and decided of all half-years, and the municipalities as they were known. */
export interface QuotaKnown {
  readonly book: QuotaBook;
  /** Of all half-years, in order of position. */
  readonly recorded: readonly RecordedEvent[];
  readonly municipalities: Municipalities;
  readonly reference: Reference;
}

const REMEMBERED_DAYS = 100;

/** The few events that quotas are reckoned from; what follows from them is worked out once a day that is asked for. */
export class QuotaKnowledge {
  private readonly log: EventLog;
  private readonly kept: KeptEvents;
  private events: readonly RecordedEvent[] = [];
  private readonly books = new Map<string, Pick<QuotaKnown, 'book' | 'recorded'>>();

  constructor(log: EventLog) {
    this.log = log;
    this.kept = new KeptEvents(log, QUOTA_CATEGORY);
  }

  /** As known by the end of a day; null: now. @throws UnknownEvent where a newer program has written */
  async asKnownOn(day: string | null): Promise<QuotaKnown> {
    const [events, { reference }] = await Promise.all([
      this.kept.read(),
      readReference(this.log, day === null ? {} : { asKnownOn: day }),
    ]);
    return { ...this.bookOf(events, day), municipalities: municipalitiesOf(reference), reference };
  }

  private bookOf(events: readonly RecordedEvent[], day: string | null): Pick<QuotaKnown, 'book' | 'recorded'> {
    if (events !== this.events || this.books.size >= REMEMBERED_DAYS) this.books.clear();
    this.events = events;
    let known = this.books.get(day ?? '');
    if (known === undefined) {
      const recorded = day === null ? events : events.filter((event) => amsterdamDay(event.metadata.recordedAt) <= day);
      this.books.set(day ?? '', (known = { book: quotaBook(recorded), recorded }));
    }
    return known;
  }
}

function municipalitiesOf(reference: Reference): Municipalities {
  return {
    existingOn: (date) => reference.municipalitiesOn(date).map(({ code }) => code),
    successor: (code, date) => reference.successorOf(code, date),
    inhabitants: (referenceDate) => reference.inhabitants(referenceDate),
  };
}
