import { isDutchWorkingDay } from '../calendar/dutch-working-days.ts';
import { epochDay } from '../event-sourcing/days.ts';

const HOUR_MS = 3_600_000;
const HOUR_US = HOUR_MS * 1_000;

/** Hours since 1970-01-01T00:00Z that follow each other and are all on working days, or none of them; and microseconds on working days before. */
export type WorkingSpan = readonly [fromHour: number, untilHour: number, beforeUs: number, works: boolean];

const AMSTERDAM = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Amsterdam',
  calendar: 'gregory',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

/**
 * Time on working days counts, all 24 hours of them: the wait between two moments is then the difference of what came before
 * each. By the hour, because a day in Amsterdam begins on a whole hour of UTC and lasts 23 to 25 of them.
 * @param amsterdam days begin there; otherwise the times are a clock of their own
 */
export function* workingSpans(fromMs: number, untilMs: number, amsterdam: boolean): Generator<WorkingSpan> {
  let known = Number.NaN;
  let works = false;
  const worksAt = (hour: number): boolean => {
    const day = localDay(hour, amsterdam);
    if (day !== known) works = isDutchWorkingDay(day);
    known = day;
    return works;
  };
  const until = Math.floor(untilMs / HOUR_MS) + 1;
  let beforeUs = 0;
  for (let from = Math.floor(fromMs / HOUR_MS), to = from; from < until; from = to) {
    const these = worksAt(from);
    while (to < until && worksAt(to) === these) to++;
    yield [from, to, beforeUs, these];
    if (these) beforeUs += (to - from) * HOUR_US;
  }
}

/** Clocks stand one or two hours ahead of UTC, so only the two hours before midnight need asking. */
function localDay(hour: number, amsterdam: boolean): number {
  const day = Math.floor(hour / 24);
  const ofDay = hour - day * 24;
  if (!amsterdam || ofDay < 22) return day;
  return ofDay === 23 ? day + 1 : epochDay(AMSTERDAM.format(hour * HOUR_MS));
}
