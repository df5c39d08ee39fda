import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copyLog } from '../src/copying/copy-log.ts';
import { EventStoreDbEventLog } from '../src/eventstoredb/eventstoredb-event-log.ts';
import type { EventLog } from '../src/event-sourcing/event-log.ts';
import type { Position } from '../src/event-sourcing/event.ts';
import { BareClient } from './bare-client.ts';
import type { NodeRebuild } from './eventstoredb-rebuild.ts';
import { BenchServer } from './http.ts';
import { Appender, appendRow, type Timed } from './log.ts';
import type { BenchRow } from './row.ts';
import { openSeeded } from './seed.ts';

const APPENDS: readonly (readonly [inFlight: number, events: number])[] = [
  [1, 200],
  [16, 1_000],
  [64, 2_000],
];
const ROUNDS = 6;
/** With the keys, about 168,000 events. */
const CASES = 15_000;
const LEAST_OF_APPENDS = 0.8;
const LEAST_OF_READING = 0.5;

/**
 * The log on a server that somebody else started, beside the calls of the bare client in the same run, which take turns with it.
 * Leaves its logs there, each under a name of its own.
 */
export async function benchEventStoreDb(server: string | undefined): Promise<BenchRow[]> {
  if (!server) {
    console.error('eventstoredb: SKIPPED, because WOONSPOOR_EVENTSTOREDB names no server');
    return [];
  }
  const bare = new BareClient(server);
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bench-'));
  try {
    return [
      ...(await appends(server, bare)),
      ...(await readings(server, bare, folder)),
      ...(await commands(server, folder)),
    ];
  } finally {
    await bare.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function ownLog(server: string): string {
  const namespace = `bench${randomUUID().replaceAll('-', '')}`;
  return `${server}${server.includes('?') ? '&' : '?'}woonspoorNamespace=${namespace}`;
}

async function appends(server: string, bare: BareClient): Promise<BenchRow[]> {
  const log = await EventStoreDbEventLog.open({ connectionString: ownLog(server), mode: 'write' });
  const appenders = {
    log: new Appender(log),
    'bare client': barely(bare, 'plain'),
    'bare client, batch path': barely(bare, 'batch'),
  };
  const turns = APPENDS.flatMap(([inFlight, events]) =>
    Object.entries(appenders).map(([who, appender]) => {
      const timed: Timed = { events: 0, ms: 0, latencies: [] };
      return { who, inFlight, timed, run: (into: Timed) => appender.append(into, events, inFlight) };
    }),
  );
  for (const { run } of turns) await run({ events: 0, ms: 0, latencies: [] });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, timed } of turns) {
      const began = performance.now();
      await run(timed);
      timed.ms += performance.now() - began;
    }
  }
  await log.close();
  const named = (who: string, inFlight: number) => `${who}: ${inFlight} appends in flight`;
  return turns.map(({ who, inFlight, timed }): BenchRow => {
    const row = appendRow(named(who, inFlight), timed);
    const base = turns.find((it) => it.who === 'bare client' && it.inFlight === inFlight)!.timed;
    if (who !== 'log') return row;
    const ratio = timed.events / timed.ms / (base.events / base.ms);
    return { ...row, of: named('bare client', inFlight), ratio, target: LEAST_OF_APPENDS };
  });
}

function barely(bare: BareClient, path: 'plain' | 'batch'): Appender {
  return new Appender({
    append: async (stream, expected, events) => {
      const after = expected === 'no-stream' ? undefined : expected.revision;
      return { revision: await bare.append(stream, after, events[0]!, path), hash: '' };
    },
  });
}

/** Reading, following and building a node anew, all of one log of cases. */
async function readings(server: string, bare: BareClient, folder: string): Promise<BenchRow[]> {
  const connectionString = ownLog(server);
  const prefix = `${/woonspoorNamespace=(\w+)$/.exec(connectionString)![1]!}.`;
  const log = await EventStoreDbEventLog.open({ connectionString, mode: 'write' });
  const seeded = join(folder, 'seeded');
  mkdirSync(seeded);
  let copyMs = 0;
  await openSeeded(seeded, CASES, async (source) => {
    const began = performance.now();
    await copyLog(source, log, { reactors: [], isLive: true });
    copyMs = performance.now() - began;
    await source.close();
  });
  const { first, events } = await extent(log);

  const best = new Map<string, number>();
  const time = async (what: string, read: () => Promise<unknown>) => {
    const began = performance.now();
    await read();
    best.set(what, Math.max(best.get(what) ?? 0, (events / (performance.now() - began)) * 1_000));
  };
  for (let round = 0; round < 4; round++) {
    await time('bare client: readAll', () => bare.readAll(prefix, first));
    await time('log: readAll', () => extent(log));
    await time('bare client: subscription that catches up', () => bare.catchUp(prefix, first, events - 1));
    await time('log: follow that catches up', () => caughtUp(log, events));
  }
  await log.close();

  const own = join(folder, 'node');
  mkdirSync(own);
  copyFileSync(join(seeded, 'master-key'), join(own, 'master-key'));
  const env = { ...process.env, WOONSPOOR_LOG: connectionString, WOONSPOOR_DATA: own };
  const script = fileURLToPath(new URL('./eventstoredb-rebuild.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env });
  const rebuilt = JSON.parse(stdout) as NodeRebuild;
  const perSecond = (ms: number) => (events / ms) * 1_000;
  const against = (what: string, rate: number, of: string, target?: number): BenchRow => ({
    what,
    perSecond: rate,
    of,
    ratio: rate / best.get(of)!,
    ...(target === undefined ? {} : { target }),
  });
  const READ = 'bare client: readAll';
  const CATCH_UP = 'bare client: subscription that catches up';
  return [
    {
      what: `log copy to the server, ${events.toLocaleString('en')} events, its check included`,
      perSecond: perSecond(copyMs),
    },
    { what: READ, perSecond: best.get(READ)! },
    against('log: readAll', best.get('log: readAll')!, READ),
    { what: CATCH_UP, perSecond: best.get(CATCH_UP)! },
    against('log: follow that catches up', best.get('log: follow that catches up')!, CATCH_UP),
    against('rebuild: local copy of the log', perSecond(rebuilt.copyMs), READ, LEAST_OF_READING),
    {
      ...against('rebuild: local copy and all views', perSecond(rebuilt.copyMs + rebuilt.viewsMs), READ),
      peakRssMiB: rebuilt.peakRssMiB,
    },
    against('rebuild: all views from the copy', perSecond(rebuilt.viewsMs), READ),
  ];
}

async function extent(log: EventLog): Promise<{ first: Position; events: number }> {
  let [first, events] = ['0', 0];
  for await (const batch of log.readAll()) {
    if (events === 0) first = batch[0]!.position;
    events += batch.length;
  }
  return { first, events };
}

async function caughtUp(log: EventLog, events: number): Promise<void> {
  let seen = 0;
  for await (const batch of log.follow({ signal: new AbortController().signal })) {
    seen += batch.length;
    if (seen >= events) return;
  }
}

/** Whole journeys over HTTP, from the request to the answer, with all views following. */
async function commands(server: string, folder: string): Promise<BenchRow[]> {
  const node = await BenchServer.on(join(folder, 'commands'), { WOONSPOOR_LOG: ownLog(server) });
  try {
    await node.load('journey', 16, 3);
    const rows: BenchRow[] = [];
    for (const connections of [1, 16, 64]) {
      const { perSecond, p50, p99 } = await node.load('journey', connections, 8);
      rows.push({ what: `commands over HTTP, ${connections} connections`, perSecond, p50Ms: p50, p99Ms: p99 });
    }
    return rows;
  } finally {
    await node.stop();
  }
}
