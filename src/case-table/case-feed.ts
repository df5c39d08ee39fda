import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { AnalyticStore, removeStore, type StoreOptions } from '../analytic-store/analytic-store.ts';
import { STORE_FORMAT } from '../analytic-store/event-tables.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { comparePositions } from '../event-sourcing/event.ts';
import type { Witness } from '../projecting/view-store.ts';
import { ViewUnavailable, type Freshness } from '../read-store/views.ts';
import type { CaseRows, ReadUpTo, RowsTold } from './case-rows.ts';
import { createCaseTables, forget, takeRows } from './case-store.ts';
import { caseTableProjection } from './case-table.projection.ts';

export interface CaseFeedParts {
  readonly log: EventLog;
  readonly rows: CaseRows;
  /** The DuckDB file; this process is the only one that opens it. */
  readonly file: string;
  readonly store?: StoreOptions;
  /** It cannot be opened or filled: tried again after a while. */
  readonly onFailure?: (error: unknown) => void;
  /** What stood there is damaged, and filled anew. */
  readonly onDiscarded?: (error: unknown) => void;
}

/** A store made by another shape of the rows, or of the store, is made anew. */
const MADE_BY = `${STORE_FORMAT}.${caseTableProjection.version}`;
/** What keeps a sound file from being opened, in the engine's words; it goes by. */
const IS_PASSING = /cannot open file|could not set lock|out of memory|no space left/i;
const RETRY_MS = 1_000;
const NOTHING: ReadUpTo = { position: null, recordedAt: null, witness: null };

/** How much of the log the event table knows. */
export type CaseKnowledge = Pick<Freshness, 'position' | 'recordedAt' | 'parked'>;

/**
 * Keeps the analytic store up with the log. Which cases have changed, and their rows, are worked out of the log from where the
 * store stands; the rows, and where it stands then, are written in one transaction. So whatever was missed is caught up, and a
 * store that was filled at once is the same as one that was kept up.
 */
export class CaseFeed {
  private readonly parts: CaseFeedParts;
  private readonly stopping = new AbortController();
  private present: AnalyticStore | undefined;
  private upTo: ReadUpTo = NOTHING;
  /** Streams of which not all events are in the rows. */
  private parked: readonly string[] = [];
  /** Those that were parked when the store was opened: this program may be able to read them. */
  private again: readonly string[] = [];
  /** Whether the store that stands there is one of the log as it is; until then nobody knows how far it is. */
  private isOfThisLog = false;
  private wake: () => void = () => {};
  private running: Promise<void> = Promise.resolve();

  constructor(parts: CaseFeedParts) {
    this.parts = parts;
  }

  start(): void {
    this.parts.rows.watch(() => this.wake(), this.stopping.signal);
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
    const { present } = this;
    this.present = undefined;
    await present?.closeFile();
  }

  /**
   * Asks the store as it is, with how much it knows at least. What comes in meanwhile is not seen: the queries of one question
   * are of one state.
   * @throws ViewUnavailable while there is none
   */
  async ask<T>(question: (store: AnalyticStore, knowledge: CaseKnowledge) => Promise<T>): Promise<T> {
    if (this.present === undefined) throw new ViewUnavailable(caseTableProjection.name, null);
    const { position, recordedAt } = this.upTo;
    const known = { position, recordedAt, parked: this.parked.length };
    const connection = await this.present.another();
    try {
      return await connection.transaction(() => question(connection, known));
    } finally {
      await connection.close();
    }
  }

  /** Resolves when the store knows what the log holds now. */
  async caughtUp(): Promise<void> {
    const head = await this.parts.log.head();
    while (head !== undefined && !this.stopping.signal.aborted) {
      const { position } = this.upTo;
      if (this.isOfThisLog && position !== null && comparePositions(position, head) >= 0) return;
      this.wake();
      await pause(20);
    }
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => (this.wake = resolve));
      try {
        await this.open();
        await this.catchUp();
        await woken;
      } catch (error) {
        if (signal.aborted) return;
        this.parts.onFailure?.(error);
        await Promise.race([stopped, pause(RETRY_MS)]);
      }
    }
  }

  /** The store that stands there, if it was made by this log and in this form. */
  private async open(): Promise<void> {
    if (this.present !== undefined) return;
    const { file, store: options = {} } = this.parts;
    if (!existsSync(file)) return;
    let store: AnalyticStore | undefined;
    try {
      store = await AnalyticStore.openToWrite(file, options);
      const told = new Map(
        (await store.rows<{ key: string; value: string }>('select key, value from log')).map((one) => [
          one.key,
          one.value,
        ]),
      );
      if (told.get('madeBy') === MADE_BY && told.get('logId') === this.parts.log.id) {
        const upTo = JSON.parse(told.get('upTo')!) as { recordedAt: string | null; witness: Witness | null };
        this.parked = await parkedIn(store);
        this.again = this.parked;
        this.upTo = { ...upTo, position: told.get('position') || null };
        this.present = store;
        return;
      }
    } catch (error) {
      await store?.closeFile();
      if (IS_PASSING.test(String(error))) throw error;
      store = undefined;
      this.parts.onDiscarded?.(error);
    }
    await store?.closeFile();
    await removeStore(file);
  }

  private async catchUp(): Promise<void> {
    const { file, rows } = this.parts;
    const { signal } = this.stopping;
    const { again } = this;
    const folder = `${file}.rows`;
    const known = this.present === undefined ? null : this.upTo;
    const told = rows.since({ known, again, folder }, signal);
    try {
      // What is left of a filling that was killed.
      await rm(folder, { recursive: true, force: true });
      const { value: first } = await told.next();
      if (first?.told !== 'streams') return;
      if (first.streams === 'all') await this.fillAnew(told);
      else await this.keepUp(first.streams, told);
      this.again = [];
      this.isOfThisLog = true;
    } finally {
      await told.return();
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async keepUp(streams: readonly string[], told: AsyncIterator<RowsTold, void>): Promise<void> {
    const store = this.present!;
    if (streams.length === 0) {
      const upTo = await takeAll(store, told, this.stopping.signal);
      if (upTo.position !== this.upTo.position) await store.transaction(() => note(store, this.parts.log.id, upTo));
      this.upTo = upTo;
      return;
    }
    const upTo = await store.transaction(async () => {
      await forget(store, streams);
      const reached = await takeAll(store, told, this.stopping.signal);
      await note(store, this.parts.log.id, reached);
      return reached;
    });
    this.parked = await parkedIn(store);
    this.upTo = upTo;
  }

  /** Into another file, which takes the place of the one that stands: until then, that one answers. */
  private async fillAnew(told: AsyncIterator<RowsTold, void>): Promise<void> {
    const { file, log, store: options = {} } = this.parts;
    const made = `${file}.new`;
    await removeStore(made);
    const filling = await AnalyticStore.create(made, options);
    let upTo: ReadUpTo;
    try {
      await createCaseTables(filling);
      upTo = await takeAll(filling, told, this.stopping.signal);
      await note(filling, log.id, upTo);
      await filling.run('checkpoint');
    } finally {
      await filling.closeFile();
    }
    const former = this.present;
    this.present = undefined;
    await former?.closeFile();
    await removeStore(file);
    await rename(made, file);
    const store = await AnalyticStore.openToWrite(file, options);
    this.parked = await parkedIn(store);
    this.upTo = upTo;
    this.present = store;
  }
}

/** All rows that are told, and up to where they go. The next part is worked out while one is taken. */
async function takeAll(
  store: AnalyticStore,
  told: AsyncIterator<RowsTold, void>,
  signal: AbortSignal,
): Promise<ReadUpTo> {
  let coming = told.next();
  for (;;) {
    const { value: one } = await coming;
    if (one === undefined) throw new Error('the rows of the cases were not told to their end');
    if (one.told === 'reached') return one.reached;
    coming = told.next();
    // Waited for in its turn, or not at all if taking what came before it fails.
    coming.catch(() => {});
    if (one.told !== 'rows') continue;
    await takeRows(store, one.folder, signal);
    await rm(one.folder, { recursive: true });
  }
}

async function parkedIn(store: AnalyticStore): Promise<readonly string[]> {
  return (await store.rows<{ stream: string }>('select stream from parked order by stream')).map(
    ({ stream }) => stream,
  );
}

async function note(store: AnalyticStore, logId: string, { position, ...others }: ReadUpTo): Promise<void> {
  const told = { madeBy: MADE_BY, logId, position: position ?? '', upTo: JSON.stringify(others) };
  for (const [key, value] of Object.entries(told))
    await store.run('insert or replace into log values ($1, $2)', [key, value]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
