import { StreamDamaged, type EventLog } from './event-log.ts';
import { isBefore, type Position } from './event.ts';

/** Events are counted up to here: more only says that it is far. */
export const MOST_COUNTED = 10_000;
const BATCH_SIZE = 1_000;

/**
 * How many events of chained categories stand after a position (undefined: the beginning) up to another, inclusive; at most
 * `MOST_COUNTED`. By reading them: positions are values in order, of which the difference says nothing. One that cannot be read
 * counts as one.
 * @throws LogUnavailable
 */
export async function eventsBetween(log: EventLog, after: Position | undefined, until: Position): Promise<number> {
  let count = 0;
  let from = after;
  while (isBefore(from, until)) {
    const options = { until, batchSize: BATCH_SIZE, ...(from === undefined ? {} : { after: from }) };
    try {
      for await (const batch of log.readAll(options)) {
        count += batch.length;
        if (count >= MOST_COUNTED) return MOST_COUNTED;
      }
      return count;
    } catch (error) {
      if (!(error instanceof StreamDamaged) || error.event === undefined) throw error;
      from = error.event.position;
      if (++count >= MOST_COUNTED) return MOST_COUNTED;
    }
  }
  return count;
}
