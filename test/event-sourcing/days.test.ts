import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addDays, amsterdamDay, dateOfEpochDay, daysBetween, epochDay, isDate } from '../../src/event-sourcing/days.ts';

describe('days', () => {
  it('are added across months, years and leap days', () => {
    expect(addDays('2017-01-31', 1)).toBe('2017-02-01');
    expect(addDays('2016-12-31', 1)).toBe('2017-01-01');
    expect(addDays('2016-02-28', 1)).toBe('2016-02-29');
    expect(addDays('2017-02-28', 1)).toBe('2017-03-01');
    expect(addDays('2017-03-01', -1)).toBe('2017-02-28');
    expect(addDays('2000-02-28', 1)).toBe('2000-02-29');
    expect(addDays('1900-02-28', 1)).toBe('1900-03-01');
  });
  it('are counted between dates, backwards too', () => {
    expect(daysBetween('2016-01-01', '2017-01-01')).toBe(366);
    expect(daysBetween('2017-01-01', '2017-01-01')).toBe(0);
    expect(daysBetween('2017-01-02', '2017-01-01')).toBe(-1);
  });
  it('are counted through the change to summer time', () => expect(daysBetween('2017-03-25', '2017-03-27')).toBe(2));
  it('are those of the calendar, each one from 1583 on', () =>
    fc.assert(
      fc.property(fc.integer({ min: -141_000, max: 200_000 }), (day) => {
        const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
        expect(dateOfEpochDay(day)).toBe(date);
        expect(epochDay(date)).toBe(day);
      }),
    ));
  it('exist or do not', () => {
    expect(['2016-02-29', '2017-12-31', '1900-01-01'].map(isDate)).toEqual([true, true, true]);
    expect(['2017-02-29', '2017-13-01', '2017-00-10', '2017-1-1', '', '2017-01-01T00:00:00Z'].map(isDate)).toEqual(
      Array.from({ length: 6 }, () => false),
    );
  });
});

describe('the day in the Netherlands', () => {
  it('begins an hour earlier than in UTC in winter', () => {
    expect(amsterdamDay('2017-01-31T22:59:59.999Z')).toBe('2017-01-31');
    expect(amsterdamDay('2017-01-31T23:00:00.000Z')).toBe('2017-02-01');
  });
  it('begins two hours earlier in summer', () => {
    expect(amsterdamDay('2017-06-30T21:59:59.999Z')).toBe('2017-06-30');
    expect(amsterdamDay('2017-06-30T22:00:00.000Z')).toBe('2017-07-01');
  });
  it('changes over in the nights of the change', () => {
    expect(amsterdamDay('2017-03-25T22:59:59.000Z')).toBe('2017-03-25');
    expect(amsterdamDay('2017-03-25T23:00:00.000Z')).toBe('2017-03-26');
    expect(amsterdamDay('2017-03-26T22:00:00.000Z')).toBe('2017-03-27');
    expect(amsterdamDay('2017-10-28T22:00:00.000Z')).toBe('2017-10-29');
    expect(amsterdamDay('2017-10-29T22:59:59.000Z')).toBe('2017-10-29');
    expect(amsterdamDay('2017-10-29T23:00:00.000Z')).toBe('2017-10-30');
  });
  it('is the first of 1900 when the defaults became known', () =>
    expect(amsterdamDay('1900-01-01T00:00:00.000Z')).toBe('1900-01-01'));
  it('is the same when asked again', () =>
    fc.assert(
      fc.property(fc.integer({ min: Date.parse('1950-01-01'), max: Date.parse('2060-01-01') }), (instant) => {
        const text = new Date(instant).toISOString();
        const parts = new Intl.DateTimeFormat('nl-NL', { timeZone: 'Europe/Amsterdam' }).formatToParts(instant);
        const part = (type: string) => parts.find((one) => one.type === type)!.value.padStart(2, '0');
        const day = `${part('year')}-${part('month')}-${part('day')}`;
        expect([amsterdamDay(text), amsterdamDay(text)]).toEqual([day, day]);
      }),
    ));
});
