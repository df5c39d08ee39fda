import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigurationFaulty, type Config } from '../config.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import { LogUnavailable, type EventLog } from '../event-sourcing/event-log.ts';
import { derivedId } from '../event-sourcing/transact.ts';
import type { Importer } from '../exchange/case-import.ts';
import { checkCaseFile } from '../exchange/check-file.ts';
import { CsvFaulty } from '../exchange/csv.ts';
import { FaultFile, isForeign } from '../exchange/fault-file.ts';
import { importCases, type ImportCounts } from '../exchange/import-cases.ts';
import { plannedInThread } from '../exchange/planning-thread.ts';
import { References } from '../exchange/references.ts';
import type { LogPlace } from '../log-place.ts';
import { openLog, type OpenedLog } from '../opened-log.ts';
import { counted, EXIT, progressBar } from './terminal.ts';

export interface ImportCommandOptions {
  /** File for what is wrong; by default beside the file. */
  readonly errors?: string;
  readonly actor?: string;
  readonly organisation?: string;
}

/** Imports the cases of a file into the log. Stopped, or killed, it is run again: what is recorded is known then. */
export async function importCasesOf(
  config: Config,
  signal: AbortSignal,
  file: string,
  options: ImportCommandOptions,
): Promise<number> {
  const importer = importerOf(options);
  const path = resolve(file);
  const errors = resolve(options.errors ?? `${file.replace(/\.csv$/i, '')}.errors.csv`);
  if (errors === path) throw new ConfigurationFaulty(['--errors must be another file than the one that is imported']);
  if (isForeign(errors))
    throw new ConfigurationFaulty([`${errors} is there already, and is no file of faults: name another with --errors`]);
  if (!existsSync(dirname(errors))) {
    throw new ConfigurationFaulty([
      `there is no folder ${dirname(errors)} for the file of faults: make it, or choose with --errors`,
    ]);
  }
  const rows = await checked(path, file, signal);
  const opened = await opening(config);
  try {
    const faultFile = new FaultFile(errors);
    const counts = await closing(
      faultFile,
      imported(opened, path, { place: config.log, importer, faultFile, rows, signal }),
    );
    report(counts, faultFile);
    if (signal.aborted) {
      console.error('Stopped. Import the same file again to go on: nothing is recorded twice.');
      return EXIT.interrupted;
    }
    return faultFile.faults > 0 ? EXIT.leftOut : EXIT.done;
  } finally {
    await opened.log.close();
  }
}

/** Goes once through the file before anything is opened: a file with a fault changes nothing. */
async function checked(path: string, file: string, signal: AbortSignal): Promise<number> {
  const bar = progressBar('Checking', 'bytes');
  try {
    const { size } = statSync(path);
    const rows = await checkCaseFile(path, { signal, onProgress: (bytes) => bar(bytes, size) });
    if (rows === 0 && !signal.aborted)
      throw new Error(`${file} has no rows below its header: there is nothing to import`);
    return rows;
  } catch (error) {
    if (error instanceof CsvFaulty)
      throw new Error(`${file}, ${error.message}. Nothing was imported.`, { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Error(`there is no file ${file}`, { cause: error });
    if (code === 'EISDIR') throw new Error(`${file} is a folder, not a file`, { cause: error });
    throw error;
  } finally {
    bar.end();
  }
}

async function opening(config: Config): Promise<OpenedLog<EventLog>> {
  try {
    return await openLog(config, (engine) => engine);
  } catch (error) {
    if (!(error instanceof LogUnavailable) || !error.message.includes('another process')) throw error;
    throw new Error(`${error.message}. Only one process writes a log: stop the server, import, and start it again.`, {
      cause: error,
    });
  }
}

interface Importing {
  readonly place: LogPlace;
  readonly importer: Importer;
  readonly faultFile: FaultFile;
  readonly rows: number;
  readonly signal: AbortSignal;
}

async function imported(
  { log, clock, keyring }: OpenedLog<EventLog>,
  path: string,
  { place, importer, faultFile, rows, signal }: Importing,
): Promise<ImportCounts> {
  const commandId = derivedId('importCases', importer.organisation);
  const command = { ...importer, commandId, name: 'importCases', correlationId: commandId, causationId: commandId };
  const planned = plannedInThread({
    file: path,
    place,
    today: amsterdamDay(clock.now().toISOString()),
    secret: await References.secretOf(keyring, command),
    organisation: importer.organisation,
  });
  const bar = progressBar('Importing', 'rows');
  try {
    return await importCases({ log, clock, keyring }, planned, {
      importer,
      onFaults: (caseReference, faults) => faultFile.add(caseReference, faults),
      onProgress: (counts) => bar(counts.rows, rows),
      signal,
    });
  } finally {
    bar.end();
  }
}

/** Whatever the import comes to. */
async function closing(faultFile: FaultFile, importing: Promise<ImportCounts>): Promise<ImportCounts> {
  try {
    return await importing;
  } catch (error) {
    // What has only begun must not be taken for a whole.
    if (faultFile.faults > 0) console.error(`${faultFile.file} holds only the faults found until it ended:`);
    throw error;
  } finally {
    faultFile.close();
  }
}

function report({ cases, facts, known, refused }: ImportCounts, { faults, file }: FaultFile): void {
  console.log(
    `${counted(facts, 'fact')} recorded, of ${counted(cases, 'case')}. ${counted(known, 'row')} stated what was recorded already.`,
  );
  if (faults > 0) {
    const leftOut = `${counted(refused, 'case')} ${refused === 1 ? 'was' : 'were'} left out`;
    console.log(`${leftOut}; ${file} says why (${counted(faults, 'fault')}).`);
  }
  if (facts > 0) console.log('The server shows them when its views have caught up.');
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** @throws ConfigurationFaulty */
function importerOf({ actor = 'import', organisation = 'WOONSPOOR' }: ImportCommandOptions): Importer {
  const faults = Object.entries({ actor, organisation })
    .filter(([, name]) => !NAME.test(name))
    .map(([option]) => `--${option} must be 1 to 64 letters, digits, dots, dashes, underscores or @`);
  if (faults.length > 0) throw new ConfigurationFaulty(faults);
  return { actor, role: 'ADMINISTRATOR', organisation };
}
