import type { EventLog } from './event-sourcing/event-log.ts';
import type { LogPlace } from './log-place.ts';

export interface OpenEngine {
  /** `write` makes the log if need be; a file is written by one process at a time, a server by as many as there are nodes. */
  readonly mode: 'write' | 'read';
  readonly crashAt?: string | undefined;
}

/**
 * Opens a log where it stands: the one place in the product that knows which engines there are. Each is loaded only when it
 * is asked for.
 * @throws NoLog (to read) · LogUnavailable not reachable, in use, damaged, newer
 */
export async function openEngine(place: LogPlace, { mode, crashAt }: OpenEngine): Promise<EventLog> {
  if ('file' in place) {
    const { SqliteEventLog } = await import('./event-log/sqlite-event-log.ts');
    return SqliteEventLog.open({ file: place.file, mode, crashAt });
  }
  const { EventStoreDbEventLog } = await import('./eventstoredb/eventstoredb-event-log.ts');
  return EventStoreDbEventLog.open({ ...place, mode, crashAt });
}

/**
 * Keeps every process from writing a log that is a file, until what it answers is called; a log on a server nobody can hold.
 * @throws NoLog · LogUnavailable it is being written
 */
export async function holdStill(place: LogPlace): Promise<() => void> {
  if (!('file' in place)) return () => {};
  const { mustBeThere, realFile } = await import('./event-log/sqlite-file.ts');
  const { WriterLock } = await import('./event-log/writer-lock.ts');
  mustBeThere(place.file);
  const lock = WriterLock.take(realFile(place.file));
  return () => lock.release();
}
