import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LATEST_ONLY_CATEGORIES, type EventLog, type LogInventory } from '../event-sourcing/event-log.ts';
import type { Position, RecordedEvent } from '../event-sourcing/event.ts';
import { LogCopy } from '../event-log/log-copy.ts';
import { SqliteEventLog } from '../event-log/sqlite-event-log.ts';

const NAME = 'log-spool-';
const FILE = 'log.sqlite';
/** Within so long one that was just made is in use, too. */
const MAKING_MS = 2_000;

interface ByStream {
  readonly category: string;
  readonly afterStream?: string;
  readonly until?: Position;
  readonly signal?: AbortSignal;
}

/**
 * The log in a temporary file, to be read stream by stream: the server keeps no list of the streams of a category. Filled by one
 * reading of the whole log, and then only with what has come since.
 */
export class Spool {
  readonly #log: EventLog;
  readonly #folder: string;
  readonly #copy: LogCopy;
  readonly #reader: SqliteEventLog;
  #filling: Promise<void> = Promise.resolve();

  /** @param folder where it is to stand, if there is one: what is temporary for the system may be kept in memory */
  constructor(log: EventLog, folder: string | undefined) {
    this.#log = log;
    const parent = folder !== undefined && existsSync(folder) ? folder : tmpdir();
    this.#folder = mkdtempSync(join(parent, NAME));
    const file = join(this.#folder, FILE);
    let copy: LogCopy | undefined;
    try {
      copy = LogCopy.open({ file, logId: log.id });
      this.#reader = SqliteEventLog.open({ file, mode: 'read' });
      this.#copy = copy;
    } catch (error) {
      copy?.close();
      // Where there is no room, or are too many files, this must not take more of them.
      rmSync(this.#folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Removes what processes left behind in a folder that were killed. */
  static clean(folder: string): void {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (!name.startsWith(NAME)) continue;
      const left = join(folder, name);
      // Undefined: whoever made it has just removed it.
      const { mtimeMs = Infinity } = statSync(left, { throwIfNoEntry: false }) ?? {};
      if (Date.now() - mtimeMs < MAKING_MS) continue;
      if (LogCopy.isKept(join(left, FILE))) continue;
      rmSync(left, { recursive: true, force: true });
    }
  }

  /** Of the log as it stands now: fills what readings stream by stream will take. */
  async inventory(signal: AbortSignal | undefined): Promise<LogInventory> {
    await this.#filled(signal);
    return this.#reader.inventory();
  }

  async *readStreamByStream(options: ByStream): AsyncGenerator<readonly RecordedEvent[]> {
    const { category, signal } = options;
    if (LATEST_ONLY_CATEGORIES.includes(category)) {
      // A few streams of one event each.
      for await (const batch of this.#log.readAll({ categories: [category], ...(signal ? { signal } : {}) })) {
        yield* batch.map((event) => [event]);
      }
      return;
    }
    await this.#filled(signal);
    yield* this.#reader.readStreamByStream(options);
  }

  remove(): void {
    void this.#reader.close();
    this.#copy.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #filled(signal: AbortSignal | undefined): Promise<void> {
    this.#filling = this.#filling.catch(() => {}).then(() => this.#fill(signal));
    return this.#filling;
  }

  async #fill(signal: AbortSignal | undefined): Promise<void> {
    const onErased = (stream: string) => this.#copy.erase(stream);
    await this.#copy.fill((from) => this.#log.readAll({ ...from, onErased, ...(signal ? { signal } : {}) }));
  }
}
