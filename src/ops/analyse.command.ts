import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { isMeasure, measure, MEASURES, type MeasureName } from '../bottlenecks/measures.ts';
import { filterOf, QuestionRefused, type Question } from '../bottlenecks/selection.ts';
import { ConfigurationFaulty, type Config } from '../config.ts';
import { FaultFile, isForeign } from '../exchange/fault-file.ts';
import { FAULT_WORDS, importLog, type ImportedLog } from '../external-logs/import-log.ts';
import { LogFaulty } from '../external-logs/log-faulty.ts';
import type { LogMapping } from '../external-logs/log-mapping.ts';
import { EXIT, progressBar } from './terminal.ts';

export interface AnalyseOptions extends LogMapping {
  readonly log?: string;
  readonly measure: string;
  readonly filter?: readonly string[];
  readonly json?: boolean;
  readonly errors?: string;
  readonly endActivities?: readonly string[];
  readonly startAttribute?: string;
  readonly endAttribute?: string;
  readonly dueAttribute?: string;
  readonly now?: string;
  readonly closed?: boolean;
  readonly workingDays?: boolean;
}

/** Prints one measure of a log: of a file, which is read for it, or of one that was imported. */
export async function analyse(
  config: Config,
  signal: AbortSignal,
  file: string | undefined,
  options: AnalyseOptions,
): Promise<number> {
  const { measure: name } = options;
  if (!isMeasure(name)) {
    throw new ConfigurationFaulty([`--measure must be one of ${Object.keys(MEASURES).join(', ')}`]);
  }
  if ((file === undefined) === (options.log === undefined)) {
    throw new ConfigurationFaulty(['give a file, or the name of an imported log with --log']);
  }
  if (file === undefined) return await printed(storedLog(config, options.log!), name, options, signal);
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-log-'));
  try {
    const target = join(folder, 'log.duckdb');
    const { leftOut } = await imported(file, target, options, signal);
    const exit = await printed(target, name, options, signal);
    return leftOut > 0 ? EXIT.leftOut : exit;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface ImportLogOptions extends LogMapping {
  readonly name: string;
  readonly errors?: string;
}

/** Imports a log under a name, in the place of one that had it. */
export async function importNamedLog(
  config: Config,
  signal: AbortSignal,
  file: string,
  options: ImportLogOptions,
): Promise<number> {
  const { leftOut } = await imported(file, logFile(config, options.name), options, signal);
  return leftOut > 0 ? EXIT.leftOut : EXIT.done;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

/** Where an imported log stands. @throws ConfigurationFaulty */
export function logFile(config: Config, name: string): string {
  if (!NAME.test(name)) {
    throw new ConfigurationFaulty(['the name of a log must be 1 to 64 letters, digits, dots, dashes or underscores']);
  }
  return join(config.dataFolder, 'logs', `${name}.duckdb`);
}

function storedLog(config: Config, name: string): string {
  const file = logFile(config, name);
  if (existsSync(file)) return file;
  const folder = join(config.dataFolder, 'logs');
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((one) => one.endsWith('.duckdb'))
        .map((one) => one.slice(0, -'.duckdb'.length))
    : [];
  throw new Error(
    `no log is called ${name}; ${names.length > 0 ? `there are ${names.join(', ')}` : 'none was imported'}`,
  );
}

async function printed(
  store: string,
  name: MeasureName,
  options: AnalyseOptions,
  signal: AbortSignal,
): Promise<number> {
  await using opened = await AnalyticStore.openToRead(store);
  try {
    const result = await measure(opened, name, questionOf(options, signal));
    console.log(options.json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
    return EXIT.done;
  } catch (error) {
    if (error instanceof QuestionRefused) throw new ConfigurationFaulty([error.message]);
    throw error;
  }
}

function questionOf(options: AnalyseOptions, signal: AbortSignal): Question {
  const { filter = [], endActivities, startAttribute, endAttribute, dueAttribute, now, closed, workingDays } = options;
  return {
    filters: filter.map(filterOf),
    signal,
    ...(endActivities === undefined ? {} : { endActivities }),
    ...(startAttribute === undefined ? {} : { startAttribute }),
    ...(endAttribute === undefined ? {} : { endAttribute }),
    ...(dueAttribute === undefined ? {} : { dueAttribute }),
    ...(now === undefined ? {} : { now }),
    ...(closed === undefined ? {} : { closed }),
    ...(workingDays === undefined ? {} : { workingDays }),
  };
}

async function imported(
  file: string,
  target: string,
  mapping: LogMapping & { readonly errors?: string },
  signal: AbortSignal,
): Promise<ImportedLog> {
  const path = resolve(file);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new Error(`there is no file ${file}`);
  const errors = resolve(mapping.errors ?? `${file.replace(/\.(xes|csv)?(\.gz)?$/i, '')}.errors.csv`);
  if (errors === path) throw new ConfigurationFaulty(['--errors must be another file than the one that is read']);
  if (isForeign(errors)) throw new ConfigurationFaulty([`${errors} is there already, and is no file of faults`]);
  const bar = progressBar('Reading', 'bytes');
  let faults: FaultFile | undefined;
  try {
    const result = await importLog({
      file: path,
      target,
      mapping,
      signal,
      onProgress: (bytes) => bar(Math.min(bytes, size), size),
      onFaults: (found) => {
        faults ??= new FaultFile(errors);
        for (const { line, caseId, code } of found)
          faults.add(caseId, [{ line, column: '', code, reason: FAULT_WORDS[code] }]);
      },
    });
    bar.end();
    report(result, errors);
    return result;
  } catch (error) {
    bar.end();
    if (error instanceof LogFaulty) {
      throw new Error(`${file}, ${error.message}. Nothing was imported.`, { cause: error });
    }
    throw error;
  } finally {
    faults?.close();
  }
}

function report({ cases, events, duplicates, empty, leftOut }: ImportedLog, errors: string): void {
  console.error(`${events} events of ${cases} cases.`);
  if (duplicates > 0) console.error(`${duplicates} of them are the same as another of their case; they were kept.`);
  if (empty > 0) console.error(`${empty} cases have no events, and were passed over.`);
  if (leftOut > 0) console.error(`${leftOut} cases were left out; ${errors} says why.`);
}
