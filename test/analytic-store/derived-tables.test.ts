import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { deriveTables } from '../../src/analytic-store/derived-tables.ts';
import { easterSunday, isDutchWorkingDay } from '../../src/calendar/dutch-working-days.ts';
import { dateOfEpochDay, epochDay } from '../../src/event-sourcing/days.ts';

let folder: string;
let store: AnalyticStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'woonspoor-analytics-'));
  store = await AnalyticStore.create(join(folder, 'store.duckdb'));
  await store.run(`insert into activity values (0, 'a'), (1, 'b'), (2, 'c')`);
  await store.run(`create table case_id (case_no integer, id varchar, known_from integer, known_until integer)`);
});
afterEach(async () => {
  await store.closeFile();
  rmSync(folder, { recursive: true });
});

/** Events of one case: activity, start and end. */
async function given(caseNo: number, events: readonly (readonly [activity: number, start: string, end?: string])[]) {
  await store.run(`insert into case_id values (${caseNo}, 'case ${caseNo}', 0, 100000)`);
  for (const [position, [activity, start, end = start]] of events.entries()) {
    await store.run(`insert into event values (${caseNo}, ${position}, ${activity}, null, '${start}', '${end}')`);
  }
}

const HOUR = 3_600;

describe('what is worked out of events', () => {
  test('steps, the wait in each, and none from one case to the next', async () => {
    await given(0, [
      [0, '2017-02-22 10:00'],
      [1, '2017-02-22 12:00'],
    ]);
    await given(1, [
      [0, '2017-02-22 11:00'],
      [1, '2017-02-22 12:30'],
    ]);
    await deriveTables(store);
    expect(await store.rows('select case_no, us / 1e6 as seconds from step order by case_no')).toEqual([
      { case_no: 0, seconds: 2 * HOUR },
      { case_no: 1, seconds: 1.5 * HOUR },
    ]);
    expect(await store.rows('select * from variant')).toEqual([{ variant: 0, activities: [0, 1] }]);
  });

  test('a step that begins before the one before it ends has waited for nothing', async () => {
    await given(0, [
      [0, '2017-02-22 10:00', '2017-02-22 12:00'],
      [1, '2017-02-22 11:00', '2017-02-22 13:00'],
    ]);
    await deriveTables(store);
    expect(await store.row('select us from step')).toEqual({ us: 0 });
    expect(await store.row('select epoch(completed) - epoch(started) as seconds from cases')).toEqual({
      seconds: 3 * HOUR,
    });
  });

  test('a stay lasts from the start of the first of some events of one activity until that of another', async () => {
    await given(0, [
      [0, '2017-02-22 10:00', '2017-02-22 11:00'],
      [1, '2017-02-22 12:00'],
    ]);
    await given(1, [
      [1, '2017-02-22 08:00'],
      [1, '2017-02-22 09:00', '2017-02-22 10:00'],
      [1, '2017-02-22 11:00'],
      [0, '2017-02-22 13:00'],
      [2, '2017-02-22 13:00'],
      [2, '2017-02-22 15:00'],
    ]);
    await deriveTables(store);
    const stays = await store.rows<{ hours: number | null; slice: number | null }>(
      'select stay_us / 3.6e9 as hours, stay_slice as slice from step order by case_no, position',
    );
    expect(stays.map(({ hours }) => hours)).toEqual([2, null, null, 5, 0, null]);
    const [two, , , five, none] = stays.map(({ slice }) => slice);
    expect(none).toBeLessThan(two!);
    expect(two).toBeLessThan(five!);
  });

  test('a weekend is no working time, and its days begin in Amsterdam', async () => {
    // Friday 23:00 in Amsterdam to Monday 01:00: two hours of working days.
    await given(0, [
      [0, '2017-02-24 22:00'],
      [1, '2017-02-27 00:00'],
    ]);
    await deriveTables(store);
    expect(await store.row('select us / 3.6e9 as hours, working_us / 3.6e9 as working from step')).toEqual({
      hours: 50,
      working: 2,
    });
  });

  test('an activity that comes back: after itself, after another, and what leads to it', async () => {
    await given(0, [
      [0, '2017-02-22 10:00'],
      [0, '2017-02-22 11:00'],
      [1, '2017-02-22 12:00'],
      [0, '2017-02-22 15:00'],
    ]);
    await deriveTables(store);
    expect(await store.rows('select * from repeat')).toEqual([
      { case_no: 0, activity: 0, times: 3, self_loops: 1, repetitions: 1, us: 4 * HOUR * 1e6 },
    ]);
  });

  test('working time before 1970 is counted as after it', async () => {
    // A Friday, of which half an hour is left in Amsterdam.
    await given(0, [
      [0, '1969-12-19 22:30'],
      [1, '1969-12-19 23:30'],
    ]);
    await deriveTables(store);
    expect(await store.row('select working_us / 1e6 as seconds from step')).toEqual({ seconds: HOUR / 2 });
    expect(await store.row('select working_us / 1e6 as seconds from cases')).toEqual({ seconds: HOUR / 2 });
  });

  test('a case stands in its last activity since it last came to it', async () => {
    await given(0, [
      [0, '2017-02-20 10:00'],
      [1, '2017-02-21 10:00'],
      [1, '2017-02-22 10:00'],
    ]);
    await deriveTables(store);
    expect(await store.row('select entered::varchar as entered from cases')).toEqual({
      entered: '2017-02-21 10:00:00',
    });
  });
});

describe('Dutch working days', () => {
  test.each([
    [2016, '2016-03-27'],
    [2017, '2017-04-16'],
    [2024, '2024-03-31'],
    [2038, '2038-04-25'],
  ])('Easter of %d is %s', (year, date) => expect(dateOfEpochDay(easterSunday(year))).toBe(date));

  test.each([
    ['2017-04-17', false, 'Easter Monday'],
    ['2017-04-27', false, "King's Day"],
    ['2025-04-26', false, "King's Day, a day early"],
    ['2012-04-30', false, "Queen's Day, until 2013"],
    ['2006-05-01', true, "Queen's Day, a day early"],
    ['2017-05-25', false, 'Ascension Day'],
    ['2017-06-05', false, 'Whit Monday'],
    ['2017-12-26', false, 'Boxing Day'],
    ['2020-05-05', false, 'Liberation Day, every fifth year'],
    ['2017-05-05', true, 'Liberation Day in other years'],
    ['2017-02-25', false, 'Saturday'],
    ['2017-02-23', true, 'Thursday'],
  ])('%s: %s (%s)', (date, works) => expect(isDutchWorkingDay(epochDay(date))).toBe(works));
});
