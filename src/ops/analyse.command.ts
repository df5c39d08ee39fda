import { existsSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { questionOf, type AskedQuestion } from '../analysis/asked-question.ts';
import { differences } from '../analysis/differences.ts';
import { ImportedLogs, LOG_NAME } from '../analysis/imported-logs.ts';
import type { ShownResult } from '../withholding/support.ts';
import { refuseUnused } from '../analysis/unused-terms.ts';
import { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { isMeasure, measure, MEASURES, type MeasureName } from '../bottlenecks/measures.ts';
import type { Question } from '../selections/question.ts';
import { referenceModelOf, type ReferenceModel } from '../selections/reference-model.ts';
import { QuestionRefused } from '../selections/question-refused.ts';
import { ConfigurationFaulty, filesOf, type Config } from '../config.ts';
import { FaultFile, isForeign } from '../exchange/fault-file.ts';
import { FAULT_WORDS, importLog, type ImportedLog } from '../external-logs/import-log.ts';
import { LogFaulty } from '../external-logs/log-faulty.ts';
import { mappingFaults, type LogMapping } from '../external-logs/log-mapping.ts';
import { WorkingFolder } from '../external-logs/working-folder.ts';
import { analyseCases } from './analyse-cases.ts';
import { inOptions } from './options.ts';
import { counted, EXIT, progressBar } from './terminal.ts';

export interface AnalyseOptions extends LogMapping {
  readonly log?: string;
  readonly cases?: boolean;
  readonly asKnownOn?: string;
  /** Conditions of a second selection. */
  readonly compare?: readonly string[];
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
  readonly withoutSuspended?: boolean;
  readonly cohort?: string;
  /** A file with a reference model. */
  readonly model?: string;
}

/** Prints one measure: of a file, which is read for it, of a log that was imported, or of the cases of this system. */
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
  try {
    return await answered(config, signal, file, name, options);
  } catch (error) {
    if (error instanceof QuestionRefused) throw new QuestionRefused(error.in(inOptions));
    throw error;
  }
}

async function answered(
  config: Config,
  signal: AbortSignal,
  file: string | undefined,
  name: MeasureName,
  options: AnalyseOptions,
): Promise<number> {
  const sources = [file, options.log, options.cases].filter((one) => one !== undefined);
  if (sources.length !== 1) {
    throw new ConfigurationFaulty([
      'give one of a file, the name of an imported log (--log), or the cases of this system (--cases)',
    ]);
  }
  if (options.cases) return await printedOfCases(config, name, options, signal);
  if (file === undefined) return await printed(storedLog(config, options.log!), name, options, signal);
  await refuseUnread(name, options, signal);
  await using folder = await WorkingFolder.make(join(tmpdir(), 'woonspoor-log'));
  const target = join(folder.path, 'log.duckdb');
  const { leftOut } = await imported(file, target, options, signal);
  const exit = await printed(target, name, options, signal);
  return leftOut > 0 ? EXIT.leftOut : exit;
}

/** What else filters name may stand in the log. */
const PERIODS = new Set(['started', 'completed', 'active', 'within']);

/** What is wrong with a question whatever the log: asked of one without cases, that has what the question names. @throws QuestionRefused */
async function refuseUnread(name: MeasureName, options: AnalyseOptions, signal: AbortSignal): Promise<void> {
  await using store = await AnalyticStore.create(':memory:');
  const { endActivities = [], startAttribute, endAttribute, dueAttribute } = options;
  for (const [at, activity] of endActivities.entries())
    await store.run('insert into activity values ($1, $2)', [at, activity]);
  const keys = new Set([startAttribute, endAttribute, dueAttribute].filter((key) => key !== undefined));
  for (const [at, key] of [...keys].entries()) {
    await store.run(`alter table cases add column c${at} varchar`);
    await store.run('insert into attribute values ($1, true, $2)', [`c${at}`, key]);
  }
  for (const { filters = [], ...question } of questionsOf(name, options, signal)) {
    const periods = filters.filter(({ key }) => PERIODS.has(key));
    await measure(store, name, { now: '1970-01-01', ...question, filters: periods });
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

/** Where an imported log stands. @throws ConfigurationFaulty */
export function logFile(config: Config, name: string): string {
  if (!LOG_NAME.test(name)) {
    throw new ConfigurationFaulty(['the name of a log must be 1 to 64 letters, digits, dots, dashes or underscores']);
  }
  return join(filesOf(config).importedLogs, `${name}.duckdb`);
}

/** Where a log stands that was imported. @throws Error that names those there are */
export function storedLog(config: Config, name: string): string {
  const file = logFile(config, name);
  if (existsSync(file)) return file;
  const names = new ImportedLogs(filesOf(config).importedLogs, {}).names();
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
  print(await resultOf(opened, name, options, signal), options);
  return EXIT.done;
}

async function resultOf(
  store: AnalyticStore,
  name: MeasureName,
  options: AnalyseOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const questions = questionsOf(name, options, signal);
  const [first, second] = await Promise.all(questions.map((question) => measure(store, name, question)));
  return second === undefined
    ? first
    : { first, second, differences: differences(first as ShownResult, second as ShownResult) };
}

/** What is asked of an imported log: one question, or two that are compared. @throws QuestionRefused */
function questionsOf(name: MeasureName, options: AnalyseOptions, signal: AbortSignal): Question[] {
  const { filter = [], asKnownOn, compare } = options;
  if (asKnownOn !== undefined)
    throw new QuestionRefused((words) => `an imported log has no past: leave out ${words('asKnownOn')}`);
  const asked = { ...askedOf(options), log: name, filter: [] };
  refuseUnused(name, asked);
  return [filter, ...(compare === undefined ? [] : [compare])].map((conditions) =>
    questionOf(asked, '', conditions, signal),
  );
}

/** As to the process-improvement team: whoever runs this can read the log. */
async function printedOfCases(
  config: Config,
  name: MeasureName,
  options: AnalyseOptions,
  signal: AbortSignal,
): Promise<number> {
  const { compare } = options;
  const asked = askedOf(options);
  refuseUnused(name, asked);
  const answer = await analyseCases(config, signal, { measure: name, asked, compare });
  const { first, second, differences: more } = answer;
  const isWhole = [answer.withheld, first?.withheld, second?.withheld].every(
    (why) => why === null || why === undefined,
  );
  print(
    compare === undefined ? answer.result : { first: first?.result, second: second?.result, differences: more },
    options,
  );
  if (isWhole) return EXIT.done;
  console.error('Too few cases, or too few that tell them from others: it is withheld.');
  return EXIT.leftOut;
}

function print(result: unknown, { json }: AnalyseOptions): void {
  console.log(json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
}

function askedOf(options: AnalyseOptions): AskedQuestion {
  const { filter, endActivities, startAttribute, endAttribute, dueAttribute, now, closed, asKnownOn } = options;
  const { workingDays, withoutSuspended, cohort, model } = options;
  return {
    filter,
    endActivity: endActivities,
    startAttribute,
    endAttribute,
    dueAttribute,
    now,
    closed,
    workingDays,
    withoutSuspended,
    cohort,
    asKnownOn,
    model: model === undefined ? undefined : modelIn(model),
  };
}

/** @throws QuestionRefused */
function modelIn(file: string): ReferenceModel {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigurationFaulty([`--model takes a JSON file; ${file} is none: ${(error as Error).message}`]);
  }
  return referenceModelOf(given);
}

async function imported(
  file: string,
  target: string,
  mapping: LogMapping & { readonly errors?: string },
  signal: AbortSignal,
): Promise<ImportedLog> {
  const path = resolve(file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new ConfigurationFaulty([`there is no file ${file}`]);
  // It is read more than once.
  if (!found.isFile()) throw new ConfigurationFaulty([`${file} is no file: give the event log itself`]);
  const { size } = found;
  const wrong = mappingFaults(mapping);
  if (wrong.length > 0) throw new ConfigurationFaulty(wrong);
  const errors = resolve(mapping.errors ?? `${file.replace(/\.csv(\.gz)?$/i, '')}.errors.csv`);
  if (errors === path) throw new ConfigurationFaulty(['--errors must be another file than the one that is read']);
  if (isForeign(errors))
    throw new ConfigurationFaulty([`${errors} is there already, and is no file of faults: name another with --errors`]);
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
      const why = faults === undefined ? '' : ` ${errors} says what is wrong with events.`;
      throw new Error(`${file}, ${error.message}. Nothing was imported.${why}`, { cause: error });
    }
    throw error;
  } finally {
    faults?.close();
  }
}

function report({ cases, events, duplicates, empty, leftOut }: ImportedLog, errors: string): void {
  console.error(`${counted(events, 'event')} of ${counted(cases, 'case')}.`);
  if (duplicates > 0) console.error(`${duplicates} of them are the same as another of their case; they were kept.`);
  if (empty > 0) console.error(`${counted(empty, 'case')} without events: passed over.`);
  if (leftOut > 0) console.error(`${counted(leftOut, 'case')} left out: ${errors} says why.`);
}
