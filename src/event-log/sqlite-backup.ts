import { closeSync, copyFileSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import Database from 'better-sqlite3';
import { LogUnavailable, type EventLog } from '../event-sourcing/event-log.ts';
import { isBusy, reasonOf, unavailable } from './sqlite-errors.ts';
import { logIdOf, openToRead, PAGE_BYTES, realFile, renameLog } from './sqlite-file.ts';
import { integrityOf } from './sqlite-integrity.ts';
import { SqliteEventLog } from './sqlite-event-log.ts';
import { verifySqliteLog } from './sqlite-verify.ts';
import type { Finding } from './verify-log.ts';
import { WriterLock } from './writer-lock.ts';

export interface CopyOptions {
  readonly signal?: AbortSignal;
  /** `copy` counts bytes, `check` streams, of which the number is not known beforehand. */
  readonly onProgress?: (progress: {
    readonly step: 'copy' | 'check';
    readonly done: number;
    readonly of: number | undefined;
  }) => void;
}

export interface RestoreOptions extends CopyOptions {
  /** Looks at a whole backup before anything is put in the place of the log, and throws why it is not to be. */
  readonly mustFit?: (backup: EventLog) => Promise<void>;
}

/** Pages copied before others get their turn: a few milliseconds. */
const PAGES_AT_ONCE = 512;

/** Modes of files: a backup is carried about; a log has the mode that its folder and the umask give it. */
const OWNER_ONLY = 0o600;
const AS_USUAL = 0o666;

/**
 * Copies a log, as it stands now, to one file, beside its writer, and checks the copy as `verify` would. What is found in its
 * chains is answered and the copy kept: a log that was tampered with may be the only one there is. Stopped or killed it
 * leaves at most `<target>.partial`, which the next attempt replaces.
 * @throws LogUnavailable no such log, or the copy does not pass SQLite's check · the signal's reason
 */
export async function backupLog(
  file: string,
  target: string,
  options: CopyOptions = {},
): Promise<{ readonly logId: string; readonly bytes: number; readonly findings: readonly Finding[] }> {
  refuseToOverwrite(target);
  const partial = `${target}.partial`;
  const bytes = await copy(file, partial, OWNER_ONLY, options);
  return { bytes, ...(await completeBackup(partial, target, options)) };
}

/**
 * Makes a log that was written to `partial`, and is closed, into the backup `target`: one file, checked as `verify` would. What
 * is found in its chains is answered, and the backup kept.
 * @throws LogUnavailable it does not pass SQLite's check · the signal's reason; then nothing is left of it
 */
export async function completeBackup(
  partial: string,
  target: string,
  options: CopyOptions = {},
): Promise<{ readonly logId: string; readonly findings: readonly Finding[] }> {
  let logId: string;
  let findings: readonly Finding[];
  try {
    logId = asOneFile(partial, logIdOf);
    await passesCheck(partial, options.signal);
    findings = await findingsIn(partial, options);
    flushFile(partial);
    refuseToOverwrite(target);
  } catch (error) {
    removeLog(partial);
    throw error;
  }
  renameSync(partial, target);
  flushFolder(dirname(target));
  return { logId, findings };
}

/**
 * Puts a backup in the place of a log. The backup is checked first (version, database, every hash chain); the log that stands
 * there is moved aside, not deleted. What was restored is another log, with an id of its own: its positions are given anew,
 * so views and position tokens of the old one must not be taken for its own.
 * @throws LogUnavailable someone writes or reads the log, or the backup is not whole · what does not fit · the signal's reason
 */
export async function restoreLog(
  backup: string,
  file: string,
  { mustFit, ...options }: RestoreOptions = {},
): Promise<{ readonly logId: string; readonly aside: string | undefined; readonly bytes: number }> {
  const place = realFile(file);
  if (existsSync(backup) && realFile(backup) === place) throw new LogUnavailable(`${backup} is the log itself`);
  const lock = WriterLock.take(place);
  const partial = `${place}.restoring`;
  try {
    await mustBeWhole(backup, options);
    if (mustFit) await reading(backup, mustFit);
    const bytes = await copy(backup, partial, AS_USUAL, options);
    const logId = asOneFile(partial, renameLog);
    await passesCheck(partial, options.signal);
    flushFile(partial);
    const aside = replace(place, partial);
    return { logId, aside, bytes };
  } catch (error) {
    removeLog(partial);
    throw error;
  } finally {
    lock.release();
  }
}

/** Page by page, out of one snapshot that lasts until the end. Answers the bytes of the copy. */
async function copy(
  source: string,
  target: string,
  mode: number,
  { signal, onProgress }: CopyOptions,
): Promise<number> {
  signal?.throwIfAborted();
  const db = openToRead(source);
  removeLog(target);
  try {
    mustBeWritable(target, mode);
    db.exec('BEGIN');
    db.prepare('SELECT 1 FROM meta').get();
    const { totalPages } = await db.backup(target, {
      progress: ({ totalPages: total, remainingPages: left }) => {
        signal?.throwIfAborted();
        onProgress?.({ step: 'copy', done: (total - left) * PAGE_BYTES, of: total * PAGE_BYTES });
        return PAGES_AT_ONCE;
      },
    });
    onProgress?.({ step: 'copy', done: totalPages * PAGE_BYTES, of: totalPages * PAGE_BYTES });
    return totalPages * PAGE_BYTES;
  } catch (error) {
    removeLog(target);
    signal?.throwIfAborted();
    if (error instanceof LogUnavailable) throw error;
    throw new LogUnavailable(`${source} cannot be copied to ${target}: ${reasonOf(error)}`, { cause: error });
  } finally {
    db.close();
  }
}

/** Makes an empty file, by default for nobody else to read. @throws LogUnavailable why none can be made there */
export function mustBeWritable(target: string, mode = OWNER_ONLY): void {
  try {
    closeSync(openSync(target, 'w', mode));
  } catch (cause) {
    throw new LogUnavailable(`${target} cannot be written: ${reasonOf(cause)}`, { cause });
  }
}

/** A copy stands alone: without the WAL that a log at work has beside it. */
function asOneFile<Result>(file: string, use: (db: Database.Database) => Result): Result {
  const db = new Database(file);
  try {
    db.pragma('journal_mode = DELETE');
    return use(db);
  } catch (error) {
    throw unavailable(file, error);
  } finally {
    db.close();
  }
}

async function passesCheck(file: string, signal: AbortSignal | undefined): Promise<void> {
  const found = await integrityOf(file, signal);
  if (found.length > 0) throw new LogUnavailable(`the copy ${file} is damaged: ${found[0]}`);
}

/** @throws LogUnavailable something is found in it */
export async function mustBeWhole(backup: string, options: CopyOptions): Promise<void> {
  const findings = await findingsIn(backup, options);
  if (findings.length > 0) {
    throw new LogUnavailable(
      `the backup ${backup} is not whole, nothing was restored: ${findings.length} found, ` +
        `the first: ${inWords(findings[0]!)}`,
    );
  }
}

async function findingsIn(file: string, { signal, onProgress }: CopyOptions): Promise<readonly Finding[]> {
  return reading(file, async (log) => {
    const { findings } = await verifySqliteLog(log, {
      ...(signal ? { signal } : {}),
      onProgress: ({ streams }) => onProgress?.({ step: 'check', done: streams, of: undefined }),
    });
    signal?.throwIfAborted();
    return findings;
  });
}

async function reading<Result>(file: string, use: (log: SqliteEventLog) => Promise<Result>): Promise<Result> {
  const log = SqliteEventLog.open({ file, mode: 'read' });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

/** `case-… event 3: what is wrong with it`. */
export function inWords({ stream, revision, what }: Finding): string {
  return `${stream ?? 'the log'}${revision === null ? '' : ` event ${revision}`}: ${what}`;
}

/**
 * At every moment a log stands at `file`, the old or the new one: a server that starts would begin an empty one where none is.
 * Answers where the old one went, if there was one.
 */
function replace(file: string, by: string): string | undefined {
  const aside = `${file}.replaced-${new Date().toISOString().replaceAll(':', '-')}`;
  const isThere = existsSync(file);
  if (isThere) {
    endReading(file);
    keepAlsoAs(file, aside);
  }
  try {
    // A damaged log, or one taken away, may still have its last commits in the WAL, which would be taken for the new one's.
    if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${aside}-wal`);
    rmSync(`${file}-shm`, { force: true });
    flushFolder(dirname(file));
    renameSync(by, file);
  } catch (error) {
    if (existsSync(`${aside}-wal`)) renameSync(`${aside}-wal`, `${file}-wal`);
    rmSync(aside, { force: true });
    throw error;
  }
  flushFolder(dirname(file));
  return isThere ? aside : undefined;
}

/** A second name for the same file; where the disk knows no such thing, a copy. */
function keepAlsoAs(file: string, aside: string): void {
  try {
    linkSync(file, aside);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    copyFileSync(file, aside);
    flushFile(aside);
  }
}

/** Leaving WAL mode moves all of it into the file, and is only granted when nobody else has the file open. */
function endReading(file: string): void {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { timeout: 1_000 });
    db.pragma('journal_mode = DELETE');
  } catch (error) {
    if (isBusy(error)) {
      throw new LogUnavailable(`the event log ${file} is being read by another process`, { cause: error });
    }
    // Damaged, which may be why it is replaced.
  } finally {
    db?.close();
  }
}

function refuseToOverwrite(target: string): void {
  if (existsSync(target)) throw new LogUnavailable(`${basename(target)} is there already, and is not overwritten`);
}

/** With all that can stand beside it. */
export function removeLog(file: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm', '.lock', '.pid']) rmSync(file + suffix, { force: true });
}

function flushFile(file: string): void {
  const handle = openSync(file, 'r+');
  fsyncSync(handle);
  closeSync(handle);
}

/** Makes a renaming last. Windows does that by itself, and opens no folders. */
function flushFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
