import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { filesOf, type Config, type DataFiles } from './config.ts';
import { isUnfinishedCopy } from './copying/origin.ts';
import { behindTheLog, FixedDayClock, SystemClock, type Clock } from './event-sourcing/clock.ts';
import { StreamDamaged, WrongExpectedHead, type EventLog } from './event-sourcing/event-log.ts';
import type { NewEvent } from './event-sourcing/event.ts';
import { CopiedEventLog } from './local-copy/copied-event-log.ts';
import type { LocalCopyOptions } from './local-copy/local-copy.ts';
import { openEngine } from './log-engine.ts';
import { placeInWords, type LogPlace } from './log-place.ts';
import { makeDataFolder } from './ops/preconditions.ts';
import { ErasedKeys } from './privacy/erased-keys.ts';
import { Keyring } from './privacy/keyring.ts';
import { openMasterKey, type MasterKey } from './privacy/master-key.ts';
import { simulationIn } from './simulation/demo.ts';
import { defaultReferenceEvents } from './reference/reference.ts';

/** A log opened to write, with its clock and its keys. */
export interface OpenedLog<Log extends EventLog> {
  /** To be closed by whoever opened it. */
  readonly log: Log;
  readonly clock: Clock;
  readonly masterKey: MasterKey;
  readonly keyring: Keyring;
  /** Keys that had come back with an old copy of the log, and are destroyed again. */
  readonly erased: number;
}

/**
 * Makes the log if need be, with its first events. @param over the log as it is used, over its engine, which it closes
 * @param begin writes what has to stand in a new log before all else
 * @throws LogUnavailable in use by another process · why the clock or the folder does not fit the log · errors of the keys
 */
export async function openLog<Log extends EventLog>(
  config: Config,
  over: (engine: EventLog) => Log | Promise<Log>,
  begin: (log: Log) => Promise<unknown> = async () => {},
): Promise<OpenedLog<Log>> {
  makeDataFolder(config.dataFolder);
  const files = filesOf(config);
  if (isEmptied(config.log, files)) {
    throw new Error(
      `${placeInWords(config.log)} is missing or empty, but views of a log stand beside it: restore a backup, or remove ${files.views} to begin anew`,
    );
  }
  const engine = await openEngine(config.log, { mode: 'write', crashAt: config.crashAt });
  let opened: EventLog = engine;
  try {
    if (await isUnfinishedCopy(engine)) {
      throw new Error(
        `${placeInWords(config.log)} is the unfinished copy of another log: give the same "woonspoor log copy" (or restore) again first`,
      );
    }
    const log = await over(engine);
    opened = log;
    await begin(log);
    const simulated = await simulationIn(log);
    const day = config.fixedDay ?? (simulated?.isDemo ? simulated.day : undefined);
    const clock = day === undefined ? new SystemClock() : new FixedDayClock(day);
    const behind = behindTheLog(clock, await log.lastRecordedAt());
    if (behind !== undefined) throw new Error(behind);
    await seedReference(log);

    const masterKey = await openMasterKey(config.masterKey, log);
    const keyring = new Keyring({ log, masterKey, clock, erasedKeys: new ErasedKeys(files.erasedKeys) });
    if (!('file' in config.log)) await keyring.markMasterKey();
    const erased = await keyring.applyErasedKeys();
    // Whoever came back with an old copy of the log may stand in the views too.
    if (erased > 0) rmSync(files.views, { recursive: true, force: true });
    return { log, clock, masterKey, keyring, erased };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** The log as a server and its views read it: of one that stands elsewhere, this node keeps a copy. @throws LogUnavailable */
export async function withLocalCopy(
  config: Config,
  engine: EventLog,
  listener: Pick<LocalCopyOptions, 'onProgress' | 'onErased' | 'onFailure'> = {},
): Promise<EventLog> {
  if ('file' in config.log) return engine;
  makeDataFolder(config.dataFolder);
  return CopiedEventLog.over(engine, { place: config.log, file: filesOf(config).logCopy, ...listener });
}

/** The first events of every log: what views compute with from the beginning. */
async function seedReference(log: EventLog): Promise<void> {
  for (const { stream, event } of defaultReferenceEvents()) {
    if (!(await isThere(log, stream))) await beginStream(log, stream, event);
  }
}

async function beginStream(log: EventLog, stream: string, event: NewEvent): Promise<void> {
  try {
    await log.append(stream, 'no-stream', [event]);
  } catch (error) {
    // Another node was faster.
    if (!(error instanceof WrongExpectedHead)) throw error;
  }
}

async function isThere(log: EventLog, stream: string): Promise<boolean> {
  try {
    return (await log.readStream(stream, { until: 0 })).length > 0;
  } catch (error) {
    // What is wrong with it, the views tell; it keeps nobody from the rest.
    if (error instanceof StreamDamaged) return true;
    throw error;
  }
}

/** Views are made only of a log that holds something: where they stand without one, it has been lost. */
function isEmptied(log: LogPlace, { views }: DataFiles): boolean {
  if (!('file' in log) || (existsSync(log.file) && statSync(log.file).size > 0)) return false;
  return existsSync(views) && readdirSync(views).length > 0;
}
