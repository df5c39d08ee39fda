import type { EventLog } from './event-log.ts';
import { comparePositions, type Position, type RecordedEvent } from './event.ts';

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
    const added = this.after === undefined ? await this.standing(until) : await this.addedSince(this.after, until);
    if (added.length > 0) this.events = [...this.events, ...added];
    this.after = until;
    return this.events;
  }

  /** By stream: few events are found so among many of other categories. */
  private async standing(until: Position): Promise<readonly RecordedEvent[]> {
    const found: RecordedEvent[] = [];
    for await (const events of this.log.readStreamByStream({ category: this.category, until })) found.push(...events);
    return found.sort((a, b) => comparePositions(a.position, b.position));
  }

  private async addedSince(after: Position, until: Position): Promise<readonly RecordedEvent[]> {
    const added: RecordedEvent[] = [];
    for await (const events of this.log.readAll({ categories: [this.category], after, until })) added.push(...events);
    return added;
  }
}
