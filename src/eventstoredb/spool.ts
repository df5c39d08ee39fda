import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LATEST_ONLY_CATEGORIES, StreamDamaged, type EventLog } from '../event-sourcing/event-log.ts';
import type { Position, RecordedEvent } from '../event-sourcing/event.ts';
import { LogCopy } from '../event-log/log-copy.ts';
import { SqliteEventLog } from '../event-log/sqlite-event-log.ts';

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

  constructor(log: EventLog) {
    this.#log = log;
    this.#folder = mkdtempSync(join(tmpdir(), 'woonspoor-'));
    const file = join(this.#folder, 'log.sqlite');
    this.#copy = LogCopy.open({ file, logId: log.id });
    this.#reader = SqliteEventLog.open({ file, mode: 'read' });
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
    this.#filling = this.#filling.catch(() => {}).then(() => this.#fill(signal));
    await this.#filling;
    yield* this.#reader.readStreamByStream(options);
  }

  remove(): void {
    void this.#reader.close();
    this.#copy.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #fill(signal: AbortSignal | undefined): Promise<void> {
    const onErased = (stream: string) => this.#copy.erase(stream);
    for (let isDone = false; !isDone;) {
      const after = this.#copy.head();
      try {
        for await (const batch of this.#log.readAll({
          onErased,
          ...(after === undefined ? {} : { after }),
          ...(signal ? { signal } : {}),
        })) {
          this.#copy.write(batch);
        }
        isDone = true;
      } catch (error) {
        if (!(error instanceof StreamDamaged) || !error.event) throw error;
        this.#copy.writeDamaged({ stream: error.stream, ...error.event });
      }
    }
  }
}
