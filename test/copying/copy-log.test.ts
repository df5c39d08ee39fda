import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { copyLog, type CopyingOptions } from '../../src/copying/copy-log.ts';
import { ORIGIN_STREAM } from '../../src/copying/copying.events.ts';
import { isUnfinishedCopy, leftOutOf } from '../../src/copying/origin.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { verifyLog } from '../../src/event-log/verify-log.ts';
import { Catalogue, UnknownEvent } from '../../src/event-sourcing/catalogue.ts';
import { SystemClock } from '../../src/event-sourcing/clock.ts';
import { StreamDamaged, StreamErased, type EventLog, type StreamHead } from '../../src/event-sourcing/event-log.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { checkpointStream, ProcessRunner, type ProcessManager } from '../../src/event-sourcing/process-manager.ts';
import { errorOf, event, newStream, pause } from '../event-log/samples.ts';

const clock = new SystemClock();
const REACTOR = { name: 'tally', category: 'case', types: ['HouseholdSplit'] };

/** Streams as they can be told apart, without the positions, which are each log's own. */
async function contentsOf(log: EventLog): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for (const category of (await log.inventory()).categories) {
    for await (const events of log.readStreamByStream({ category })) {
      const told = events.map((event) => ({ ...event, position: null }));
      if (events[0]!.stream !== ORIGIN_STREAM) contents.set(events[0]!.stream, JSON.stringify(told));
    }
  }
  return contents;
}

describe('copying a log', () => {
  let folder: string;
  let source: SqliteEventLog;
  let target: SqliteEventLog;
  const running: ProcessRunner[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'woonspoor-copying-'));
    source = SqliteEventLog.open({ file: join(folder, 'source.sqlite'), mode: 'write' });
    target = SqliteEventLog.open({ file: join(folder, 'target.sqlite'), mode: 'write' });
  });
  afterEach(async () => {
    for (const runner of running.splice(0)) await runner.stop();
    await source.close();
    await target.close();
    rmSync(folder, { recursive: true });
  });

  const copy = (options: Partial<CopyingOptions> = {}) => copyLog(source, target, { reactors: [REACTOR], ...options });
  const told = (note: string) => event({ note });
  const splitOff = () => ({ ...event(), type: 'HouseholdSplit' });

  async function write(log: EventLog, streams: readonly string[], eventsEach = 3): Promise<void> {
    await Promise.all(
      streams.map(async (stream) => {
        let head: StreamHead | undefined;
        for (let at = 0; at < eventsEach; at++) head = await log.append(stream, head ?? 'no-stream', [told(`${at}`)]);
      }),
    );
  }
  const someStreams = (count: number, category = 'case') => Array.from({ length: count }, () => newStream(category));

  /** A process manager that notes what it reacts to. */
  function run(log: EventLog, reacted: string[], fault?: Error): ProcessRunner {
    const tally: ProcessManager = {
      ...REACTOR,
      react: async ({ stream }) => {
        if (fault) throw fault;
        reacted.push(stream);
      },
    };
    const runner = new ProcessRunner({ log, clock }, tally, () => {});
    runner.start();
    running.push(runner);
    return runner;
  }
  async function caughtUp(runner: ProcessRunner, log: EventLog): Promise<void> {
    const end = await log.head();
    for (let waited = 0; runner.status().position !== end; waited++) {
      if (waited > 500) throw new Error('waited too long');
      await pause(10);
    }
    await runner.stop();
  }

  const [CHANGED, UNREADABLE] = ['{"note":"9"}', '{'];

  /** Puts another text in the place of the data of a stream's second event. */
  async function damage(stream: string, data: string): Promise<void> {
    await source.close();
    const db = new Database(join(folder, 'source.sqlite'));
    db.exec('DROP TRIGGER IF EXISTS events_stand');
    db.prepare(
      'UPDATE events SET data = ? WHERE revision = 1 AND stream = (SELECT id FROM streams WHERE name = ?)',
    ).run(data, stream);
    db.close();
    source = SqliteEventLog.open({ file: join(folder, 'source.sqlite'), mode: 'write' });
  }

  it('leaves ids, data, metadata, revisions and hashes as they are, so that all chains hold on the other side', async () => {
    await write(source, [...someStreams(300), ...someStreams(20, 'quota'), ...someStreams(50, 'key')]);
    await source.append('case-é', 'no-stream', [told('é'.repeat(200_000)), told('𝄞'.repeat(100_000)), told('end')]);
    const outcome = await copy();
    expect(outcome).toMatchObject({ ended: 'COMPLETED', streams: 371, events: 370 * 3 + 3, erased: 0 });
    expect(await contentsOf(target)).toEqual(await contentsOf(source));
    expect(await verifyLog(target)).toMatchObject({ findings: [], isComplete: true, streams: 372 });
    expect(target.id).not.toBe(source.id);
  });

  it('keeps categories in the order in which they began', async () => {
    await write(source, ['reference-z', 'case-a', 'beta-1']);
    await copy();
    expect((await target.inventory()).categories).toEqual(['copy', 'reference', 'case', 'beta']);
  });

  it('does not make the log any later than it was, so that its clock may stand where it stood', async () => {
    await write(source, someStreams(3));
    const last = await source.lastRecordedAt();
    await copy();
    expect(await target.lastRecordedAt()).toBe(last);
  });

  it('is not complete when a key was erased meanwhile, and erases it when it goes on', async () => {
    await write(source, ['key-erased', ...someStreams(5)]);
    let isErased = false;
    const onProgress = () => {
      if (!isErased) void source.erase('key-erased');
      isErased = true;
    };
    expect((await errorOf(copy({ isLive: true, onProgress }))).message).toMatch(/same command again/);
    expect(await copy({ isLive: true })).toMatchObject({ ended: 'COMPLETED', streams: 5, erased: 1 });
    expect(await errorOf(target.readStream('key-erased'))).toBeInstanceOf(StreamErased);
  });

  it('takes along what was erased, and erases what is given besides, of which nothing comes to stand there', async () => {
    const [erased, given, kept] = ['key-erased', 'key-given', 'key-kept'];
    await source.append(given, 'no-stream', [told('Tweety')]);
    await write(source, [erased, kept, 'case-1']);
    await source.erase(erased);
    expect(await copy({ erased: [given] })).toMatchObject({ streams: 2, erased: 2 });
    for (const stream of [erased, given]) {
      expect(await errorOf(target.readStream(stream))).toBeInstanceOf(StreamErased);
    }
    await target.close();
    expect(readFileSync(join(folder, 'target.sqlite')).includes('Tweety')).toBe(false);
  });

  describe('refuses', () => {
    it('a target that is not empty, or is the copy of another log', async () => {
      await write(source, ['case-1']);
      const other = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
      await write(other, ['case-2']);
      expect((await errorOf(copyLog(source, other, { reactors: [] }))).message).toContain('not empty');
      await copyLog(other, target, { reactors: [] });
      expect((await errorOf(copy())).message).toContain('copy of another log');
      await other.close();
    });

    it('a source with nothing in it, and one that is the target', async () => {
      expect((await errorOf(copy())).message).toContain('nothing');
      await write(source, ['case-1']);
      expect((await errorOf(copyLog(source, source, { reactors: [] }))).message).toContain('the same log');
    });

    it('a source that is an unfinished copy itself: not all that belongs to it is there', async () => {
      await write(source, someStreams(150));
      const stopping = new AbortController();
      let seen = 0;
      const onProgress = () => (++seen === 20 ? stopping.abort() : undefined);
      expect(await copy({ signal: stopping.signal, onProgress })).toMatchObject({ ended: 'STOPPED' });
      const third = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
      const refused = await errorOf(copyLog(target, third, { reactors: [], isLive: true }));
      expect(refused.message).toContain('unfinished copy of another log');
      expect(await third.head()).toBeUndefined();
      await third.close();
    });

    it('a source to which a process manager has not reacted yet, and leaves the target as it was', async () => {
      const first = await source.append('case-1', 'no-stream', [splitOff()]);
      await source.append('case-1', first, [splitOff(), event()]);
      expect((await errorOf(copy())).message).toMatch(/"tally" .* 2 events of the source, the first case-1 event 0/);
      expect(await target.head()).toBeUndefined();
    });

    it('a source that is written meanwhile, and goes on with what was written', async () => {
      await write(source, someStreams(200));
      const [first] = (await source.inventory()).categories;
      for await (const [one] of source.readStreamByStream({ category: first! })) {
        let isWritten: Promise<unknown> | undefined;
        const onProgress = () => {
          isWritten ??= source
            .readStream(one!.stream)
            .then((events) => source.append(one!.stream, events.at(-1)!, [told('late')]));
        };
        expect((await errorOf(copy({ onProgress }))).message).toContain('was written while it was copied');
        break;
      }
      expect(await isUnfinishedCopy(target)).toBe(true);
      expect(await copy()).toMatchObject({ ended: 'COMPLETED', events: 601 });
      expect(await contentsOf(target)).toEqual(await contentsOf(source));
    });

    it('a source that is not as it was written, before the flawed stream stands in the target', async () => {
      await write(source, ['case-1', 'case-2']);
      await damage('case-2', CHANGED);
      expect((await errorOf(copy())).message).toContain('case-2 event 1: does not match its hash');
      expect(await target.readStream('case-2')).toEqual([]);
    });

    it('to call a target complete into which somebody else has written', async () => {
      await write(source, someStreams(20));
      let isWritten = false;
      const onProgress = () => {
        if (!isWritten) void target.append('case-other', 'no-stream', [told('mine')]);
        isWritten = true;
      };
      expect((await errorOf(copy({ onProgress }))).message).toContain(
        'target holds 61 events in 21 streams, the source 60 in 20',
      );
      expect(await isUnfinishedCopy(target)).toBe(true);
    });
  });

  describe('without damaged streams, by name,', () => {
    const both = ['case-changed', 'case-unreadable'];
    beforeEach(async () => {
      await write(source, ['case-before', ...both, 'case-after']);
      await damage('case-changed', CHANGED);
      await damage('case-unreadable', UNREADABLE);
    });

    it('copies the others, and says of each why it is not there', async () => {
      const outcome = await copy({ leaveOut: both.toReversed() });
      expect(outcome).toMatchObject({ ended: 'COMPLETED', streams: 2, events: 6, leftOut: both });
      expect(await verifyLog(target)).toMatchObject({ findings: [], isComplete: true });
      const reasons = { 'case-changed': /event 1: does not match its hash/, 'case-unreadable': /cannot be read back/ };
      for (const [stream, reason] of Object.entries(reasons)) {
        const [event, ...more] = await target.readStream(stream);
        expect(more).toEqual([]);
        expect(event).toMatchObject({ type: 'StreamLeftOut', data: { reason: expect.stringMatching(reason) } });
        expect(event!.metadata.recordedAt.slice(0, 4)).toBe('1900');
        const read = () => new Catalogue({}).read(event!);
        expect(read).toThrow(UnknownEvent);
        expect(read).toThrow(`${stream} was left out when this log was copied: `);
      }
      expect(await copy()).toMatchObject({ ended: 'ALREADY', leftOut: both });
    });

    it('tells so on in the copies of the copy', async () => {
      await copy({ leaveOut: both });
      const further = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
      expect(await copyLog(target, further, { reactors: [] })).toMatchObject({ ended: 'COMPLETED', leftOut: both });
      expect(await leftOutOf(further)).toEqual(both);
      expect(await further.readStream('case-changed')).toHaveLength(1);
      await further.close();
    });

    it('refuses to leave out what is whole, or not there, or stands in a complete copy', async () => {
      expect((await errorOf(copy({ leaveOut: [...both, 'case-after'] }))).message).toContain('case-after is as it was');
      expect((await errorOf(copy({ leaveOut: [...both, 'case-x'] }))).message).toContain('there is no case-x');
      expect(await isUnfinishedCopy(target)).toBe(true);
      await copy({ leaveOut: both });
      expect((await errorOf(copy({ leaveOut: ['case-after'] }))).message).toContain('with case-after in it');
    });

    it('stops at one that was not named, and goes on when it is', async () => {
      expect(await errorOf(copy({ isLive: true, leaveOut: ['case-changed'] }))).toBeInstanceOf(StreamDamaged);
      expect(await isUnfinishedCopy(target)).toBe(true);
      expect(await copy({ leaveOut: both })).toMatchObject({ ended: 'COMPLETED', streams: 2, leftOut: both });
    });

    it('never becomes a copy that has them, should they be mended', async () => {
      expect(await errorOf(copy({ isLive: true, leaveOut: ['case-changed'] }))).toBeInstanceOf(StreamDamaged);
      await damage('case-changed', '{"note":"1"}');
      await damage('case-unreadable', '{"note":"1"}');
      expect((await verifyLog(source)).findings).toEqual([]);
      expect((await errorOf(copy())).message).toContain('case-changed was left out of the target');
    });
  });

  describe('stopped', () => {
    it('goes on where it was, as often as need be, with nothing twice and nothing lost', async () => {
      await write(source, [...someStreams(150), ...someStreams(150, 'quota')]);
      let stops = 0;
      for (let isDone = false; !isDone; stops++) {
        const stopping = new AbortController();
        let seen = 0;
        const onProgress = ({ step }: { step: string }) => {
          if (step === 'copy' && ++seen === 70) stopping.abort();
        };
        const { ended } = await copy({ signal: stopping.signal, onProgress });
        isDone = ended === 'COMPLETED';
        expect(await isUnfinishedCopy(target)).toBe(!isDone);
        if (stops > 20) throw new Error('does not get on');
      }
      expect(stops).toBeGreaterThan(1);
      expect(await contentsOf(target)).toEqual(await contentsOf(source));
    });

    it('goes through all of it again when more was erased since', async () => {
      await write(source, [...someStreams(100, 'key'), 'key-later', ...someStreams(100)]);
      const stopping = new AbortController();
      let seen = 0;
      const onProgress = () => (++seen === 150 ? stopping.abort() : undefined);
      expect(await copy({ signal: stopping.signal, onProgress })).toMatchObject({ ended: 'STOPPED' });
      expect(await target.readStream('key-later')).toHaveLength(3);
      expect(await copy({ erased: ['key-later'] })).toMatchObject({ ended: 'COMPLETED', streams: 200, erased: 1 });
      expect(await errorOf(target.readStream('key-later'))).toBeInstanceOf(StreamErased);
    });

    it('goes through all of it again when as many others are erased; what is erased in the target stays so', async () => {
      const [before, after] = ['key-before', 'key-after'];
      await write(source, [before, after, ...someStreams(100, 'key'), ...someStreams(100)]);
      const stopping = new AbortController();
      let seen = 0;
      const onProgress = () => (++seen === 150 ? stopping.abort() : undefined);
      expect(await copy({ erased: [before], signal: stopping.signal, onProgress })).toMatchObject({ ended: 'STOPPED' });
      expect(await target.readStream(after)).toHaveLength(3);
      expect(await copy({ erased: [after] })).toMatchObject({ ended: 'COMPLETED', streams: 200, erased: 2 });
      for (const stream of [before, after]) {
        expect(await errorOf(target.readStream(stream))).toBeInstanceOf(StreamErased);
      }
    });

    it('complete, loses the keys that were erased in the source since, or are given besides', async () => {
      await write(source, ['key-later', 'key-given', 'key-first', 'key-kept', 'case-1']);
      await source.erase('key-first');
      expect(await copy()).toMatchObject({ ended: 'COMPLETED', erased: 1, erasedSince: 0 });
      await source.erase('key-later');
      expect(await copy({ erased: ['key-given'] })).toMatchObject({ ended: 'ALREADY', erased: 3, erasedSince: 2 });
      for (const stream of ['key-later', 'key-given']) {
        expect(await errorOf(target.readStream(stream))).toBeInstanceOf(StreamErased);
      }
      expect(await target.readStream('key-kept')).toHaveLength(3);
      expect(await copy()).toMatchObject({ ended: 'ALREADY', erased: 3, erasedSince: 0 });
    });

    it('says that it is complete already, unless the source was written since', async () => {
      await write(source, ['case-1']);
      const first = await copy();
      expect(await copy()).toMatchObject({ ...first, ended: 'ALREADY' });
      await write(source, ['case-2']);
      expect((await errorOf(copy())).message).toContain('written since');
    });
  });

  describe('and its process managers', () => {
    it('carries over what was done and what is parked, so that nothing is done again and nothing forgotten', async () => {
      await source.append('case-done', 'no-stream', [splitOff()]);
      await caughtUp(run(source, []), source);
      await source.append('case-parked', 'no-stream', [splitOff()]);
      await caughtUp(run(source, [], new Error('impossible')), source);
      await write(source, someStreams(10));
      await copy();
      await target.append('case-new', 'no-stream', [splitOff()]);
      const reacted: string[] = [];
      await caughtUp(run(target, reacted), target);
      expect(reacted).toEqual(['case-parked', 'case-new']);
    });

    it('taken as it stands, leaves to them what they have not done yet', async () => {
      await source.append('case-done', 'no-stream', [splitOff()]);
      await caughtUp(run(source, []), source);
      await source.append('case-left', 'no-stream', [splitOff()]);
      expect(await copy({ isLive: true })).toMatchObject({ ended: 'COMPLETED' });
      const reacted: string[] = [];
      await caughtUp(run(target, reacted), target);
      expect(reacted).toEqual(['case-left']);
    });

    it('leaves to them what can be read, where a damaged stream is left out', async () => {
      await source.append('case-done', 'no-stream', [splitOff()]);
      await caughtUp(run(source, []), source);
      await source.append('case-damaged', 'no-stream', [told('0'), told('1')]);
      await source.append('case-left', 'no-stream', [splitOff()]);
      await damage('case-damaged', UNREADABLE);
      expect(await copy({ isLive: true, leaveOut: ['case-damaged'] })).toMatchObject({ ended: 'COMPLETED' });
      const reacted: string[] = [];
      await caughtUp(run(target, reacted), target);
      expect(reacted).toEqual(['case-left']);
    });

    it('leaves nothing to them of a stream that is left out, neither what was parked nor what was not done yet', async () => {
      const first = await source.append('case-damaged', 'no-stream', [splitOff(), told('1')]);
      await source.append('case-parked', 'no-stream', [splitOff()]);
      await caughtUp(run(source, [], new Error('impossible')), source);
      await source.append('case-damaged', first, [splitOff()]);
      await source.append('case-left', 'no-stream', [splitOff()]);
      await damage('case-damaged', CHANGED);
      expect(await copy({ isLive: true, leaveOut: ['case-damaged'] })).toMatchObject({ leftOut: ['case-damaged'] });
      const [checkpoint] = await target.readStream(checkpointStream(REACTOR.name));
      const parked = [{ stream: 'case-parked' }, { stream: 'case-left' }];
      expect(checkpoint!.data).toMatchObject({ parked });
      const reacted: string[] = [];
      const runner = run(target, reacted);
      await caughtUp(runner, target);
      expect(reacted).toEqual(['case-parked', 'case-left']);
      expect(runner.status().parked).toEqual([]);
    });

    it('leaves nothing to them of a stream that was left out of the source, whatever that has parked', async () => {
      await source.append('case-damaged', 'no-stream', [splitOff(), told('1')]);
      await caughtUp(run(source, [], new Error('impossible')), source);
      const [{ data }] = (await source.readStream(checkpointStream(REACTOR.name))).slice(-1) as [RecordedEvent];
      await damage('case-damaged', CHANGED);
      await copy({ leaveOut: ['case-damaged'] });
      const last = (await target.readStream(checkpointStream(REACTOR.name))).at(-1)!;
      const position = await target.head();
      await target.append(last.stream, last, [{ ...event(), type: last.type, data: { ...data, position: position! } }]);
      const further = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
      await copyLog(target, further, { reactors: [REACTOR] });
      expect((await further.readStream(last.stream)).at(-1)!.data).toMatchObject({ parked: [] });
      await further.close();
    });

    it('takes a log that is being written as it stood at the beginning', async () => {
      await write(source, someStreams(100));
      let isWritten = false;
      const onProgress = () => {
        if (!isWritten) void source.append('case-later', 'no-stream', [told('later')]);
        isWritten = true;
      };
      expect(await copy({ isLive: true, onProgress })).toMatchObject({ ended: 'COMPLETED', streams: 100 });
    });
  });
});
