import { UnknownEvent } from './catalogue.ts';
import type { StreamDamaged } from './event-log.ts';
import type { RecordedEvent } from './event.ts';

/** The first event of a stream that cannot be read, and why: the stream counts up to the one before. */
export interface UnreadableEvent {
  readonly stream: string;
  readonly revision: number;
  readonly reason: string;
}

/**
 * The events of some streams, each up to the first that a catalogue cannot read; what a newer program wrote in one of them stops
 * none of the others.
 * @param events in order within each stream
 * @param damaged streams of which `events` holds what comes before the damage
 */
export function readableEvents(
  events: readonly RecordedEvent[],
  catalogue: { read(event: RecordedEvent): unknown },
  damaged: readonly StreamDamaged[] = [],
): { readonly readable: readonly RecordedEvent[]; readonly unreadable: readonly UnreadableEvent[] } {
  const unreadable = new Map(
    damaged.map(({ stream, event, message }): [string, UnreadableEvent] => [
      stream,
      { stream, revision: event?.revision ?? 0, reason: message },
    ]),
  );
  const stopped = new Set<string>();
  const readable = events.filter((event) => {
    if (stopped.has(event.stream)) return false;
    const reason = reasonNotToRead(event, catalogue);
    if (reason === null) return true;
    stopped.add(event.stream);
    unreadable.set(event.stream, { stream: event.stream, revision: event.revision, reason });
    return false;
  });
  return { readable, unreadable: [...unreadable.values()] };
}

function reasonNotToRead(event: RecordedEvent, catalogue: { read(event: RecordedEvent): unknown }): string | null {
  try {
    catalogue.read(event);
    return null;
  } catch (error) {
    if (!(error instanceof UnknownEvent)) throw error;
    return error.message;
  }
}
