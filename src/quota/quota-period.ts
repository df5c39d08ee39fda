import { addDays } from '../event-sourcing/days.ts';

/** A half-year, as in `2017H1`. */
export type QuotaPeriod = string;

export function isQuotaPeriod(text: string): text is QuotaPeriod {
  return /^(?:19|20)\d{2}H[12]$/.test(text);
}

/** First day. */
export function startOf(period: QuotaPeriod): string {
  return `${period.slice(0, 4)}-${period.endsWith('H1') ? '01' : '07'}-01`;
}

/** Last day. */
export function endOf(period: QuotaPeriod): string {
  return addDays(startOf(nextPeriod(period)), -1);
}

export function nextPeriod(period: QuotaPeriod): QuotaPeriod {
  const year = Number(period.slice(0, 4));
  return period.endsWith('H1') ? `${year}H2` : `${year + 1}H1`;
}

export function periodOf(date: string): QuotaPeriod {
  return `${date.slice(0, 4)}H${date.slice(5, 7) < '07' ? 1 : 2}`;
}

/** Its six months, as in `2017-01`. */
export function monthsOf(period: QuotaPeriod): readonly string[] {
  const first = period.endsWith('H1') ? 1 : 7;
  return Array.from({ length: 6 }, (_, index) => `${period.slice(0, 4)}-${String(first + index).padStart(2, '0')}`);
}

/** How many of its months are over at the end of a day. */
export function completedMonths(period: QuotaPeriod, day: string): number {
  const tomorrow = addDays(day, 1).slice(0, 7);
  return monthsOf(period).filter((month) => month < tomorrow).length;
}

/** Both included; none if the last comes before the first. */
export function periodsFrom(first: QuotaPeriod, last: QuotaPeriod): readonly QuotaPeriod[] {
  const periods: QuotaPeriod[] = [];
  for (let period = first; period <= last; period = nextPeriod(period)) periods.push(period);
  return periods;
}
