import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { LogUnavailable, type EventLog, type ReadAllOptions } from '../../src/event-sourcing/event-log.ts';
import { KeptEvents } from '../../src/event-sourcing/kept-events.ts';
import { event, headOf } from '../event-log/samples.ts';
import { WrappedLog } from '../read-store/toy.ts';

/** A log that fails when a test wants it to, and gives one event at a time. */
class FailingLog extends WrappedLog {
  /** In how many readings from now on it fails before it gives anything, or after its first event. */
  failing: { at: 'HEAD' | 'FIRST' | 'SECOND'; times: number } = { at: 'HEAD', times: 0 };

  heads = 0;
  /** Until when it does not say where it ends. */
  held: Promise<unknown> = Promise.resolve();

  override async head() {
    this.heads++;
    await this.held;
    if (this.fails('HEAD')) throw new LogUnavailable('gone for a while');
    return super.head();
  }
  override async *readAll(options?: ReadAllOptions) {
    if (this.fails('FIRST')) throw new LogUnavailable('gone for a while');
    for await (const events of super.readAll({ ...options, batchSize: 1 })) {
      yield events;
      if (this.fails('SECOND')) throw new LogUnavailable('gone for a while');
    }
  }

  private fails(at: FailingLog['failing']['at']): boolean {
    return this.failing.at === at && this.failing.times-- > 0;
  }
}

let folder: string;
let file: string;
let log: FailingLog;
let kept: KeptEvents;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'woonspoor-kept-'));
  file = join(folder, 'log.sqlite');
  log = new FailingLog(SqliteEventLog.open({ file, mode: 'write' }));
  kept = new KeptEvents(log, 'toy');
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

/** Appends one event to each of these streams, one after the other. */
async function add(...streams: readonly string[]): Promise<void> {
  for (const stream of streams) {
    const before = await log.readStream(stream);
    await log.append(stream, before.length === 0 ? 'no-stream' : headOf(before), [event()]);
  }
}

/** The log does not say where it ends until it is let go. */
function hold(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  log.held = promise;
  return resolve;
}

/** Cuts off the text of an event. */
function damage(stream: string, revision: number): void {
  const db = new Database(file);
  db.exec('drop trigger if exists events_stand');
  const where = 'revision = ? and stream = (select id from streams where name = ?)';
  expect(db.prepare(`update events set data = '{' where ${where}`).run(revision, stream).changes).toBe(1);
  db.close();
}

const read = async (of = kept) => (await of.read()).map(({ stream, revision }) => `${stream} ${revision}`);

describe('Kept events', () => {
  it('are those of one category, in order of position, whether they stood there or were added', async () => {
    await add('toy-b', 'case-1', 'toy-a', 'toy-b');
    expect(await read()).toEqual(['toy-b 0', 'toy-a 0', 'toy-b 1']);
    await add('toy-a', 'case-1', 'toy-c');
    expect(await read()).toEqual(['toy-b 0', 'toy-a 0', 'toy-b 1', 'toy-a 1', 'toy-c 0']);
    expect(await read(new KeptEvents(log, 'toy'))).toEqual(await read());
  });

  it('are read once for all who ask while they are being read, with what stood there when these asked', async () => {
    const letGo = hold();
    const first = read();
    await new Promise(setImmediate);
    await add('toy-a');
    const others = [read(), read(), read()];
    letGo();
    await first;
    expect(await Promise.all(others)).toEqual([['toy-a 0'], ['toy-a 0'], ['toy-a 0']]);
    expect(log.heads).toBe(2);
  });

  it('are none of an empty log, and are noticed when they come', async () => {
    expect(await read()).toEqual([]);
    await add('toy-a');
    expect(await read()).toEqual(['toy-a 0']);
  });

  it('are the very same list while nothing of the category was added', async () => {
    await add('toy-a');
    const before = await kept.read();
    expect(await kept.read()).toBe(before);
    await add('case-1');
    expect(await kept.read()).toBe(before);
    await add('toy-a');
    expect(await kept.read()).not.toBe(before);
    expect(before).toHaveLength(1);
  });

  it('are not doubled when an engine for once knows less of the end than before', async () => {
    await add('toy-a', 'toy-b');
    const [first] = await kept.read();
    const before = await kept.read();
    log.head = () => Promise.resolve(first!.position);
    expect(await kept.read()).toBe(before);
    log.head = () => log.log.head();
    await add('toy-c');
    expect(await read()).toEqual(['toy-a 0', 'toy-b 0', 'toy-c 0']);
  });

  it('are not doubled by readings at the same time, each of which knows what stood there when it began', async () => {
    await add('toy-a', 'toy-b');
    const first = [read(), read()];
    await add('toy-a');
    const second = [read(), read()];
    expect((await Promise.all(first)).map((events) => events.slice(0, 2))).toEqual(
      Array(2).fill(['toy-a 0', 'toy-b 0']),
    );
    expect(await Promise.all(second)).toEqual(Array(2).fill(['toy-a 0', 'toy-b 0', 'toy-a 1']));
  });

  it.each(['HEAD', 'FIRST', 'SECOND'] as const)(
    'go on after a failure of the log (%s), with nothing lost and nothing doubled',
    async (at) => {
      await add('toy-a');
      const before = await read();
      await add('toy-a', 'toy-b');
      log.failing = { at, times: 1 };
      const letGo = hold();
      const failed = expect(read()).rejects.toThrow('gone for a while');
      await new Promise(setImmediate);
      const waiting = read();
      letGo();
      await failed;
      expect(await waiting).toEqual([...before, 'toy-a 1', 'toy-b 0']);
      expect(await read()).toEqual(await waiting);
    },
  );
});

describe('Kept events of a damaged stream', () => {
  const damaged = () => kept.damaged.map(({ stream, event: first }) => `${stream} ${first?.revision}`);

  it('count up to the damage, and stop none of the others', async () => {
    await add('toy-a', 'toy-b', 'toy-a', 'toy-a', 'toy-b', 'toy-c');
    damage('toy-a', 1);
    expect(await read()).toEqual(['toy-a 0', 'toy-b 0', 'toy-b 1', 'toy-c 0']);
    await add('toy-b');
    expect((await read()).at(-1)).toBe('toy-b 2');
    expect(damaged()).toEqual(['toy-a 1']);
  });

  it('do so too where the damage is come upon later', async () => {
    await add('toy-a', 'toy-b');
    await read();
    await add('toy-a', 'toy-b', 'toy-a', 'toy-a', 'toy-b');
    damage('toy-a', 2);
    expect(await read()).toEqual(['toy-a 0', 'toy-b 0', 'toy-a 1', 'toy-b 1', 'toy-b 2']);
    expect(damaged()).toEqual(['toy-a 2']);
  });

  it('are another list when damage was found, though nothing was added: what follows from it is told', async () => {
    await add('toy-a');
    const before = await kept.read();
    await add('toy-a');
    damage('toy-a', 1);
    const after = await kept.read();
    expect(after).toEqual(before);
    expect(after).not.toBe(before);
    expect(await kept.read()).toBe(after);
  });

  it('are not lost before the damage when the log fails after it', async () => {
    await add('toy-b');
    await read();
    await add('toy-a', 'toy-a', 'toy-b');
    damage('toy-a', 1);
    failAfterDamage(log);
    await expect(read()).rejects.toThrow('gone for a while');
    expect(await read()).toEqual(['toy-b 0', 'toy-a 0', 'toy-b 1']);
  });
});

/** Once: when reading goes on after the damage. */
function failAfterDamage(of: FailingLog): void {
  const readAll = of.readAll.bind(of);
  let readings = 0;
  of.readAll = (options?: Parameters<EventLog['readAll']>[0]) => {
    if (++readings === 2) of.failing = { at: 'FIRST', times: 1 };
    return readAll(options);
  };
}
