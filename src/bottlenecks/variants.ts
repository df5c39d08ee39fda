import { activitiesByNumber } from '../selections/names-in-log.ts';
import { byText } from './durations.ts';
import type { Selection } from '../selections/selection.ts';

/** Exact sequences of activities, the most frequent first, equals by their names; of all cases, unless only closed ones are asked for. */
export interface Variants {
  readonly variants: readonly { readonly activities: readonly string[]; readonly cases: number }[];
}

export async function variants(selection: Selection): Promise<Variants> {
  const names = await activitiesByNumber(selection.store);
  const rows = await selection.rows<{ activities: number[]; cases: number }>(
    `select activities, cases from (select variant, count(*) as cases from ${selection.from('cases')} group by variant)
    join variant using (variant)`,
  );
  return {
    variants: rows
      .map(({ activities, cases }) => ({ activities: activities.map((one) => names.get(one)!), cases }))
      .sort((one, other) => other.cases - one.cases || bySequence(one.activities, other.activities)),
  };
}

/** The same in every store: numbers of variants and of activities are those in which they were first seen. */
function bySequence(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((name, place) => name !== other[place]);
  return at < 0 ? one.length - other.length : at < other.length ? byText(one[at]!, other[at]!) : 1;
}
