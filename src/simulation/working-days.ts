import { addDays, dateOfEpochDay, epochDay } from '../event-sourcing/days.ts';

/** Days here are numbers: days since 1970-01-01, which was a Thursday. */
const DAYS_FROM_MONDAY = 3;
const SATURDAY = 5;

/** Easter Sundays of the years that are simulated; other holidays that move lie a fixed number of days from them. */
const EASTER: Readonly<Record<string, string>> = {
  2014: '2014-04-20',
  2015: '2015-04-05',
  2016: '2016-03-27',
  2017: '2017-04-16',
  2018: '2018-04-01',
  2019: '2019-04-21',
  2020: '2020-04-12',
  2021: '2021-04-04',
  2022: '2022-04-17',
  2023: '2023-04-09',
};
const AFTER_EASTER = [1, 39, 50];
/** New Year, King's Day, Christmas and Boxing Day. */
const FIXED = ['01-01', '04-27', '12-25', '12-26'];

const holidays = new Set<number>();
for (const [year, easter] of Object.entries(EASTER)) {
  for (const date of FIXED) holidays.add(epochDay(`${year}-${date}`));
  for (const days of AFTER_EASTER) holidays.add(epochDay(addDays(easter, days)));
}

/** Monday to Friday, and no public holiday in the Netherlands. */
export function isWorkingDay(day: number): boolean {
  return (day + DAYS_FROM_MONDAY) % 7 < SATURDAY && !holidays.has(day);
}

/** That day, or the first working day after it. */
export function workingDayFrom(day: number): number {
  let next = day;
  while (!isWorkingDay(next)) next++;
  return next;
}

/** So many working days later. */
export function workingDaysLater(day: number, count: number): number {
  let next = workingDayFrom(day);
  for (let left = count; left > 0; left--) next = workingDayFrom(next + 1);
  return next;
}

/** `2016-09` of a day. */
export function monthOf(day: number): string {
  return dateOfEpochDay(day).slice(0, 7);
}

const workingDaysByMonth = new Map<string, number>();

/** Number of working days in the month of a day. */
export function workingDaysInMonth(day: number): number {
  const month = monthOf(day);
  let count = workingDaysByMonth.get(month);
  if (count === undefined) {
    count = 0;
    for (let one = epochDay(`${month}-01`); monthOf(one) === month; one++) if (isWorkingDay(one)) count++;
    workingDaysByMonth.set(month, count);
  }
  return count;
}
