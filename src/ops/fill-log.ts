import { existsSync, readdirSync } from 'node:fs';
import { filesOf, type Config } from '../config.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import { openLog } from '../opened-log.ts';
import { ErasedKeys } from '../privacy/erased-keys.ts';
import { Keyring } from '../privacy/keyring.ts';
import { defaultReferenceEvents, referenceOf } from '../reference/reference.ts';
import { demoQuotaNotices } from '../simulation/demo-quota.ts';
import { Draws } from '../simulation/draws.ts';
import { placesOf } from '../simulation/places.ts';
import { demoFigures } from '../simulation/published.ts';
import { StampClock } from '../simulation/recorder.ts';
import { LogNotForSimulation, runSimulation, type SimulationOutcome } from '../simulation/run-simulation.ts';
import type { SimulationSettings } from '../simulation/simulation.events.ts';

export interface Filling {
  readonly config: Config;
  readonly settings: SimulationSettings;
  readonly demo: boolean;
}

/** A long memory for keys: a case whose home is offered months later is sealed with a key made long ago. */
const CACHED_KEYS = 20_000;
const TRUSTED_MS = 24 * 3_600_000;

/**
 * Writes a simulation into the log of the data folder.
 * @throws LogNotForSimulation · errors of the log and the keys
 */
export async function fillLog(
  { config, settings, demo }: Filling,
  onProgress: (days: number, of: number) => void,
  signal: AbortSignal,
): Promise<SimulationOutcome> {
  const files = filesOf(config);
  // What every new log begins with; worked out before there is one, so that a log that is to be the demo says so at once.
  const reference = referenceOf(defaultReferenceEvents().map(({ event }) => event as RecordedEvent));
  const places = placesOf(reference, settings.from, settings.until);
  const draws = new Draws(settings.seed);
  const notices = demo ? demoQuotaNotices(draws, places, demoFigures(draws, places).housed, settings.from) : [];
  const { engine, masterKey } = await openLog(config, (log) => log);
  try {
    if (existsSync(files.views) && readdirSync(files.views).length > 0) {
      throw new LogNotForSimulation(
        'this log has been served already: what was known on a past day must not change any more',
      );
    }
    const clock = new StampClock();
    const keyring = new Keyring({
      log: engine,
      masterKey,
      clock,
      erasedKeys: new ErasedKeys(files.erasedKeys),
      cachedKeys: CACHED_KEYS,
      trustedMs: TRUSTED_MS,
    });
    return await runSimulation(
      { log: engine, keyring, clock },
      { settings, demo, places, notices, onProgress, signal },
    );
  } finally {
    await engine.close();
  }
}
