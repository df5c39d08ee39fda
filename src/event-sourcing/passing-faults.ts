import { EventLogError, StreamDamaged } from './event-log.ts';

/** The log as a whole is not there at the moment: no stream's fault, and no reason to give up. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof EventLogError) || error instanceof StreamDamaged) return false;
  return error.code === 'LOG_UNAVAILABLE' || error.code === 'LOG_BUSY';
}
