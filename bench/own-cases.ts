import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalyticStore } from '../src/analytic-store/analytic-store.ts';
import { ALWAYS } from '../src/analytic-store/event-tables.ts';
import { MEASURES, measure, type MeasureName } from '../src/bottlenecks/measures.ts';
import { filterOf, type Question } from '../src/selections/question.ts';
import { QuestionRefused } from '../src/selections/question-refused.ts';
import { ACTIVITY_NAMES } from '../src/case-table/activities.ts';
import { createCaseTables, takeArriving } from '../src/case-table/case-store.ts';
import { epochDay } from '../src/event-sourcing/days.ts';
import type { BenchRow } from './row.ts';

const CASES = 1_000_000;
const EVENTS_A_CASE = 10;
const TIMES = 5;
const MOST_MS = 300;
const MOST_MS_AS_KNOWN_ON = 1_000;
const NOW = '2017-09-01';
const FILTERS: readonly (readonly string[])[] = [
  [],
  ['channel=ASYLUM'],
  ['permit=2016-06-01..2016-08-31'],
  ['activity=OfferRefused'],
  ['municipality=GM0007|GM0011', 'impediment!=LOW_TURNOVER'],
];

/** Every measure over a million cases of this system with ten million events: as they are known now, and as they were on a day. */
export async function benchOwnCases(times = TIMES, cases = CASES, only?: readonly string[]): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bench-'));
  try {
    await using store = await filledStore(join(folder, 'cases.duckdb'), cases);
    const rows: BenchRow[] = [];
    for (const name of Object.keys(MEASURES) as MeasureName[]) {
      if (only !== undefined && !only.includes(name)) continue;
      for (const asKnownOn of [undefined, epochDay('2017-01-01')]) {
        const known = asKnownOn === undefined ? {} : { asKnownOn };
        const row = await timesOf(store, name, { now: NOW, ...known }, times);
        const when = asKnownOn === undefined ? 'now' : 'as known on';
        if (row !== undefined)
          rows.push({
            what: `${name} of own cases, ${when}, ${FILTERS.length} selections`,
            ...row,
            limit: asKnownOn === undefined ? MOST_MS : MOST_MS_AS_KNOWN_ON,
          });
      }
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Undefined where the measure asks for more than a selection. */
async function timesOf(
  store: AnalyticStore,
  name: MeasureName,
  question: Question,
  times: number,
): Promise<{ p50Ms: number; p95Ms: number } | undefined> {
  const took: number[] = [];
  for (const filter of FILTERS) {
    for (let time = 0; time < times; time++) {
      const started = performance.now();
      try {
        await measure(store, name, { ...question, filters: filter.map(filterOf) });
      } catch (error) {
        if (error instanceof QuestionRefused) return undefined;
        throw error;
      }
      took.push(performance.now() - started);
    }
  }
  took.sort((one, other) => one - other);
  const at = (part: number): number => took[Math.ceil(part * took.length) - 1]!;
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}

/** Made by the engine itself, in the form in which rows arrive from the view: what is measured is asking. Known a day later, all of it. */
async function filledStore(file: string, cases: number): Promise<AnalyticStore> {
  const store = await AnalyticStore.create(file);
  await createCaseTables(store);
  const names = ACTIVITY_NAMES.map((name) => `'${name}'`).join();
  await store.run(
    `create temp table arriving_case as select number::integer as case_no, 'case-' || number as stream from range(${cases}) numbers (number)`,
  );
  await store.run(`
    create temp table arriving_event as
    select *, lag(activity) over before as fromActivity, lag(day) over before as fromDay, lag(organisation) over before as fromOrganisation,
      (day - lag(day) over before) * 5 // 7 as workingDays
    from (
      select (number // ${EVENTS_A_CASE})::integer as case_no, (number % ${EVENTS_A_CASE})::integer as place, hash(number) % 100 as noise,
        [${names}][case when place = 0 then 1 when noise < 8 then 12 when noise < 12 then 8 else place * 17 // ${EVENTS_A_CASE} + 1 end] as activity,
        (${epochDay('2016-01-01')} + (hash(case_no) % 400)::integer + place * 12 + (noise % 12)::integer)::integer as day,
        'GM' || lpad((case when place < 3 then 0 else hash(case_no, 1) % 390 end)::varchar, 4, '0') as organisation,
        day + 1 as known_from, ${ALWAYS.until} as known_until
      from range(${cases * EVENTS_A_CASE}) numbers (number)
    ) window before as (partition by case_no order by place) order by case_no, place`);
  // A version begins with every event.
  await store.run(`
    create temp table arriving_version as
    select case_no, known_from, lead(known_from, 1, ${ALWAYS.until}) over cases as known_until,
      if(hash(case_no, 2) % 3 > 0, 'ASYLUM', 'RESETTLEMENT') as channel, 'ASYLUM_TEMPORARY' as permitType,
      if(place < 3, null, 'GM' || lpad((hash(case_no, 1) % 390)::varchar, 4, '0')) as municipality,
      if(place < 3, null, 'Province ' || hash(case_no, 1) % 12) as province, 'COA' as organisation,
      (hash(case_no, 3) % 5 + 1)::integer as householdSize, first(day) over cases as fromDay,
      if(place = 9 and hash(case_no, 4) % 4 > 0, day, null) as housedDay,
      if(place = 9 and hash(case_no, 4) % 40 = 0, day, null) as censoredDay, first(day) over cases + 98 as dueDay,
      string_agg(chr(64 + list_position([${names}], activity)::integer), '') over cases as sequence,
      first(day) over cases as firstDay, day as lastDay, day as enteredDay, ((day - firstDay) * 5 // 7)::integer as workingDays
    from arriving_event window cases as (partition by case_no order by place rows between unbounded preceding and current row)
    order by case_no, place`);
  // Each phase begins where the one before ends, some weeks later, and is known as open until it has ended.
  await store.run(`
    create temp table arriving_phase as
    select case_no, phase, 1 as sequence, (permit + start)::integer as fromDay,
      if(closed and ends, (permit + start + length)::integer, null) as reachedDay, null as stoppedDay,
      (permit + start + term)::integer as dueDay, 0 as suspendedDays, null as suspendedSince,
      (if(closed, permit + start + length, permit + start) + 1)::integer as known_from,
      if(closed, ${ALWAYS.until}, permit + start + length + 1)::integer as known_until
    from (
      select case_no, any_value(day) as permit, hash(case_no, 4) % 4 > 0 as ends, (5 + hash(case_no, 5) % 40)::integer as link,
        (10 + hash(case_no, 6) % 90)::integer as home, (3 + hash(case_no, 7) % 30)::integer as tenancy, (1 + hash(case_no, 8) % 28)::integer as move
      from arriving_event where place = 0 group by case_no
    ) lengths, lateral (values ('LINK', 0, link, 14), ('HOME', link, home, 70), ('TENANCY', link + home, tenancy, null),
      ('MOVE', link + home + tenancy, move, 14), ('WHOLE', 0, link + home + tenancy + move, 98)) phases (phase, start, length, term),
      (values (true), (false)) run (closed)
    order by case_no`);
  for (const [table, sign] of [
    ['own_phases', '='],
    ['superseded_own_phases', '<>'],
  ] as const)
    await store.run(`insert into ${table} by name from arriving_phase where known_until ${sign} ${ALWAYS.until}`);
  await store.run('drop table arriving_phase');
  await store.run(`
    insert into own_impediments by name
    select case_no, 'i' || case_no as impedimentId, if(case_no % 3 = 0, 'LOW_TURNOVER', 'MEDICAL') as code, 'MUNICIPALITY' as owner,
      'HOME' as phase, day as fromDay, if(case_no % 5 = 0, null, day + 20) as untilDay, known_from, known_until
    from arriving_event where place = 4 and case_no % 5 < 4 order by case_no`);
  await takeArriving((sql) => store.run(sql));
  await store.run('checkpoint');
  return store;
}
