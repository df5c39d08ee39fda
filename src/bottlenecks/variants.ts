import { activitiesByNumber } from '../selections/names-in-log.ts';
import type { Selection } from '../selections/selection.ts';

/** Exact sequences of activities, the most frequent first; of all cases, unless only closed ones are asked for. */
export interface Variants {
  readonly variants: readonly { readonly activities: readonly string[]; readonly cases: number }[];
}

export async function variants(selection: Selection): Promise<Variants> {
  const names = await activitiesByNumber(selection.store);
  const rows = await selection.rows<{ activities: number[]; cases: number }>(
    `select activities, cases from (select variant, count(*) as cases from ${selection.from('cases')} group by variant)
    join variant using (variant) order by cases desc, variant`,
  );
  return {
    variants: rows.map(({ activities, cases }) => ({ activities: activities.map((one) => names.get(one)!), cases })),
  };
}
