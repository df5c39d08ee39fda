import { isDutchWorkingDay } from '../calendar/dutch-working-days.ts';
import { epochDay } from '../event-sourcing/days.ts';

const FIRST = epochDay('1900-01-01');
/** By day since the first: how many before it are working days. */
const before: number[] = [0];

/** Working days from the one (included) until the other; days are numbers since 1970-01-01. */
export function workingDaysBetween(from: number, until: number): number {
  return Math.max(0, workingDaysBefore(until) - workingDaysBefore(from));
}

function workingDaysBefore(day: number): number {
  const place = Math.max(0, day - FIRST);
  for (let next = before.length; next <= place; next++) {
    before.push(before[next - 1]! + Number(isDutchWorkingDay(FIRST + next - 1)));
  }
  return before[place]!;
}
