import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { toyParts } from './toy.ts';

/** What the projector's thread imports. */
export function createProjectorParts({ file, eventsAtOnce }: { readonly file: string; readonly eventsAtOnce: number }) {
  return Promise.resolve(toyParts(SqliteEventLog.open({ file, mode: 'read' }), { eventsAtOnce }));
}
