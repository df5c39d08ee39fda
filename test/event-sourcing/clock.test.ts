import { describe, expect, it } from '@jest/globals';
import { behindTheLog, FixedDayClock, SystemClock } from '../../src/event-sourcing/clock.ts';
import { amsterdamDay } from '../../src/event-sourcing/days.ts';

describe('the clock', () => {
  it('goes with the machine', () => {
    expect(new SystemClock(() => Date.UTC(2017, 1, 23, 9)).now().toISOString()).toBe('2017-02-23T09:00:00.000Z');
  });

  it('stays within five minutes of the latest time it told, when the machine is set back', () => {
    let ms = Date.UTC(2017, 1, 23, 9);
    const clock = new SystemClock(() => ms);
    clock.now();
    ms -= 60_000;
    expect(clock.now().toISOString()).toBe('2017-02-23T08:59:00.000Z');
    ms -= 86_400_000;
    expect(clock.now().toISOString()).toBe('2017-02-23T08:55:00.000Z');
  });

  it.each([
    '2026-11-24T12:00:00.000Z',
    '2026-11-24T23:30:00.000Z',
    '2026-07-01T22:30:00.000Z',
    '2026-07-01T00:10:00.000Z',
  ])('fixed on a day, it stands on that day in the Netherlands, whenever it is asked (%s)', (real) => {
    for (const day of ['2017-03-31', '2017-01-15', '2017-03-26', '2017-10-29']) {
      expect(amsterdamDay(new FixedDayClock(day, () => new Date(real)).now().toISOString())).toBe(day);
    }
  });

  it('may not write a log that knows later times', () => {
    const clock = new FixedDayClock('2017-03-31');
    expect(behindTheLog(clock, undefined)).toBeUndefined();
    expect(behindTheLog(clock, '2017-03-31T21:59:59.999Z')).toBeUndefined();
    expect(behindTheLog(clock, '2017-03-31T22:00:00.000Z')).toContain('2017-04-01');
    expect(behindTheLog(clock, '2026-11-24T10:00:00.000Z')).toContain('another data folder');
  });
});
