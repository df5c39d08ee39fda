import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationFaulty, filesOf, type Config } from '../config.ts';
import { NoLog, type EventLog } from '../event-sourcing/event-log.ts';
import { openEngine } from '../log-engine.ts';
import { placeInWords } from '../log-place.ts';
import { openServer } from '../main.ts';
import { withLocalCopy } from '../opened-log.ts';
import { projectorSettings } from '../projections.ts';
import { openViews } from '../read-store/open-views.ts';
import type { Views } from '../read-store/views.ts';
import { DEMO, simulationIn, type SimulationStanding } from '../simulation/demo.ts';
import { isOwnRun } from '../simulation/run-journal.ts';
import { fillInThread } from './fill-in-thread.ts';
import { runnerOf } from './fill-log.ts';
import { makeDataFolder, portMustBeFree } from './preconditions.ts';
import { EXIT, progressBar } from './terminal.ts';

export interface ServeOptions {
  /** Starts without the demonstration. */
  readonly empty?: boolean;
  /** Makes the demonstration of an empty log, also of one on a server. */
  readonly demo?: boolean;
}

/** Runs the server until it is told to stop; then lets what is under way finish. An empty log may get the demonstration first. */
export async function serve(config: Config, signal: AbortSignal, options: ServeOptions = {}): Promise<number> {
  const demo = await demonstration(config, signal, options);
  if (signal.aborted) {
    if (demo?.isComplete === false) console.error('Stopped. Start again to go on with the demonstration from there.');
    return EXIT.interrupted;
  }
  const server = await openServer(config);
  const { serverUrl } = filesOf(config);
  // Whoever finds it can read it whole.
  writeFileSync(`${serverUrl}.new`, server.url);
  renameSync(`${serverUrl}.new`, serverUrl);
  console.error(`Woonspoor answers on ${server.url}/v1 — start reading at ${server.url}/v1/docs`);
  const day = config.fixedDay ?? demo?.day;
  if (demo !== undefined) console.error('It shows the demonstration: a simulated country, in which nobody is real.');
  if (day !== undefined) console.error(`Its clock stands on ${day}.`);
  console.error(`The log is ${'file' in config.log ? 'the file' : 'on the server'} ${placeInWords(config.log)}.`);
  console.error(`Data are in ${config.dataFolder}. Ctrl-C stops.`);
  if (!signal.aborted) await once(signal, 'abort');
  rmSync(serverUrl, { force: true });
  await server.stop();
  return EXIT.done;
}

type Demonstration = Omit<SimulationStanding, 'id'>;

/** The demonstration in this log, made or completed first if need be; undefined: there is none. */
async function demonstration(
  config: Config,
  signal: AbortSignal,
  options: ServeOptions,
): Promise<Demonstration | undefined> {
  if (options.demo && config.production) {
    throw new Error('--demo makes the demonstration, which is refused with NODE_ENV=production');
  }
  const standing = await whenOthersAreDone(config, signal);
  if (signal.aborted) return standing === 'NO_LOG' ? undefined : standing;
  if (standing === 'NO_LOG') return isWanted(config, options) ? makeOrWait(config, signal) : undefined;
  if (standing?.isComplete === false && !standing.isDemo) {
    throw new Error(
      `${config.dataFolder} holds a simulation that was stopped half-way, which cannot go on once it has been served: give the same "woonspoor simulate" again first`,
    );
  }
  if (!standing?.isDemo) {
    if (options.demo) console.error('There is a log already: the demonstration is not made in it.');
    return undefined;
  }
  if (config.production) {
    throw new Error(`${config.dataFolder} holds the demonstration, which is refused with NODE_ENV=production`);
  }
  return standing.isComplete ? standing : make(config, signal);
}

/** Of a log that is shared, it cannot be taken out again by removing a folder: there, somebody must have asked for it. */
function isWanted(config: Config, { demo, empty = false }: ServeOptions): boolean {
  return demo ?? ('file' in config.log && !empty && !config.production);
}

/** What stands in the log; of a demonstration that another node is making, when that is done or this one is told to stop. */
async function whenOthersAreDone(config: Config, signal: AbortSignal): ReturnType<typeof simulationOf> {
  for (let isSaid = false; ; isSaid = true) {
    const standing = await simulationOf(config);
    if (!isMadeElsewhere(standing, config) || signal.aborted) return standing;
    if (!isSaid) console.error(OF_ANOTHER);
    await sleep(WAIT_MS, undefined, { signal }).catch(() => {});
  }
}

const WAIT_MS = 2_000;
/** Whether that node still runs, nobody else can know. */
const OF_ANOTHER =
  'Another node has begun the demonstration in this log: waiting until it is whole. If that node was stopped, start it ' +
  'again with its own data folder, for only it can go on; or begin a new log under another woonspoorNamespace.';

function isMadeElsewhere(standing: Awaited<ReturnType<typeof simulationOf>>, config: Config): boolean {
  if (standing === 'NO_LOG' || !standing?.isDemo || standing.isComplete) return false;
  return !isOwnRun(standing.id, DEMO, runnerOf(config));
}

/** Of nodes that begin at once, one makes it. */
async function makeOrWait(config: Config, signal: AbortSignal): Promise<Demonstration | undefined> {
  try {
    return await make(config, signal);
  } catch (error) {
    if (!isMadeElsewhere(await simulationOf(config), config)) throw error;
    const standing = await whenOthersAreDone(config, signal);
    return standing === 'NO_LOG' ? undefined : standing;
  }
}

async function simulationOf(config: Config): Promise<SimulationStanding | undefined | 'NO_LOG'> {
  let log: EventLog | undefined;
  try {
    log = await openEngine(config.log, { mode: 'read' });
    // Killed before it had its first event, it is not yet anything.
    return (await log.head()) === undefined ? 'NO_LOG' : await simulationIn(log);
  } catch (error) {
    if (error instanceof NoLog) return 'NO_LOG';
    throw error;
  } finally {
    await log?.close();
  }
}

async function make(config: Config, signal: AbortSignal): Promise<Demonstration> {
  if (config.fixedDay !== undefined && config.fixedDay < DEMO.until) {
    throw new ConfigurationFaulty([
      `WOONSPOOR_CLOCK (--clock) lies before ${DEMO.until}, up to which the demonstration goes; --empty starts without it`,
    ]);
  }
  await portMustBeFree(config.port, config.host);
  makeDataFolder(config.dataFolder);
  const { ended } = await fillInThread({ config, settings: DEMO, demo: true }, signal);
  if (ended !== 'STOPPED') await buildViews(config, signal);
  return { isDemo: true, day: DEMO.until, isComplete: ended !== 'STOPPED' };
}

/** From the whole log at once, which takes less time than following it; before anybody waits for an answer. */
async function buildViews(config: Config, signal: AbortSignal): Promise<void> {
  const reading = progressBar('Reading the log', 'events');
  const bar = progressBar('Building the views', 'events');
  const engine = await openEngine(config.log, { mode: 'read' });
  let log = engine;
  let views: Views | undefined;
  try {
    log = await withLocalCopy(config, engine, { onProgress: reading });
    reading.end();
    views = await openViews({ ...projectorSettings(config), onFailure: (_view, reason) => console.error(reason) });
    while (!signal.aborted) {
      const building = (await views.status()).filter(({ state }) => state !== 'ready');
      const last = building.toSorted((a, b) => (a.building?.events ?? 0) - (b.building?.events ?? 0))[0];
      if (last === undefined) return;
      if (last.building !== null && last.building.of > 0) bar(last.building.events, last.building.of);
      if (last.state === 'failing') return;
      await sleep(200);
    }
  } finally {
    reading.end();
    bar.end();
    await views?.close();
    await log.close();
  }
}
