import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { isSettled, knownDays, KnownStream } from '../../src/projecting/known-stream.ts';

const event = (revision: number, recordedAt: string) =>
  ({ stream: 'visit-1', revision, metadata: { recordedAt } }) as RecordedEvent;
const at = (...times: string[]) => times.map((recordedAt, revision) => event(revision, recordedAt));

describe('the days of a stream', () => {
  it('are days in the Netherlands, with all events known by the end of each', () => {
    const events = at('2017-01-10T09:00:00.000Z', '2017-01-10T22:59:59.999Z', '2017-01-10T23:00:00.000Z');
    expect(knownDays(events)).toEqual([
      { day: '2017-01-10', count: 2 },
      { day: '2017-01-11', count: 3 },
    ]);
  });

  it('never run backwards', () => {
    const events = at('2017-01-11T09:00:00.000Z', '2017-01-09T09:00:00.000Z', '2017-01-12T09:00:00.000Z');
    expect(knownDays(events)).toEqual([
      { day: '2017-01-11', count: 2 },
      { day: '2017-01-12', count: 3 },
    ]);
  });
});

describe('a stream', () => {
  it('folds its history once for each number of events', () => {
    let folded = 0;
    const stream = new KnownStream('visit-1', at('2017-01-10T09:00:00.000Z', '2017-01-11T09:00:00.000Z'), (events) => {
      folded++;
      return events.length;
    });
    expect([stream.history(1), stream.history(2), stream.history(1), stream.history(2)]).toEqual([1, 2, 1, 2]);
    expect(folded).toBe(2);
  });

  it('cannot be read beyond a hole', () => {
    const events = [event(0, '2017-01-10T09:00:00.000Z'), event(2, '2017-01-10T09:00:00.000Z')];
    const stream = new KnownStream('visit-1', events, (known) => known.length);
    expect(stream.history(1)).toBe(1);
    expect(() => stream.history(2)).toThrow('visit-1 has no revision 1, but later ones');
    expect(stream.lastGoodHistory()).toBe(1);
  });
});

describe('a day', () => {
  it.each([
    ['2017-07-10', '2017-07-10T21:59:00.000Z', false],
    ['2017-07-10', '2017-07-10T22:14:59.999Z', false],
    ['2017-07-10', '2017-07-10T22:15:00.000Z', true],
    ['2017-01-10', '2017-01-10T23:14:59.999Z', false],
    ['2017-01-10', '2017-01-10T23:15:00.000Z', true],
    ['2017-01-10', '2017-03-01T12:00:00.000Z', true],
  ])('%s at %s is settled: %s', (day, now, settled) => {
    expect(isSettled(day, new Date(now))).toBe(settled);
  });
});
