import { StreamDamaged, type EventLog } from '../event-sourcing/event-log.ts';
import type { Position, RecordedEvent } from '../event-sourcing/event.ts';
import { reasonOf, type ParkedStream } from './view-store.ts';

export type StreamOrDamage =
  | { readonly stream: string; readonly events: readonly RecordedEvent[] }
  | { readonly stream: string; readonly damage: StreamDamaged };

/** Every stream of a category, as `readStreamByStream`; tells of one that is damaged, and goes on after it. */
export async function* streamsOrDamage(
  log: EventLog,
  { afterStream, ...options }: Parameters<EventLog['readStreamByStream']>[0],
): AsyncGenerator<StreamOrDamage> {
  for (let after = afterStream; ;) {
    const from = after === undefined ? {} : { afterStream: after };
    try {
      for await (const events of log.readStreamByStream({ ...options, ...from })) {
        const stream = events[0]?.stream;
        if (stream !== undefined) yield { stream, events };
      }
      return;
    } catch (damage) {
      if (!(damage instanceof StreamDamaged)) throw damage;
      yield { stream: damage.stream, damage };
      after = damage.stream;
    }
  }
}

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
