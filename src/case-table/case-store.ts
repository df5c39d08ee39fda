import type { Database } from 'better-sqlite3';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { deriveTables } from '../analytic-store/derived-tables.ts';
import { ALWAYS } from '../analytic-store/event-tables.ts';
import type { ColumnType } from '../projecting/projection.ts';
import { caseTableProjection } from './case-table.projection.ts';

/** Attributes of cases that a question can name, in the columns that the event table has for them. */
const ATTRIBUTES = [
  ['c0', 'channel', 'channel'],
  ['c1', 'permitType', 'permitType'],
  ['c2', 'municipality', 'municipality'],
  ['c3', 'province', 'province'],
  ['c4', 'organisation', 'organisation'],
  ['c5', 'householdSize', 'householdSize::varchar'],
  ['c6', 'permitGrantedOn', dateSql('fromDay')],
  ['c7', 'housedOn', dateSql('housedDay')],
  ['c8', 'censoredOn', dateSql('censoredDay')],
  ['c9', 'dueOn', 'dueOn'],
] as const;

const { tables } = caseTableProjection;
const TABLE_NAMES = Object.keys(tables);
const DUCK_TYPES: Readonly<Record<ColumnType, string>> = { text: 'VARCHAR', integer: 'INTEGER', real: 'DOUBLE' };
/** Few enough for the thread that reads them to be free again within some milliseconds. */
const ROWS_AT_ONCE = 2_000;
const EVENT_TABLES = ['cases', 'event', 'step', 'repeat'] as const;

/** Reads of the view, in one snapshot a call. */
export type ReadView = <T>(read: (db: Database) => T) => Promise<T>;

/**
 * The tables of the view `case-table` as `own_…`, with `known_from` and `known_until` in days, and the attributes that a
 * question can name. The event table is worked out of these.
 */
export async function createCaseTables(store: AnalyticStore): Promise<void> {
  await store.run(`insert into log values ('source', 'OWN_CASES')`);
  for (const name of TABLE_NAMES) await store.run(`create table own_${name} (${duckColumns(name).join(', ')})`);
  for (const [column, key] of ATTRIBUTES) {
    await store.run(`alter table cases add column ${column} varchar`);
    await store.run(`alter table superseded_cases add column ${column} varchar`);
    await store.run('insert into attribute values ($1, true, $2)', [column, key]);
  }
}

/**
 * Puts the rows of these streams, as the view has them, in the place of what stands there, and works out their event table. To be
 * called in a transaction.
 * @param streams undefined: of all, into empty tables
 */
export async function takeRows(
  store: AnalyticStore,
  read: ReadView,
  streams?: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  if (streams !== undefined) await forget(store, streams);
  const folder = await mkdtemp(join(dirname(store.file), 'case-rows-'));
  try {
    for (const name of TABLE_NAMES) {
      const file = join(folder, `${name}.csv`);
      if (!(await writeRows(file, read, name, streams, signal))) continue;
      const columns = duckColumns(name).map((column) => column.split(' '));
      const shape = columns.map(([column, type]) => `'${column}': '${type}'`).join(', ');
      await store.run(
        `insert into own_${name} select * from read_csv(${sqlText(file)}, columns = {${shape}}, header = false, quote = '"',
         escape = '"', delim = ',', nullstr = '', allow_quoted_nulls = false, auto_detect = false)`,
        [],
        signal,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await workOut(store, streams, signal);
}

/** Rows of one table of the view as CSV, which the engine reads by itself. @returns whether there were any */
async function writeRows(
  file: string,
  read: ReadView,
  name: string,
  streams: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { columns } = tables[name]!;
  const day = (column: string) => `cast(julianday(${column}) - 2440587.5 as integer)`;
  const line = [
    ...['stream', ...Object.keys(columns)].map((column) =>
      column === 'stream' || columns[column] === 'text'
        ? `coalesce('"' || replace("${column}", '"', '""') || '"', '')`
        : `coalesce("${column}", '')`,
    ),
    day('knownFrom'),
    `coalesce(${day('knownUntil')}, ${ALWAYS.until})`,
  ].join(` || ',' || `);
  const among = streams === undefined ? '' : 'and stream in (select value from json_each(@streams))';
  const sql = `select max(rowid) as last, group_concat(line, char(10)) as lines
    from (select rowid, ${line} as line from "${name}" where rowid > @after ${among} order by rowid limit ${ROWS_AT_ONCE})`;
  const values = streams === undefined ? {} : { streams: JSON.stringify(streams) };
  const out = await open(file, 'w', 0o600);
  try {
    let after = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { last, lines } = await read((db) =>
        db.prepare<object, { last: number | null; lines: string }>(sql).get({ ...values, after })!,
      );
      if (last === null) return after > 0;
      await out.write(`${lines}\n`);
      after = last;
    }
  } finally {
    await out.close();
  }
}

async function forget(store: AnalyticStore, streams: readonly string[]): Promise<void> {
  const among = `(${streams.map(sqlText).join()})`;
  const ids = `(${streams.map((stream) => sqlText(idIn(stream))).join()})`;
  for (const table of ['', 'superseded_']) {
    const { rows: numbers } = {
      rows: await store.rows<{ n: number }>(`select case_no as n from ${table}cases where id in ${ids}`),
    };
    if (numbers.length === 0) continue;
    const these = numbers.map(({ n }) => n).join();
    for (const name of EVENT_TABLES) await store.run(`delete from ${table}${name} where case_no in (${these})`);
  }
  for (const name of TABLE_NAMES) await store.run(`delete from own_${name} where stream in ${among}`);
}

/** Versions of each case by the days on which something of it became known, superseded ones first, and the events of each. */
async function workOut(
  store: AnalyticStore,
  streams: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const among = streams === undefined ? '' : `where stream in (${streams.map(sqlText).join()})`;
  const run = (sql: string): Promise<void> => store.run(sql, [], signal);
  const { first } = await store.row<{ first: number }>(
    `select greatest((select coalesce(max(case_no), -1) from cases), (select coalesce(max(case_no), -1) from superseded_cases)) + 1 as first`,
  );
  await addNames(store, 'activity', `select distinct activity from own_activities ${among}`);
  await addNames(store, 'resource', `select distinct organisation from own_activities ${among}`);
  await run(`
    create or replace temp table version as
    select (${first} + row_number() over (order by known_until = ${ALWAYS.until}, stream, known_from) - 1)::integer as case_no,
      stream, known_from, known_until
    from (
      select stream, day as known_from,
        coalesce(lead(day) over (partition by stream order by day), ${ALWAYS.until})::integer as known_until
      from (
        select stream, known_from as day from own_activities ${among}
        union select stream, known_until from own_activities ${among}
        union select stream, known_from from own_attributes ${among}
        union select stream, known_until from own_attributes ${among}
        union select stream, known_from from own_phases ${among}
      ) where day < ${ALWAYS.until}
    )`);
  await run(`
    create or replace temp table case_id as
    select case_no, ${idSql('version.stream')} as id, version.known_from, version.known_until,
      ${ATTRIBUTES.map(([column, , sql]) => `${sql} as ${column}`).join(', ')}
    from version join own_attributes attributes on attributes.stream = version.stream
      and attributes.known_from <= version.known_from and version.known_from < attributes.known_until
    left join (
      select stream, known_from as due_from, known_until as due_until, any_value(${dateSql('dueDay')}) as dueOn
      from own_phases where phase = 'WHOLE' group by all
    ) whole on whole.stream = version.stream and due_from <= version.known_from and version.known_from < due_until
    order by case_no`);
  await run(`
    insert into event by name
    select case_no, place as position, activity.activity, resource.resource, day::timestamp as started, day::timestamp as completed
    from (
      select case_no, place, own.activity as name, own.organisation, make_date(own.day) as day
      from case_id join version using (case_no) join own_activities own on own.stream = version.stream
        and own.known_from <= version.known_from and version.known_from < own.known_until
    ) own join activity on activity.name = own.name join resource on resource.name = own.organisation
    order by case_no, position`);
  await deriveTables(store, {
    sinceCaseNo: first,
    wholeDays: true,
    instants: false,
    ...(signal === undefined ? {} : { signal }),
  });
  const { present } = await store.row<{ present: number | null }>(
    `select min(case_no) as present from version where known_until = ${ALWAYS.until}`,
  );
  const superseded = `case_no >= ${first}${present === null ? '' : ` and case_no < ${present}`}`;
  for (const table of EVENT_TABLES) {
    await run(`insert into superseded_${table} by name select * from ${table} where ${superseded}`);
    await run(`delete from ${table} where ${superseded}`);
  }
  for (const table of ['version', 'case_id']) await run(`drop table ${table}`);
}

async function addNames(store: AnalyticStore, table: 'activity' | 'resource', names: string): Promise<void> {
  await store.run(
    `insert into ${table} select (select count(*) from ${table}) + row_number() over (order by name) - 1, name
     from (${names}) as found(name) anti join ${table} using (name)`,
  );
}

function duckColumns(name: string): readonly string[] {
  const own = Object.entries(tables[name]!.columns).map(([column, type]) => `${column} ${DUCK_TYPES[type]}`);
  return ['stream VARCHAR', ...own, 'known_from INTEGER', 'known_until INTEGER'];
}

function dateSql(day: string): string {
  return `strftime(make_date(${day}), '%Y-%m-%d')`;
}

function idSql(stream: string): string {
  return `substr(${stream}, ${'case-'.length + 1})`;
}

function idIn(stream: string): string {
  return stream.slice('case-'.length);
}

function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
