import { StreamDamaged, type EventLog } from './event-log.ts';
import type { RecordedEvent } from './event.ts';

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
