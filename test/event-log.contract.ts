import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  AppendTooLarge,
  EmptyAppend,
  InvalidEvent,
  LogUnavailable,
  MAX_APPEND_BYTES,
  StreamErased,
  StreamNotErasable,
  WrongExpectedHead,
  type Appended,
  type EventLog,
  type StreamHead,
} from '../src/event-sourcing/event-log.ts';
import { categoryOf, comparePositions, type JsonObject, type RecordedEvent } from '../src/event-sourcing/event.ts';
import { CHAIN_START, eventHash } from '../src/event-sourcing/hash-chain.ts';
import { all, batches, errorOf, event, headOf, newStream, pause } from './event-log/samples.ts';

export interface LogUnderTest {
  readonly log: EventLog;
  /** A second handle on the same log, where there can be one. */
  readonly again?: EventLog;
  dispose(): Promise<void>;
}

/**
 * Every promise of the port, kept and broken. The log may hold other streams: each test keeps to streams, and where it
 * reads the whole log to a category, of its own.
 */
export function eventLogContract(name: string, makeLog: () => Promise<LogUnderTest>): void {
  describe(`event log: ${name}`, () => {
    let under: LogUnderTest;
    let log: EventLog;

    beforeAll(async () => {
      under = await makeLog();
      log = under.log;
    });
    afterAll(() => under.dispose());

    describe('append', () => {
      it('begins a stream at revision 0', async () => {
        const stream = newStream();
        const appended = await log.append(stream, 'no-stream', [event()]);
        expect(appended).toMatchObject({ revision: 0, repeated: false });
        expect((await log.readStream(stream)).map((it) => it.position)).toEqual([appended.position]);
      });

      it('numbers the events of a stream without holes, over several appends', async () => {
        const stream = newStream();
        const first = await log.append(stream, 'no-stream', [event(), event()]);
        const second = await log.append(stream, first, [event()]);
        const third = await log.append(stream, second, [event(), event(), event()]);
        expect(third.revision).toBe(5);
        expect((await log.readStream(stream)).map((it) => it.revision)).toEqual([0, 1, 2, 3, 4, 5]);
      });

      it('gives increasing positions, over streams too', async () => {
        const positions: string[] = [];
        for (let count = 0; count < 20; count++) {
          positions.push((await log.append(newStream(), 'no-stream', [event(), event()])).position);
        }
        for (let index = 1; index < positions.length; index++) {
          expect(comparePositions(positions[index - 1]!, positions[index]!)).toBeLessThan(0);
        }
      });

      it('answers with the head the next append builds on', async () => {
        const stream = newStream();
        const appended = await log.append(stream, 'no-stream', [event(), event()]);
        expect(appended).toMatchObject(headOf(await log.readStream(stream)));
      });

      it('gives back what was put in', async () => {
        const stream = newStream();
        const data: JsonObject = {
          zebra: 1,
          apple: [1, -0.5, 1e21, 0, null, true, false, [], {}],
          text: 'Żółć "quoted" \\ \n \u0000 \u2028 🏠 é',
          nested: { b: { '10': 1, '9': 2, a: 'x' }, a: [] },
          '': 'no name',
        };
        const put = event(data);
        await log.append(stream, 'no-stream', [put]);
        const [got] = await log.readStream(stream);
        expect(got).toMatchObject({ ...put, stream, revision: 0 });
        expect(got!.data).toEqual(data);
      });

      it('refuses to begin a stream that is there', async () => {
        const stream = newStream();
        await log.append(stream, 'no-stream', [event()]);
        const refused = await errorOf(log.append(stream, 'no-stream', [event()]));
        expect(refused).toBeInstanceOf(WrongExpectedHead);
        expect(refused).toMatchObject({ stream, expected: 'no-stream', actual: 0, code: 'WRONG_EXPECTED_HEAD' });
      });

      it('refuses to build on a stream that is not there', async () => {
        const stream = newStream();
        const refused = await errorOf(log.append(stream, { revision: 3, hash: 'x' }, [event()]));
        expect(refused).toMatchObject({ code: 'WRONG_EXPECTED_HEAD', expected: 3, actual: 'no-stream' });
        expect(await log.readStream(stream)).toEqual([]);
      });

      it('refuses to build on a revision that is past, or still to come', async () => {
        const stream = newStream();
        const first = await log.append(stream, 'no-stream', [event()]);
        const second = await log.append(stream, first, [event()]);
        const past = await errorOf(log.append(stream, first, [event()]));
        const toCome = await errorOf(log.append(stream, { ...second, revision: 2 }, [event()]));
        expect(past).toMatchObject({ code: 'WRONG_EXPECTED_HEAD', expected: 0, actual: 1 });
        expect(toCome).toMatchObject({ code: 'WRONG_EXPECTED_HEAD', expected: 2, actual: 1 });
      });

      it('writes all events of an append or none', async () => {
        const stream = newStream();
        await log.append(stream, 'no-stream', [event()]);
        await errorOf(log.append(stream, 'no-stream', [event(), event(), event()]));
        await errorOf(log.append(stream, 'no-stream', [event(), event({ wrong: undefined as never })]));
        expect(await log.readStream(stream)).toHaveLength(1);
      });

      it('lets exactly one of many win who build on the same head', async () => {
        const stream = newStream();
        const head = await log.append(stream, 'no-stream', [event()]);
        const results = await Promise.allSettled(
          Array.from({ length: 25 }, () => log.append(stream, head, [event(), event()])),
        );
        const refusals = results.filter((it) => it.status === 'rejected').map((it) => it.reason as unknown);
        expect(refusals).toHaveLength(24);
        for (const refusal of refusals) expect(refusal).toBeInstanceOf(WrongExpectedHead);
        expect(await log.readStream(stream)).toHaveLength(3);
      });

      it('a conflict fails nobody else', async () => {
        const stream = newStream();
        await log.append(stream, 'no-stream', [event()]);
        const others = Array.from({ length: 10 }, newStream);
        const [conflict, ...fine] = await Promise.allSettled([
          log.append(stream, 'no-stream', [event()]),
          ...others.map((other) => log.append(other, 'no-stream', [event()])),
        ]);
        expect(conflict!.status).toBe('rejected');
        expect(fine.map((it) => it.status)).toEqual(others.map(() => 'fulfilled'));
      });

      it('keeps apart streams of which one name begins with the other', async () => {
        const stream = newStream();
        await log.append(stream, 'no-stream', [event()]);
        await log.append(`${stream}-more`, 'no-stream', [event()]);
        expect(await log.readStream(stream)).toHaveLength(1);
      });
    });

    describe('a repeated append', () => {
      it('is answered as the first time', async () => {
        const stream = newStream();
        const events = [event(), event()];
        const first = await log.append(stream, 'no-stream', events);
        const repeat = await log.append(stream, 'no-stream', events);
        expect(repeat).toEqual({ ...first, repeated: true });
        expect(await log.readStream(stream)).toHaveLength(2);
      });

      it('is known at any age, when the stream has gone on', async () => {
        const stream = newStream();
        const start = await log.append(stream, 'no-stream', [event()]);
        const events = [event(), event()];
        const first = await log.append(stream, start, events);
        const later = await log.append(stream, first, [event()]);
        await log.append(stream, later, [event(), event()]);
        expect(await log.append(stream, start, events)).toEqual({ ...first, repeated: true });
        expect(await log.readStream(stream)).toHaveLength(6);
      });

      it('is known by its ids alone, and answers with what stands there', async () => {
        const stream = newStream();
        const put = event();
        const first = await log.append(stream, 'no-stream', [put]);
        const repeat = await log.append(stream, 'no-stream', [{ ...put, data: { other: true } }]);
        expect(repeat).toEqual({ ...first, repeated: true });
        expect((await log.readStream(stream))[0]!.data).toEqual(put.data);
      });

      it('is written once when both are under way together', async () => {
        const stream = newStream();
        const events = [event(), event()];
        const answers = await Promise.all([
          log.append(stream, 'no-stream', events),
          log.append(stream, 'no-stream', events),
          log.append(stream, 'no-stream', events),
        ]);
        expect(answers.filter((it) => !it.repeated)).toHaveLength(1);
        expect(new Set(answers.map((it) => it.position)).size).toBe(1);
        expect(await log.readStream(stream)).toHaveLength(2);
      });

      it('that overlaps only in part is a conflict', async () => {
        const stream = newStream();
        const [a, b, c, x] = [event(), event(), event(), event()];
        await log.append(stream, 'no-stream', [a, b, c]);
        const overlaps = [[a, x], [x, a], [a, b, x], [x, b, c], [b], [b, a], [c], [a, b, c, x], [x, x, x, c]];
        for (const events of overlaps) {
          expect(await errorOf(log.append(stream, 'no-stream', events))).toBeInstanceOf(WrongExpectedHead);
        }
        expect((await log.readStream(stream)).map((it) => it.id)).toEqual([a.id, b.id, c.id]);
      });

      it('of only the first of its events is taken for a repeat', async () => {
        const stream = newStream();
        const [a, b] = [event(), event()];
        await log.append(stream, 'no-stream', [a, b]);
        expect(await log.append(stream, 'no-stream', [a])).toMatchObject({ revision: 0, repeated: true });
      });

      it('is recognised within a stream only: the same ids elsewhere are new events', async () => {
        const events = [event()];
        await log.append(newStream(), 'no-stream', events);
        expect(await log.append(newStream(), 'no-stream', events)).toMatchObject({ repeated: false });
      });
    });

    describe('what cannot be appended', () => {
      it('nothing at all', async () => {
        expect(await errorOf(log.append(newStream(), 'no-stream', []))).toBeInstanceOf(EmptyAppend);
      });

      it('more than the limit, in one event or together; below it is taken', async () => {
        const half = { text: 'x'.repeat(MAX_APPEND_BYTES * 0.45) };
        const stream = newStream();
        expect(
          await errorOf(log.append(stream, 'no-stream', [event({ text: 'x'.repeat(MAX_APPEND_BYTES) })])),
        ).toBeInstanceOf(AppendTooLarge);
        expect(await errorOf(log.append(stream, 'no-stream', [event(half), event(half), event(half)]))).toBeInstanceOf(
          AppendTooLarge,
        );
        expect(
          await errorOf(log.append(stream, 'no-stream', [event({ text: '€'.repeat(MAX_APPEND_BYTES * 0.4) })])),
        ).toBeInstanceOf(AppendTooLarge);
        expect(await log.append(stream, 'no-stream', [event(half), event(half)])).toMatchObject({ revision: 1 });
        expect((await log.readStream(stream))[1]!.data).toEqual(half);
      });

      const itself: Record<string, unknown> = {};
      itself.itself = itself;
      for (const [what, value] of Object.entries<unknown>({
        undefined: { deep: [{ value: undefined }] },
        'a bigint': { value: 1n },
        NaN: { value: NaN },
        infinity: { value: [-Infinity] },
        'a function': { value: () => 1 },
        'a symbol': { value: Symbol('x') },
        'a Date': { value: new Date() },
        'a Map': { value: new Map([[1, 2]]) },
        'half a surrogate pair': { value: '\ud800' },
        'what holds itself': itself,
      })) {
        it(`${what}: it says so and writes nothing`, async () => {
          const stream = newStream();
          const refused = await errorOf(log.append(stream, 'no-stream', [event(), event(value as JsonObject)]));
          expect(refused).toBeInstanceOf(InvalidEvent);
          expect(await log.readStream(stream)).toEqual([]);
        });
      }

      it('an event without id or type', async () => {
        expect(await errorOf(log.append(newStream(), 'no-stream', [{ ...event(), id: '' }]))).toBeInstanceOf(
          InvalidEvent,
        );
        expect(await errorOf(log.append(newStream(), 'no-stream', [{ ...event(), type: '' }]))).toBeInstanceOf(
          InvalidEvent,
        );
      });
    });

    describe('reading a stream', () => {
      it('that is not there gives nothing', async () => {
        expect(await log.readStream(newStream())).toEqual([]);
      });

      it('takes both revisions in', async () => {
        const stream = newStream();
        await log.append(
          stream,
          'no-stream',
          times(6, () => event()),
        );
        const revisions = async (from?: number, until?: number) =>
          (
            await log.readStream(stream, {
              ...(from === undefined ? {} : { from }),
              ...(until === undefined ? {} : { until }),
            })
          ).map((it) => it.revision);
        expect(await revisions(2, 4)).toEqual([2, 3, 4]);
        expect(await revisions(4)).toEqual([4, 5]);
        expect(await revisions(undefined, 1)).toEqual([0, 1]);
        expect(await revisions(3, 3)).toEqual([3]);
        expect(await revisions(6)).toEqual([]);
      });
    });

    describe('reading several streams in one go', () => {
      it('gives each as reading it alone does, in the order asked for', async () => {
        const [two, unknown, one, erased] = [newStream(), newStream(), newStream('key'), newStream('key')];
        await log.append(two, 'no-stream', [event(), event()]);
        await log.append(one, 'no-stream', [event()]);
        await log.erase(erased);
        const asked = [erased, one, unknown, two, one];
        const alone = asked.map(async (stream) => (stream === erased ? 'erased' : log.readStream(stream)));
        expect(await log.readStreams(asked)).toEqual(await Promise.all(alone));
        expect(await log.readStreams([])).toEqual([]);
      });

      it('gives latest-only streams too', async () => {
        const [chained, latest] = [newStream(), newStream('checkpoint')];
        await log.append(chained, 'no-stream', [event()]);
        await log.append(latest, 'no-stream', [event()]);
        const read = await log.readStreams([latest, chained]);
        expect(read).toEqual([await log.readStream(latest), await log.readStream(chained)]);
      });
    });

    describe('reading the whole log', () => {
      it('gives all streams in order of position', async () => {
        const category = newCategory();
        const head = await log.head();
        const streams = times(5, () => newStream(category));
        const ends = await Promise.all(streams.map((it) => log.append(it, 'no-stream', [event(), event()])));
        const end = await log.append(streams[2]!, ends[2]!, [event()]);
        const read = await all(log.readAll({ ...(head ? { after: head } : {}), until: end.position }));
        const mine = read.filter((it) => streams.includes(it.stream));
        expect(mine).toHaveLength(11);
        expect(mine.at(-1)).toMatchObject({ stream: streams[2], revision: 2, position: end.position });
        expectInOrder(read);
      });

      it('keeps to the categories asked for', async () => {
        const [one, two] = [newCategory(), newCategory()];
        await log.append(newStream(one), 'no-stream', [event()]);
        await log.append(newStream(two), 'no-stream', [event()]);
        await log.append(newStream(), 'no-stream', [event()]);
        await log.append(newStream(one), 'no-stream', [event()]);
        expect((await all(log.readAll({ categories: [one] }))).map((it) => categoryOf(it.stream))).toEqual([one, one]);
        expect((await all(log.readAll({ categories: [one, two] }))).map((it) => categoryOf(it.stream))).toEqual([
          one,
          two,
          one,
        ]);
        expect(await all(log.readAll({ categories: [newCategory()] }))).toEqual([]);
      });

      it('leaves out `after` and takes in `until`', async () => {
        const category = newCategory();
        const ends: Appended[] = [];
        for (let count = 0; count < 5; count++)
          ends.push(await log.append(newStream(category), 'no-stream', [event()]));
        const read = await all(
          log.readAll({ categories: [category], after: ends[1]!.position, until: ends[3]!.position }),
        );
        expect(read.map((it) => it.position)).toEqual([ends[2]!.position, ends[3]!.position]);
        expect(await all(log.readAll({ categories: [category], after: ends[4]!.position }))).toEqual([]);
      });

      it('keeps to the batch size and loses nothing between batches', async () => {
        const category = newCategory();
        for (let count = 0; count < 10; count++)
          await log.append(
            newStream(category),
            'no-stream',
            times(3, () => event()),
          );
        const sizes: number[] = [];
        const read: RecordedEvent[] = [];
        for await (const batch of log.readAll({ categories: [category], batchSize: 7 })) {
          sizes.push(batch.length);
          read.push(...batch);
        }
        expect(read).toHaveLength(30);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(7);
        expect(Math.min(...sizes)).toBeGreaterThan(0);
        expectInOrder(read);
      });

      it('ends at the end as it stood at the call', async () => {
        const category = newCategory();
        for (let count = 0; count < 6; count++) await log.append(newStream(category), 'no-stream', [event()]);
        let read = 0;
        for await (const batch of log.readAll({ categories: [category], batchSize: 2 })) {
          read += batch.length;
          await log.append(newStream(category), 'no-stream', [event()]);
        }
        expect(read).toBe(6);
      });

      it('cut short by a signal does not look like the end', async () => {
        const category = newCategory();
        for (let count = 0; count < 6; count++) await log.append(newStream(category), 'no-stream', [event()]);
        const stop = new AbortController();
        const reason = new Error('enough');
        const reading = async () => {
          for await (const _ of log.readAll({ categories: [category], batchSize: 2, signal: stop.signal }))
            stop.abort(reason);
        };
        expect(await errorOf(reading())).toBe(reason);
      });

      it('can be left at any batch', async () => {
        const category = newCategory();
        await log.append(
          newStream(category),
          'no-stream',
          times(5, () => event()),
        );
        for await (const batch of log.readAll({ categories: [category], batchSize: 2 })) {
          expect(batch).toHaveLength(2);
          break;
        }
        expect(await log.append(newStream(category), 'no-stream', [event()])).toMatchObject({ revision: 0 });
      });
    });

    describe('reading stream by stream', () => {
      it('gives each stream of the category whole and once, in the same order every time', async () => {
        const category = newCategory();
        const streams = await interleaved(log, category, 150, 3);
        await log.append(newStream(), 'no-stream', [event()]);
        const read = await batches(log.readStreamByStream({ category }));
        expect(read.map((it) => it[0]!.stream).toSorted()).toEqual(streams.toSorted());
        for (const events of read) {
          expect(events.map((it) => it.revision)).toEqual([0, 1, 2]);
          expect(new Set(events.map((it) => it.stream)).size).toBe(1);
        }
        const again = await batches(log.readStreamByStream({ category }));
        expect(again).toEqual(read);
      });

      it('goes on after any stream', async () => {
        const category = newCategory();
        await interleaved(log, category, 70, 2);
        const order = (await batches(log.readStreamByStream({ category }))).map((it) => it[0]!.stream);
        for (const place of [0, 33, 68, 69]) {
          const rest = await batches(log.readStreamByStream({ category, afterStream: order[place]! }));
          expect(rest.map((it) => it[0]!.stream)).toEqual(order.slice(place + 1));
        }
      });

      it('gives streams as they stood at `until`', async () => {
        const category = newCategory();
        const [one, two] = [newStream(category), newStream(category)];
        const first = await log.append(one, 'no-stream', [event(), event()]);
        await log.append(one, first, [event()]);
        await log.append(two, 'no-stream', [event()]);
        const read = await batches(log.readStreamByStream({ category, until: first.position }));
        expect(read.map((it) => it.map((event) => [event.stream, event.revision]))).toEqual([
          [
            [one, 0],
            [one, 1],
          ],
        ]);
      });

      it('of a category that is not there gives nothing', async () => {
        expect(await batches(log.readStreamByStream({ category: newCategory() }))).toEqual([]);
      });

      it('cut short by a signal does not look like the end', async () => {
        const category = newCategory();
        await interleaved(log, category, 200, 1);
        const stop = new AbortController();
        const reason = new Error('enough');
        const reading = async () => {
          for await (const _ of log.readStreamByStream({ category, signal: stop.signal })) stop.abort(reason);
        };
        expect(await errorOf(reading())).toBe(reason);
      });
    });

    describe('latest-only streams', () => {
      it('keep their last event, and go on counting', async () => {
        const stream = newStream('checkpoint');
        let head: StreamHead | undefined;
        for (let count = 0; count < 4; count++)
          head = await log.append(stream, head ?? 'no-stream', [event({ count })]);
        expect(await log.readStream(stream)).toMatchObject([{ revision: 3, data: { count: 3 }, hash: '' }]);
      });

      it('refuse a wrong head, and know a repeat of the last append', async () => {
        const stream = newStream('checkpoint');
        const first = await log.append(stream, 'no-stream', [event()]);
        const last = [event()];
        const second = await log.append(stream, first, last);
        expect(await errorOf(log.append(stream, first, [event()]))).toMatchObject({ expected: 0, actual: 1 });
        expect(await errorOf(log.append(stream, 'no-stream', [event()]))).toBeInstanceOf(WrongExpectedHead);
        expect(await log.append(stream, first, last)).toEqual({ ...second, repeated: true });
      });

      it('are read with the whole log only when asked for by name', async () => {
        const category = newCategory();
        const stream = newStream('checkpoint');
        const begin = await log.append(newStream(category), 'no-stream', [event()]);
        const first = await log.append(stream, 'no-stream', [event()]);
        await log.append(newStream(category), 'no-stream', [event()]);
        const last = await log.append(stream, first, [event()]);
        await log.append(newStream(category), 'no-stream', [event()]);

        const unasked = await all(log.readAll({ after: begin.position }));
        expect(unasked.filter((it) => it.stream === stream)).toEqual([]);
        const byName = await all(log.readAll({ after: begin.position, categories: ['checkpoint'] }));
        expect(byName.filter((it) => it.stream === stream).map((it) => it.position)).toEqual([last.position]);
        const mixed = await all(log.readAll({ categories: ['checkpoint', category], batchSize: 2 }));
        expectInOrder(mixed);
        expect(mixed.filter((it) => it.stream === stream || categoryOf(it.stream) === category)).toHaveLength(4);
      });

      it('are no part of where the log ends', async () => {
        const end = await log.append(newStream(), 'no-stream', [event()]);
        await log.append(newStream('checkpoint'), 'no-stream', [event()]);
        expect(await log.head()).toBe(end.position);
      });
    });

    describe('erasing', () => {
      it('ends a key stream for good: reading it and appending to it say so', async () => {
        const stream = newStream('key');
        const head = await log.append(stream, 'no-stream', [event(), event()]);
        await log.erase(stream);
        expect(await errorOf(log.readStream(stream))).toBeInstanceOf(StreamErased);
        expect(await errorOf(log.append(stream, head, [event()]))).toBeInstanceOf(StreamErased);
        expect(await errorOf(log.append(stream, 'no-stream', [event()]))).toBeInstanceOf(StreamErased);
      });

      it('can be repeated', async () => {
        const stream = newStream('key');
        await log.append(stream, 'no-stream', [event()]);
        await log.erase(stream);
        await log.erase(stream);
        expect(await errorOf(log.readStream(stream))).toBeInstanceOf(StreamErased);
      });

      it('holds for a key stream that was never there: it cannot begin any more', async () => {
        const stream = newStream('key');
        await log.erase(stream);
        expect(await errorOf(log.append(stream, 'no-stream', [event()]))).toBeInstanceOf(StreamErased);
        expect(await errorOf(log.readStream(stream))).toBeInstanceOf(StreamErased);
      });

      it('leaves all other streams, and reading many passes over the erased one', async () => {
        const [before, erased, after] = times(3, () => newStream('key')) as [string, string, string];
        const begin = await log.append(before, 'no-stream', [event()]);
        await log.append(erased, 'no-stream', [event(), event()]);
        await log.append(after, 'no-stream', [event()]);
        await log.erase(erased);
        const mine = (it: RecordedEvent) => [before, erased, after].includes(it.stream);
        const read = await all(log.readAll({ categories: ['key'] }));
        expect(read.filter(mine).map((it) => it.stream)).toEqual([before, after]);
        const unasked = await all(log.readAll({ after: begin.position }));
        expect(unasked.filter(mine).map((it) => it.stream)).toEqual([after]);
        const byStream = await all(log.readStreamByStream({ category: 'key' }));
        expect(byStream.filter(mine).map((it) => it.stream)).toEqual([before, after]);
      });

      it('is refused for all other streams, which stay', async () => {
        for (const category of ['case', 'reference', 'checkpoint', newCategory()]) {
          const stream = newStream(category);
          await log.append(stream, 'no-stream', [event()]);
          expect(await errorOf(log.erase(stream))).toBeInstanceOf(StreamNotErasable);
          expect(await log.readStream(stream)).toHaveLength(1);
        }
      });

      it('keeps its place among appends under way', async () => {
        const stream = newStream('key');
        const [before, erased, after] = await Promise.allSettled([
          log.append(stream, 'no-stream', [event()]),
          log.erase(stream),
          log.append(stream, 'no-stream', [event()]),
        ]);
        expect([before.status, erased.status]).toEqual(['fulfilled', 'fulfilled']);
        expect(after).toMatchObject({ status: 'rejected', reason: expect.any(StreamErased) });
      });
    });

    describe('following', () => {
      it('gives what is there and what comes, each once and in order, while many write', async () => {
        const category = newCategory();
        const streams = times(8, () => newStream(category));
        const EACH = 40;
        let underWay: Promise<unknown> | undefined;
        const write = async (stream: string) => {
          let head: StreamHead | undefined;
          for (let count = 0; count < EACH; count++)
            head = await log.append(stream, head ?? 'no-stream', [event(), event()]);
        };
        const followers = [
          followed(log, { category, batchSize: 3, count: streams.length * EACH * 2 }),
          followed(under.again ?? log, { category, batchSize: 1_000, count: streams.length * EACH * 2 }),
        ];
        underWay = Promise.all(streams.map(write));
        // These begin in the middle of the writing: their catching up ends while it goes on.
        await log.append(newStream(), 'no-stream', [event()]);
        followers.push(followed(log, { category, batchSize: 5, count: streams.length * EACH * 2 }));
        followers.push(followed(under.again ?? log, { category, batchSize: 50, count: streams.length * EACH * 2 }));
        await underWay;
        const whole = await all(log.readAll({ categories: [category] }));
        expect(whole).toHaveLength(streams.length * EACH * 2);
        for (const follower of followers)
          expect((await follower).map((it) => it.position)).toEqual(whole.map((it) => it.position));
      });

      it('begins after a position', async () => {
        const category = newCategory();
        const first = await log.append(newStream(category), 'no-stream', [event()]);
        const second = await log.append(newStream(category), 'no-stream', [event()]);
        const read = await followed(log, { category, after: first.position, count: 1 });
        expect(read.map((it) => it.position)).toEqual([second.position]);
      });

      it('hears of a new event soon, on any handle', async () => {
        for (const handle of [log, ...(under.again ? [under.again] : [])]) {
          const category = newCategory();
          const following = followed(handle, { category, count: 1 });
          await pause(300);
          const began = performance.now();
          await log.append(newStream(category), 'no-stream', [event()]);
          await following;
          expect(performance.now() - began).toBeLessThan(5_000);
        }
      });

      it('ends quietly when it is told to, while it waits or while it is reading', async () => {
        const category = newCategory();
        await log.append(
          newStream(category),
          'no-stream',
          times(6, () => event()),
        );
        const waiting = new AbortController();
        const seen: RecordedEvent[] = [];
        const following = (async () => {
          for await (const batch of log.follow({ categories: [category], signal: waiting.signal })) seen.push(...batch);
        })();
        for (let waited = 0; seen.length < 6 && waited < 200; waited++) await pause(50);
        await pause(50);
        waiting.abort();
        await following;
        await log.append(newStream(category), 'no-stream', [event()]);
        expect(seen).toHaveLength(6);

        const reading = new AbortController();
        let batchesSeen = 0;
        for await (const _ of log.follow({ categories: [category], batchSize: 2, signal: reading.signal })) {
          batchesSeen++;
          reading.abort();
        }
        expect(batchesSeen).toBe(1);
        for await (const _ of log.follow({ categories: [category], signal: AbortSignal.abort() })) batchesSeen++;
        expect(batchesSeen).toBe(1);
      });

      it('ends at `until`', async () => {
        const category = newCategory();
        const end = await log.append(newStream(category), 'no-stream', [event(), event()]);
        await log.append(newStream(category), 'no-stream', [event()]);
        const read = await all(
          log.follow({ categories: [category], until: end.position, signal: new AbortController().signal }),
        );
        expect(read).toHaveLength(2);
      });

      it('ends at `until`, however small its batches are', async () => {
        const category = newCategory();
        const ends = [];
        for (let streams = 0; streams < 3; streams++)
          ends.push(await log.append(newStream(category), 'no-stream', times(5, event)));
        for (const batchSize of [1, 2, 4, 7]) {
          const until = ends.at(-1)!.position;
          const { signal } = new AbortController();
          expect(await all(log.follow({ categories: [category], until, batchSize, signal }))).toHaveLength(15);
        }
      });
    });

    describe('the hash chain', () => {
      it('holds each event to its predecessor, from the start of the stream', async () => {
        const stream = newStream();
        let head: StreamHead | undefined;
        for (let count = 1; count < 4; count++) {
          head = await log.append(
            stream,
            head ?? 'no-stream',
            times(count, () => event({ z: count, a: ['é', 0.1] })),
          );
        }
        let previous = CHAIN_START;
        for (const recorded of await log.readStream(stream)) {
          expect(recorded.hash).toBe(eventHash(previous, stream, recorded.revision, recorded));
          previous = recorded.hash;
        }
        expect(previous).toBe(head!.hash);
      });

      it('does not depend on the order in which properties were given', async () => {
        const put = event({ a: 1, b: { c: 2, d: 3 } });
        const turned = { ...put, data: { b: { d: 3, c: 2 }, a: 1 } };
        const stream = newStream();
        const appended = await log.append(stream, 'no-stream', [put]);
        expect(eventHash(CHAIN_START, stream, 0, turned)).toBe(appended.hash);
      });
    });

    describe('the log as a whole', () => {
      it('has an id, the same for everyone who opens it', () => {
        expect(log.id).toMatch(/./);
        if (under.again) expect(under.again.id).toBe(log.id);
      });

      it('ends at its last event', async () => {
        const end = await log.append(newStream(), 'no-stream', [event(), event()]);
        expect(await log.head()).toBe(end.position);
      });

      it('knows the latest time of recording, wherever among its last events it stands', async () => {
        const late = event();
        const latest = { ...late, metadata: { ...late.metadata, recordedAt: '2031-05-01T08:00:00.000Z' } };
        await log.append(newStream(), 'no-stream', [latest]);
        await log.append(newStream(), 'no-stream', [event()]);
        expect(await log.lastRecordedAt()).toBe('2031-05-01T08:00:00.000Z');
      });

      it('tells what there is to read stream by stream, in the order in which it began, and what was erased', async () => {
        const unseen = newStream('key');
        await log.append(newStream('zeta'), 'no-stream', [event()]);
        await log.append(newStream('alpha'), 'no-stream', [event()]);
        await log.append(newStream('checkpoint'), 'no-stream', [event()]);
        await log.erase(unseen);
        const { categories, erased } = await log.inventory();
        const own = categories.filter((it) => ['alpha', 'zeta', 'checkpoint'].includes(it));
        expect(own).toEqual(['zeta', 'alpha']);
        expect(erased).toContain(unseen);
      });

      it('says about how many events it holds', async () => {
        await log.append(newStream(), 'no-stream', [event()]);
        expect(await log.count()).toBeGreaterThan(0);
      });
    });

    describe('closing', () => {
      it('answers what is under way, ends followers, and refuses what comes after', async () => {
        const underToo = await makeLog();
        const closing = underToo.log;
        const category = newCategory();
        const following = all(closing.follow({ categories: [category], signal: new AbortController().signal }));
        const underWay = times(50, () => closing.append(newStream(category), 'no-stream', [event()]));
        await closing.close();
        await closing.close();
        expect(await Promise.all(underWay)).toHaveLength(50);
        await following;
        for (const late of [
          closing.append(newStream(), 'no-stream', [event()]),
          closing.readStream(newStream()),
          closing.erase(newStream('key')),
          closing.head(),
          all(closing.readAll()),
        ]) {
          expect(await errorOf(late)).toBeInstanceOf(LogUnavailable);
        }
        await underToo.dispose();
      });
    });
  });
}

/** Any word is a category; one of its own keeps a test to itself in a log that holds more. */
function newCategory(): string {
  return `word${randomUUID().replaceAll('-', '')}`;
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

/** Streams whose events stand mixed in the log. */
async function interleaved(log: EventLog, category: string, count: number, each: number): Promise<string[]> {
  const streams = times(count, () => newStream(category));
  const heads = new Map<string, StreamHead>();
  for (let round = 0; round < each; round++) {
    await Promise.all(
      streams.map(async (stream) =>
        heads.set(stream, await log.append(stream, heads.get(stream) ?? 'no-stream', [event()])),
      ),
    );
  }
  return streams;
}

/** Follows until so many events have come, and a little longer, to see whether one comes twice. */
async function followed(
  log: EventLog,
  options: { category: string; count: number; after?: string; batchSize?: number },
): Promise<RecordedEvent[]> {
  const stop = new AbortController();
  const read: RecordedEvent[] = [];
  const { category, count, after, batchSize } = options;
  for await (const batch of log.follow({
    categories: [category],
    signal: stop.signal,
    ...(after === undefined ? {} : { after }),
    ...(batchSize === undefined ? {} : { batchSize }),
  })) {
    read.push(...batch);
    if (read.length >= count) setTimeout(() => stop.abort(), 50);
  }
  return read;
}

function expectInOrder(events: readonly RecordedEvent[]): void {
  for (let index = 1; index < events.length; index++) {
    expect(comparePositions(events[index - 1]!.position, events[index]!.position)).toBeLessThan(0);
  }
}
