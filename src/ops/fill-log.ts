import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { filesOf, type Config, type DataFiles } from '../config.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import { openLog } from '../opened-log.ts';
import { makeDataFolder } from './preconditions.ts';
import { ErasedKeys } from '../privacy/erased-keys.ts';
import { Keyring } from '../privacy/keyring.ts';
import { quotaCatalogue } from '../quota/quota-book.ts';
import type { QuotaFact } from '../quota/quota.events.ts';
import { defaultReferenceEvents, referenceOf } from '../reference/reference.ts';
import { demoQuotaNotices } from '../simulation/demo-quota.ts';
import { Draws } from '../simulation/draws.ts';
import { placesOf, type Place } from '../simulation/places.ts';
import { demoFigures } from '../simulation/published.ts';
import { StampClock } from '../simulation/recorder.ts';
import {
  beginSimulation,
  LogNotForSimulation,
  runSimulation,
  type Notice,
  type SimulationOutcome,
} from '../simulation/run-simulation.ts';
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
  const clock = new StampClock();
  const runner = runnerOf(config);
  const { log, masterKey } = await openLog(
    config,
    (engine) => engine,
    async (log) => {
      refuseIfServed(files);
      await beginSimulation({ log, clock, runner }, { settings, demo });
    },
  );
  try {
    // Of a log that is not whole yet: following what comes would take longer than building them from all of it.
    rmSync(files.views, { recursive: true, force: true });
    const keyring = new Keyring({
      log,
      masterKey,
      clock,
      erasedKeys: new ErasedKeys(files.erasedKeys),
      cachedKeys: CACHED_KEYS,
      trustedMs: TRUSTED_MS,
    });
    const reference = referenceOf(defaultReferenceEvents().map(({ event }) => event as RecordedEvent));
    const places = placesOf(reference, settings.from, settings.until);
    const notices = demo ? noticesOf(settings, places) : [];
    const parts = { log, keyring, clock, runner };
    return await runSimulation(parts, { settings, demo, places, notices, onProgress, signal });
  } finally {
    await log.close();
  }
}

/** This data folder's own name as a runner of simulations; none where the log is its own, too. */
export function runnerOf({ log, dataFolder }: Config): string {
  if ('file' in log) return '';
  makeDataFolder(dataFolder);
  const { runner: file } = filesOf({ dataFolder });
  if (!existsSync(file)) writeFileSync(file, randomUUID());
  return readFileSync(file, 'utf8');
}

/** By what only a server leaves behind: views can also be built without one. */
function refuseIfServed({ operationsToken }: DataFiles): void {
  if (!existsSync(operationsToken)) return;
  throw new LogNotForSimulation(
    'this log has been served already: what was known on a past day must not change any more',
  );
}

function noticesOf({ seed, from }: SimulationSettings, places: readonly Place[]): readonly Notice[] {
  const draws = new Draws(seed);
  return demoQuotaNotices(draws, places, demoFigures(draws, places).housed, from).map((notice) => ({
    ...notice,
    ...quotaCatalogue.write(notice as unknown as QuotaFact),
  }));
}
