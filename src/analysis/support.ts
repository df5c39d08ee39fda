import type { Handover } from '../bottlenecks/handover.ts';
import { measured, type Measured, type MeasureName } from '../bottlenecks/measures.ts';
import type { PerformanceGraph } from '../bottlenecks/performance-graph.ts';
import { runsSql } from '../bottlenecks/phases.ts';
import { inPhases, openSql } from '../bottlenecks/aging.ts';
import { endingsSql } from '../bottlenecks/throughput.ts';
import type { Selection } from '../selections/selection.ts';
import { edgeKey, type Endings, type ShownResult, type Support, type Withholding } from './shown-result.ts';
import { WITHHOLDINGS } from './withheld-results.ts';

/** A measure of own cases as it may be shown where groups of fewer than `least` cases are withheld. */
export async function shownResult<M extends MeasureName>(
  selection: Selection,
  measure: M,
  result: Measured<M>,
  least: number,
): Promise<ShownResult> {
  const withholding = WITHHOLDINGS[measure] as Withholding<Measured<M>> | undefined;
  const supporting = SUPPORTS[measure] as Supporting<Measured<M>> | undefined;
  // What nobody has said how to withhold is withheld.
  if (withholding === undefined) return null;
  return withholding(result, least, (await supporting?.(selection, result, least)) ?? { cases: NONE });
}

type Supporting<R> = (selection: Selection, result: R, least: number) => Promise<Support>;

const SUPPORTS: { readonly [M in MeasureName]?: Supporting<Measured<M>> } = {
  dfg: async (selection, result, least) => ({ cases: await behindEdges(selection, result, least) }),
  handover: async (selection, result, least) => ({ cases: await behindHandovers(selection, result, least) }),
  rework: async (selection) => ({ cases: await byKey(selection, whoWentBack(selection)) }),
  variants: async (selection, _result, least) => {
    const map = await shownResult(selection, 'dfg', await measured(selection, 'dfg'), least);
    const repeated = await shownResult(selection, 'rework', await measured(selection, 'rework'), least);
    return {
      cases: NONE,
      ...(map === null ? {} : { map: map as unknown as PerformanceGraph }),
      repeated: Object.keys(repeated ?? {}),
    };
  },
  survival: async (selection) => ({ cases: NONE, endings: await endingsOf(selection) }),
  flow: async (selection, _result, least) => {
    const cases = await byKey(selection, runsAndSuspended(selection, await selection.day()));
    return { cases, phases: await shownPhases(selection, least) };
  },
  conformance: async (selection) => ({ cases: NONE, endings: await endingsOf(selection) }),
  cohorts: async (selection, { mode }, least) => ({
    cases: NONE,
    endings: await endingsOf(selection),
    ...(mode === 'LINK' ? { phases: await shownPhases(selection, least) } : {}),
  }),
  aging: async (selection) => ({
    cases: await byKey(selection, whoWentOn(selection, await selection.day())),
    endings: await endingsOf(selection),
  }),
  phases: async (selection) => ({
    cases: await byKey(selection, runsAndSuspended(selection, await selection.day())),
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

/** Only where it can be a question: with more steps than so many cases can have of one kind, there are enough. */
async function behindEdges(
  selection: Selection,
  { edges }: PerformanceGraph,
  least: number,
): Promise<ReadonlyMap<string, number>> {
  const { most } = await selection.row<{ most: number }>(
    `select coalesce(max(times), 1) as most from ${selection.table('repeat')}`,
  );
  const few = edges.filter(({ count }) => count < least * most);
  const found = await selection.rows<{ from: string; to: string; cases: number }>(
    `select source.name as from, target.name as to, cases from (
      select edge, count(distinct case_no) as cases from ${selection.from('step')} group by edge
        having count(*) < ${least * most}
    ) join edge using (edge) join activity source on source.activity = from_activity
      join activity target on target.activity = to_activity`,
  );
  return new Map(few.length === 0 ? [] : found.map(({ from, to, cases }) => [edgeKey({ from, to }), cases]));
}

async function behindHandovers(
  selection: Selection,
  { handovers, steps }: Handover,
  least: number,
): Promise<ReadonlyMap<string, number>> {
  if (steps === 0) return new Map();
  const { most } = await selection.row<{ most: number }>(
    `select max(events) as most from ${selection.table('cases')} as cases`,
  );
  const few = least * most;
  const found = await selection.rows<{ from: string; to: string; cases: number }>(
    `select source.name as from, target.name as to, cases from (
      select from_resource, to_resource, count(distinct case_no) as cases from ${selection.from('step')}
      where from_resource <> to_resource group by all having count(*) < ${few}
    ) join resource source on source.resource = from_resource join resource target on target.resource = to_resource`,
  );
  const sides = [handovers, steps - handovers].some((count) => count < few)
    ? await byKey(
        selection,
        `select case when from_resource <> to_resource then 'with' else 'without' end as key, count(distinct case_no) as cases
         from ${selection.from('step')} where from_resource is not null and to_resource is not null group by 1`,
      )
    : new Map<string, number>();
  return new Map([...found.map(({ from, to, cases }) => [edgeKey({ from, to }), cases] as const), ...sides]);
}

function whoWentBack(selection: Selection): string {
  const having = (kind: string, times: string): string =>
    `select '${kind}' || chr(10) || name as key, count(*) as cases
     from ${selection.from('repeat')} join activity using (activity) where ${times} > 0 group by name`;
  return `${having('loops', 'self_loops')} union all ${having('repetitions', 'repetitions')}`;
}

function whoWentOn(selection: Selection, on: number): string {
  return `select phase as key, count(distinct case_no) as cases from (${runsSql(selection, on, 'reached')}) group by phase`;
}

async function whoStands(selection: Selection): Promise<string> {
  const { standing } = await inPhases(selection);
  return `select activity as key, count(*) as cases from (${await openSql(selection)}) join (${standing}) using (case_no) group by activity`;
}

/**
 * By phase: how often it runs in one case at most, in how many cases it stood still, and in how many of those whose run reached its
 * milestone. Each is about few runs, which are looked for before they are joined.
 */
function runsAndSuspended(selection: Selection, on: number): string {
  const runs = (which: string): string => `${selection.from('phases')} where fromDay <= ${on} and ${which}`;
  const stoodStill = (which: string): string =>
    `select phase, count(distinct case_no) as cases from ${runs(which)} group by phase`;
  return `select 'runs' || chr(10) || phase as key, 1 + max(again) as cases
    from (select phase, case_no, count(*) as again from ${runs('again > 0')} group by all) group by phase
    union all
    select 'suspended' || chr(10) || phase, cases from (${stoodStill(`(suspendedDays > 0 or suspendedSince < ${on})`)})
    union all
    select 'suspended, reached' || chr(10) || phase, cases
    from (${stoodStill(`suspendedDays > 0 and reachedDay <= ${on}`)})`;
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

async function ownersOf(selection: Selection): Promise<ReadonlyMap<string, string>> {
  const rows = await selection.rows<{ code: string; owner: string }>(
    `select code, any_value(owner) as owner from ${selection.from('impediments')} group by code having count(distinct owner) = 1`,
  );
  return new Map(rows.map(({ code, owner }) => [code, owner]));
}
