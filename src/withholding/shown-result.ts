import type { Handover } from '../bottlenecks/handover.ts';
import { measured, type Measured, type MeasureName } from '../bottlenecks/measures.ts';
import { inPhases, openSql } from '../bottlenecks/aging.ts';
import { endingsSql } from '../bottlenecks/throughput.ts';
import { variants } from '../bottlenecks/variants.ts';
import type { Selection } from '../selections/selection.ts';
import { MOST_RUNS, stoodStill, WENT_ON } from './cases-behind-runs.ts';
import { countsOfSteps } from './counts-of-steps.ts';
import { edgeKey, type Endings, type ShownResult, type Support, type Withholding } from './support.ts';
import { WITHHOLDINGS } from './withheld-results.ts';

/** A measure of own cases as it may be shown where groups of fewer than `least` cases are withheld. */
export async function shownResult<M extends MeasureName>(
  selection: Selection,
  measure: M,
  result: Measured<M>,
  least: number,
): Promise<ShownResult> {
  const withholding = WITHHOLDINGS[measure] as Withholding<Measured<M>>;
  const supporting = SUPPORTS[measure] as Supporting<Measured<M>> | undefined;
  return withholding(result, least, (await supporting?.(selection, result, least)) ?? { cases: NONE });
}

type Supporting<R> = (selection: Selection, result: R, least: number) => Promise<Support>;

const SUPPORTS: { readonly [M in MeasureName]?: Supporting<Measured<M>> } = {
  dfg: async (selection) => ({ cases: countsOfSteps(await variants(selection)).behind }),
  handover: async (selection, result, least) => ({ cases: await behindHandovers(selection, result, least) }),
  rework: async (selection) => ({ cases: countsOfSteps(await variants(selection)).behind }),
  'on-time': async (selection) => ({ cases: NONE, endings: await endingsOf(selection) }),
  survival: async (selection) => ({ cases: NONE, endings: await endingsOf(selection) }),
  flow: async (selection, _result, least) => {
    const phases = await shownPhases(selection, least);
    return { cases: await byKey(selection, MOST_RUNS), phases };
  },
  conformance: async (selection) => ({ cases: NONE, endings: await endingsOf(selection) }),
  cohorts: async (selection, { mode }, least) => ({
    cases: NONE,
    endings: await endingsOf(selection),
    ...(mode === 'LINK' ? { phases: await shownPhases(selection, least) } : {}),
  }),
  aging: async (selection) => ({
    cases: await byKey(selection, WENT_ON),
    endings: await endingsOf(selection),
  }),
  phases: async (selection) => ({
    cases: await byKey(selection, `${MOST_RUNS} union all ${stoodStill(await selection.day())}`),
    endings: await endingsOf(selection),
    standing: Object.fromEntries(await byKey(selection, await whoStands(selection))),
  }),
  delay: async (selection) => ({
    // As the statement has just found them.
    cases: await byKey(selection, `select 'suspended' as key, count(distinct case_no) as cases from suspended`),
    owners: await ownersOf(selection),
  }),
  impediments: async (selection) => ({ cases: NONE, owners: await ownersOf(selection) }),
};

const NONE: ReadonlyMap<string, number> = new Map();

async function behindHandovers(
  selection: Selection,
  { handovers, steps, pairs }: Handover,
  least: number,
): Promise<ReadonlyMap<string, number>> {
  if (steps === 0) return NONE;
  const { most } = await selection.row<{ most: number }>(
    `select max(events) as most from ${selection.table('cases')} as cases`,
  );
  // With fewer steps there are too few cases in any case; with more than so many cases can have of one kind, there are enough.
  const isFew = (count: number): boolean => count >= least && count < least * most;
  const few = pairs.filter(({ count }) => isFew(count));
  const behind = few.length === 0 ? NONE : await behindPairs(selection, few);
  if (![handovers, steps - handovers].some(isFew)) return behind;
  const sides = await byKey(
    selection,
    `select case when from_resource <> to_resource then 'with' else 'without' end as key, count(distinct case_no) as cases
    from ${selection.from('step')} where from_resource is not null and to_resource is not null group by 1`,
  );
  return new Map([...behind, ...sides]);
}

async function behindPairs(selection: Selection, pairs: Handover['pairs']): Promise<ReadonlyMap<string, number>> {
  const resources = await selection.rows<{ resource: number; name: string }>('select resource, name from resource');
  const numbers = new Map(resources.map(({ resource, name }) => [name, resource]));
  const names = new Map(resources.map(({ resource, name }) => [resource, name]));
  const these = pairs.map(({ from, to }) => `(${numbers.get(from)!}, ${numbers.get(to)!})`);
  const found = await selection.rows<{ one: number; other: number; cases: number }>(
    `select from_resource as one, to_resource as other, count(distinct case_no) as cases
    from ${selection.from('step')} join (values ${these.join()}) these (one, other) on from_resource = one and to_resource = other
    group by all`,
  );
  return new Map(
    found.map(({ one, other, cases }) => [edgeKey({ from: names.get(one)!, to: names.get(other)! }), cases]),
  );
}

async function whoStands(selection: Selection): Promise<string> {
  const { standing } = await inPhases(selection);
  return `select activity as key, count(*) as cases from (${await openSql(selection)}) join (${standing}) using (case_no) group by activity`;
}

async function shownPhases(selection: Selection, least: number): Promise<NonNullable<Support['phases']>> {
  const shown = await shownResult(selection, 'phases', await measured(selection, 'phases'), least);
  return (shown as { readonly phases: NonNullable<Support['phases']> } | null)?.phases ?? [];
}

async function endingsOf(selection: Selection): Promise<Endings> {
  return await selection.row<Endings>(
    `select count(*) filter (ends and began is not null) as ended, count(*) filter (began is null or not ends and not leaves) as open,
      count(*) filter (not ends and leaves) as censored
    from (${await endingsSql(selection)})`,
  );
}

async function byKey(selection: Selection, sql: string): Promise<ReadonlyMap<string, number>> {
  const rows = await selection.rows<{ key: string; cases: number }>(sql);
  return new Map(rows.map(({ key, cases }) => [key, cases]));
}

/** Of impediments as the measure has just found them. */
async function ownersOf(selection: Selection): Promise<ReadonlyMap<string, string>> {
  const rows = await selection.rows<{ code: string; owner: string }>(
    `select code, any_value(owner) as owner from held join own_sort using (sort) group by code having count(distinct owner) = 1`,
  );
  return new Map(rows.map(({ code, owner }) => [code, owner]));
}
