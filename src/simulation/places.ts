import { epochDay } from '../event-sourcing/days.ts';

/** A municipality as the market knows it; its index in the list is its name there. */
export interface Place {
  /** `GM` and four digits. */
  readonly code: string;
  readonly name: string;
  readonly inhabitants: number;
  /** First day on which it exists, and the first on which it doesn't any more (days since 1970-01-01). */
  readonly from: number;
  readonly until: number;
  /** Index of the municipality that took its place; -1: none. */
  readonly successor: number;
}

/** What is known of municipalities, as reference facts have it. */
export interface KnownMunicipalities {
  municipalitiesOn(date: string): readonly { readonly code: string; readonly name: string }[];
  /** The one that had taken its place by a day; itself where nothing did. */
  successorOf(code: string, date: string): string;
  /** By code; undefined: not known for this day. */
  inhabitants(date: string): ReadonlyMap<string, number> | undefined;
}

/** Shares of the country are reckoned on these figures, whatever year is simulated. */
const INHABITANTS_ON = '2016-01-01';

/**
 * The municipalities of a period, in order of their codes; they change on New Year's Days only.
 * @throws Error where their inhabitants are not known
 */
export function placesOf(known: KnownMunicipalities, from: string, until: string): readonly Place[] {
  const inhabitants = known.inhabitants(INHABITANTS_ON);
  if (inhabitants === undefined) throw new Error(`inhabitants of ${INHABITANTS_ON} are not known in this log`);
  const years = newYearsDays(from, until);
  const names = new Map<string, string>();
  for (const day of [from, ...years]) for (const { code, name } of known.municipalitiesOn(day)) names.set(code, name);
  const codes = [...names.keys()].sort();
  return codes.map((code): Place => {
    const exists = (day: string) => known.municipalitiesOn(day).some((one) => one.code === code);
    const first = exists(from) ? undefined : years.find(exists);
    const end = years.find((day) => day > (first ?? from) && !exists(day));
    return {
      code,
      name: names.get(code)!,
      inhabitants: inhabitants.get(code) ?? 0,
      from: first === undefined ? -Infinity : epochDay(first),
      until: end === undefined ? Infinity : epochDay(end),
      successor: end === undefined ? -1 : codes.indexOf(known.successorOf(code, end)),
    };
  });
}

function newYearsDays(from: string, until: string): readonly string[] {
  const days: string[] = [];
  for (let year = Number(from.slice(0, 4)) + 1; `${year}-01-01` <= until; year++) days.push(`${year}-01-01`);
  return days;
}
