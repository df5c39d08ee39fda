/** Days since 1970-01-01 of a time, as SQL. */
export function daySql(time: string): string {
  return `((${time})::date - date '1970-01-01')::integer`;
}

/** The first day of a month; months are counted since the year 0. */
export function firstOf(month: number): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}-01`;
}

/** The month of a day or time, as SQL. */
export function monthSql(day: string): string {
  return `(date_diff('month', date '1970-01-01', (${day})::date) + ${1970 * 12})::integer`;
}
