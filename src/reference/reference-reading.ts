import { amsterdamDay } from '../event-sourcing/days.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { positionOf } from '../read-store/views.ts';
import { COUNTING_RULES_STREAM, NORM_TERMS_STREAM } from './reference.events.ts';
import { referenceOf, type Reference } from './reference.ts';

/**
 * The reference facts, from their own streams: as known by the end of a day, or now.
 * @throws WrongLog
 */
export async function readReference(
  log: EventLog,
  { asKnownOn, minPosition }: { readonly asKnownOn?: string | undefined; readonly minPosition?: string } = {},
): Promise<Reference> {
  if (minPosition !== undefined) positionOf(minPosition, log.id);
  const streams = await Promise.all([log.readStream(NORM_TERMS_STREAM), log.readStream(COUNTING_RULES_STREAM)]);
  const known = streams.flat().filter(({ metadata }) => !asKnownOn || amsterdamDay(metadata.recordedAt) <= asKnownOn);
  return referenceOf(known);
}
