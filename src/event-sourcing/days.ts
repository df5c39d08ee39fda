/** Calendar days as ISO text (`2017-02-23`): compared as text, reckoned with as days since 1970-01-01. No time zones here but one. */

/** Days since 1970-01-01 of an ISO date (proleptic Gregorian calendar, after Howard Hinnant's days_from_civil). */
export function epochDay(date: string): number {
  const month = digits(date, 5, 7);
  const year = digits(date, 0, 4) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + digits(date, 8, 10) - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** The ISO date of a number of days since 1970-01-01, for the years 0 to 9999 (after Hinnant's civil_from_days). */
export function dateOfEpochDay(day: number): string {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${month < 10 ? '0' : ''}${month}-${dayOfMonth < 10 ? '0' : ''}${dayOfMonth}`;
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
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && dateOfEpochDay(epochDay(text)) === text;
}

const AMSTERDAM = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Amsterdam',
  calendar: 'gregory',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});
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

function digits(text: string, from: number, until: number): number {
  let value = 0;
  for (let index = from; index < until; index++) value = value * 10 + text.charCodeAt(index) - 48;
  return value;
}
