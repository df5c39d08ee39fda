import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { StreamDamaged, type ReadAllOptions } from '../../src/event-sourcing/event-log.ts';
import { comparePositions, type RecordedEvent } from '../../src/event-sourcing/event.ts';
import { eventsBetween, MOST_COUNTED } from '../../src/event-sourcing/events-between.ts';
import { all, event, newStream } from '../event-log/samples.ts';
import { WrappedLog } from '../read-store/toy.ts';

describe('events between two positions', () => {
  let log: SqliteEventLog;
  beforeEach(() => {
    log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  });
  afterEach(() => log.close());

  const append = (category: string, count: number) =>
    log.append(
      newStream(category),
      'no-stream',
      Array.from({ length: count }, () => event()),
    );

  it('are those of chained categories, whatever else takes positions between', async () => {
    await append('case', 3);
    const { position } = await append('case', 2);
    await append('checkpoint', 50);
    await append('quota', 4);
    const head = (await log.head())!;
    expect(await eventsBetween(log, undefined, head)).toBe(9);
    expect(await eventsBetween(log, position, head)).toBe(4);
    expect(await eventsBetween(log, head, head)).toBe(0);
    expect(await eventsBetween(log, head, position)).toBe(0);
  });

  it('are counted also where they cannot be read', async () => {
    await append('case', 5);
    const events = await all(log.readAll());
    const damaged = events[2]!;
    class Damaged extends WrappedLog {
      override async *readAll({ after = '' }: ReadAllOptions = {}): AsyncGenerator<readonly RecordedEvent[]> {
        const left = events.filter(({ position }) => after === '' || comparePositions(position, after) > 0);
        const at = left.indexOf(damaged);
        yield at === -1 ? left : left.slice(0, at);
        if (at !== -1) throw new StreamDamaged(damaged.stream, { event: damaged });
      }
    }
    expect(await eventsBetween(new Damaged(log), undefined, events.at(-1)!.position)).toBe(5);
  });

  it('are not counted any further where there are very many', async () => {
    for (let streams = 0; streams < 11; streams++) await append('case', MOST_COUNTED / 10);
    expect(await eventsBetween(log, undefined, (await log.head())!)).toBe(MOST_COUNTED);
  });
});
