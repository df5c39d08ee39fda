import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { ALWAYS, EVENT_TABLES, isOwnDate, type EventTable } from '../analytic-store/event-tables.ts';
import { COURSE, DAY_US, PHASES } from '../analytic-store/own-columns.ts';
import { monthSql } from '../analytic-store/calendar-sql.ts';
import { csvAt, sqlText } from '../analytic-store/sql-text.ts';
import { ACTIVITY_NAMES } from './activities.ts';
import { FIRST_LETTER } from './case-table.projection.ts';
import { columnsOf, fileOf, KNOWN_COLUMNS, ROW_FILES, type RowFile } from './row-files.ts';

/** Attributes of cases that a question can name, in the columns that the event table has for them. */
const ATTRIBUTES = [
  ['c0', 'channel', 'channel'],
  ['c1', 'permitType', 'permitType'],
  ['c2', 'municipality', 'municipality'],
  ['c3', 'province', 'province'],
  ['c4', 'organisation', 'organisation'],
  ['c5', 'householdSize', 'householdSize::varchar'],
  ['c6', 'permitGrantedOn', 'make_date(fromDay)'],
  ['c7', 'housedOn', 'make_date(housedDay)'],
  ['c8', 'censoredOn', 'make_date(censoredDay)'],
  ['c9', 'dueOn', 'make_date(dueDay)'],
] as const;

/** In all others cases of one kind are alike: hardly two have the same dates. */
const KIND = ATTRIBUTES.filter(([, key]) => !isOwnDate(key));

/** What is asked as it is; attributes become versions of cases, activities their events and steps. */
const OWN_TABLES = ['phases', 'impediments', 'portions', 'suspensions'] as const;

/**
 * What own cases have besides: the days on which an event, a step or a repetition was known, the attributes that a question can
 * name, and phases, impediments, their portions of days and suspensions as `own_…` and, known no more, `superseded_own_…`.
 */
export async function createCaseTables(store: AnalyticStore): Promise<void> {
  await store.run(`insert into log values ('source', 'OWN_CASES')`);
  await store.run(`create type phase as enum (${PHASES.map(sqlText).join()})`);
  for (const name of OWN_TABLES) {
    const columns = ['case_no INTEGER', 'kind INTEGER', ...columnsOf(name), ...KNOWN_COLUMNS].join(', ');
    for (const table of [`own_${name}`, `superseded_own_${name}`])
      await store.run(`create table ${table} (${columns})`);
  }
  for (const table of ['own_phases', 'superseded_own_phases']) {
    await store.run(`alter table ${table} alter phase type phase`);
    // Day on which a run reached its milestone or stopped, how long that took, and its `COURSE`; the day from which on there is no
    // more to a run than these tell: never, if it goes on, its case has been in that phase before, or it has stood still; and the
    // day until which its case stands in it, from its beginning on: that beginning where others than the run have to tell it.
    for (const column of ['ended_day', 'took', 'course', 'settled_day', 'stands_until_day'])
      await store.run(`alter table ${table} add column ${column} integer`);
  }
  // Impediments of the same code, owner and phase are of one sort (portions, of the same code and owner): numbers are put together
  // faster than texts. Plain: it adds the same days, whatever impediments are put together by.
  await store.run(`create table own_sort (sort integer not null, code varchar, owner varchar, phase varchar)`);
  for (const [name, columns] of [
    // Months in which they begin to count, and after the last in which they did.
    ['impediments', ['sort integer', 'plain boolean', 'begin_month integer', 'after_month integer']],
    ['portions', ['sort integer']],
  ] as const)
    for (const table of [`own_${name}`, `superseded_own_${name}`])
      for (const column of columns) await store.run(`alter table ${table} add column ${column}`);
  await store.run(
    `create table own_kind (kind integer not null, ${KIND.map(([column]) => `${column} varchar`).join(', ')})`,
  );
  await store.run(`create table parked (${ROW_FILES.parked.join(', ')})`);
  await store.run('create table own_sequence (variant integer not null, sequence varchar not null)');
  for (const name of EVENT_TABLES.filter((table) => table !== 'cases')) {
    for (const table of [name, `superseded_${name}`])
      for (const column of ['kind INTEGER', ...KNOWN_COLUMNS])
        await store.run(`alter table ${table} add column ${column}`);
  }
  // How many days a step was waited for: what of it lies before its case was housed or had left.
  for (const table of ['step', 'superseded_step'])
    await store.run(`alter table ${table} add column waited_days integer`);
  for (const [column, key] of ATTRIBUTES) {
    const type = isOwnDate(key) ? 'date' : 'varchar';
    for (const table of ['cases', 'superseded_cases'])
      await store.run(`alter table ${table} add column ${column} ${type}`);
    await store.run('insert into attribute values ($1, true, $2)', [column, key]);
  }
  const names = ACTIVITY_NAMES.map((name, place) => `(${place}, ${sqlText(name)})`);
  await store.run(`insert into activity values ${names.join()}`);
}

/**
 * Adds the rows in these files to what stands there, and works out their event table. What was known of these cases is
 * forgotten before (`forget`).
 * @param folder with files as `row-files.ts` has them
 */
export async function takeRows(store: AnalyticStore, folder: string, signal?: AbortSignal): Promise<void> {
  const run = (sql: string): Promise<void> => store.run(sql, [], signal);
  await run(`
    create or replace temp table arriving_case as
    select number, (first + row_number() over (order by number))::integer as case_no, stream
    from ${rowsIn(folder, 'cases')}, (
      select coalesce(max(case_no), -1) as first from (select case_no from cases union all select case_no from superseded_cases)
    )`);
  for (const [table, file] of [
    ['version', 'attributes'],
    ['event', 'activities'],
  ] as const)
    await run(`create or replace temp table arriving_${table} as ${ofCases(rowsIn(folder, file))}`);
  await takeKinds(run);
  await takeBoth(run, 'own_suspensions', ofCases(rowsIn(folder, 'suspensions')));
  await takeBoth(
    run,
    'own_phases',
    `select *, if(reachedDay is null and stoppedDay is null, null, greatest(coalesce(reachedDay, stoppedDay), fromDay)) as ended_day,
      ended_day - fromDay as took, ${RUN_COURSE} as course,
      if(ended_day is null or again + suspendedDays > 0 or suspendedSince is not null, ${NEVER}, greatest(ended_day, dueDay + 1)) as settled_day,
      if(phase = 'WHOLE' or atOnce = 1, fromDay, coalesce(ended_day, ${NEVER})) as stands_until_day
    from (${ofCases(rowsIn(folder, 'phases'))})`,
    // Those that questions look for by that day stand together in what arrives at once, so that of most others nothing else is read.
    'settled_day // 64, case_no',
  );
  const isPlain = ['code', 'owner', 'phase']
    .flatMap((by) => ['Day', 'Month'].map((unit) => `${by}${unit} is not distinct from total${unit}`))
    .join(' and ');
  await takeSorted(
    run,
    'own_impediments',
    `select *, ${isPlain} as plain, ${monthSql('make_date(totalDay)')} as begin_month,
      ${monthSql('make_date(heldUntilDay - 1)')} + 1 as after_month
    from (${ofCases(rowsIn(folder, 'impediments'))})`,
  );
  await takeSorted(
    run,
    'own_portions',
    `select *, null::varchar as phase from (${ofCases(rowsIn(folder, 'portions'))})`,
    'phase',
  );
  await run(`insert into parked from ${rowsIn(folder, 'parked')}`);
  await takeArriving(run);
}

/**
 * Of which kind each arriving case is, as is known now: its rows say it, so that it need not be looked up. On rows that are known no more
 * it is not asked: on another day the case may have been of another kind.
 */
async function takeKinds(run: Run): Promise<void> {
  const isOfKind = KIND.map(([column, , sql]) => `own_kind.${column} is not distinct from ${sql}`).join(' and ');
  const known = `(from arriving_version where known_until = ${ALWAYS.until})`;
  await run(`
    insert into own_kind
    select (select count(*) from own_kind) + row_number() over (order by ${KIND.map(([column]) => column).join()}) - 1, *
    from (select distinct ${KIND.map(([column, , sql]) => `${sql} as ${column}`).join(', ')} from ${known} arriving where not exists (from own_kind where ${isOfKind}))`);
  await run(
    `create or replace temp table arriving_kind as select case_no, kind from ${known} arriving join own_kind on ${isOfKind}`,
  );
}

/** After every day that can be asked for. */
const NEVER = 2_147_483_647;

const RUN_COURSE = `case
  when ended_day is null then ${COURSE.open}
  when reachedDay is not null then ${byDue(COURSE.reached, COURSE.reachedLate, COURSE.reachedWithoutDue)}
  else ${byDue(COURSE.stopped, COURSE.stoppedLate, COURSE.stoppedWithoutDue)} end`;

function byDue(inTime: number, late: number, without: number): string {
  return `case when dueDay is null then ${without} when ended_day > dueDay then ${late} else ${inTime} end`;
}

/** @param besides a column of the rows that the table does not have */
async function takeSorted(run: Run, table: `own_${string}`, rows: string, besides?: 'phase'): Promise<void> {
  const isOfSort = ['code', 'owner', 'phase']
    .map((of) => `own_sort.${of} is not distinct from reported.${of}`)
    .join(' and ');
  await run(`create or replace temp table reported as ${rows}`);
  await run(`
    insert into own_sort
    select (select count(*) from own_sort) + row_number() over (order by code, owner, phase) - 1, code, owner, phase
    from (select distinct code, owner, phase from reported) reported where not exists (from own_sort where ${isOfSort})`);
  const columns = besides === undefined ? 'reported.*' : `reported.* exclude (${besides})`;
  await takeBoth(run, table, `select ${columns}, sort from reported join own_sort on ${isOfSort}`);
  await run('drop table reported');
}

function ofCases(rows: string): string {
  return `select case_no, arriving.* exclude (number) from ${rows} arriving join arriving_case using (number)`;
}

/** The rows of a file, as a table to select from. */
function rowsIn(folder: string, file: RowFile): string {
  const shape = ROW_FILES[file].map((column) => column.split(' ')).map(([column, type]) => `'${column}': '${type}'`);
  return `read_csv(${csvAt(fileOf(folder, file))}, columns = {${shape.join()}}, header = false, quote = '"', escape = '"',
    delim = ',', nullstr = '', allow_quoted_nulls = false, auto_detect = false)`;
}

/** Takes away all that is known of these streams. To be called in a transaction. */
export async function forget(store: AnalyticStore, streams: readonly string[]): Promise<void> {
  if (streams.length === 0) return;
  await store.run(`delete from parked where stream in (${streams.map(sqlText).join()})`);
  const ids = `(${streams.map((stream) => sqlText(stream.slice(PREFIX.length))).join()})`;
  const rows = await store.rows<{ n: number }>(
    `select case_no as n from cases where id in ${ids} union select case_no from superseded_cases where id in ${ids}`,
  );
  if (rows.length === 0) return;
  const these = rows.map(({ n }) => n).join();
  for (const table of [...EVENT_TABLES, ...OWN_TABLES.map((name) => `own_${name}`)]) {
    for (const name of [table, `superseded_${table}`])
      await store.run(`delete from ${name} where case_no in (${these})`);
  }
}

type Run = (sql: string) => Promise<void>;

/** Fills the event table from the temporary tables `arriving_version`, `arriving_case` and `arriving_event`, and drops them. */
async function takeArriving(run: Run): Promise<void> {
  await takeCases(run);
  await takeEvents(run);
  for (const table of ['version', 'case', 'event', 'kind']) await run(`drop table arriving_${table}`);
}

/** What is known now stands apart from what is known no more. */
async function takeBoth(run: Run, table: EventTable | `own_${string}`, rows: string, order?: string): Promise<void> {
  for (const [into, sign] of [
    [table, '='],
    [`superseded_${table}`, '<>'],
  ] as const)
    await run(
      `insert into ${into} by name select * from (${rows}) ${table === 'cases' ? '' : 'left join arriving_kind using (case_no)'} where known_until ${sign} ${ALWAYS.until} ${order === undefined ? '' : `order by ${order}`}`,
    );
}

/** A version of a case for every stretch of days in which nothing new became known of it. */
async function takeCases(run: Run): Promise<void> {
  await run(`
    insert into own_sequence
    select (select count(*) from own_sequence) + row_number() over (order by sequence) - 1, sequence
    from (select distinct sequence from arriving_version) anti join own_sequence using (sequence)`);
  await run(`
    insert into variant
    select variant, list_transform(string_split(sequence, ''), lambda letter: ascii(letter) - ${FIRST_LETTER})
    from own_sequence anti join variant using (variant)`);
  const at = (day: string): string => `make_date(${day})::timestamp`;
  await takeBoth(
    run,
    'cases',
    `select case_no, substr(stream, ${PREFIX.length + 1}) as id, known_from, known_until, length(sequence)::integer as events, variant,
      ascii(sequence) - ${FIRST_LETTER} as first_activity, ascii(right(sequence, 1)) - ${FIRST_LETTER} as last_activity,
      ${at('firstDay')} as started, ${at('lastDay')} as completed, ${at('enteredDay')} as entered,
      completed as last_completed, workingDays * ${DAY_US} as working_us, ${ATTRIBUTES.map(([column, , sql]) => `${sql} as ${column}`).join(', ')}
    from arriving_version join arriving_case using (case_no) join own_sequence using (sequence)`,
  );
}

/** An event is known as long as it stands where it stands, a step as long as both its events stand next to each other. */
async function takeEvents(run: Run): Promise<void> {
  await run(`
    insert into resource
    select (select count(*) from resource) + row_number() over (order by name) - 1, name
    from (select distinct organisation as name from arriving_event) anti join resource using (name)`);
  await run(`
    insert into edge
    select (select count(*) from edge) + row_number() over (order by from_activity, to_activity) - 1, from_activity, to_activity
    from (
      select distinct source.activity as from_activity, target.activity as to_activity
      from arriving_event join activity source on source.name = fromActivity join activity target on target.name = arriving_event.activity
    ) anti join edge using (from_activity, to_activity)`);
  await takeBoth(
    run,
    'event',
    `select case_no, place as position, activity.activity, resource, make_date(day)::timestamp as started, started as completed,
      known_from, known_until
    from arriving_event join activity on activity.name = arriving_event.activity join resource on resource.name = organisation`,
  );
  await takeBoth(
    run,
    'step',
    `select case_no, place as position, edge, source.resource as from_resource, target.resource as to_resource,
      make_date(fromDay)::timestamp as departed, make_date(day)::timestamp as arrived,
      greatest(day - fromDay, 0) as slice, slice * ${DAY_US} as us, workingDays as working_slice,
      workingDays * ${DAY_US} as working_us, coalesce(recurs, false) as recurs, known_from, known_until,
      greatest(least(day, ended_day) - fromDay, 0) as waited_days
    from arriving_event left join (
      select case_no, least(housedDay, censoredDay) as ended_day from arriving_version where known_until = ${ALWAYS.until}
    ) ending using (case_no) left join (
      select case_no, fromActivity, activity, true as recurs from arriving_event group by all having count(*) > 1
    ) recurring using (case_no, fromActivity, activity) join (
      select edge, source.name as from_name, target.name as to_name
      from edge join activity source on source.activity = from_activity join activity target on target.activity = to_activity
    ) named on from_name = fromActivity and to_name = activity
      join resource source on source.name = fromOrganisation join resource target on target.name = organisation`,
  );
  // Only of cases in which an activity stands more than once; from every day on which an event came, went, or was moved, since
  // waits can change where the way that the case has gone, and so its version, does not.
  await takeBoth(
    run,
    'repeat',
    `select case_no, activity.activity, count(*) as times, count(*) filter (loops) as self_loops,
      count(*) - 1 - count(*) filter (loops) as repetitions, sum(us) - arg_min(us, place) as us, known_from, known_until
    from (
      select case_no, stretch.known_from, stretch.known_until, event.activity as name, place,
        coalesce(fromActivity = event.activity, false) as loops, coalesce(greatest(day - fromDay, 0), 0) * ${DAY_US} as us
      from (
        select case_no, day as known_from, lead(day) over (partition by case_no order by day) as known_until
        from (
          select case_no, known_from as day from arriving_event union select case_no, known_until from arriving_event
        ) semi join (
          select case_no from arriving_version where len(list_distinct(string_split(sequence, ''))) < length(sequence)
        ) repeating using (case_no)
      ) stretch join arriving_event event using (case_no)
      where event.known_from <= stretch.known_from and stretch.known_until <= event.known_until
    ) join activity using (name)
    group by all having count(*) > 1`,
  );
}

const PREFIX = 'case-';
