import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AnalyticStore } from '../src/analytic-store/analytic-store.ts';
import { shownResult } from '../src/withholding/shown-result.ts';
import { MEASURES, measure, measured, type MeasureName } from '../src/bottlenecks/measures.ts';
import { filterOf, type Filter, type Question } from '../src/selections/question.ts';
import { Selection } from '../src/selections/selection.ts';
import { QuestionRefused } from '../src/selections/question-refused.ts';
import { filesOf, loadConfig } from '../src/config.ts';
import { epochDay } from '../src/event-sourcing/days.ts';
import type { BenchRow } from './row.ts';

/** Of some 25,000 cases with 319,000 events each: together a million with nearly thirteen million. */
const COUNTRIES = 40;
const COMMAND_LINE = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const TIMES = 5;
/** When the cases are known, and the most that a question may take then (ms). */
const KNOWN = [
  ['now', {}, 300],
  ['as known on', { asKnownOn: epochDay('2017-01-01') }, 1_000],
] as const;
const LEAST = 5;
const NOW = '2017-02-23';
const FILTERS: readonly (readonly string[])[] = [
  [],
  ['channel=ASYLUM'],
  ['permit=2016-06-01..2016-08-31'],
  ['activity=OfferRefused'],
  ['municipality=GM0363|GM0599', 'impediment!=NO_BSN'],
];

/** Every measure over a million cases of this system with nearly thirteen million events: as they are known now, and as they were on a day. */
export async function benchOwnCases(
  times = TIMES,
  countries = COUNTRIES,
  only?: readonly string[],
): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bench-'));
  try {
    await using store = await filledStore(folder, countries);
    const rows: BenchRow[] = [await onePass(store, times)];
    for (const name of Object.keys(MEASURES) as MeasureName[]) {
      if (only !== undefined && !only.includes(name)) continue;
      for (const [when, known, limit] of KNOWN) {
        const row = await timesOf((question) => measure(store, name, question), { now: NOW, ...known }, times);
        const what = `${name} of own cases, ${when}, ${FILTERS.length} selections`;
        if (row !== undefined) rows.push({ what, ...row, limit });
      }
      const answered = await timesOf((question) => shown(store, name, question), { now: NOW }, times);
      if (answered !== undefined)
        rows.push({ what: `${name}, the same now, with what is withheld worked out`, ...answered, limit: KNOWN[0][2] });
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A measure as it is answered where small groups are withheld: whether it is, and what of it. */
async function shown(store: AnalyticStore, name: MeasureName, question: Question): Promise<void> {
  const connection = await store.another();
  try {
    const selection = await Selection.of(connection, question);
    await selection.leftOut();
    await shownResult(selection, name, await measured(selection, name), LEAST);
  } finally {
    await connection.close();
  }
}

/** Undefined where the measure asks for more than a selection. */
async function timesOf(
  ask: (question: Question) => Promise<unknown>,
  question: Question,
  times: number,
): Promise<{ p50Ms: number; p95Ms: number } | undefined> {
  try {
    return await timed(times, (filters) => ask({ ...question, filters }));
  } catch (error) {
    if (error instanceof QuestionRefused) return undefined;
    throw error;
  }
}

/** What the engine takes to go over all steps of the selected cases once: hardly any question can take less. */
async function onePass(store: AnalyticStore, times: number): Promise<BenchRow> {
  const took = await timed(times, async (filters) => {
    const selection = await Selection.of(store, { now: NOW, filters });
    await selection.rows(`select edge, count(*), sum(us) from ${selection.from('step')} group by edge`);
  });
  return {
    what: `the engine alone: steps of the selected cases, counted and summed, ${FILTERS.length} selections`,
    ...took,
  };
}

async function timed(
  times: number,
  ask: (filters: readonly Filter[]) => Promise<unknown>,
): Promise<{ p50Ms: number; p95Ms: number }> {
  const took: number[] = [];
  for (const filter of FILTERS) {
    for (let time = 0; time < times; time++) {
      const started = performance.now();
      await ask(filter.map(filterOf));
      took.push(performance.now() - started);
    }
  }
  took.sort((one, other) => one - other);
  const at = (part: number): number => took[Math.ceil(part * took.length) - 1]!;
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}

/**
 * A simulated country, as a server fills the event table with it, so many times over: each copy is a country with cases of its own.
 * What is measured is asking.
 */
async function filledStore(folder: string, countries: number): Promise<AnalyticStore> {
  await promisify(execFile)(process.execPath, [COMMAND_LINE, '--data', folder, 'simulate', '--seed', '7']);
  const one = filesOf(loadConfig({ WOONSPOOR_DATA: folder })).caseStore;
  await promisify(execFile)(
    process.execPath,
    [COMMAND_LINE, '--data', folder, 'analyse', '--cases', '--measure', 'variants', '--json'],
    { maxBuffer: 1 << 30 },
  );
  const store = await AnalyticStore.openToWrite(one);
  await multiply(store, countries);
  return store;
}

/** Adds copies of all rows of cases to a store. */
export async function multiply(store: AnalyticStore, times: number): Promise<void> {
  const { cases } = await store.row<{ cases: number }>(
    'select max(case_no) + 1 as cases from (select case_no from cases union all select case_no from superseded_cases)',
  );
  const columns = await store.rows<{ table: string; column: string }>(
    `select table_name as table, column_name as column from duckdb_columns()
    where database_name = current_database() and not internal order by table_name, column_index`,
  );
  for (const [table, all] of Map.groupBy(columns, (one) => one.table)) {
    if (!all.some(({ column }) => column === 'case_no')) continue;
    await store.run(`create temp table one as from ${table}`);
    for (let copy = 1; copy < times; copy++) {
      const values = all.map(({ column }) => {
        if (column === 'case_no') return `case_no + ${copy * cases}`;
        return column === 'id' ? `id || '-${copy}'` : column;
      });
      await store.run(`insert into ${table} select ${values.join()} from one`);
    }
    await store.run('drop table one');
  }
  await store.run('checkpoint');
}
