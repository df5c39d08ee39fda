import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDate } from './event-sourcing/days.ts';
import { LogUnavailable } from './event-sourcing/event-log.ts';
import { readConnectionString } from './eventstoredb/connection-string.ts';
import type { LogPlace } from './log-place.ts';
import { parseMasterKey, type MasterKeySource } from './privacy/master-key.ts';
import { MasterKeyUnusable } from './privacy/privacy-error.ts';

/** How this process runs; made once at its start, the only thing that knows the environment. */
export interface Config {
  /** Where the log stands: by default a file in the data folder. */
  readonly log: LogPlace;
  /** Folder of the log, the views, the development master key and the list of erased keys. */
  readonly dataFolder: string;
  readonly port: number;
  readonly host: string;
  /** The clock stands on this ISO day. */
  readonly fixedDay?: string;
  /** Given as text or as a file; by default a file in the data folder, made at the first start. */
  readonly masterKey: MasterKeySource;
  /** Named point at which the process ends itself, for the tests that kill it. */
  readonly crashAt?: string;
  /** How long a stopping server still answers, while those who send to it learn that it is no longer ready. */
  readonly drainMs: number;
  readonly production: boolean;
}

export type ConfigOverrides = Partial<Pick<Config, 'dataFolder' | 'host' | 'fixedDay'>> & {
  readonly port?: number | string;
};

/** Everything that is wrong with the configuration, in sentences for the one who starts the server. */
export class ConfigurationFaulty extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`The configuration can't be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigurationFaulty';
    this.faults = faults;
  }
}

/** What the command line says goes before the environment. @throws ConfigurationFaulty with all faults at once */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, overrides: ConfigOverrides = {}): Config {
  const faults: string[] = [];
  const production = env.NODE_ENV === 'production';
  const port = Number(overrides.port ?? given(env.WOONSPOOR_PORT) ?? 3000);
  const fixedDay = overrides.fixedDay ?? given(env.WOONSPOOR_CLOCK);
  const crashAt = given(env.WOONSPOOR_CRASH_AT);

  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    faults.push('WOONSPOOR_PORT (--port) must be a whole number from 0 to 65535');
  }
  if (fixedDay !== undefined && !isDate(fixedDay)) {
    faults.push(`WOONSPOOR_CLOCK (--clock) must be a day such as 2017-03-31, not "${fixedDay}"`);
  }
  if (production && crashAt !== undefined) {
    faults.push('WOONSPOOR_CRASH_AT ends the process on purpose and is refused with NODE_ENV=production');
  }
  if (production && fixedDay !== undefined) {
    faults.push('WOONSPOOR_CLOCK (--clock) stands still on one day and is refused with NODE_ENV=production');
  }
  const dataFolder = resolve(overrides.dataFolder ?? given(env.WOONSPOOR_DATA) ?? '.woonspoor');
  const masterKey = masterKeySource(env, faults) ?? { file: join(dataFolder, 'master-key'), create: true };
  if (production && 'create' in masterKey && masterKey.create) {
    faults.push(
      'WOONSPOOR_MASTER_KEY or WOONSPOOR_MASTER_KEY_FILE is required with NODE_ENV=production: no default key is made',
    );
  }
  const log = logOf(env, dataFolder, faults);
  if (faults.length > 0) throw new ConfigurationFaulty(faults);

  return {
    log,
    dataFolder,
    port,
    host: overrides.host ?? given(env.WOONSPOOR_HOST) ?? '127.0.0.1',
    ...(fixedDay === undefined ? {} : { fixedDay }),
    masterKey,
    ...(crashAt === undefined ? {} : { crashAt }),
    drainMs: production ? 5_000 : 0,
    production,
  };
}

const LOG_FILE = 'log.sqlite';

/** Places of the files in the data folder. */
export interface DataFiles {
  /** The log, where it is a file. */
  readonly log: string;
  /** What this node has read of a log that stands on a server. */
  readonly logCopy: string;
  /** A folder. */
  readonly views: string;
  /** The cases as an event table: the DuckDB file that is asked. */
  readonly caseStore: string;
  /** Folder of the event logs of other systems that were imported. */
  readonly importedLogs: string;
  readonly erasedKeys: string;
  /** Where the running server answers, and the token of its operations: for the command line. */
  readonly serverUrl: string;
  readonly operationsToken: string;
  /** By what name simulations of this folder are known, where several nodes share a log. */
  readonly runner: string;
}

export function filesOf({ dataFolder }: Pick<Config, 'dataFolder'>): DataFiles {
  return {
    log: join(dataFolder, LOG_FILE),
    logCopy: join(dataFolder, 'log-copy.sqlite'),
    views: join(dataFolder, 'views'),
    caseStore: join(dataFolder, 'analysis', 'cases.duckdb'),
    importedLogs: join(dataFolder, 'logs'),
    erasedKeys: join(dataFolder, 'erased-keys.txt'),
    serverUrl: join(dataFolder, 'server.url'),
    operationsToken: join(dataFolder, 'operations.token'),
    runner: join(dataFolder, 'runner.id'),
  };
}

function logOf(env: NodeJS.ProcessEnv, dataFolder: string, faults: string[]): LogPlace {
  const connectionString = env.WOONSPOOR_LOG?.trim();
  if (connectionString === undefined) return { file: join(dataFolder, LOG_FILE) };
  if (connectionString === '') {
    // Mostly a variable that was to be filled in: a log of its own is what nobody meant.
    faults.push(
      'WOONSPOOR_LOG is empty: give the connection string of a server, or unset it for a log in the data folder',
    );
    return { file: join(dataFolder, LOG_FILE) };
  }
  try {
    readConnectionString(connectionString);
  } catch (error) {
    if (!(error instanceof LogUnavailable)) throw error;
    faults.push(`WOONSPOOR_LOG: ${error.message}`);
  }
  return { connectionString, temporaryFolder: dataFolder };
}

function masterKeySource(env: NodeJS.ProcessEnv, faults: string[]): MasterKeySource | undefined {
  const value = given(env.WOONSPOOR_MASTER_KEY);
  const file = given(env.WOONSPOOR_MASTER_KEY_FILE);
  if (value !== undefined && file !== undefined) {
    faults.push('WOONSPOOR_MASTER_KEY and WOONSPOOR_MASTER_KEY_FILE are both given; give one');
  }
  try {
    if (value !== undefined) parseMasterKey(value);
    if (file !== undefined) parseMasterKey(readFileSync(file, 'utf8'));
  } catch (error) {
    const name = value === undefined ? 'WOONSPOOR_MASTER_KEY_FILE' : 'WOONSPOOR_MASTER_KEY';
    faults.push(`${name}: ${error instanceof MasterKeyUnusable ? error.message : 'the file cannot be read'}`);
  }
  if (value !== undefined) return { value };
  return file === undefined ? undefined : { file, create: false };
}

/** An empty variable is one that was not given, but for where the log stands. */
function given(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
