import type { ModelRule, ReferenceModel } from '../selections/reference-model.ts';

/** An activity that the log does not have: no sequence holds it. */
const NOWHERE = -1;
const NEVER = 2_147_483_647;

/**
 * A query with a row a sequence: variant; kept, the letter of each rule (n: it does not apply; o: kept; v: violated; p: owed by a case
 * that is open); and a number for those that are the same.
 * @param sequences a query for variant and activities
 */
export function judgedVariantsSql(
  sequences: string,
  { model, rules }: { readonly model: ReferenceModel; readonly rules: readonly ModelRule[] },
  names: ReadonlyMap<string, number>,
): string {
  const number = (name: string): number => names.get(name) ?? NOWHERE;
  const known = (some: readonly string[]): readonly number[] => some.map(number).filter((one) => one !== NOWHERE);
  const listed = (some: readonly number[]): string => some.join() || String(NOWHERE);
  const { mayFollow = {} } = model;
  const allowed = Object.entries(mayFollow).flatMap(([one, among]) =>
    known([one]).flatMap((from) => known(among).map((next) => from * names.size + next)),
  );
  return `select variant, kept, dense_rank() over (order by kept) as number from (
      select variant, ${rules.map((rule) => standingSql(rule, number)).join(' || ')} as kept from (
        select variant, activities, list_reverse(activities) as backwards, steps[:-2] as met, list_transform(
            list_filter(range(1, len(steps)), lambda nth:
              steps[nth]::bigint * ${names.size} + steps[nth + 1] not in (${listed(allowed)})),
            lambda nth: steps[nth]
          ) as broken
        from (
          select variant, activities, list_filter(activities, lambda one: one in (${listed(known(stepsOf(model)))})) as steps
          from (${sequences})
        )
      )
    )`;
}

/** Steps of which it is said what may follow them, and those that may. */
function stepsOf({ mayFollow = {} }: ReferenceModel): readonly string[] {
  return [...new Set([...Object.keys(mayFollow), ...Object.values(mayFollow).flat()])];
}

/**
 * The letter of a rule, as SQL over `activities`; the same `backwards`; `met`, the steps after which another came; and `broken`, those
 * after which one came that may not. To look for every pair of a rule, rule by rule, takes several times as long.
 */
function standingSql({ rule, activity, among }: ModelRule, number: (name: string) => number): string {
  const place = (list: string, name: string): string =>
    `coalesce(nullif(list_position(${list}, ${number(name)}), 0), ${NEVER})`;
  const first = (list: string, of: readonly string[]): string =>
    `least(${[...of.map((name) => place(list, name)), NEVER].join()})`;
  switch (rule) {
    case 'begins':
      return `case when activities[1] in (${among.map(number).join() || NOWHERE}) then 'o' else 'v' end`;
    case 'ends':
      return `case when ${first('activities', among)} < ${NEVER} then 'o' else 'p' end`;
    case 'requires': {
      const own = place('activities', activity!);
      return `case when ${own} = ${NEVER} then 'n' when ${first('activities', among)} < ${own} then 'o' else 'v' end`;
    }
    case 'leadsTo': {
      const own = place('backwards', activity!);
      return `case when ${own} = ${NEVER} then 'n' when ${first('backwards', among)} < ${own} then 'o' else 'p' end`;
    }
    case 'mayFollow': {
      const one = number(activity!);
      return `case when list_contains(broken, ${one}) then 'v' when list_contains(met, ${one}) then 'o' else 'n' end`;
    }
  }
}
