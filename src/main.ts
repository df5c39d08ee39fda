import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { refusalInProduction } from './access/development-identity.ts';
import { householdsProcess } from './casework/households.process.ts';
import { filesOf, type Config, type DataFiles } from './config.ts';
import { SqliteEventLog } from './event-log/sqlite-event-log.ts';
import { behindTheLog, FixedDayClock, SystemClock } from './event-sourcing/clock.ts';
import type { EventLog } from './event-sourcing/event-log.ts';
import { ProcessRunner } from './event-sourcing/process-manager.ts';
import { Draining } from './http/edge.ts';
import { PinoServerLog, type ServerLog } from './http/log.ts';
import { createApp } from './app.module.ts';
import { MeasuredLog } from './ops/measured-log.ts';
import { OperationsToken } from './ops/operations.ts';
import { makeDataFolder, portMustBeFree } from './ops/preconditions.ts';
import { BlindIndex } from './privacy/blind-index.ts';
import { ErasedKeys } from './privacy/erased-keys.ts';
import { Keyring } from './privacy/keyring.ts';
import { openMasterKey } from './privacy/master-key.ts';
import { projectorSettings } from './projections.ts';
import { openViews } from './read-store/open-views.ts';
import { defaultReferenceEvents } from './reference/reference.ts';

/** A server that answers. */
export interface Server {
  readonly app: NestFastifyApplication;
  readonly url: string;
  /** Not ready → lets go of clients → answers what is under way → closes. Repeatable. */
  stop(): Promise<void>;
}

/** Opens everything of a data folder, in the order in which each needs the other, and listens. `also`: modules besides the product's. */
export async function openServer(
  config: Config,
  serverLog: ServerLog = new PinoServerLog(),
  also: readonly Type[] = [],
): Promise<Server> {
  const refusal = refusalInProduction(config.production);
  if (refusal !== undefined) throw new Error(refusal);
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    return await open(config, serverLog, also, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  config: Config,
  serverLog: ServerLog,
  also: readonly Type[],
  closing: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Server> {
  await portMustBeFree(config.port, config.host);
  makeDataFolder(config.dataFolder);
  const files = filesOf(config);
  const clock = config.fixedDay === undefined ? new SystemClock() : new FixedDayClock(config.fixedDay);
  if (isEmptied(files)) {
    throw new Error(
      `${files.log} is missing or empty, but views of a log stand beside it: restore a backup, or remove ${files.views} to begin anew`,
    );
  }
  const engine = SqliteEventLog.open({ file: files.log, mode: 'write', crashAt: config.crashAt });
  closing.push(() => engine.close());
  const log = new MeasuredLog(engine);
  const behind = behindTheLog(clock, engine.lastRecordedAt());
  if (behind !== undefined) throw new Error(behind);
  await seedReference(log);

  const masterKey = await openMasterKey(config.masterKey, log);
  const keyring = new Keyring({ log, masterKey, clock, erasedKeys: new ErasedKeys(files.erasedKeys) });
  const erased = await keyring.applyErasedKeys();
  if (erased > 0) {
    // Whoever came back with an old copy of the log may stand in the views too.
    rmSync(files.views, { recursive: true, force: true });
    serverLog.warn('erased keys applied again', { keys: erased });
  }

  const views = await openViews({
    ...projectorSettings(config),
    onFailure: (view, reason) => serverLog.warn('view', { view: view ?? 'all', reason }),
  });
  closing.push(() => views.close());

  const households = new ProcessRunner({ log, clock }, householdsProcess({ log, clock, keyring }), (error) =>
    serverLog.error('process', error, { process: 'households' }),
  );
  households.start();
  closing.push(() => households.stop());

  const app = await createApp({
    log,
    logGauges: engine,
    views,
    keyring,
    blindIndex: await BlindIndex.under(masterKey),
    clock,
    serverLog,
    processes: [households],
    operationsToken: OperationsToken.writtenTo(files.operationsToken),
    also,
  });
  closing.push(() => closeWithin(app, GRACE_MS));
  await app.listen(config.port, config.host);

  const stop = async (): Promise<void> => {
    app.get(Draining).begin();
    await sleep(config.drainMs);
    await close();
  };
  return { app, url: await app.getUrl(), stop };
}

/** What is under way for longer is cut off: a client that sends half a request must not keep a server from stopping. */
const GRACE_MS = 10_000;

async function closeWithin(app: NestFastifyApplication, graceMs: number): Promise<void> {
  const cutOff = setTimeout(() => app.getHttpServer().closeAllConnections(), graceMs);
  await app.close();
  clearTimeout(cutOff);
}

/** The first events of every log: what views compute with from the beginning. */
async function seedReference(log: EventLog): Promise<void> {
  for (const { stream, event } of defaultReferenceEvents()) {
    const [first] = await log.readStream(stream, { until: 0 });
    if (!first) await log.append(stream, 'no-stream', [event]);
  }
}

/** Views are made only of a log that holds something: where they stand without one, it has been lost. */
function isEmptied({ log, views }: DataFiles): boolean {
  if (existsSync(log) && statSync(log).size > 0) return false;
  return existsSync(views) && readdirSync(views).length > 0;
}
