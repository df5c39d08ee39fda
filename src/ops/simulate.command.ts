import { ConfigurationFaulty, type Config } from '../config.ts';
import { isDate } from '../event-sourcing/days.ts';
import type { SimulationSettings } from '../simulation/simulation.events.ts';
import { fillInThread } from './fill-in-thread.ts';
import { counted, EXIT } from './terminal.ts';

export interface SimulateOptions {
  readonly seed: number;
  readonly from: string;
  readonly until: string;
  readonly scale: number;
}

/** Fills an empty log with cases of a simulated country; stopped, the same command goes on where it was. */
export async function simulate(config: Config, signal: AbortSignal, options: SimulateOptions): Promise<number> {
  const settings = checked(options);
  const outcome = await fillInThread({ config, settings, demo: false }, signal);
  for (const { caseId, fact, refusal } of outcome.refused) {
    console.error(`Case ${caseId} is told up to a ${fact.type} that the rules refuse: ${refusal.detail}`);
  }
  if (outcome.ended === 'STOPPED') {
    console.error('Stopped. Give the same command to go on from there.');
    return EXIT.interrupted;
  }
  console.log(
    outcome.ended === 'COMPLETED'
      ? `${counted(outcome.facts, 'fact')} of ${counted(outcome.cases, 'case')} recorded.`
      : 'This simulation is complete already.',
  );
  return EXIT.done;
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
