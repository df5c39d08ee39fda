import { isDutchWorkingDay } from '../calendar/dutch-working-days.ts';
import { dateOfEpochDay, epochDay } from '../event-sourcing/days.ts';

/** Asked a few times a fact, of the days of some years. */
const workingDays = new Map<number, number>();

/** That day, or the first working day after it. */
export function workingDayFrom(day: number): number {
  let next = workingDays.get(day);
  if (next === undefined) {
    next = day;
    while (!isDutchWorkingDay(next)) next++;
    workingDays.set(day, next);
  }
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
    for (let one = epochDay(`${month}-01`); monthOf(one) === month; one++) if (isDutchWorkingDay(one)) count++;
    workingDaysByMonth.set(month, count);
  }
  return count;
}
