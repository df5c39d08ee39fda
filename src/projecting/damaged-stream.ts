import type { StreamDamaged } from '../event-sourcing/event-log.ts';
import type { Position } from '../event-sourcing/event.ts';
import { reasonOf, type ParkedStream } from './view-store.ts';

/**
 * A damaged stream, parked. When its event was recorded cannot be read, so none of its rows count as right.
 * @param until where it was read up to, should the event's own position not be known
 * @param since instant of the last event before it, or empty
 */
export function parkedForDamage(damage: StreamDamaged, until: Position, since = ''): ParkedStream {
  const { stream, event } = damage;
  const { revision, position } = event ?? { revision: 0, position: until };
  return { stream, revision, position, day: '', since, reason: reasonOf(damage), lastRevision: revision };
}
