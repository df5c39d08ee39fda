import type { EventLog } from './event-log.ts';
import type { Position, RecordedEvent } from './event.ts';

/**
 * All events of a category that has few, kept in memory. Every reading goes on from where the one before ended, so that it
 * knows all that stands in the log when it begins.
 */
export class KeptEvents {
  private readonly log: EventLog;
  private readonly category: string;
  private events: readonly RecordedEvent[] = [];
  private after: Position | undefined;
  private reading: Promise<unknown> = Promise.resolve();

  constructor(log: EventLog, category: string) {
    this.log = log;
    this.category = category;
  }

  /** In order of position; the very same list while nothing was added. */
  read(): Promise<readonly RecordedEvent[]> {
    const read = this.reading.catch(() => {}).then(() => this.readOn());
    this.reading = read;
    return read;
  }

  private async readOn(): Promise<readonly RecordedEvent[]> {
    const until = await this.log.head();
    if (until === undefined || until === this.after) return this.events;
    const added: RecordedEvent[] = [];
    const from = this.after === undefined ? {} : { after: this.after };
    for await (const events of this.log.readAll({ categories: [this.category], until, ...from })) added.push(...events);
    if (added.length > 0) this.events = [...this.events, ...added];
    this.after = until;
    return this.events;
  }
}
