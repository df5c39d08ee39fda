import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Catalogue } from '../../src/event-sourcing/catalogue.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import type { EventLog } from '../../src/event-sourcing/event-log.ts';
import { Clock } from '../../src/event-sourcing/clock.ts';
import { CommandRefused, eventIdOf, KeyReused, StaleRevision, transact } from '../../src/event-sourcing/transact.ts';
import { counter, envelope } from './counting.ts';

class SetClock extends Clock {
  at = '2017-02-23T10:00:00.000Z';
  now(): Date {
    return new Date(this.at);
  }
}

const stream = 'case-1';

describe('transact', () => {
  let log: SqliteEventLog;
  const clock = new SetClock();
  const count = (add: number, commandId: string, other = {}) =>
    transact({ log, clock }, counter, stream, { add }, envelope(commandId, other));

  beforeEach(() => {
    log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    clock.at = '2017-02-23T10:00:00.000Z';
  });
  afterEach(() => log.close());

  it('records what was decided, with who, when and why', async () => {
    const outcome = await count(2, 'first');
    expect(outcome).toMatchObject({ stream, revision: 1, repeated: false });
    const recorded = await log.readStream(stream);
    expect(recorded.map(({ id, type, revision }) => ({ id, type, revision }))).toEqual([
      { id: eventIdOf('first', 0), type: 'Counted', revision: 0 },
      { id: eventIdOf('first', 1), type: 'Counted', revision: 1 },
    ]);
    expect(recorded[1]!.metadata).toEqual({
      recordedAt: '2017-02-23T10:00:00.000Z',
      actor: 'anna',
      role: 'PLACEMENT_COORDINATOR',
      organisation: 'COA',
      command: 'count',
      commandId: 'first',
      correlationId: 'correlation',
      causationId: 'first',
    });
    expect(outcome.position).toBe(recorded[1]!.position);
  });

  it('writes the version of an event type as its catalogue says, none while it is the first', async () => {
    const second = new Catalogue<{ type: string; data: { added: number } }>({
      Counted: { version: 2, upcasters: [(data) => data] },
    });
    await count(1, 'first');
    await transact({ log, clock }, { ...counter, catalogue: second }, stream, { add: 1 }, envelope('second'));
    const versions = (await log.readStream(stream)).map(({ metadata }) => metadata.typeVersion);
    expect(versions).toEqual([undefined, 2]);
  });

  it('answers a repeat as the first time, also when the stream has moved on', async () => {
    const first = await count(2, 'first');
    await count(1, 'second');
    const again = await count(2, 'first');
    expect(again.repeated).toBe(true);
    expect({ revision: again.revision, position: again.position }).toEqual({
      revision: first.revision,
      position: first.position,
    });
    expect(again.events.map((event) => event.id)).toEqual(first.events.map((event) => event.id));
    expect(await log.readStream(stream)).toHaveLength(3);
  });

  it('answers a repeat before it looks at If-Match and at the rules', async () => {
    await count(8, 'first', { expectedRevision: -1 });
    await expect(count(8, 'first', { expectedRevision: -1 })).resolves.toMatchObject({ repeated: true, revision: 7 });
  });

  it('refuses the same command id with another body', async () => {
    await count(1, 'first', { fingerprint: 'one' });
    await expect(count(2, 'first', { fingerprint: 'two' })).rejects.toThrow(KeyReused);
    await expect(count(1, 'first', { fingerprint: 'one' })).resolves.toMatchObject({ repeated: true });
  });

  it('recognises a repeat whose first fingerprint can no longer be made', async () => {
    await count(1, 'first', { fingerprint: 'one' });
    await expect(count(1, 'first')).resolves.toMatchObject({ repeated: true });
  });

  it('writes nothing when the rules refuse, and does not remember the refusal', async () => {
    await count(8, 'first');
    await expect(count(3, 'second')).rejects.toThrow(CommandRefused);
    expect(await log.readStream(stream)).toHaveLength(8);
    await expect(count(2, 'second')).resolves.toMatchObject({ repeated: false, revision: 9 });
  });

  it('writes nothing when there is nothing to do', async () => {
    await expect(count(0, 'first')).resolves.toEqual({
      stream,
      revision: -1,
      position: null,
      events: [],
      repeated: false,
    });
    expect(await log.head()).toBeUndefined();
  });

  it('is for one revision only when the caller says so', async () => {
    await count(1, 'first');
    await expect(count(1, 'second', { expectedRevision: 4 })).rejects.toMatchObject(new StaleRevision(4, 0));
    await expect(count(1, 'second', { expectedRevision: 0 })).resolves.toMatchObject({ revision: 1 });
  });

  it('never lets the time of recording run backwards within a stream', async () => {
    await count(1, 'first');
    clock.at = '2017-02-23T09:00:00.000Z';
    await count(1, 'second');
    const times = (await log.readStream(stream)).map((event) => event.metadata.recordedAt);
    expect(times).toEqual(['2017-02-23T10:00:00.000Z', '2017-02-23T10:00:00.000Z']);
  });

  it('decides anew when another was faster, so that no rule is broken by a race', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => count(1, `racer ${n}`)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await log.readStream(stream)).toHaveLength(10);
  });

  it('records once when the same command arrives many times at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => count(2, 'same')));
    expect(new Set(outcomes.map(({ position }) => position)).size).toBe(1);
    expect(await log.readStream(stream)).toHaveLength(2);
  });

  describe('on a log whose readers get what was appended a while after its writers', () => {
    const LAG_MS = 250;
    /** As a cluster, which refuses by what its leader has and shows what most of its nodes have. */
    const lagging = () => {
      const shownAtMs: number[] = [];
      return new Proxy<EventLog>(log, {
        get(target, name) {
          if (name === 'append') {
            return async (...given: Parameters<EventLog['append']>) => {
              const appended = await target.append(...given);
              for (const _ of given[2]) shownAtMs.push(performance.now() + LAG_MS);
              return appended;
            };
          }
          if (name === 'readStream') {
            return async (...given: Parameters<EventLog['readStream']>) => {
              const shown = shownAtMs.filter((atMs) => atMs <= performance.now()).length;
              return (await target.readStream(...given)).slice(0, shown);
            };
          }
          return Reflect.get(target, name, target) as unknown;
        },
      });
    };
    const race = async (...commands: readonly (readonly [string, object])[]) => {
      const late = lagging();
      return Promise.allSettled(
        commands.map(([id, other]) => transact({ log: late, clock }, counter, stream, { add: 1 }, envelope(id, other))),
      );
    };

    it('answers who was slower, and meant one revision, that the stream has moved on', async () => {
      expect(await race(['first', { expectedRevision: -1 }], ['second', { expectedRevision: -1 }])).toMatchObject([
        { status: 'fulfilled', value: { revision: 0 } },
        { status: 'rejected', reason: new StaleRevision(-1, 0) },
      ]);
    });

    it('records what meant no revision after what was faster', async () => {
      expect(await race(['first', {}], ['second', {}])).toMatchObject([
        { status: 'fulfilled', value: { revision: 0 } },
        { status: 'fulfilled', value: { revision: 1 } },
      ]);
    });
  });
});
