import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { toyParts, WrappedLog } from './toy.ts';

/** A stream by which a test ends the thread that reads it. */
class DeadlyLog extends WrappedLog {
  override readStream(...given: Parameters<WrappedLog['readStream']>) {
    if (given[0] === 'visit-deadly') process.exit(7);
    return super.readStream(...given);
  }
}

/** What the projector's thread imports. */
export function createProjectorParts({ file, eventsAtOnce }: { readonly file: string; readonly eventsAtOnce: number }) {
  return Promise.resolve(toyParts(new DeadlyLog(SqliteEventLog.open({ file, mode: 'read' })), { eventsAtOnce }));
}
