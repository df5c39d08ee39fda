/** Calendar days as ISO text (`2017-02-23`): compared as text, reckoned with as days since 1970-01-01. No time zones here but one. */

const DAY_MS = 86_400_000;

/** Views ask for the days of the same few years, again and again. */
const REMEMBERED_DAYS = 20_000;
const dayOfDate = new Map<string, number>();
const dateOfDay = new Map<number, string>();

/** Days since 1970-01-01 of an ISO date. */
export function epochDay(date: string): number {
  let day = dayOfDate.get(date);
  if (day === undefined) {
    day = Date.parse(date) / DAY_MS;
    if (dayOfDate.size >= REMEMBERED_DAYS) dayOfDate.clear();
    dayOfDate.set(date, day);
  }
  return day;
}

/** The ISO date of a number of days since 1970-01-01, for the years 0 to 9999. */
export function dateOfEpochDay(day: number): string {
  let date = dateOfDay.get(day);
  if (date === undefined) {
    date = new Date(day * DAY_MS).toISOString().slice(0, 10);
    if (dateOfDay.size >= REMEMBERED_DAYS) dateOfDay.clear();
    dateOfDay.set(day, date);
  }
  return date;
}

/** `days` calendar days later (earlier if negative). */
export function addDays(date: string, days: number): string {
  return dateOfEpochDay(epochDay(date) + days);
}

/** Calendar days from `from` to `until`; negative if `until` is the earlier one. */
export function daysBetween(from: string, until: string): number {
  return epochDay(until) - epochDay(from);
}

/** True for a day that exists, written as `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = epochDay(text);
  return Number.isInteger(day) && dateOfEpochDay(day) === text;
}

const AMSTERDAM = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Amsterdam',
  calendar: 'gregory',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});
const AMSTERDAM_TIME = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Amsterdam',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

/** The time of day in the Netherlands (`23:59:59.999`). */
export function amsterdamTime(instant: Date): string {
  return AMSTERDAM_TIME.format(instant);
}

const REMEMBERED_HOURS = 20_000;
const dayOfHour = new Map<string, string>();

/**
 * The calendar day in the Netherlands of a UTC instant (`2017-02-23T23:30:00.000Z` → `2017-02-24`). Since 1941 the Dutch
 * day begins on a whole UTC hour, in summer and in winter, so that one look-up per hour is enough.
 */
export function amsterdamDay(instant: string): string {
  if (instant < '1941') return AMSTERDAM.format(new Date(instant));
  const hour = instant.slice(0, 13);
  let day = dayOfHour.get(hour);
  if (day === undefined) {
    day = AMSTERDAM.format(new Date(`${hour}:00:00.000Z`));
    if (dayOfHour.size >= REMEMBERED_HOURS) dayOfHour.clear();
    dayOfHour.set(hour, day);
  }
  return day;
}
