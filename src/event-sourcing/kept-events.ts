import { StreamDamaged, type EventLog } from './event-log.ts';
import { comparePositions, type Position, type RecordedEvent } from './event.ts';

/**
 * All events of a category that has few, kept in memory. Every reading goes on from where the one before ended, so that it
 * knows all that stands in the log when it begins. A damaged stream counts up to the damage, and stops none of the others.
 */
export class KeptEvents {
  private readonly log: EventLog;
  private readonly category: string;
  private events: readonly RecordedEvent[] = [];
  private readonly damage = new Map<string, StreamDamaged>();
  private after: Position | undefined;
  private reading: Promise<unknown> = Promise.resolve();
  /** The reading that has not begun yet. */
  private next: Promise<readonly RecordedEvent[]> | undefined;

  constructor(log: EventLog, category: string) {
    this.log = log;
    this.category = category;
  }

  /** Streams that cannot be read from some event on, as of the last reading. */
  get damaged(): readonly StreamDamaged[] {
    return [...this.damage.values()];
  }

  /**
   * In order of position; the very same list while nothing was added and no damage found. All who ask while one reading is under
   * way share the next.
   */
  read(): Promise<readonly RecordedEvent[]> {
    if (this.next) return this.next;
    const next = this.reading
      .catch(() => {})
      .then(() => {
        this.next = undefined;
        return this.readOn();
      });
    this.next = next;
    this.reading = next;
    return next;
  }

  private async readOn(): Promise<readonly RecordedEvent[]> {
    const until = await this.log.head();
    // A node of a cluster that lags may know less of the end than was told before.
    if (until === undefined || this.isKnown(until)) return this.events;
    const added = this.after === undefined ? await this.standing(until) : await this.addedSince(this.after, until);
    if (added.length > 0) this.events = [...this.events, ...added];
    this.after = until;
    return this.events;
  }

  private isKnown(until: Position): boolean {
    return this.after !== undefined && comparePositions(until, this.after) <= 0;
  }

  /** By stream: few events are found so among many of other categories. */
  private async standing(until: Position): Promise<readonly RecordedEvent[]> {
    const { log, category } = this;
    const found: RecordedEvent[] = [];
    for (let afterStream: string | undefined; ;) {
      const from = afterStream === undefined ? {} : { afterStream };
      try {
        for await (const events of log.readStreamByStream({ category, until, ...from })) found.push(...events);
        return found.sort((a, b) => comparePositions(a.position, b.position));
      } catch (damage) {
        if (!(damage instanceof StreamDamaged)) throw damage;
        const { stream, event } = damage;
        this.found(damage);
        afterStream = stream;
        if (event && event.revision > 0) found.push(...(await log.readStream(stream, { until: event.revision - 1 })));
      }
    }
  }

  private async addedSince(since: Position, until: Position): Promise<readonly RecordedEvent[]> {
    const added: RecordedEvent[] = [];
    for (let after = since; ;) {
      try {
        for await (const events of this.log.readAll({ categories: [this.category], after, until })) {
          added.push(...events.filter((one) => this.isBeforeDamage(one)));
        }
        return added;
      } catch (damage) {
        // Without its position there is no going on after it: the next reading tries again.
        if (!(damage instanceof StreamDamaged) || damage.event === undefined) throw damage;
        this.found(damage);
        after = damage.event.position;
      }
    }
  }

  /** The first of its stream counts; what was made of the list before is made anew, so that it is told. */
  private found(damage: StreamDamaged): void {
    if (this.damage.has(damage.stream)) return;
    this.damage.set(damage.stream, damage);
    this.events = [...this.events];
  }

  /** A reading that found damage and then failed is repeated: what came before the damage still counts. */
  private isBeforeDamage({ stream, revision }: RecordedEvent): boolean {
    const damage = this.damage.get(stream);
    return damage === undefined || (damage.event !== undefined && revision < damage.event.revision);
  }
}
