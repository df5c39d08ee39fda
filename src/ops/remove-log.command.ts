import { removeStore } from '../analytic-store/analytic-store.ts';
import type { Config } from '../config.ts';
import { removeAbandoned } from '../external-logs/working-folder.ts';
import { newLogFolder } from '../external-logs/import-log.ts';
import { storedLog } from './analyse.command.ts';
import { EXIT } from './terminal.ts';

/** Removes a log that was imported. A running server ends the questions it works on, and knows of it no more. */
export async function removeLog(config: Config, name: string): Promise<number> {
  const file = storedLog(config, name);
  await removeStore(file);
  await removeAbandoned(newLogFolder(file));
  console.error(`The log ${name} was removed.`);
  return EXIT.done;
}
