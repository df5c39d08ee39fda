import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalyticStore } from '../src/analytic-store/analytic-store.ts';
import { deriveTables } from '../src/analytic-store/derived-tables.ts';
import { MEASURES, measure, OF_OWN_CASES, type MeasureName } from '../src/bottlenecks/measures.ts';
import { filterOf } from '../src/selections/question.ts';
import { importLog } from '../src/external-logs/import-log.ts';
import { csvRows, EVENTS_A_CASE, writtenLog, xesRows } from './made-logs.ts';
import type { BenchRow } from './row.ts';

const CASES = 1_000_000;
const IMPORTED_CASES = 100_000;
const LEAST_PER_SECOND = 200_000;
const MOST_MS = 300;
const TIMES = 5;
const FILTERS = [
  [],
  ['channel=c1'],
  ['started=2016-01-01..2016-06-30'],
  ['activity=a11'],
  ['channel!=c1', 'resource=r7'],
];
const MODEL = { name: 'bench', version: '1', holdsFrom: '2016-01-01', begins: ['a0'], requires: { a5: ['a3'] } };
const TERMS = { endActivities: ['a9', 'a10'], dueAttribute: 'due', model: MODEL };

/**
 * Measures of a million cases with ten million events, and what is read of a log in a second; of logs made here. And a public log
 * here and in PM4Py, if it is said where PM4Py's repository stands.
 */
export async function benchAnalytics(pm4py: string | undefined): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bench-'));
  try {
    return [
      await importing(folder, 'CSV', csvRows(IMPORTED_CASES)),
      await importing(folder, 'XES', xesRows(IMPORTED_CASES)),
      ...(pm4py === undefined ? [] : await besidePm4py(folder, pm4py)),
      ...(await measuring(join(folder, 'store.duckdb'))),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function importing(folder: string, format: string, rows: Generator<string>): Promise<BenchRow> {
  const file = writtenLog(folder, format, rows);
  const started = performance.now();
  const { events } = await importLog({ file, target: join(folder, 'imported.duckdb') });
  const perSecond = (events / (performance.now() - started)) * 1_000;
  return {
    what: `import of ${format}, ${events.toLocaleString('en')} events`,
    perSecond,
    of: `${LEAST_PER_SECOND.toLocaleString('en')} events/s`,
    ratio: perSecond / LEAST_PER_SECOND,
    target: 1,
  };
}

const PUBLIC_LOG = 'tests/input_data/bpic2012.xes.gz';
const MOST_OF_PM4PY = 0.05;
const IN_PM4PY = `
import sys, json, time, warnings
warnings.filterwarnings('ignore')
sys.path.insert(0, sys.argv[1])
import pm4py
def timed(work):
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result
reading, log = timed(lambda: pm4py.read_xes(sys.argv[2]))
graph = sorted(timed(lambda: pm4py.discover_performance_dfg(log))[0] for _ in range(${TIMES}))[${TIMES >> 1}]
print(json.dumps({'events': len(log), 'reading': reading, 'graph': graph}))
`;

/** One file, read and its performance graph found by both, one after the other. */
async function besidePm4py(folder: string, pm4py: string): Promise<BenchRow[]> {
  const file = join(pm4py, PUBLIC_LOG);
  const ran = spawnSync('/usr/bin/python3', ['-c', IN_PM4PY, pm4py, file], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`PM4Py could not read ${file}: ${ran.stderr}`);
  const theirs = JSON.parse(ran.stdout.trim().split('\n').at(-1)!) as {
    events: number;
    reading: number;
    graph: number;
  };
  const target = join(folder, 'public.duckdb');
  const started = performance.now();
  const { events } = await importLog({ file, target });
  const perSecond = (events / (performance.now() - started)) * 1_000;
  const times: number[] = [];
  await using store = await AnalyticStore.openToRead(target);
  for (let time = 0; time < TIMES; time++) {
    const asked = performance.now();
    await measure(store, 'dfg');
    times.push(performance.now() - asked);
  }
  const graphMs = times.sort((one, other) => one - other)[TIMES >> 1]!;
  return [
    { what: `${PUBLIC_LOG} read by PM4Py`, perSecond: theirs.events / theirs.reading },
    {
      what: `${PUBLIC_LOG} imported, ${events.toLocaleString('en')} events`,
      perSecond,
      of: `${LEAST_PER_SECOND.toLocaleString('en')} events/s`,
      ratio: perSecond / LEAST_PER_SECOND,
      target: 1,
    },
    { what: 'performance graph in PM4Py', p50Ms: theirs.graph * 1_000 },
    {
      what: 'performance graph',
      p50Ms: graphMs,
      of: "PM4Py's",
      ratio: graphMs / 1_000 / theirs.graph,
      limit: MOST_OF_PM4PY,
    },
  ];
}

async function measuring(file: string): Promise<BenchRow[]> {
  await using store = await filledStore(file);
  const rows: BenchRow[] = [];
  for (const name of (Object.keys(MEASURES) as MeasureName[]).filter((one) => !OF_OWN_CASES.has(one))) {
    const times: number[] = [];
    for (const filter of FILTERS) {
      for (let time = 0; time < TIMES; time++) {
        const started = performance.now();
        await measure(store, name, { ...TERMS, filters: filter.map(filterOf) });
        times.push(performance.now() - started);
      }
    }
    times.sort((one, other) => one - other);
    const at = (part: number): number => times[Math.ceil(part * times.length) - 1]!;
    rows.push({
      what: `${name}, 10 M events, ${FILTERS.length} selections`,
      p50Ms: at(0.5),
      p95Ms: at(0.95),
      limit: MOST_MS,
    });
  }
  return rows;
}

/** The same kind of log, made by the engine itself: what is measured is asking, not reading. */
async function filledStore(file: string): Promise<AnalyticStore> {
  const store = await AnalyticStore.create(file);
  await store.run('alter table cases add column c0 varchar');
  await store.run('alter table cases add column c1 varchar');
  await store.run(`insert into attribute values ('c0', true, 'channel'), ('c1', true, 'due')`);
  await store.run(`insert into activity select number, 'a' || number from range(12) numbers (number)`);
  await store.run(`insert into resource select number, 'r' || number from range(60) numbers (number)`);
  await store.run(
    `create table case_id as select number::integer as case_no, 'case-' || number as id, 0 as known_from, 100000 as known_until,
      'c' || (number % 3) as c0, (date '2016-01-31' + (number // 288)::integer)::varchar as c1
    from range(${CASES}) numbers (number)`,
  );
  await store.run(
    `insert into event by name select case_no, position, activity, resource, time as started, time as completed from (
      select number // ${EVENTS_A_CASE} as case_no, number % ${EVENTS_A_CASE} as position, hash(number) % 1000 as noise,
        case when noise < 50 then 11 else position end as activity, (case_no + position * 7) % 60 as resource,
        make_timestamp((1451606400 + case_no * 30 + position * 259200 + (hash(number, 1) % 200000))::bigint * 1000000) as time
      from range(${CASES * EVENTS_A_CASE}) numbers (number)
    )`,
  );
  await deriveTables(store);
  await store.run('checkpoint');
  return store;
}
