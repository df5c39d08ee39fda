import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { SystemClock } from '../../src/event-sourcing/clock.ts';
import { LogUnavailable, StreamDamaged } from '../../src/event-sourcing/event-log.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { ProcessRunner, type ProcessManager } from '../../src/event-sourcing/process-manager.ts';
import { transact } from '../../src/event-sourcing/transact.ts';
import { counter, envelope } from './counting.ts';

const clock = new SystemClock();

describe('a process manager', () => {
  let log: SqliteEventLog;
  const runners: ProcessRunner[] = [];
  let seen: string[] = [];
  let faults: unknown[] = [];

  /** Counts one in `tally-1` for every event of `case-…`. */
  const tally = (before: (event: RecordedEvent) => void = () => {}): ProcessManager => ({
    name: 'tally',
    category: 'case',
    types: ['Counted'],
    react: async (event, commandId) => {
      before(event);
      await transact({ log, clock }, counter, 'tally-1', { add: 1 }, envelope(commandId));
      seen.push(event.id);
    },
  });
  const run = (process: ProcessManager, firstRetryMs?: number) => {
    const parts = { log, clock, ...(firstRetryMs === undefined ? {} : { firstRetryMs }) };
    const runner = new ProcessRunner(parts, process, (fault) => faults.push(fault));
    runner.start();
    runners.push(runner);
    return runner;
  };
  const count = (commandId: string, stream = 'case-1', add = 1) =>
    transact({ log, clock }, counter, stream, { add }, envelope(commandId));
  const tallied = async () => (await log.readStream('tally-1')).length;
  const until = async (condition: () => boolean | Promise<boolean>) => {
    for (let waitedMs = 0; !(await condition()); waitedMs += 5) {
      if (waitedMs > 5_000) throw new Error('waited too long');
      await sleep(5);
    }
  };

  beforeEach(() => {
    log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    seen = [];
    faults = [];
  });
  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.stop()));
    await log.close();
  });

  it('reacts to what happened before it started, and to what happens after', async () => {
    await count('a');
    run(tally());
    await until(async () => (await tallied()) === 1);
    await count('b');
    await until(async () => (await tallied()) === 2);
  });

  it('goes on from its checkpoint, which is one event in the log', async () => {
    await count('a');
    const first = run(tally());
    await until(() => first.status().position !== null && seen.length === 1);
    await first.stop();
    await count('b');
    run(tally());
    await until(async () => (await tallied()) === 2);
    expect(seen).toHaveLength(2);
    expect(await log.readStream('checkpoint-tally')).toHaveLength(1);
  });

  it('has its effect once, however many nodes run it and however often', async () => {
    const both = [run(tally()), run(tally())];
    for (const id of ['a', 'b', 'c', 'd']) await count(id);
    await until(() => both.every((runner) => runner.status().position !== null) && seen.length >= 8);
    expect(await tallied()).toBe(4);
  });

  it('does nothing twice, and moves no checkpoint back, when a node that was frozen in the midst of a reaction wakes up', async () => {
    let wake = () => {};
    let isFrozen = false;
    const frozen = new Promise<void>((resolve) => (wake = resolve));
    const slow: ProcessManager = {
      ...tally(),
      react: async (_event, commandId) => {
        // What it decides on was read before it froze.
        const known = await log.readStream('tally-1');
        isFrozen = true;
        await frozen;
        await transact({ log, clock }, counter, 'tally-1', { add: 1 }, envelope(commandId), known);
      },
    };
    const sleeper = run(slow);
    await count('a');
    await until(() => isFrozen);
    const awake = run(tally());
    for (const id of ['b', 'c']) await count(id);
    await until(async () => (await tallied()) === 3);
    const { position } = (await log.readStream('case-1')).at(-1)!;
    await until(() => awake.status().position === position);
    const [checkpoint] = await log.readStream('checkpoint-tally');
    wake();
    await until(() => sleeper.status().position === position);
    await sleep(50);
    expect(await tallied()).toBe(3);
    expect((await log.readStream('checkpoint-tally'))[0]).toEqual(checkpoint);
    expect(faults).toEqual([]);
  });

  it('saves no checkpoint that another node has saved already', async () => {
    const both = [run(tally()), run(tally())];
    for (const id of ['a', 'b', 'c']) await count(id);
    await until(() => seen.length >= 6);
    await until(() => both.every((runner) => runner.status().position === both[0]!.status().position));
    const [checkpoint] = await log.readStream('checkpoint-tally');
    // One to begin with, at most, and one an event.
    expect(checkpoint!.revision).toBeLessThanOrEqual(3);
  });

  it('tries again what failed for a reason that can pass', async () => {
    let failures = 2;
    run(
      tally(() => {
        if (failures-- > 0) throw new LogUnavailable('not there at the moment');
      }),
    );
    await count('a');
    await until(async () => (await tallied()) === 1);
    expect(faults).toHaveLength(2);
  });

  it.each([
    ['a stream that is damaged', new StreamDamaged('case-1'), 'case-1 is damaged: it cannot be read back'],
    ['a fault that may quote somebody', new TypeError('Zephyrine is not iterable'), 'TypeError'],
  ])('parks a reaction that fails for good (%s), and goes on with the rest', async (_, fault, reason) => {
    const runner = run(
      tally((event) => {
        if (event.stream === 'case-1') throw fault;
      }),
    );
    await count('a');
    await count('b', 'case-2');
    await until(async () => (await tallied()) === 1);
    await until(() => runner.status().parked.length === 1);
    expect(runner.status().parked).toEqual([{ stream: 'case-1', revision: 0, reason }]);
    expect(faults).toEqual([fault]);
  });

  it('parks a reaction that is refused, goes on with the rest, and tries it again at the next start', async () => {
    for (let n = 0; n < 10; n++) await transact({ log, clock }, counter, 'tally-1', { add: 1 }, envelope(`full ${n}`));
    const first = run(tally());
    await count('a');
    await until(() => first.status().parked.length === 1);
    expect(first.status().parked[0]).toMatchObject({
      stream: 'case-1',
      revision: 0,
      reason: '10 and 1 are more than ten',
    });
    await count('b', 'case-2');
    await until(() => first.status().parked.length === 2);
    await first.stop();

    const relieved: ProcessManager = { ...tally(), react: async (event) => void seen.push(event.stream) };
    const second = run(relieved);
    await until(() => second.status().parked.length === 0 && seen.length === 2);
    expect(seen).toEqual(['case-1', 'case-2']);
  });

  it('tries a parked reaction again, each time after twice as long, and goes on with the rest meanwhile', async () => {
    const triedAt: number[] = [];
    const runner = run(
      tally(({ stream }) => {
        if (stream !== 'case-1') return;
        triedAt.push(performance.now());
        if (triedAt.length < 4) throw new TypeError('not yet');
      }),
      40,
    );
    await count('a');
    await until(() => runner.status().parked.length === 1);
    expect(Date.parse(runner.nextRetryAt!) - Date.now()).toBeLessThanOrEqual(40);
    await count('b', 'case-2');
    await until(async () => (await tallied()) === 2);
    await until(() => runner.status().parked.length === 0);
    const waitedMs = triedAt.slice(1).map((at, index) => at - triedAt[index]!);
    for (const [index, atLeastMs] of [40, 80, 160].entries()) expect(waitedMs[index]).toBeGreaterThan(atLeastMs - 5);
    expect(runner.nextRetryAt).toBeNull();
    await count('c', 'case-3');
    await until(async () => (await tallied()) === 3);
  });

  it('writes no checkpoint for a retry that ends as before', async () => {
    let tries = 0;
    const runner = run(
      tally(() => {
        tries++;
        throw new TypeError('never');
      }),
      5,
    );
    await count('a');
    await until(() => runner.status().parked.length === 1);
    const [before] = await log.readStream('checkpoint-tally');
    await until(() => tries >= 4);
    expect((await log.readStream('checkpoint-tally'))[0]).toEqual(before);
  });
});
