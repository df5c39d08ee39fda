import { EventLogError, LogUnavailable } from '../event-sourcing/event-log.ts';

const REASONS: readonly (readonly [prefix: string, reason: string])[] = [
  ['SQLITE_FULL', 'there is no room left on the disk'],
  ['SQLITE_READONLY', 'it is read-only'],
  ['SQLITE_CANTOPEN', 'it cannot be opened'],
  ['SQLITE_PERM', 'it may not be opened'],
  ['SQLITE_NOTADB', 'it is not a log of this program, or it is damaged'],
  ['SQLITE_CORRUPT', 'it is damaged; restore a backup'],
  ['SQLITE_IOERR', 'the disk answers with an error'],
  ['SQLITE_BUSY', 'it is in use by another process'],
  ['EACCES', 'this user may not write there'],
  ['EPERM', 'this user may not write there'],
  ['EROFS', 'it stands on a disk that is read-only'],
  ['ENOSPC', 'there is no room left on the disk'],
  ['ENOENT', 'its folder is not there'],
];

/** What an engine's error means to the one who runs the program; other errors of the log pass unchanged. */
export function unavailable(file: string, cause: unknown): EventLogError {
  if (cause instanceof EventLogError) return cause;
  return new LogUnavailable(`the event log ${file} is not available: ${reasonOf(cause)}`, { cause });
}

/** Also for crossing a thread's border, where an error would lose its kind. */
export function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  const known = REASONS.find(([prefix]) => code?.startsWith(prefix));
  return known ? `${known[1]} (${messageOf(cause)})` : messageOf(cause);
}

// Not by instanceof: an error may come from another thread, or another realm.
function messageOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause);
}

export function codeOf(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}

/** The whole file is out of order, not this one append: trying again at once is of no use. */
export function isOutOfService(cause: unknown): boolean {
  return REASONS.some(([prefix]) => codeOf(cause)?.startsWith(prefix));
}

/** What stands there is no whole database any more. */
export function isDamaged(cause: unknown): boolean {
  return ['SQLITE_CORRUPT', 'SQLITE_NOTADB'].some((prefix) => codeOf(cause)?.startsWith(prefix));
}

export function isBusy(cause: unknown): boolean {
  return codeOf(cause)?.startsWith('SQLITE_BUSY') ?? false;
}
