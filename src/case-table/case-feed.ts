import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import type { Subscription } from 'rxjs';
import { AnalyticStore, removeStore, type StoreOptions } from '../analytic-store/analytic-store.ts';
import { STORE_FORMAT } from '../analytic-store/event-tables.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { categoryOf, comparePositions, type Position } from '../event-sourcing/event.ts';
import { ViewUnavailable, type Freshness, type Views } from '../read-store/views.ts';
import { createCaseTables, takeRows, type ReadView } from './case-store.ts';
import { caseTableProjection } from './case-table.projection.ts';

export interface CaseFeedParts {
  readonly log: EventLog;
  readonly views: Views;
  /** The DuckDB file; this process is the only one that opens it. */
  readonly file: string;
  readonly store?: StoreOptions;
  readonly onFailure?: (error: unknown) => void;
}

const VIEW = caseTableProjection.name;
/** A store made by another shape of the view, or of the store, is made anew. */
const MADE_BY = `${STORE_FORMAT}.${caseTableProjection.version}`;
const RETRY_MS = 1_000;
/** With more streams than this at once, all of them are read anew: that takes less time. */
const STREAMS_AT_ONCE = 2_000;

/** How much of the log the event table knows. */
export type CaseKnowledge = Pick<Freshness, 'position' | 'recordedAt' | 'parked'>;

/**
 * Keeps the analytic store up with the view `case-table`. Which cases have changed is told by the log, from where the store
 * stands; their rows, and where it stands then, are written in one transaction. So whatever was missed is caught up, and a
 * store that was filled at once is the same as one that was kept up.
 */
export class CaseFeed {
  private readonly parts: CaseFeedParts;
  private readonly stopping = new AbortController();
  private present: AnalyticStore | undefined;
  private known: CaseKnowledge = { position: null, recordedAt: null, parked: 0 };
  /** Streams whose rows may have changed without an event of theirs. */
  private readonly told = new Set<string>();
  private isStale = false;
  private wake: () => void = () => {};
  private subscription: Subscription | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(parts: CaseFeedParts) {
    this.parts = parts;
  }

  start(): void {
    this.subscription = this.parts.views.changes().subscribe(({ view, streams }) => {
      if (view !== undefined && view !== VIEW) return;
      if (streams === 'all') this.isStale = true;
      else for (const stream of streams) this.told.add(stream);
      this.wake();
    });
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
    this.subscription?.unsubscribe();
    this.present?.closeFile();
    this.present = undefined;
  }

  /**
   * Asks the store as it is, with how much it knows at least. What comes in meanwhile is not seen: the queries of one question
   * are of one state.
   * @throws ViewUnavailable while there is none
   */
  async ask<T>(question: (store: AnalyticStore, knowledge: CaseKnowledge) => Promise<T>): Promise<T> {
    if (this.present === undefined) throw new ViewUnavailable(VIEW, null);
    const connection = await this.present.another();
    try {
      const { known } = this;
      return await connection.transaction(() => question(connection, known));
    } finally {
      connection.close();
    }
  }

  /** Resolves when the store knows what the log holds now. */
  async caughtUp(): Promise<void> {
    const head = await this.parts.log.head();
    await this.parts.views.caughtUp();
    while (head !== undefined && !this.stopping.signal.aborted) {
      const { position } = this.known;
      if (this.present !== undefined && position !== null && comparePositions(position, head) >= 0) return;
      this.wake();
      await pause(20);
    }
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => (this.wake = resolve));
      let waitMs: number | undefined;
      try {
        await this.open();
        await this.catchUp();
      } catch (error) {
        if (signal.aborted) return;
        waitMs = RETRY_MS;
        if (!(error instanceof ViewUnavailable)) this.parts.onFailure?.(error);
      }
      await (waitMs === undefined ? woken : Promise.race([woken, pause(waitMs)]));
    }
  }

  /** The store that stands there, if it was made by this log and in this form. */
  private async open(): Promise<void> {
    if (this.present !== undefined) return;
    const { file, store: options = {} } = this.parts;
    if (!existsSync(file)) return;
    try {
      const store = await AnalyticStore.openToWrite(file, options);
      const told = new Map(
        (await store.rows<{ key: string; value: string }>('select key, value from log')).map((one) => [
          one.key,
          one.value,
        ]),
      );
      if (told.get('madeBy') === MADE_BY && told.get('logId') === this.parts.log.id) {
        this.present = store;
        this.known = {
          ...this.known,
          position: told.get('position') || null,
          recordedAt: told.get('recordedAt') || null,
        };
        return;
      }
      store.closeFile();
    } catch (error) {
      this.parts.onFailure?.(error);
    }
    await removeStore(file);
  }

  private async catchUp(): Promise<void> {
    const freshness = await this.freshness();
    const streams = this.present === undefined || this.isStale ? 'all' : await this.changedUntil(freshness.position);
    if (streams === 'all' || streams.length > STREAMS_AT_ONCE) {
      this.isStale = false;
      this.told.clear();
      await this.fillAnew();
      return;
    }
    const { position, recordedAt, parked } = freshness;
    if (streams.length === 0 && position === this.known.position) {
      this.known = { position, recordedAt, parked };
      return;
    }
    const store = this.present!;
    await store.transaction(async () => {
      if (streams.length > 0) await takeRows(store, this.read, streams, this.stopping.signal);
      await note(store, this.parts.log.id, freshness);
    });
    for (const stream of streams) this.told.delete(stream);
    this.known = { position, recordedAt, parked };
  }

  /** Into another file, which takes the place of the one that stands: until then, that one answers. */
  private async fillAnew(): Promise<void> {
    const { file, log, store: options = {} } = this.parts;
    const made = `${file}.new`;
    await removeStore(made);
    const freshness = await this.freshness();
    const filling = await AnalyticStore.create(made, options);
    try {
      await createCaseTables(filling);
      await takeRows(filling, this.read, undefined, this.stopping.signal);
      await note(filling, log.id, freshness);
      await filling.run('checkpoint');
    } finally {
      filling.closeFile();
    }
    this.present?.closeFile();
    this.present = undefined;
    await removeStore(file);
    await rename(made, file);
    this.present = await AnalyticStore.openToWrite(file, options);
    const { position, recordedAt, parked } = freshness;
    this.known = { position, recordedAt, parked };
    this.wake();
  }

  /** Cases with events since the store's position, and those of which we were told; all, where a reference fact is among them. */
  private async changedUntil(until: Position | null): Promise<readonly string[] | 'all'> {
    const streams = new Set([...this.told].filter((stream) => categoryOf(stream) === 'case'));
    const { position } = this.known;
    if (until === null || (position !== null && comparePositions(position, until) >= 0)) return [...streams];
    const from = position === null ? {} : { after: position };
    for await (const batch of this.parts.log.readAll({ ...from, until, signal: this.stopping.signal })) {
      for (const { stream } of batch) {
        const category = categoryOf(stream);
        if (category === 'reference') return 'all';
        if (category === 'case') streams.add(stream);
      }
      if (streams.size > STREAMS_AT_ONCE) return 'all';
    }
    return [...streams];
  }

  private readonly read: ReadView = (read) => this.parts.views.read(VIEW, (db) => read(db));

  private freshness(): Promise<Freshness> {
    return this.parts.views.read(VIEW, (_db, freshness) => freshness);
  }
}

async function note(store: AnalyticStore, logId: string, { position, recordedAt }: Freshness): Promise<void> {
  const told = { madeBy: MADE_BY, logId, position: position ?? '', recordedAt: recordedAt ?? '' };
  for (const [key, value] of Object.entries(told))
    await store.run('insert or replace into log values ($1, $2)', [key, value]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
