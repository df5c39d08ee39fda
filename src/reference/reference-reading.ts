import { amsterdamDay } from '../event-sourcing/days.ts';
import type { EventLog, StreamDamaged } from '../event-sourcing/event-log.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import { KeptEvents } from '../event-sourcing/kept-events.ts';
import { readableEvents, type UnreadableEvent } from '../event-sourcing/readable-events.ts';
import { positionOf } from '../read-store/views.ts';
import { REFERENCE_CATEGORY } from './reference.events.ts';
import { referenceCatalogue, referenceOf, type Reference } from './reference.ts';

export interface ReferenceReading {
  readonly reference: Reference;
  /** The first reference event that cannot be read, and why: its stream counts up to the one before. */
  readonly parked: UnreadableEvent | null;
}

/**
 * The reference facts, from their own streams: as known by the end of a day, or now. What a newer program wrote stops
 * nobody: the last good rules go on, as they do in the views, and it is said.
 * @throws WrongLog
 */
export async function readReference(
  log: EventLog,
  { asKnownOn, minPosition }: { readonly asKnownOn?: string | undefined; readonly minPosition?: string } = {},
): Promise<ReferenceReading> {
  if (minPosition !== undefined) positionOf(minPosition, log.id);
  let kept = keptOf.get(log);
  if (kept === undefined) keptOf.set(log, (kept = new KeptEvents(log, REFERENCE_CATEGORY)));
  const events = await kept.read();
  let readings = readingsOf.get(events);
  if (readings === undefined || readings.size >= REMEMBERED_DAYS) readingsOf.set(events, (readings = new Map()));
  let reading = readings.get(asKnownOn ?? '');
  if (reading === undefined) readings.set(asKnownOn ?? '', (reading = readingOf(events, kept.damaged, asKnownOn)));
  return reading;
}

const REMEMBERED_DAYS = 100;
/** Every dossier and many commands ask, and the rules hardly ever change. */
const keptOf = new WeakMap<EventLog, KeptEvents>();
const readingsOf = new WeakMap<readonly RecordedEvent[], Map<string, ReferenceReading>>();

function readingOf(
  events: readonly RecordedEvent[],
  damaged: readonly StreamDamaged[],
  asKnownOn: string | undefined,
): ReferenceReading {
  const known = events.filter(({ metadata }) => !asKnownOn || amsterdamDay(metadata.recordedAt) <= asKnownOn);
  const { readable, unreadable } = readableEvents(known, referenceCatalogue, damaged);
  return { reference: referenceOf(readable), parked: unreadable[0] ?? null };
}
