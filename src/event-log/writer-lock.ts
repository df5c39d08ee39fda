import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { LogUnavailable } from '../event-sourcing/event-log.ts';
import { isBusy, unavailable } from './sqlite-errors.ts';

/**
 * The right to write a log, for one process at a time: an exclusive transaction on a small file beside it. The operating
 * system lets go of it when the process dies, so there is never a stale lock. (Who holds it stands in a file of its own:
 * opening the locked file in any other way than through SQLite would let go of the lock.)
 */
export class WriterLock {
  readonly #db: Database.Database;
  readonly #pidFile: string;

  private constructor(db: Database.Database, pidFile: string) {
    this.#db = db;
    this.#pidFile = pidFile;
  }

  /** @throws LogUnavailable when another process (or another writer in this one) has it */
  static take(file: string): WriterLock {
    const pidFile = `${file}.pid`;
    let db: Database.Database | undefined;
    try {
      db = new Database(`${file}.lock`, { timeout: 0 });
      // Nothing is ever written to it, so it needs no journal beside it.
      db.pragma('journal_mode = MEMORY');
      db.exec('BEGIN EXCLUSIVE');
      writeFileSync(pidFile, `${process.pid}\n`);
      return new WriterLock(db, pidFile);
    } catch (cause) {
      db?.close();
      if (isBusy(cause)) {
        throw new LogUnavailable(`the event log ${file} is being written by ${holder(pidFile)}`, { cause });
      }
      throw unavailable(file, cause);
    }
  }

  release(): void {
    rmSync(this.#pidFile, { force: true });
    this.#db.close();
  }
}

function holder(pidFile: string): string {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return pid === process.pid ? 'this very process' : `another process (pid ${pid})`;
  } catch {
    return 'another process';
  }
}
