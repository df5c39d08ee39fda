import { existsSync, readdirSync } from 'node:fs';
import { ConfigurationFaulty, filesOf, type Config } from '../config.ts';
import { isDate } from '../event-sourcing/days.ts';
import { openLog } from '../opened-log.ts';
import { ErasedKeys } from '../privacy/erased-keys.ts';
import { Keyring } from '../privacy/keyring.ts';
import { readReference } from '../reference/reference-reading.ts';
import { demoQuotaNotices } from '../simulation/demo-quota.ts';
import { Draws } from '../simulation/draws.ts';
import { placesOf } from '../simulation/places.ts';
import { demoFigures } from '../simulation/published.ts';
import { StampClock } from '../simulation/recorder.ts';
import { LogNotForSimulation, runSimulation, type SimulationOutcome } from '../simulation/run-simulation.ts';
import type { SimulationSettings } from '../simulation/simulation.events.ts';
import { EXIT, progressBar } from './terminal.ts';

export interface SimulateOptions {
  readonly seed: number;
  readonly from: string;
  readonly until: string;
  readonly scale: number;
}

/** Fills an empty log with cases of a simulated country; stopped, the same command goes on where it was. */
export async function simulate(config: Config, signal: AbortSignal, options: SimulateOptions): Promise<number> {
  const settings = checked(options);
  const outcome = await fill(config, signal, settings, false);
  for (const { caseId, fact, refusal } of outcome.refused) {
    console.error(`Case ${caseId} is told up to a ${fact.type} that the rules refuse: ${refusal.detail}`);
  }
  if (outcome.ended === 'STOPPED') {
    console.error('Stopped. Give the same command to go on from there.');
    return EXIT.interrupted;
  }
  const facts = outcome.facts.toLocaleString('en');
  const cases = outcome.cases.toLocaleString('en');
  console.log(
    outcome.ended === 'COMPLETED'
      ? `${facts} facts of ${cases} cases recorded.`
      : 'This simulation is complete already.',
  );
  return EXIT.done;
}

/** With the longest memory for keys: a case whose home is offered months later is sealed with a key made long ago. */
const CACHED_KEYS = 20_000;
const TRUSTED_MS = 24 * 3_600_000;

/**
 * Writes the simulation into the log of the data folder.
 * @throws LogNotForSimulation · errors of the log and the keys
 */
export async function fill(
  config: Config,
  signal: AbortSignal,
  settings: SimulationSettings,
  demo: boolean,
): Promise<SimulationOutcome> {
  const files = filesOf(config);
  const { engine, masterKey } = await openLog(config, (log) => log);
  const bar = progressBar(demo ? 'Making the demo' : 'Simulating', 'days');
  try {
    if (existsSync(files.views) && readdirSync(files.views).length > 0) {
      throw new LogNotForSimulation(
        'this log has been served already: what was known on a past day must not change any more',
      );
    }
    const clock = new StampClock();
    const erasedKeys = new ErasedKeys(files.erasedKeys);
    const keyring = new Keyring({
      log: engine,
      masterKey,
      clock,
      erasedKeys,
      cachedKeys: CACHED_KEYS,
      trustedMs: TRUSTED_MS,
    });
    const { reference } = await readReference(engine);
    const places = placesOf(reference, settings.from, settings.until);
    const draws = new Draws(settings.seed);
    const notices = demo ? demoQuotaNotices(draws, places, demoFigures(draws, places).housed, settings.from) : [];
    return await runSimulation(
      { log: engine, keyring, clock },
      { settings, demo, places, notices, onProgress: (days, of) => bar(days, of), signal },
    );
  } finally {
    bar.end();
    await engine.close();
  }
}

/** The years of which it is known which municipalities there were. */
const FIRST_DAY = '2016-01-01';
const LAST_DAY = '2022-12-31';

/** @throws ConfigurationFaulty with all faults at once */
function checked({ seed, from, until, scale }: SimulateOptions): SimulationSettings {
  const faults: string[] = [];
  if (!Number.isSafeInteger(seed) || seed < 0) faults.push('--seed must be a whole number of 0 or more');
  if (!isDate(from)) faults.push(`--from must be a day such as 2016-01-01, not "${from}"`);
  if (!isDate(until)) faults.push(`--until must be a day such as 2017-02-23, not "${until}"`);
  if (isDate(from) && isDate(until) && from > until) faults.push('--until lies before --from');
  if (from < FIRST_DAY || until > LAST_DAY) faults.push(`only ${FIRST_DAY} to ${LAST_DAY} can be simulated`);
  if (!(scale >= 0.001 && scale <= 100)) faults.push('--scale must be a number from 0.001 to 100; 1 is the country');
  if (faults.length > 0) throw new ConfigurationFaulty(faults);
  return { seed, from, until, scale };
}
