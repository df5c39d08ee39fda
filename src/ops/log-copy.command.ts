import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { HOUSEHOLDS } from '../casework/households.process.ts';
import { ConfigurationFaulty, filesOf, type Config } from '../config.ts';
import { copyLog, type CopyOutcome } from '../copying/copy-log.ts';
import { SourceFlawed } from '../copying/copy-stream.ts';
import { LogUnavailable, StreamDamaged, type EventLog } from '../event-sourcing/event-log.ts';
import { categoryOf } from '../event-sourcing/event.ts';
import { holdStill, openEngine } from '../log-engine.ts';
import { logPlace, placeInWords, type LogPlace } from '../log-place.ts';
import { ErasedKeys } from '../privacy/erased-keys.ts';
import { keyStream } from '../privacy/keys.events.ts';
import { makeDataFolder } from './preconditions.ts';
import { counted, EXIT, progressBar } from './terminal.ts';

export interface LogCopyOptions {
  /** A data folder, a log file or a connection string. */
  readonly from: string;
  readonly to: string;
  /** Damaged streams of cases. */
  readonly leaveOut?: readonly string[];
}

/** A file that is written is locked; nobody can hold a log on a server still, or see who is about to write it. */
const UNSEEN =
  'Nothing was written to the source meanwhile. A node that runs on it without writing is not noticed: if there is one, stop it ' +
  'before the copy is used, because what it writes from now on is not in the copy.';

/** Copies a log that stands still into an empty one, on whatever engines. Stopped, the same command goes on where it was. */
export async function copyLogTo(
  config: Config,
  signal: AbortSignal,
  { from, to, leaveOut = [] }: LogCopyOptions,
): Promise<number> {
  mustBeCases(leaveOut);
  const [source, target] = [addressed(config, '--from', from), addressed(config, '--to', to)];
  const lists = [filesOf(config).erasedKeys, ...[source, target].flatMap(({ folder }) => erasedKeysIn(config, folder))];
  const release = await holdStill(source.place);
  try {
    const log = await openEngine(source.place, { mode: 'read' });
    try {
      if (target.isDataFolder) makeDataFolder(target.folder!);
      const code = await copyInto(target.place, log, { config, signal, lists, leaveOut });
      if (isCopied(code) && 'connectionString' in source.place) console.log(UNSEEN);
      return code;
    } finally {
      await log.close();
    }
  } finally {
    release();
  }
}

/**
 * Of a case that is missing, all that is asked says so. Without rules, a quota or a key, what is said of many cases would be wrong.
 * @throws ConfigurationFaulty
 */
export function mustBeCases(streams: readonly string[]): void {
  const others = streams.filter((stream) => categoryOf(stream) !== 'case');
  if (others.length === 0) return;
  throw new ConfigurationFaulty([`--leave-out: only a case can be left out, not ${others.join(', ')}`]);
}

/** Whether the copy is complete, be it with some streams left out. */
export function isCopied(code: number): boolean {
  return code === EXIT.done || code === EXIT.leftOut;
}

export interface CopyInto {
  readonly config: Config;
  readonly signal: AbortSignal;
  /** Files with keys that were destroyed. */
  readonly lists: readonly string[];
  /** Damaged streams of cases. */
  readonly leaveOut?: readonly string[];
  /** The source is being written, or is how a log stood when it was. */
  readonly isLive?: boolean;
  /** What the copy is called, where that is not its place. */
  readonly name?: string;
}

/** Prints what comes of it, and answers the exit code. */
export async function copyInto(
  place: LogPlace,
  source: EventLog,
  { config, signal, lists, leaveOut = [], isLive = false, name = placeInWords(place) }: CopyInto,
): Promise<number> {
  const bars = { copy: progressBar('Copying', 'events'), check: progressBar('Comparing', 'events') };
  const target = await openEngine(place, { mode: 'write', crashAt: config.crashAt });
  try {
    const outcome = await copyLog(source, target, {
      reactors: [HOUSEHOLDS],
      erased: keysDestroyed(lists),
      leaveOut,
      isLive,
      signal,
      onProgress: ({ step, events, of }) => {
        if (step === 'check') bars.copy.end();
        bars[step](events, of);
      },
    });
    bars.copy.end();
    bars.check.end();
    return told(outcome, name);
  } catch (error) {
    if (!(error instanceof SourceFlawed || error instanceof StreamDamaged)) throw error;
    bars.copy.end();
    console.log(`The source is not as it was written: ${error.message}.`);
    const stream = error instanceof StreamDamaged ? error.stream : error.finding.stream;
    console.error('It was not copied any further; woonspoor verify tells everything.');
    if (stream !== null && categoryOf(stream) === 'case')
      console.error(`Where it cannot be mended, --leave-out ${stream} copies the rest.`);
    return EXIT.found;
  } finally {
    bars.copy.end();
    bars.check.end();
    await target.close();
  }
}

function told({ ended, events, streams, erased, erasedSince, heads, leftOut }: CopyOutcome, name: string): number {
  if (ended === 'STOPPED') {
    console.error('Stopped. Give the same command again to go on from there; until then nobody can use the copy.');
    return EXIT.interrupted;
  }
  const contents = `${counted(events, 'event')} in ${counted(streams, 'stream')}, ${counted(erased, 'stream')} erased`;
  console.log(`${name}: ${ended === 'ALREADY' ? 'is complete already' : 'copied'}. ${contents}.`);
  console.log(`Counted and compared on both sides; the heads of all streams together are ${heads}.`);
  if (erasedSince > 0) {
    const what = `${counted(erasedSince, 'stream')} erased since ${erasedSince === 1 ? 'is' : 'are'}`;
    console.log(`${what} erased in it now, too.`);
  }
  console.log('The master key and the list of erased keys are not in it: take them along.');
  if (leftOut.length === 0) return EXIT.done;
  console.log(`Left out, because it cannot be read or was changed: ${leftOut.join(', ')}.`);
  return EXIT.leftOut;
}

interface Addressed {
  readonly place: LogPlace;
  /** Of the file. */
  readonly folder?: string;
  readonly isDataFolder: boolean;
}

/** A folder that is not there yet is a data folder; a file is told by its ending. @throws ConfigurationFaulty */
function addressed(config: Config, option: string, address: string): Addressed {
  const place = placeAt(config, option, address);
  if ('connectionString' in place) return { place, isDataFolder: false };
  const path = resolve(place.file);
  const isDataFolder = existsSync(path) ? statSync(path).isDirectory() : !path.endsWith('.sqlite');
  if (!isDataFolder) return { place, folder: dirname(path), isDataFolder };
  return { place: { file: filesOf({ ...config, dataFolder: path }).log }, folder: path, isDataFolder };
}

function placeAt({ dataFolder }: Config, option: string, address: string): LogPlace {
  try {
    return logPlace(address, dataFolder);
  } catch (error) {
    if (!(error instanceof LogUnavailable)) throw error;
    throw new ConfigurationFaulty([`${option}: ${error.message}`]);
  }
}

function erasedKeysIn(config: Config, folder: string | undefined): string[] {
  return folder === undefined ? [] : [filesOf({ ...config, dataFolder: folder }).erasedKeys];
}

/** Streams of the keys that were destroyed, by these lists. */
async function* keysDestroyed(lists: readonly string[]): AsyncGenerator<string> {
  for (const file of new Set(lists)) {
    for await (const subject of new ErasedKeys(file).subjects()) yield keyStream(subject);
  }
}
