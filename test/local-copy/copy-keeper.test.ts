import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import {
  LogUnavailable,
  StreamDamaged,
  StreamErased,
  type EventLog,
  type ReadAllOptions,
} from '../../src/event-sourcing/event-log.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { CopyKeeper, type CopyStatus } from '../../src/local-copy/copy-keeper.ts';
import { all, errorOf, event, headOf, newStream, pause } from '../event-log/samples.ts';
import { WrappedLog } from '../read-store/toy.ts';

/** Follows as it is told to, call after call; then as the log does. */
class TroubledLog extends WrappedLog {
  readonly troubles: ((
    following: AsyncIterable<readonly RecordedEvent[]>,
    options: ReadAllOptions & { readonly signal: AbortSignal },
  ) => AsyncIterable<readonly RecordedEvent[]>)[] = [];
  isAway = false;
  override follow(options: Parameters<EventLog['follow']>[0]) {
    const trouble = this.troubles.shift();
    return trouble ? trouble(super.follow(options), options) : super.follow(options);
  }
  override head() {
    return this.isAway ? Promise.reject(new LogUnavailable('the server cannot be reached')) : super.head();
  }
}

describe('the keeper of a local copy', () => {
  let folder: string;
  let file: string;
  let engine: SqliteEventLog;
  let log: TroubledLog;
  let keeper: CopyKeeper | undefined;
  let reader: SqliteEventLog | undefined;
  let erased: string[];
  let statuses: CopyStatus[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'woonspoor-keeper-'));
    file = join(folder, 'copy.sqlite');
    engine = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    log = new TroubledLog(engine);
    erased = [];
    statuses = [];
  });
  afterEach(async () => {
    await reader?.close();
    await keeper?.stop();
    [keeper, reader] = [undefined, undefined];
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  async function open(from: EventLog = log): Promise<number> {
    let read = 0;
    const listener = {
      moved: () => {},
      erased: (streams: readonly string[]) => void erased.push(...streams),
      status: (status: CopyStatus) => void statuses.push(status),
    };
    keeper = await CopyKeeper.open(from, file, listener, { times: { lookMs: 20, stalledMs: 200 } });
    await keeper.catchUp((events) => (read = events));
    return read;
  }

  it('tells how far it is of what is missing, and never of less than it has read', async () => {
    class ReadInParts extends WrappedLog {
      isShort = false;
      override async count() {
        return this.isShort ? 1 : super.count();
      }
      override readAll(options: ReadAllOptions) {
        return super.readAll({ ...options, batchSize: 10 });
      }
    }
    const parts = new ReadInParts(engine);
    const listener = { moved: () => {}, erased: () => {}, status: () => {} };
    const told = async (): Promise<[number, number][]> => {
      const all: [number, number][] = [];
      keeper = await CopyKeeper.open(parts, file, listener);
      await keeper.catchUp((events, of) => void all.push([events, of]));
      await keeper.stop();
      return all;
    };
    for (let stream = 0; stream < 30; stream++) await append();
    expect(await told()).toEqual([
      [10, 30],
      [20, 30],
      [30, 30],
    ]);
    for (let stream = 0; stream < 20; stream++) await append();
    expect(await told()).toEqual([
      [10, 20],
      [20, 20],
    ]);
    parts.isShort = true;
    for (let stream = 0; stream < 20; stream++) await append();
    expect(await told()).toEqual([
      [10, 10],
      [20, 20],
    ]);
  });

  async function stop(): Promise<void> {
    await reader?.close();
    await keeper?.stop();
    [keeper, reader] = [undefined, undefined];
  }

  async function append(stream = newStream(), count = 1): Promise<string> {
    const standing = await engine.readStream(stream);
    const events = Array.from({ length: count }, () => event());
    await engine.append(stream, standing.length === 0 ? 'no-stream' : headOf(standing), events);
    return stream;
  }

  async function copied(): Promise<RecordedEvent[]> {
    reader ??= SqliteEventLog.open({ file, mode: 'read' });
    return all(reader.readAll());
  }

  async function expectCopied(): Promise<void> {
    const expected = await all(engine.readAll());
    for (let waitedMs = 0; (await copied()).length < expected.length && waitedMs < 5_000; waitedMs += 10)
      await pause(10);
    expect(await copied()).toEqual(expected);
  }

  it('reads all that stands in the log first, and then goes on with what comes', async () => {
    for (let count = 0; count < 5; count++) await append(newStream(), 3);
    expect(await open()).toBe(15);
    expect(await copied()).toEqual(await all(engine.readAll()));
    keeper!.start();
    await append(newStream(), 2);
    await expectCopied();
  });

  it('reads each event once: opened again, it goes on where the copy ends', async () => {
    const stream = await append(newStream(), 4);
    await open();
    await stop();
    await append(stream, 2);
    expect(await open()).toBe(2);
    await expectCopied();
  });

  it('makes the copy anew of another log', async () => {
    await append();
    await open();
    await stop();
    const other = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    await other.append(newStream(), 'no-stream', [event(), event()]);
    await open(other);
    expect(await copied()).toEqual(await all(other.readAll()));
    await stop();
    await other.close();
  });

  it('makes the copy anew of the same log after an older copy of it came back', async () => {
    const stream = await append(newStream(), 2);
    await open();
    await stop();
    class Older extends WrappedLog {
      override get id(): string {
        return engine.id;
      }
    }
    const other = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    await other.append(stream, 'no-stream', [event(), event(), event()]);
    await open(new Older(other));
    expect(await copied()).toEqual(await all(other.readAll()));
    await stop();
    await other.close();
  });

  it('makes nothing anew under readers: they would go on with the file that was removed', async () => {
    await append(newStream(), 2);
    await open();
    await stop();
    const other = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    class Older extends WrappedLog {
      override get id(): string {
        return engine.id;
      }
    }
    const opening = CopyKeeper.open(
      new Older(other),
      file,
      { moved: () => {}, erased: () => {}, status: () => {} },
      { isRead: true },
    );
    expect((await errorOf(opening)).message).toMatch(/start the server again/);
    expect(await copied()).toHaveLength(2);
    await other.close();
  });

  it('makes a copy anew that can no longer be read', async () => {
    await append();
    await open();
    await stop();
    writeFileSync(file, 'not a database, whatever it was');
    await open();
    await expectCopied();
  });

  it('goes on after following has failed, ended or fallen asleep', async () => {
    await append();
    await open();
    log.troubles.push(
      () => {
        throw new LogUnavailable('the connection broke');
      },
      async function* () {},
      async function* (_following, { signal }) {
        // A socket that is open and says nothing.
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        yield* [];
      },
    );
    keeper!.start();
    await append(newStream(), 3);
    await expectCopied();
    expect(log.troubles).toHaveLength(0);
  });

  it('tells that the log is away, since when it is behind, and that all is well again', async () => {
    await append();
    await open();
    log.isAway = true;
    keeper!.start();
    await pause(100);
    expect(statuses.at(-1)!.failure).toBe('the server cannot be reached');
    log.isAway = false;
    await pause(100);
    expect(statuses.at(-1)).toEqual({ behindSinceMs: null, failure: null });
  });

  it('is behind while events are missing in the copy, and not because of keys that were erased', async () => {
    const key = await append(newStream('key'));
    await engine.erase(key);
    await open();
    log.troubles.push(async function* (_following, { signal }) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield* [];
    });
    keeper!.start();
    await pause(100);
    expect(statuses.at(-1)).toEqual({ behindSinceMs: null, failure: null });
    await append();
    await pause(60);
    expect(statuses.at(-1)!.behindSinceMs).toBeGreaterThan(Date.now() - 1_000);
    await expectCopied();
    await pause(60);
    expect(statuses.at(-1)).toEqual({ behindSinceMs: null, failure: null });
  });

  it('erases what it hears was erased, and tells it', async () => {
    const key = await append(newStream('key'));
    await append();
    await open();
    log.troubles.push(async function* (following, { onErased }) {
      onErased!(key);
      yield* following;
    });
    keeper!.start();
    await append();
    await pause(100);
    expect(erased).toEqual([key]);
    await copied();
    expect(await errorOf(reader!.readStream(key))).toBeInstanceOf(StreamErased);
  });

  it('passes over an event that the log cannot give back, and so does whoever reads the copy', async () => {
    const stream = await append(newStream(), 3);
    const [first, second, third] = await engine.readStream(stream);
    class Damaged extends WrappedLog {
      override readAll({ after }: ReadAllOptions = {}) {
        return (async function* (): AsyncGenerator<readonly RecordedEvent[]> {
          if (after === second!.position) return yield [third!];
          yield [first!];
          throw new StreamDamaged(stream, { event: second! });
        })();
      }
    }
    await open(new Damaged(engine));
    const damage = await errorOf(copied());
    expect(damage).toMatchObject({ stream, event: { revision: 1, position: second!.position } });
    expect(await all(reader!.readAll({ after: second!.position }))).toEqual([third]);
  });

  it('keeps up with a log out of which the beginning of a stream was taken, whenever it meets it', async () => {
    const [before, later] = [await append(newStream(), 3), newStream()];
    class Truncated extends TroubledLog {
      override async *readAll(options?: ReadAllOptions) {
        for await (const batch of super.readAll(options)) yield batch.filter(isLeft);
      }
      override async *follow(options: Parameters<EventLog['follow']>[0]) {
        for await (const batch of super.follow(options)) yield batch.filter(isLeft);
      }
    }
    const isLeft = ({ stream, revision }: RecordedEvent) => ![before, later].includes(stream) || revision > 1;
    const other = await append();
    await open(new Truncated(engine));
    keeper!.start();
    await append(later, 3);
    const last = await append();
    reader = SqliteEventLog.open({ file, mode: 'read' });
    for (let waitedMs = 0; (await reader.head()) !== (await engine.head()) && waitedMs < 5_000; waitedMs += 10)
      await pause(10);
    for (const stream of [other, last]) expect(await reader.readStream(stream)).toHaveLength(1);
    for (const stream of [before, later]) {
      expect(await errorOf(reader.readStream(stream))).toMatchObject({ stream, event: { revision: 2 } });
    }
    await pause(60);
    expect(statuses.at(-1)).toEqual({ behindSinceMs: null, failure: null });
  });

  it('says so when an older state of the log comes back while it follows', async () => {
    await append();
    await open();
    keeper!.start();
    await pause(100);
    expect(statuses.at(-1)!.failure).toBeNull();
    const older = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    log.readStream = (...given) => older.readStream(...given);
    await pause(150);
    expect(statuses.at(-1)!.failure).toMatch(/not the one that this server has read/);
    await older.close();
  });

  it('says so when the log turns out to be another than the one it has read', async () => {
    await append();
    await open();
    const other = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    log.readStream = (...given) => other.readStream(...given);
    keeper!.start();
    await pause(100);
    expect(statuses.at(-1)!.failure).toMatch(/not the one that this server has read/);
    await other.close();
  });
});
