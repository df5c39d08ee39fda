import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import { ERASABLE_CATEGORIES, LogUnavailable, NoLog } from '../event-sourcing/event-log.ts';
import { codeOf, unavailable } from './sqlite-errors.ts';

/** "WOON" in the header of the file: tells a log from any other SQLite file. */
const APPLICATION_ID = 0x574f4f4e;
const SCHEMA_VERSION = 1;
/** Before this, SQLite could damage a WAL that was reset while a checkpoint ran. */
const FIRST_SAFE_SQLITE = '3.51.3';
/** Larger than SQLite's 4096: reading is a quarter faster, a lone commit as fast. */
export const PAGE_BYTES = 8192;
export const WAL_LIMIT_BYTES = 64 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 5_000;
const CHECKPOINT_PAGES_OF_A_COPY = (8 * 1024 * 1024) / PAGE_BYTES;
/** Key in `meta` of a file that is the copy of another engine's log, and never a log itself. */
const COPY = 'copy';

const erasable = ERASABLE_CATEGORIES.map((category) => `'${category}'`).join(', ');

/**
 * Rows of `events` never move and never change size: an erasure writes zeros of the same length over them. So there is no
 * second copy of anything in a page's unused space, no position is ever given again, and the log's end never runs backwards.
 * What is replaced (`latest_events`) therefore stands in a table of its own.
 */
const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    category TEXT NOT NULL,
    erased INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (stream, revision)
  ) STRICT;
  CREATE TABLE latest_events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE VIEW all_events AS SELECT * FROM events UNION ALL SELECT * FROM latest_events;

  CREATE TRIGGER events_stay BEFORE DELETE ON events
  BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
  CREATE TRIGGER events_stand BEFORE UPDATE ON events
  WHEN (SELECT erased FROM streams WHERE id = OLD.stream) IS NOT 1
    OR NEW.position <> OLD.position OR NEW.stream <> OLD.stream OR NEW.revision <> OLD.revision OR NEW.hash <> OLD.hash
    OR trim(NEW.id || NEW.type || NEW.data || NEW.metadata, '0') <> ''
  BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
  CREATE TRIGGER streams_stay BEFORE DELETE ON streams
  BEGIN SELECT RAISE(ABORT, 'streams are never deleted'); END;
  CREATE TRIGGER streams_stand BEFORE UPDATE ON streams
  WHEN OLD.category NOT IN (${erasable}) OR NEW.erased <> 1
    OR NEW.id <> OLD.id OR NEW.name <> OLD.name OR NEW.category <> OLD.category
  BEGIN SELECT RAISE(ABORT, 'streams are never changed'); END;
`;

/** The one name of a file, however it is reached, so that its lock is one too. */
export function realFile(file: string): string {
  try {
    return existsSync(file) ? realpathSync(file) : join(realpathSync(dirname(file)), basename(file));
  } catch (cause) {
    throw new LogUnavailable(`the event log ${file} is not available: its folder cannot be reached`, { cause });
  }
}

/** @throws NoLog where no log was begun: an empty file is none yet */
export function mustBeThere(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })?.size) throw new NoLog(`there is no event log ${file}`);
}

/** Opens the log to write, making it when the file is not there yet. Waits for others inside SQLite: not for a busy thread. */
export function openToWrite(file: string): Database.Database {
  return opened(
    file,
    () => new Database(file, { timeout: BUSY_TIMEOUT_MS }),
    (db) => {
      prepare(db, [['logId', randomUUID()]]);
      if (isCopy(db)) throw new LogUnavailable(`${file} is the copy of another log, and takes no events of its own`);
      db.pragma('synchronous = FULL');
      // The writer does its own checkpoints, after it has answered.
      db.pragma('wal_autocheckpoint = 0');
    },
  );
}

/**
 * Opens a copy of another engine's log, making it when the file is not there yet: the same schema, which all readers know. It
 * can be made anew at any time, so a power cut may take its last commits away.
 * @throws CopyOfAnother · LogUnavailable
 */
export function openCopy(file: string, logId: string): Database.Database {
  return opened(
    file,
    () => new Database(file, { timeout: BUSY_TIMEOUT_MS }),
    (db) => {
      prepare(db, [
        ['logId', logId],
        [COPY, 'yes'],
      ]);
      if (!isCopy(db)) throw new LogUnavailable(`${file} is a log of its own, not a copy of one`);
      if (logIdOf(db) !== logId) throw new CopyOfAnother(file);
      db.pragma('synchronous = NORMAL');
      db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES_OF_A_COPY}`);
    },
  );
}

/** The file holds a copy of another log than was asked for. */
export class CopyOfAnother extends LogUnavailable {
  constructor(file: string) {
    super(`${file} is the copy of another log`);
  }
}

/** @throws NoLog · LogUnavailable also where a log at work cannot be read: SQLite makes files beside it, to agree with its writer */
export function openToRead(file: string): Database.Database {
  mustBeThere(file);
  try {
    return opened(
      file,
      () => new Database(file, { readonly: true, timeout: BUSY_TIMEOUT_MS }),
      (db) => checkIsLog(file, db),
    );
  } catch (error) {
    if (!cannotOpen(error) || isWritable(dirname(file))) throw error;
    throw new LogUnavailable(
      `the event log ${file} stands where nothing can be written, and a log can be read there only as a backup made ` +
        `with this program: copy it, with ${basename(file)}-wal if that is there, to a folder that can be written`,
      { cause: error },
    );
  }
}

function cannotOpen(error: unknown): boolean {
  return /^SQLITE_(CANTOPEN|READONLY)/.test(codeOf((error as Error).cause) ?? '');
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export function logIdOf(db: Database.Database): string {
  return db.prepare<[], string>(`SELECT value FROM meta WHERE key = 'logId'`).pluck().get()!;
}

/** Name of the channel on which the writer tells all threads of its process that there is something new. */
export function channelOf(logId: string): string {
  return `event-log ${logId}`;
}

/** A restored log goes another way than the one it was copied from: positions are given again, so it is another log. */
export function renameLog(db: Database.Database): string {
  const id = randomUUID();
  db.prepare(`UPDATE meta SET value = ? WHERE key = 'logId'`).run(id);
  return id;
}

/** Runs `open` and `use`, closing the connection and naming the file when either fails. */
function opened(file: string, open: () => Database.Database, use: (db: Database.Database) => void): Database.Database {
  let db: Database.Database | undefined;
  try {
    db = open();
    checkEngine(db);
    use(db);
    return db;
  } catch (error) {
    db?.close();
    throw unavailable(file, error);
  }
}

function checkEngine(db: Database.Database): void {
  const version = db.prepare<[], string>('SELECT sqlite_version()').pluck().get()!;
  if (version.localeCompare(FIRST_SAFE_SQLITE, 'en', { numeric: true }) < 0) {
    throw new LogUnavailable(`SQLite ${version} can damage a log; at least ${FIRST_SAFE_SQLITE} is needed`);
  }
}

type Meta = readonly (readonly [key: string, value: string])[];

function prepare(db: Database.Database, meta: Meta): void {
  const isNew = !db.memory && isEmpty(db);
  if (isNew || db.memory) db.pragma(`page_size = ${PAGE_BYTES}`);
  else checkIsLog(db.name, db);
  if (!db.memory) {
    const mode = db.pragma('journal_mode = WAL', { simple: true });
    if (mode !== 'wal') throw new LogUnavailable(`the event log ${db.name} stands on a disk that cannot hold a WAL`);
  }
  db.pragma('secure_delete = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
  // Finds out at once whether the file can be written, not at the first append.
  db.exec('BEGIN IMMEDIATE');
  if (isNew || db.memory) create(db, meta);
  db.exec('COMMIT');
}

function isEmpty(db: Database.Database): boolean {
  return (
    db.pragma('page_count', { simple: true }) === 0 || db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  );
}

function create(db: Database.Database, meta: Meta): void {
  db.exec(SCHEMA);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma(`user_version = ${SCHEMA_VERSION}`);
  const add = db.prepare('INSERT INTO meta VALUES (?, ?)');
  for (const [key, value] of meta) add.run(key, value);
}

function isCopy(db: Database.Database): boolean {
  return db.prepare('SELECT 1 FROM meta WHERE key = ?').get(COPY) !== undefined;
}

function checkIsLog(file: string, db: Database.Database): void {
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new LogUnavailable(`${file} is not an event log of this program`);
  }
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > SCHEMA_VERSION) {
    throw new LogUnavailable(
      `the event log ${file} was written by a newer version of this program (its schema is ${version}, ` +
        `this program knows up to ${SCHEMA_VERSION}): run that version or a later one`,
    );
  }
  // Reads the far ends of the tables, so that a file cut short is found out here.
  db.prepare(
    'SELECT (SELECT max(position) FROM events), (SELECT max(name) FROM streams), (SELECT value FROM meta)',
  ).get();
}
