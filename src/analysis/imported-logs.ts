import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AnalyticStore, type StoreOptions } from '../analytic-store/analytic-store.ts';
import { notFound } from '../http/problem.ts';

const SUFFIX = '.duckdb';
/** Open ones keep what they have read in memory. */
const MOST_OPEN = 3;

export const LOG_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

interface OpenLog {
  /** Which file it is: a log that is imported again takes the place of another. */
  readonly file: string;
  readonly store: Promise<AnalyticStore>;
  users: number;
  isLeft: boolean;
}

/** Event logs of other systems, as they were imported under a name. */
export class ImportedLogs {
  readonly #folder: string;
  readonly #options: StoreOptions;
  /** The one that was asked last stands last. */
  readonly #open = new Map<string, OpenLog>();

  constructor(folder: string, options: StoreOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  names(): readonly string[] {
    const names = existsSync(this.#folder)
      ? readdirSync(this.#folder)
          .filter((name) => name.endsWith(SUFFIX))
          .map((name) => name.slice(0, -SUFFIX.length))
          .sort()
      : [];
    for (const name of [...this.#open.keys()]) if (!names.includes(name)) void this.#leave(name);
    return names;
  }

  /** Asks over a connection of its own. @throws Problem NOT_FOUND */
  async ask<T>(name: string, question: (store: AnalyticStore) => Promise<T>): Promise<T> {
    const log = this.#opened(name);
    log.users++;
    try {
      const connection = await (await log.store).another();
      try {
        return await question(connection);
      } finally {
        await connection.close();
      }
    } finally {
      log.users--;
      if (log.isLeft && log.users === 0) await close(log);
    }
  }

  async close(): Promise<void> {
    for (const [name] of [...this.#open]) await this.#leave(name);
  }

  #opened(name: string): OpenLog {
    const path = join(this.#folder, `${name}${SUFFIX}`);
    const found = LOG_NAME.test(name) ? statSync(path, { throwIfNoEntry: false }) : undefined;
    const known = this.#open.get(name);
    if (found === undefined) {
      // It was removed: as long as it is open, it takes up the disk.
      if (known !== undefined) void this.#leave(name);
      throw notFound('log of this name');
    }
    const file = `${found.ino} ${found.mtimeMs}`;
    if (known !== undefined && known.file !== file) void this.#leave(name);
    const log =
      known?.file === file
        ? known
        : { file, store: AnalyticStore.openToRead(path, this.#options), users: 0, isLeft: false };
    // One that could not be opened is opened anew by who asks next: whoever wrote it may have done so by then.
    if (log !== known) log.store.catch(() => this.#open.get(name) === log && this.#open.delete(name));
    this.#open.delete(name);
    this.#open.set(name, log);
    for (const [other] of [...this.#open].slice(0, -MOST_OPEN)) void this.#leave(other);
    return log;
  }

  async #leave(name: string): Promise<void> {
    const log = this.#open.get(name)!;
    this.#open.delete(name);
    log.isLeft = true;
    if (log.users === 0) await close(log);
  }
}

async function close({ store }: OpenLog): Promise<void> {
  // One that could not be opened is none that has to be closed.
  await store.then((opened) => opened.closeFile()).catch(() => undefined);
}
