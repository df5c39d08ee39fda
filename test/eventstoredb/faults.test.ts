import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDbEventLog } from '../../src/eventstoredb/eventstoredb-event-log.ts';
import { readConnectionString } from '../../src/eventstoredb/connection-string.ts';
import { Server, type Patience } from '../../src/eventstoredb/server.ts';
import {
  InvalidEvent,
  LogUnavailable,
  StreamDamaged,
  StreamErased,
  WrongExpectedHead,
  type EventLog,
  type StreamHead,
} from '../../src/event-sourcing/event-log.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { CopiedEventLog } from '../../src/local-copy/copied-event-log.ts';
import { verifyLog } from '../../src/event-log/verify-log.ts';
import { all, errorOf, event, newStream, pause } from '../event-log/samples.ts';
import { EventStoreDouble, type Drop } from './double/double.ts';
import { faults } from './double/messages.ts';

jest.setTimeout(30_000);

const PATIENCE: Patience = { attemptMs: 1_000, totalMs: 6_000, silenceMs: 500 };
const IMPATIENT: Patience = { attemptMs: 300, totalMs: 600, silenceMs: 500 };
const NAME = 'town';

describe('the log on a server that fails', () => {
  let double: EventStoreDouble;
  let log: EventStoreDbEventLog;

  beforeEach(async () => {
    double = await EventStoreDouble.start();
    log = await open(double);
  });
  afterEach(async () => {
    await log.close();
    double.stop();
  });

  describe('an append', () => {
    for (const [what, fault] of Object.entries({
      unavailable: faults.unavailable,
      cancelled: faults.cancelled,
      'timed out': faults.timedOut,
      'not ready': faults.notReady,
      'not ready, in words of its own': faults.notReadyUnnamed,
      'too busy': faults.tooBusy,
    })) {
      it(`that the server refuses as ${what} is repeated, and written once`, async () => {
        double.next('append', { fault });
        const stream = newStream();
        expect(await log.append(stream, 'no-stream', [event(), event()])).toMatchObject({
          revision: 1,
          repeated: false,
        });
        expect(await log.readStream(stream)).toHaveLength(2);
      });

      it(`whose answer is lost (${what}) is repeated under the same ids, and found written`, async () => {
        double.next('append', { fault, isDone: true });
        const stream = newStream();
        const appended = await log.append(stream, 'no-stream', [event(), event()]);
        expect(appended).toMatchObject({ revision: 1, repeated: false });
        expect(await log.readStream(stream)).toMatchObject([{}, { position: appended.position, hash: appended.hash }]);
        expect(double.events.all.filter((it) => it.stream.endsWith(stream))).toHaveLength(2);
      });
    }

    it('that lost its answer and was overtaken is known by its ids', async () => {
      const stream = newStream();
      const first = await log.append(stream, 'no-stream', [event()]);
      const mine = [event()];
      double.next('append', { fault: faults.unavailable, isDone: true });
      const appending = log.append(stream, first, mine);
      await eventually(() => expect(double.calls.append).toBeGreaterThanOrEqual(3));
      const other = await open(double);
      await other.append(stream, (await other.readStream(stream)).at(-1)!, [event()]);
      await other.close();
      expect(await appending).toMatchObject({ revision: 1 });
      expect(await log.readStream(stream)).toHaveLength(3);
    });

    it('takes the plain path, never the one in batches', async () => {
      const before = double.calls.append;
      await log.append(newStream(), 'no-stream', [event()]);
      expect(double.calls.append).toBe(before + 1);
      expect(double.calls.batchAppend).toBe(0);
    });

    it('on a head with another hash than stands there is a conflict, and costs nothing to see where the head is known', async () => {
      const stream = newStream();
      const head = await log.append(stream, 'no-stream', [event()]);
      const [appends, reads] = [double.calls.append, double.calls.read];
      await log.append(stream, head, [event()]);
      expect([double.calls.append, double.calls.read]).toEqual([appends + 1, reads]);
      const wrong = { revision: 1, hash: 'f'.repeat(64) };
      expect(await errorOf(log.append(stream, wrong, [event()]))).toBeInstanceOf(WrongExpectedHead);
      const other = await open(double);
      expect(await errorOf(other.append(stream, wrong, [event()]))).toBeInstanceOf(WrongExpectedHead);
      await other.close();
      expect(await log.readStream(stream)).toHaveLength(2);
    });

    it('of the same ids by two nodes, a moment apart, is written once; the second is given what stands there', async () => {
      const stream = newStream();
      const other = await open(double);
      const put = event();
      const later = { ...put, metadata: { ...put.metadata, recordedAt: '2030-01-01T00:00:00.000Z' } };
      const answers = await Promise.all([
        log.append(stream, 'no-stream', [put]),
        other.append(stream, 'no-stream', [later]),
      ]);
      const [standing] = await log.readStream(stream);
      expect(answers.map((it) => it.hash)).toEqual([standing!.hash, standing!.hash]);
      expect(answers.filter((it) => it.repeated)).toHaveLength(1);
      await other.close();
    });

    it('waits no longer than its patience for a server that says nothing, and works again when it does', async () => {
      const impatient = await open(double, NAME, IMPATIENT);
      double.freeze();
      const began = performance.now();
      const failed = await errorOf(impatient.append(newStream(), 'no-stream', [event()]));
      expect(failed).toBeInstanceOf(LogUnavailable);
      expect(failed.message).toMatch(/^the event log at 127\.0\.0\.1:\d+ is not available: it does not answer/);
      expect(performance.now() - began).toBeLessThan(IMPATIENT.totalMs + 2_000);
      double.thaw();
      expect(await impatient.append(newStream(), 'no-stream', [event()])).toMatchObject({ revision: 0 });
      await impatient.close();
    });

    it('waits no longer than its patience over all calls together that it takes', async () => {
      const stream = newStream();
      const head = await log.append(stream, 'no-stream', [event()]);
      await log.append(stream, head, [event()]);
      const patient = await open(double, NAME, { ...PATIENCE, totalMs: 1_000 });
      // Each in time: is the head as expected? append! what stands there instead? where does it end?
      double.delayMs = 350;
      const began = performance.now();
      expect(await errorOf(patient.append(stream, head, [event()]))).toBeInstanceOf(LogUnavailable);
      expect(performance.now() - began).toBeLessThan(1_000 + 1_000);
      double.delayMs = 0;
      await patient.close();
    });

    it('that has to look at its stream is answered, though the log is closed meanwhile', async () => {
      const stream = newStream();
      const head = await log.append(stream, 'no-stream', [event()]);
      const other = await open(double);
      double.delayMs = 50;
      const appending = other.append(stream, head, [event()]);
      const closing = other.close();
      expect(await appending).toMatchObject({ revision: 1, repeated: false });
      await closing;
    });

    it('is answered however slow the server is, within a time-out', async () => {
      double.delayMs = 150;
      expect(await log.append(newStream(), 'no-stream', [event()])).toMatchObject({ revision: 0 });
    });
  });

  describe('an erasure that was cut off half-way', () => {
    const readKeys = async (): Promise<readonly RecordedEvent[]> => {
      const fresh = await open(double);
      const read = await all(fresh.readAll({ categories: ['key'] }));
      await fresh.close();
      return read;
    };

    it('is whole when it is repeated, also by a node that has seen the end of the stream', async () => {
      const key = newStream('key');
      await log.append(key, 'no-stream', [event()]);
      double.events.tombstone(`${NAME}.${key}`);
      await all(log.readAll());
      await log.erase(key);
      expect(await readKeys()).toEqual([]);
    });

    it('leaves a stream that is not read with the others, and that is found not to be erased yet', async () => {
      const key = newStream('key');
      await log.append(key, 'no-stream', [event()]);
      double.next('tombstone', { fault: faults.accessDenied });
      expect(await errorOf(log.erase(key))).toBeInstanceOf(LogUnavailable);
      expect(await readKeys()).toEqual([]);
      expect(await log.readStream(key)).toHaveLength(1);
      await log.erase(key);
      expect(await errorOf(log.readStream(key))).toBeInstanceOf(StreamErased);
    });
  });

  describe('what others do on the server', () => {
    it('erases nothing but keys: a case that was deleted there is damaged, and what was read of it stays', async () => {
      const [stream, key] = [newStream(), newStream('key')];
      await log.append(stream, 'no-stream', [event(), event()]);
      await log.append(key, 'no-stream', [event()]);
      double.events.tombstone(`${NAME}.${stream}`);
      await log.erase(key);
      const erased: string[] = [];
      expect(await all(log.readAll({ onErased: (it) => erased.push(it) }))).toMatchObject([{ stream }, { stream }]);
      expect(erased).toEqual([key]);
      expect(await errorOf(log.readStream(stream))).toBeInstanceOf(StreamDamaged);
    });

    const keepLastOf = (stream: string) => {
      const data = new TextEncoder().encode('{"$maxCount":1}');
      const kept = { id: randomUUID(), type: '$metadata', contentType: 'application/json', data, metadata: data };
      double.events.append(`$$${NAME}.${stream}`, 'any', [kept]);
    };

    it('takes away the beginning of a case: it is damaged, and not taken for a shorter one', async () => {
      const stream = newStream();
      await log.append(stream, 'no-stream', [event(), event(), event()]);
      keepLastOf(stream);
      expect(await errorOf(log.readStream(stream))).toBeInstanceOf(StreamDamaged);
    });

    it('takes it away for good, by scavenging: verify names that case, and the others are read', async () => {
      const [stream, ...others] = [newStream(), newStream(), newStream()];
      for (const one of [stream, ...others]) await log.append(one, 'no-stream', [event(), event(), event()]);
      keepLastOf(stream);
      double.events.scavenge();
      const { findings, isComplete, streams } = await verifyLog(log);
      expect(findings).toMatchObject([{ stream, what: expect.stringContaining('is damaged') }]);
      expect({ isComplete, streams }).toEqual({ isComplete: true, streams: 3 });
    });

    it('keeps no node from reading the others, be it new or not', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'woonspoor-scavenged-'));
      const [stream, other] = [newStream(), newStream()];
      for (const one of [stream, other]) await log.append(one, 'no-stream', [event(), event(), event()]);
      keepLastOf(stream);
      double.events.scavenge();
      for (const what of ['new', 'opened again']) {
        const place = { connectionString: double.connectionString(NAME) };
        const node = await CopiedEventLog.over(await open(double), { place, file: join(folder, 'copy.sqlite') });
        await node.checkReady();
        const { findings } = await verifyLog(node);
        expect({ what, findings }).toMatchObject({ what, findings: [{ stream }] });
        expect(await node.readStream(other)).toHaveLength(3);
        await node.close();
      }
      rmSync(folder, { recursive: true });
    });

    it('is looked through once for the end of the log', async () => {
      await log.append(newStream(), 'no-stream', [event()]);
      const other = await open(double, 'other');
      for (let streams = 0; streams < 10; streams++)
        await other.append(
          newStream(),
          'no-stream',
          Array.from({ length: 50 }, () => event()),
        );
      await other.close();
      await log.head();
      const before = double.calls.read;
      await log.head();
      expect(double.calls.read - before).toBe(1);
    });
  });

  describe('no call is left behind on the server', () => {
    it('by readings that are left, and by followers that are stopped', async () => {
      const stream = newStream('word');
      const head = await log.append(
        stream,
        'no-stream',
        Array.from({ length: 1_500 }, () => event()),
      );
      for await (const _ of log.readAll({ categories: ['word'], batchSize: 10 })) break;
      const stop = new AbortController();
      const following = (async () => {
        for await (const _ of log.follow({ categories: ['word'], after: head.position, signal: stop.signal }));
      })();
      await eventually(() => expect(double.subscriptions).toBe(1));
      stop.abort();
      await following;
      await eventually(() => expect(double.readings).toBe(0));
    });

    it('by readings that are given up because nothing comes', async () => {
      const impatient = await open(double, NAME, IMPATIENT);
      await impatient.head();
      double.freeze();
      for (const asking of [impatient.checkReady(), impatient.head(), impatient.readStream(newStream())]) {
        expect(await errorOf(asking)).toBeInstanceOf(LogUnavailable);
      }
      await eventually(() => expect(double.readings).toBe(0));
      double.thaw();
      await impatient.close();
    });
  });

  describe('a lost server', () => {
    it('makes every method say so, and all of them work again by themselves', async () => {
      const stream = newStream();
      const head = await log.append(stream, 'no-stream', [event()]);
      const impatient = await open(double, NAME, IMPATIENT);
      double.stop();
      const attempts: (() => Promise<unknown>)[] = [
        () => impatient.append(stream, head, [event()]),
        () => impatient.readStream(stream),
        () => all(impatient.readAll()),
        () => impatient.head(),
        () => impatient.erase(newStream('key')),
        () => impatient.checkReady(),
      ];
      const failed = await Promise.all(attempts.map((attempt) => errorOf(attempt())));
      for (const error of failed) expect(error).toBeInstanceOf(LogUnavailable);
      await double.start();
      // Its patience is shorter than the client may take to find the server again.
      await eventually(() => impatient.checkReady());
      expect(await impatient.append(stream, head, [event()])).toMatchObject({ revision: 1 });
      expect(await all(impatient.readAll())).toHaveLength(2);
      await impatient.close();
    });

    it('that comes back in time is not noticed', async () => {
      const stream = newStream();
      const head = await log.append(stream, 'no-stream', [event()]);
      double.stop();
      const appending = log.append(stream, head, [event()]);
      await pause(200);
      await double.start();
      expect(await appending).toMatchObject({ revision: 1 });
    });

    it('in the middle of reading the whole log: it goes on where it was', async () => {
      const stream = newStream('word');
      await log.append(
        stream,
        'no-stream',
        Array.from({ length: 600 }, () => event()),
      );
      const read: RecordedEvent[] = [];
      for await (const batch of log.readAll({ categories: ['word'], batchSize: 50 })) {
        read.push(...batch);
        if (read.length === 100) {
          double.stop();
          await double.start();
        }
      }
      expect(read.map((it) => it.revision)).toEqual(Array.from({ length: 600 }, (_, at) => at));
    });
  });

  describe('a long reading of the whole log', () => {
    it('goes on as often as the connection is lost: patience ends only where it does not get on', async () => {
      const patient = await open(double, NAME, { ...PATIENCE, totalMs: 2_000 });
      const stream = newStream('word');
      let head: StreamHead | undefined;
      for (let count = 0; count < 8; count++) {
        const events = Array.from({ length: 600 }, () => event({ text: 'x'.repeat(500) }));
        head = await log.append(stream, head ?? 'no-stream', events);
      }
      const read: RecordedEvent[] = [];
      let losses = 0;
      for await (const batch of patient.readAll({ categories: ['word'], batchSize: 50 })) {
        read.push(...batch);
        // Farther apart than what is read ahead.
        if (losses === 3 || read.length < 100 + losses * 1_600) continue;
        if (losses++ > 0) await pause(2_000);
        double.stop();
        await double.start();
      }
      expect(losses).toBe(3);
      expect(read.map((it) => it.revision)).toEqual(Array.from({ length: 4_800 }, (_, at) => at));
      await patient.close();
    });
  });

  describe('a follower', () => {
    it('does not ask again and again without a pause when every subscription is ended as soon as it begins', async () => {
      const stop = new AbortController();
      const read: RecordedEvent[] = [];
      const following = (async () => {
        for await (const batch of log.follow({ categories: ['word'], signal: stop.signal })) read.push(...batch);
      })();
      const ending = setInterval(() => double.drop('end'), 1);
      await pause(1_000);
      clearInterval(ending);
      expect(double.calls.subscribe).toBeLessThan(20);
      await log.append(newStream('word'), 'no-stream', [event()]);
      await eventually(() => expect(read).toHaveLength(1));
      stop.abort();
      await following;
    });

    for (const how of ['unavailable', 'cancelled', 'aborted', 'end'] satisfies Drop[]) {
      it(`goes on after its subscription was dropped (${how}): nothing lost, nothing twice`, async () => {
        await followsThrough(log, double, () => double.drop(how));
      });
    }

    it('goes on after the server was stopped and started again', async () => {
      await followsThrough(log, double, async () => {
        double.stop();
        await pause(100);
        await double.start();
      });
    });

    it('goes on when its subscription falls silent while the server answers all else', async () => {
      await followsThrough(log, double, () => double.silenceSubscriptions());
    });

    it('goes on after a frozen connection, however long', async () => {
      await followsThrough(log, double, async () => {
        double.freeze();
        await pause(3 * PATIENCE.attemptMs);
        double.thaw();
      });
    });

    it('that takes its time loses nothing', async () => {
      const read: number[] = [];
      const stop = new AbortController();
      const following = (async () => {
        for await (const batch of log.follow({ categories: ['word'], batchSize: 20, signal: stop.signal })) {
          read.push(...batch.map((it) => it.revision));
          await pause(5);
          if (read.length >= 600) stop.abort();
        }
      })();
      await eventually(() => expect(double.subscriptions).toBe(1));
      const stream = newStream('word');
      const head = await log.append(
        stream,
        'no-stream',
        Array.from({ length: 300 }, () => event()),
      );
      await log.append(
        stream,
        head,
        Array.from({ length: 300 }, () => event()),
      );
      await following;
      expect(read).toEqual(Array.from({ length: 600 }, (_, at) => at));
    });

    it('is told of an erasure that goes by', async () => {
      const stream = newStream('key');
      const erased: string[] = [];
      const stop = new AbortController();
      const following = (async () => {
        for await (const _ of log.follow({ signal: stop.signal, onErased: (it) => void erased.push(it) }));
      })();
      await log.append(stream, 'no-stream', [event()]);
      await log.erase(stream);
      await eventually(() => expect(erased).toEqual([stream]));
      stop.abort();
      await following;
    });

    it('stops where an event cannot be read, after all before it, and goes on after it', async () => {
      const stream = newStream('word');
      await log.append(stream, 'no-stream', [event(), event(), event()]);
      double.events.overwrite(`${NAME}.${stream}`, 1, '{"broken');
      const read: number[] = [];
      const damage = (await errorOf(
        (async () => {
          for await (const batch of log.follow({ categories: ['word'], signal: new AbortController().signal })) {
            read.push(...batch.map((it) => it.revision));
          }
        })(),
      )) as StreamDamaged;
      expect(damage).toBeInstanceOf(StreamDamaged);
      expect(damage).toMatchObject({ stream, event: { revision: 1 } });
      expect(read).toEqual([0]);
      const rest = await all(log.readAll({ categories: ['word'], after: damage.event!.position }));
      expect(rest.map((it) => it.revision)).toEqual([2]);
      expect(await errorOf(log.readStream(stream))).toBeInstanceOf(StreamDamaged);
      expect(await errorOf(all(log.readStreamByStream({ category: 'word' })))).toMatchObject({ stream });
    });
  });

  it('a position of no event is refused as such', async () => {
    await log.append(newStream(), 'no-stream', [event()]);
    await expect(all(log.readAll({ after: '7' }))).rejects.toThrow('7 is no position of this log');
    await expect(all(log.readAll({ after: 'seven' }))).rejects.toThrow(RangeError);
  });

  it('two nodes that begin a log at once begin one', async () => {
    const logs = await Promise.all([1, 2, 3].map(() => open(double, 'another')));
    expect(new Set(logs.map((it) => it.id)).size).toBe(1);
    for (const it of logs) await it.close();
  });

  it('logs under other names on the same server see nothing of each other', async () => {
    const other = await open(double, 'othertown');
    const stream = newStream();
    await log.append(stream, 'no-stream', [event()]);
    expect(other.id).not.toBe(log.id);
    expect(await other.readStream(stream)).toEqual([]);
    expect(await all(other.readAll())).toEqual([]);
    expect(await other.head()).toBeUndefined();
    await other.close();
  });

  it('a log without a name sees nothing of those with one on the same server, and takes no name that could be theirs', async () => {
    const connectionString = double.connectionString();
    const nameless = await EventStoreDbEventLog.open({ connectionString, mode: 'write', patience: PATIENCE });
    const [stream, checkpoint] = [newStream(), newStream('checkpoint')];
    await log.append(stream, 'no-stream', [event()]);
    await log.append(checkpoint, 'no-stream', [event()]);
    expect(await nameless.head()).toBeUndefined();
    expect(await nameless.inventory()).toEqual({ categories: [], erased: [] });
    const own = await nameless.append(stream, 'no-stream', [event()]);
    await log.append(newStream(), 'no-stream', [event()]);
    expect(await all(nameless.readAll())).toMatchObject([{ stream, position: own.position }]);
    expect(await nameless.head()).toBe(own.position);
    const theirs = nameless.append(`${NAME}.${newStream()}`, 'no-stream', [event()]);
    expect(await errorOf(theirs)).toBeInstanceOf(InvalidEvent);
    await nameless.close();
  });

  it('a log knows about how many events it has, however much others have written since', async () => {
    const other = await EventStoreDbEventLog.open({
      connectionString: double.connectionString('other'),
      mode: 'write',
      patience: PATIENCE,
    });
    for (let stream = 0; stream < 5; stream++) await log.append(newStream(), 'no-stream', [event(), event()]);
    for (let stream = 0; stream < 5; stream++)
      await other.append(
        newStream(),
        'no-stream',
        Array.from({ length: 300 }, () => event()),
      );
    expect(await log.count()).toBe(10);
    await other.close();
  });
});

describe('a cluster', () => {
  let nodes: EventStoreDouble[];
  let log: EventStoreDbEventLog;

  beforeEach(async () => {
    nodes = await EventStoreDouble.startCluster(3);
    const connectionString = `esdb://${nodes.map((it) => it.host).join(',')}?tls=false&discoveryInterval=20`;
    log = await EventStoreDbEventLog.open({ connectionString, mode: 'write', patience: PATIENCE });
  });
  afterEach(async () => {
    await log.close();
    for (const node of nodes) node.stop();
  });

  it('is followed to its new leader, by appends and followers alike', async () => {
    await followsThrough(log, nodes[0]!, () => {
      nodes[0]!.isLeader = false;
      nodes[1]!.isLeader = true;
      nodes[0]!.drop('cancelled');
    });
    expect(nodes[1]!.calls.append).toBeGreaterThan(0);
  });

  it('whose leader is killed goes on with another', async () => {
    await followsThrough(log, nodes[0]!, () => {
      nodes[0]!.stop();
      nodes[0]!.isLeader = false;
      nodes[2]!.isLeader = true;
    });
  });

  it('that cannot be discovered for a while is found again: the client is made anew', async () => {
    const head = await log.append('case-1', 'no-stream', [event()]);
    for (const node of nodes) node.stop();
    const appending = log.append('case-1', head, [event()]);
    await pause(500);
    for (const node of nodes) await node.start();
    expect(await appending).toMatchObject({ revision: 1 });
  });

  it('of which no node is found while calls fail that were under way ends nothing but these calls', async () => {
    const hosts = nodes.map((it) => it.host).join(',');
    const connection = readConnectionString(`esdb://${hosts}?tls=false&gossipTimeout=1&maxDiscoverAttempts=1`);
    const server = new Server(connection, PATIENCE);
    const { client, readOptions } = server;
    const failed: string[] = [];
    const fails = (reading: { on(event: 'error', listener: (error: Error) => void): unknown }) =>
      reading.on('error', ({ message }) => failed.push(message));
    fails(client.subscribeToAll(readOptions));
    await eventually(() => expect(nodes[0]!.subscriptions).toBe(1));
    nodes[0]!.next('read', { fault: faults.unavailable });
    fails(client.readAll({ maxCount: 1, ...readOptions }));
    await eventually(() => expect(failed).toHaveLength(1));
    for (const node of nodes) node.freeze();
    fails(client.readAll({ maxCount: 1, ...readOptions }));
    await pause(100);
    // An error that nobody looks at would fail this test, as it would end the process.
    nodes[0]!.drop('unavailable');
    await eventually(() => expect(failed.at(-1)).toMatch(/^Failed to discover/));
    expect(failed).toHaveLength(3);
    await pause(50);
    for (const node of nodes) node.thaw();
    server.close();
  });

  it('redirects a client that knows only a follower', async () => {
    const one = await open(nodes[2]!, NAME);
    expect(await one.append(newStream(), 'no-stream', [event()])).toMatchObject({ revision: 0 });
    expect(nodes[2]!.calls.append).toBe(0);
    await one.close();
  });
});

function open(double: EventStoreDouble, name = NAME, patience = PATIENCE): Promise<EventStoreDbEventLog> {
  return EventStoreDbEventLog.open({ connectionString: double.connectionString(name), mode: 'write', patience });
}

/** Something happens while events are appended and followed; in the end each was given once and in order. */
async function followsThrough(
  log: EventLog,
  double: EventStoreDouble,
  happens: () => void | Promise<void>,
): Promise<void> {
  const read: string[] = [];
  const stop = new AbortController();
  const following = (async () => {
    for await (const batch of log.follow({ categories: ['case'], batchSize: 3, signal: stop.signal })) {
      read.push(...batch.map((it) => it.position));
    }
  })();
  const positions: string[] = [];
  const append = async () => positions.push((await log.append(newStream(), 'no-stream', [event()])).position);
  for (let count = 0; count < 5; count++) await append();
  await eventually(() => expect(double.subscriptions).toBe(1));
  await append();
  await eventually(() => expect(read).toEqual(positions));
  await happens();
  for (let count = 0; count < 5; count++) await append();
  await eventually(() => expect(read).toEqual(positions));
  await append();
  await eventually(() => expect(read).toEqual(positions));
  stop.abort();
  await following;
}

async function eventually(check: () => void | Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await check();
    } catch (error) {
      if (tries === 200) throw error;
      await pause(20);
    }
  }
}
