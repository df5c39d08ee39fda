import { setTimeout as sleep } from 'node:timers/promises';
import { StreamDamaged, StreamErased } from '../event-sourcing/event-log.ts';
import { isPassing } from '../event-sourcing/passing-faults.ts';

const PAUSES_MS = [20, 100, 500];

/** Tries again a few times what may have failed by chance; at once gives up on what will not get better. */
export async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (isPassing(error) || error instanceof StreamErased || error instanceof StreamDamaged) throw error;
    }
    await sleep(pauseMs);
  }
  return attempt();
}

/** Waits that grow from a tenth of a second to half a minute, for what must succeed in the end. */
export function backOffMs(failures: number): number {
  return Math.min(30_000, 100 * 2 ** Math.min(failures - 1, 9));
}
