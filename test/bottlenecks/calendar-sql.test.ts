import { expect, test } from '@jest/globals';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { daySql, firstOf, monthSql } from '../../src/analytic-store/calendar-sql.ts';
import { epochDay } from '../../src/event-sourcing/days.ts';

test.each(['1969-12-30 12:00', '1970-01-01 00:00', '2017-02-23 23:59:59.999'])('%s lies on its day', async (time) => {
  await using store = await AnalyticStore.create(':memory:');
  const sql = `timestamp '${time}'`;
  const { day, month } = await store.row<{ day: number; month: number }>(
    `select ${daySql(sql)} as day, ${monthSql(sql)} as month`,
  );
  expect(day).toBe(epochDay(time.slice(0, 10)));
  expect(firstOf(month)).toBe(`${time.slice(0, 7)}-01`);
});
