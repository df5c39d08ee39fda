import { setTimeout as sleep } from 'node:timers/promises';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { refusalInProduction } from './access/development-identity.ts';
import { householdsProcess } from './casework/households.process.ts';
import { filesOf, type Config } from './config.ts';
import { ProcessRunner } from './event-sourcing/process-manager.ts';
import { Draining } from './http/edge.ts';
import { PinoServerLog, type ServerLog } from './http/log.ts';
import { createApp } from './app.module.ts';
import { ImportedLogs } from './analysis/imported-logs.ts';
import { ANALYTIC_LIMITS, KeptCases } from './kept-cases.ts';
import { openLog, withLocalCopy } from './opened-log.ts';
import { MeasuredLog } from './ops/measured-log.ts';
import { OperationsToken } from './ops/operations.ts';
import { portMustBeFree } from './ops/preconditions.ts';
import { Erasures } from './privacy/erasures.ts';
import { BlindIndex } from './privacy/blind-index.ts';
import { projectorSettings } from './projections.ts';
import { openViews } from './read-store/open-views.ts';

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
  const erasures = new Erasures(serverLog);
  const { log, clock, masterKey, keyring, erased } = await openLog(config, async (engine) => {
    const onProgress = occasionally((events: number, of: number) => serverLog.info('reading the log', { events, of }));
    const onFailure = (reason: string | null) => serverLog.warn('local copy', { reason: reason ?? 'kept up again' });
    const onErased = (streams: readonly string[]) => erasures.heard(streams);
    return new MeasuredLog(await withLocalCopy(config, engine, { onProgress, onFailure, onErased }));
  });
  closing.push(() => log.close());
  // All that were ever erased: this node may have ended between hearing of one and noting it.
  erasures.heard((await log.inventory()).erased);
  await erasures.tell(keyring);
  if (erased > 0) serverLog.warn('erased keys applied again', { keys: erased });

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

  const onFailure = (reason: string): void => serverLog.warn('case table', { reason });
  const cases = new KeptCases(config, log, { onFailure, onDiscarded: onFailure });
  closing.push(() => cases.stop());
  const importedLogs = new ImportedLogs(filesOf(config).importedLogs, ANALYTIC_LIMITS);
  closing.push(() => importedLogs.close());
  const app = await createApp({
    log,
    views,
    cases,
    importedLogs,
    keyring,
    blindIndex: await BlindIndex.under(masterKey),
    clock,
    serverLog,
    processes: [households],
    operationsToken: OperationsToken.writtenTo(filesOf(config).operationsToken),
    also,
  });
  closing.push(() => closeWithin(app, GRACE_MS));
  await app.listen(config.port, config.host);
  cases.start();

  const stop = async (): Promise<void> => {
    app.get(Draining).begin();
    await sleep(config.drainMs);
    await close();
  };
  return { app, url: await app.getUrl(), stop };
}

/** Says no more than one line every few seconds. */
function occasionally<Args extends readonly unknown[]>(say: (...args: Args) => void): (...args: Args) => void {
  let saidAtMs = performance.now();
  return (...args) => {
    if (performance.now() - saidAtMs < PROGRESS_MS) return;
    saidAtMs = performance.now();
    say(...args);
  };
}

const PROGRESS_MS = 2_000;

/** What is under way for longer is cut off: a client that sends half a request must not keep a server from stopping. */
const GRACE_MS = 10_000;

async function closeWithin(app: NestFastifyApplication, graceMs: number): Promise<void> {
  const cutOff = setTimeout(() => app.getHttpServer().closeAllConnections(), graceMs);
  await app.close();
  clearTimeout(cutOff);
}
