import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AnalyticStore, removeStore, type StoreOptions } from '../analytic-store/analytic-store.ts';
import { deriveTables } from '../analytic-store/derived-tables.ts';
import { ALWAYS } from '../analytic-store/event-tables.ts';
import { beginningOf, isGzip, linesOf, logBytes } from './log-bytes.ts';
import { LogFaulty } from './log-faulty.ts';
import type { LogMapping } from './log-mapping.ts';
import { readCsv } from './read-csv.ts';
import { readXes } from './read-xes.ts';
import { recordLines, type CsvSource } from './record-lines.ts';
import { STAGING_SQL } from './staging.ts';
import { WorkingFolder } from './working-folder.ts';

/** What is wrong with an event, so that its case was left out. */
export interface EventFault {
  readonly line: number;
  readonly caseId: string;
  readonly code: keyof typeof FAULT_WORDS;
}

export const FAULT_WORDS = {
  NO_ACTIVITY: 'the event names no activity',
  NO_TIME: 'the event has no time',
  TIME_UNREADABLE: 'the time of the event cannot be read, or lies outside the years 1678 to 2261',
  START_UNREADABLE: 'the start of the event cannot be read, or lies outside the years 1678 to 2261',
} as const;

export interface ImportedLog {
  readonly cases: number;
  readonly events: number;
  /** Events that are the same as another of their case in everything. They are kept. */
  readonly duplicates: number;
  /** Traces without any event. */
  readonly empty: number;
  readonly leftOut: number;
}

export interface LogImport {
  readonly file: string;
  /** The store that is made, in the place of the one that stood there. */
  readonly target: string;
  readonly mapping?: LogMapping;
  readonly signal?: AbortSignal;
  readonly store?: StoreOptions;
  /** Bytes of the file read so far; then what is being done with them. */
  readonly onProgress?: (bytes: number) => void;
  readonly onFaults?: (faults: readonly EventFault[]) => void;
}

/** Where a store is made before it is whole, to which the name of the process is added. */
export function newLogFolder(target: string): string {
  return `${target}.new`;
}

/** Makes a store of a log: whole, or not at all. @throws LogFaulty */
export async function importLog(request: LogImport): Promise<ImportedLog> {
  const { target, signal } = request;
  await mkdir(dirname(target), { recursive: true });
  await using folder = await WorkingFolder.make(newLogFolder(target));
  const made = join(folder.path, 'store.duckdb');
  const store = await AnalyticStore.create(made, request.store);
  let imported: ImportedLog;
  try {
    imported = await filled(store, folder.path, request);
  } finally {
    await store.closeFile();
  }
  signal?.throwIfAborted();
  await removeStore(`${target}.wal`);
  await rename(made, target);
  return imported;
}

async function filled(store: AnalyticStore, folder: string, request: LogImport): Promise<ImportedLog> {
  const { file, mapping = {}, signal, onProgress } = request;
  await store.run(`attach ':memory:' as staging`);
  await store.run(STAGING_SQL);
  const reading = { file, folder, mapping, signal, onProgress };
  let csv: CsvSource | undefined;
  if (await isXml(file, mapping.encoding)) await readXes(store, reading);
  else csv = await readCsv(store, reading);
  const placed: Placed = async (places) =>
    csv === undefined
      ? linesOf(file, places, mapping.encoding)
      : // The header is the first record.
        recordLines(
          csv,
          places.map((place) => place + 1),
        );
  const zoned = await checkFile(store, placed, signal);
  const leftOut = await leaveOut(store, placed, request);
  const counts = await takeOver(store, csv === undefined ? 'trace' : 'id', signal);
  if (counts.cases === 0) throw new LogFaulty('every case has an event that cannot be used');
  await store.run('detach staging');
  await deriveTables(store, { instants: zoned, ...(signal === undefined ? {} : { signal }) });
  await store.run('drop table case_id');
  await store.run(`insert into log values ('source', ${csv === undefined ? "'XES'" : "'CSV'"}), ('zoned', '${zoned}')`);
  await store.run('checkpoint');
  return { ...counts, leftOut };
}

/** Lines of places, which come in rising order. */
type Placed = (places: readonly number[]) => Promise<number[]>;

async function isXml(file: string, encoding: string | undefined): Promise<boolean> {
  if (!isGzip(file) && encoding === undefined) {
    const beginning = beginningOf(file, 64);
    if (beginning.length === 0) throw new LogFaulty('the file is empty');
    if (beginning[0] !== 0xff && beginning[0] !== 0xfe) return looksLikeXml(beginning);
  }
  for await (const bytes of logBytes(file, encoding === undefined ? {} : { encoding })) {
    if (bytes.length > 0) return looksLikeXml(bytes.subarray(0, 64));
  }
  throw new LogFaulty('the file is empty');
}

function looksLikeXml(beginning: Buffer): boolean {
  return /^\ufeff?\s*</.test(beginning.toString('utf8'));
}

/** What makes the whole file unusable. @returns whether its times have a zone */
async function checkFile(store: AnalyticStore, placed: Placed, signal: AbortSignal | undefined): Promise<boolean> {
  const unnamed = await store.row<{ place: number | null }>(
    `select min(place) as place from staging.trace where id is null or trim(id) = ''`,
  );
  if (unnamed.place !== null) {
    throw new LogFaulty(
      'this names no case, so that it is not known whose events these are',
      (await placed([unnamed.place]))[0],
    );
  }
  const times = await store.row<{
    zoned: number | null;
    bare: number | null;
    events: number;
    readable: number;
    given: number;
  }>(
    `select count(*) as events, count(completed) as readable, count(*) filter (completed_given) as given,
      min(place) filter ((completed is not null and completed_zoned) or (started is not null and started_zoned)) as zoned,
      min(place) filter ((completed is not null and not completed_zoned) or (started is not null and not started_zoned)) as bare
    from staging.event`,
    [],
    signal,
  );
  if (times.events === 0) throw new LogFaulty('the log holds no events');
  if (times.given === 0) throw new LogFaulty('no event in it has a time: say what holds it (--time-column)');
  if (times.readable === 0) {
    throw new LogFaulty(
      'no time in it can be read: say how times are written (--time-format), such as %d-%m-%Y %H:%M or epoch-seconds',
    );
  }
  if (times.zoned !== null && times.bare !== null) {
    const [first, second] = [times.zoned, times.bare].sort((one, other) => one - other) as [number, number];
    const [firstLine, line] = await placed([first, second]);
    const [here, there] = times.bare === second ? ['without', 'with'] : ['with', 'without'];
    throw new LogFaulty(
      `a time ${here} a zone, where line ${firstLine} has one ${there} it: waits between them cannot be told`,
      line,
    );
  }
  return times.zoned !== null;
}

const FAULTS_AT_ONCE = 100_000;

/** Notes what is wrong with events, and which cases are left out for it. @returns how many */
async function leaveOut(store: AnalyticStore, placed: Placed, { onFaults, signal }: LogImport): Promise<number> {
  await store.run(
    `create table staging.fault as
    select event.place, coalesce(event.id, trace.id) as id, event.code from (
      select place, trace, id, unnest(list_filter([
        case when activity is null or trim(activity) = '' then 'NO_ACTIVITY' end,
        case when not completed_given then 'NO_TIME' end,
        case when completed_given and completed is null then 'TIME_UNREADABLE' end,
        case when started_given and started is null then 'START_UNREADABLE' end
      ], lambda code: code is not null)) as code
      from staging.event
      where activity is null or trim(activity) = '' or completed is null or (started_given and started is null)
    ) event left join staging.trace on trace.trace = event.trace
    order by event.place`,
    [],
    signal,
  );
  if (onFaults !== undefined) {
    for (let from = 0; ; from += FAULTS_AT_ONCE) {
      const faults = await store.rows<{ place: number; id: string; code: keyof typeof FAULT_WORDS }>(
        `select place, id, code from staging.fault where rowid >= ${from} and rowid < ${from + FAULTS_AT_ONCE} order by rowid`,
      );
      if (faults.length === 0) break;
      const lines = await placed(faults.map(({ place }) => place));
      onFaults(faults.map(({ id, code }, at) => ({ line: lines[at]!, caseId: id, code })));
    }
  }
  const { cases } = await store.row<{ cases: number }>('select count(distinct id) as cases from staging.fault');
  return cases;
}

/**
 * From the staging tables to the event table: numbered, in order of time, then of the file. An event without a start, or that is told
 * to start after it completes, starts when it completes.
 * @param link how an event names its trace
 */
async function takeOver(
  store: AnalyticStore,
  link: 'trace' | 'id',
  signal: AbortSignal | undefined,
): Promise<Omit<ImportedLog, 'leftOut'>> {
  const run = (sql: string): Promise<void> => store.run(sql, [], signal);
  const attributes = await store.rows<{ column_name: string; of_case: boolean }>('select * from staging.attribute');
  await run('insert into attribute select * from staging.attribute');
  const ofEvents = attributes.filter((one) => !one.of_case).map((one) => one.column_name);
  const ofCases = attributes.filter((one) => one.of_case).map((one) => one.column_name);
  for (const column of ofEvents) await run(`alter table event add column ${column} varchar`);
  for (const column of ofCases) await run(`alter table cases add column ${column} varchar`);
  const list = (columns: readonly string[]): string => columns.map((column) => `, ${column}`).join('');

  // Traces of one name are one case, as in every tool of the field.
  await run(`
    create table staging.named as
    select id, min(trace) as trace, (row_number() over (order by min(place)) - 1)::integer as case_no
    from staging.trace semi join staging.event using (${link}) anti join staging.fault using (id)
    group by id`);
  await run(
    `create table staging.numbered as select trace.${link}, case_no from staging.trace join staging.named using (id)`,
  );
  await run(`
    create temp table case_id as
    select case_no, named.id, ${ALWAYS.from}::integer as known_from, ${ALWAYS.until}::integer as known_until${list(ofCases)}
    from staging.named join staging.trace using (trace) order by case_no`);
  for (const [table, column] of [
    ['activity', 'activity'],
    ['resource', 'resource'],
  ] as const) {
    await run(`
      insert into ${table}
      select row_number() over (order by ${column}) - 1, ${column}
      from (select distinct ${column} from staging.event where ${column} is not null and ${column} <> '')`);
  }
  await run(`
    create table staging.ordered as
    select case_no, activity.activity, resource.resource, least(started, completed) as started, completed${list(ofEvents)}
    from staging.event join staging.numbered using (${link}) join activity on activity.name = event.activity
      left join resource on resource.name = event.resource
    order by case_no, least(started, completed), completed, place`);
  await run('drop table staging.event');
  await run(`
    insert into event by name
    select case_no, (row - max(first) over (rows between unbounded preceding and current row))::integer as position,
      activity, resource, started, completed${list(ofEvents)}
    from (
      select *, rowid as row, case when lag(case_no) over () is distinct from case_no then rowid end as first
      from staging.ordered
    )`);
  const same = ['case_no', 'activity', 'resource', 'started', 'completed', ...ofEvents];
  const { duplicates } = await store.row<{ duplicates: number }>(
    `select coalesce(sum(times - 1), 0) as duplicates from (
      select count(*) as times from (
        select *, lag(case_no) over () = case_no and lag(completed) over () = completed as follows,
          lead(case_no) over () = case_no and lead(completed) over () = completed as leads
        from event
      ) where follows or leads
      group by ${same.join()} having count(*) > 1
    )`,
    [],
    signal,
  );
  const counts = await store.row<{ cases: number; events: number; empty: number }>(
    `select (select count(*) from case_id) as cases, (select count(*) from event) as events,
      (select count(*) from staging.trace) - (select count(*) from staging.numbered) -
        (select count(*) from staging.trace semi join staging.fault using (id)) as empty`,
  );
  return { ...counts, duplicates };
}
