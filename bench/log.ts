import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import { SqliteEventLog } from '../src/event-log/sqlite-event-log.ts';
import type { ExpectedHead, StreamHead } from '../src/event-sourcing/event-log.ts';
import type { NewEvent } from '../src/event-sourcing/event.ts';
import type { BenchRow } from './row.ts';

export interface Timed {
  events: number;
  ms: number;
  latencies: number[];
}

const STREAMS = 2_000;
const EVENTS_A_CASE = 15;

/**
 * Appends and reads against bare better-sqlite3 on the same disk: FULL sync, the same two indexes, JSON written and parsed.
 * All take turns in one process, so that what else the machine does falls on each alike.
 * @param rounds how often each gets its turn (about half a second a round)
 */
export async function benchLog(rounds = 12): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bench-'));
  const raw = new RawLog(join(folder, 'raw.sqlite'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.sqlite'), mode: 'write' });
  try {
    const ours = new Appender(log);
    const turns: Record<string, { run: (timed: Timed) => void | Promise<void>; timed: Timed }> = {};
    const turn = (name: string, run: (timed: Timed) => void | Promise<void>) => {
      turns[name] = { run, timed: { events: 0, ms: 0, latencies: [] } };
    };
    turn(RAW_SINGLE, (timed) => raw.append(timed, 200, 1));
    turn(RAW_BATCH, (timed) => raw.append(timed, 60, 100));
    turn('log: 1 append in flight', (timed) => ours.append(timed, 200, 1));
    turn('log: 16 appends in flight', (timed) => ours.append(timed, 2_000, 16));
    turn('log: 256 appends in flight', (timed) => ours.append(timed, 6_000, 256));
    const all = Object.values(turns);
    for (const { run } of all) await run({ events: 0, ms: 0, latencies: [] });
    for (let round = 0; round < rounds; round++) {
      for (const { run, timed } of all) {
        const began = performance.now();
        await run(timed);
        timed.ms += performance.now() - began;
      }
    }
    const rows = Object.entries(turns).map(([what, { timed }]) => appendRow(what, timed));
    return [...withRatios(rows), ...(await readRows(raw, log, ours))];
  } finally {
    raw.close();
    await log.close();
    rmSync(folder, { recursive: true });
  }
}

const RAW_SINGLE = 'bare SQLite: 1 event a commit';
const RAW_BATCH = 'bare SQLite: 100 events a commit';
const RAW_READ = 'bare SQLite: read and parse';
const TARGETS: Readonly<Record<string, readonly [of: string, target: number]>> = {
  'log: 1 append in flight': [RAW_SINGLE, 0.6],
  'log: 16 appends in flight': [RAW_SINGLE, 2],
  'log: 256 appends in flight': [RAW_BATCH, 0.5],
};

export function appendRow(what: string, { events, ms, latencies }: Timed): BenchRow {
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)]!;
  return { what, perSecond: (events / ms) * 1_000, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function withRatios(rows: readonly BenchRow[]): BenchRow[] {
  return rows.map((row) => {
    const [of, target] = TARGETS[row.what] ?? [];
    const base = rows.find((it) => it.what === of);
    if (of === undefined || target === undefined || !base?.perSecond || !row.perSecond) return row;
    return { ...row, of, ratio: row.perSecond / base.perSecond, target };
  });
}

async function readRows(raw: RawLog, log: SqliteEventLog, ours: Appender): Promise<BenchRow[]> {
  await ours.append({ events: 0, ms: 0, latencies: [] }, 120_000, 256);
  raw.fill(await log.count());
  const best: Record<string, number> = {};
  const time = async (what: string, read: () => number | Promise<number>) => {
    const began = performance.now();
    const events = await read();
    best[what] = Math.max(best[what] ?? 0, (events / (performance.now() - began)) * 1_000);
  };
  const latencies: number[] = [];
  for (let round = 0; round < 4; round++) {
    await time(RAW_READ, () => raw.readAll());
    await time('log: readAll', () => count(log.readAll()));
    await time('log: readStreamByStream', () => count(log.readStreamByStream({ category: 'case' })));
  }
  for (const stream of ours.streams) {
    const began = performance.now();
    await log.readStream(stream, { until: EVENTS_A_CASE - 1 });
    latencies.push(performance.now() - began);
  }
  const rows: BenchRow[] = Object.entries(best).map(([what, perSecond]) => ({
    what,
    perSecond,
    ...(what === RAW_READ ? {} : { of: RAW_READ, ratio: perSecond / best[RAW_READ]! }),
  }));
  const spent = latencies.reduce((sum, ms) => sum + ms, 0);
  return [
    ...rows,
    appendRow(`log: readStream, ${EVENTS_A_CASE} events`, { events: latencies.length, ms: spent, latencies }),
  ];
}

async function count(batches: AsyncIterable<readonly unknown[]>): Promise<number> {
  let events = 0;
  for await (const batch of batches) events += batch.length;
  return events;
}

/** What is measured: a log, or something bare in its place. */
interface Appending {
  append(stream: string, expected: ExpectedHead, events: readonly NewEvent[]): Promise<StreamHead>;
}

/** Appends one event at a time to streams in turn, with so many in flight. */
export class Appender {
  readonly streams: readonly string[];
  readonly #log: Appending;
  readonly #heads: (StreamHead | undefined)[];
  #next = 0;

  constructor(log: Appending) {
    this.#log = log;
    this.streams = Array.from({ length: STREAMS }, () => `case-${randomUUID()}`);
    this.#heads = Array.from({ length: STREAMS });
  }

  async append(timed: Timed, events: number, inFlight: number): Promise<void> {
    let left = events;
    const worker = async () => {
      while (left-- > 0) {
        const index = this.#next++ % STREAMS;
        const began = performance.now();
        const appended = await this.#log.append(this.streams[index]!, this.#heads[index] ?? 'no-stream', [sample()]);
        this.#heads[index] = appended;
        timed.latencies.push(performance.now() - began);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    timed.events += events;
  }
}

/** What one would write without a log of one's own. */
class RawLog {
  readonly #db: Database.Database;
  readonly #add: Database.Statement<unknown[]>;
  #position = 0;

  constructor(file: string) {
    this.#db = new Database(file);
    this.#db.pragma('journal_mode = WAL');
    this.#db.pragma('synchronous = FULL');
    this.#db.exec(`
      CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
      CREATE TABLE events (position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL,
        id TEXT NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL, metadata TEXT NOT NULL, hash TEXT NOT NULL,
        UNIQUE (stream, revision));`);
    const addStream = this.#db.prepare('INSERT INTO streams VALUES (?, ?)');
    this.#db.transaction(() => {
      for (let stream = 0; stream < STREAMS; stream++) addStream.run(stream, `case-${randomUUID()}`);
    })();
    this.#add = this.#db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  }

  append(timed: Timed, commits: number, eventsPerCommit: number): void {
    const commit = this.#db.transaction(() => {
      for (let event = 0; event < eventsPerCommit; event++) this.#addOne();
    });
    for (let count = 0; count < commits; count++) {
      const began = performance.now();
      commit.immediate();
      timed.latencies.push(performance.now() - began);
    }
    timed.events += commits * eventsPerCommit;
  }

  fill(events: number): void {
    this.#db.transaction(() => {
      while (this.#position < events) this.#addOne();
    })();
  }

  readAll(): number {
    const page = this.#db.prepare<[number], { position: number; data: string; metadata: string }>(
      'SELECT * FROM events WHERE position > ? ORDER BY position LIMIT 1000',
    );
    let events = 0;
    for (let after = 0; ;) {
      const rows = page.all(after).map((row) => ({
        ...row,
        data: JSON.parse(row.data) as unknown,
        metadata: JSON.parse(row.metadata) as unknown,
      }));
      if (rows.length === 0) return events;
      events += rows.length;
      after = rows.at(-1)!.position;
    }
  }

  close(): void {
    this.#db.close();
  }

  #addOne(): void {
    const { id, type, data, metadata } = sample();
    const place = this.#position++;
    const [stream, revision] = [place % STREAMS, Math.floor(place / STREAMS)];
    this.#add.run(place + 1, stream, revision, id, type, JSON.stringify(data), JSON.stringify(metadata), HASH);
  }
}

const HASH = 'a1b2c3d4'.repeat(8);

function sample(): NewEvent {
  return {
    id: randomUUID(),
    type: 'MunicipalityLinked',
    data: {
      occurredOn: '2017-02-23',
      municipality: 'GM0344',
      criteria: [{ kind: 'FIRST_DEGREE_FAMILY', place: 'Utrecht', decisive: true }],
      note: { subject: randomUUID(), keyVersion: 1, box: 'q8Zr'.repeat(20) },
    },
    metadata: {
      recordedAt: '2017-02-23T09:10:11.123Z',
      actor: 'a.jansen',
      role: 'placement-coordinator',
      organisation: 'coa',
      command: 'linkMunicipality',
      commandId: randomUUID(),
      correlationId: randomUUID(),
      causationId: randomUUID(),
    },
  };
}
