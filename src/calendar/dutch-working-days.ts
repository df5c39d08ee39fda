import { dateOfEpochDay, epochDay } from '../event-sourcing/days.ts';

/** 1970-01-01 was a Thursday. */
const DAYS_FROM_MONDAY = 3;
const SATURDAY = 5;
/** New Year, Christmas and Boxing Day. */
const FIXED = ['01-01', '12-25', '12-26'];
/** Good Friday is no public holiday by law; Easter Monday, Ascension Day and Whit Monday are. */
const AFTER_EASTER = [1, 39, 50];

/** Easter Sunday of a year as days since 1970-01-01, by the anonymous Gregorian computus (Meeus, Astronomical Algorithms). */
export function easterSunday(year: number): number {
  const a = year % 19;
  const century = Math.floor(year / 100);
  const ofCentury = year % 100;
  const epact =
    (19 * a + century - Math.floor(century / 4) - Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3) + 15) %
    30;
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - epact - (ofCentury % 4)) % 7;
  const correction = Math.floor((a + 11 * epact + 22 * weekday) / 451);
  const fromMarch = epact + weekday - 7 * correction + 114;
  return epochDay(`${year}-0${Math.floor(fromMarch / 31)}-01`) + (fromMarch % 31);
}

const holidaysByYear = new Map<number, ReadonlySet<number>>();

/** Public holidays in the Netherlands. Liberation Day is a day off once in five years, so the public service has it. */
function holidaysOf(year: number): ReadonlySet<number> {
  let days = holidaysByYear.get(year);
  if (days === undefined) {
    const easter = easterSunday(year);
    const kingsDay = year >= 2014 ? epochDay(`${year}-04-27`) : epochDay(`${year}-04-30`);
    // Where it is a Sunday, the Saturday before is the holiday.
    const moved = isSunday(kingsDay) ? kingsDay - 1 : kingsDay;
    days = new Set([
      ...FIXED.map((date) => epochDay(`${year}-${date}`)),
      ...AFTER_EASTER.map((later) => easter + later),
      moved,
      ...(year % 5 === 0 ? [epochDay(`${year}-05-05`)] : []),
    ]);
    holidaysByYear.set(year, days);
  }
  return days;
}

function isSunday(day: number): boolean {
  return weekdayOf(day) === 6;
}

function weekdayOf(day: number): number {
  return (((day + DAYS_FROM_MONDAY) % 7) + 7) % 7;
}

/** Monday to Friday, and no public holiday in the Netherlands; of days since 1970-01-01. */
export function isDutchWorkingDay(day: number): boolean {
  return weekdayOf(day) < SATURDAY && !holidaysOf(Number(dateOfEpochDay(day).slice(0, 4))).has(day);
}
