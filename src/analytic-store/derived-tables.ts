import type { AnalyticStore } from './analytic-store.ts';
import { workingSpans } from './working-hours.ts';

export interface Deriving {
  /** Times are instants, so that days begin in Amsterdam; otherwise they are a clock of their own. */
  readonly instants?: boolean;
  readonly signal?: AbortSignal;
}

/** Steps in a slice, as a power of 2, for about a thousand slices: more make counting dearer, fewer make looking into one dearer. */
function sliceBits(steps: number): number {
  return Math.max(4, Math.round(Math.log2(steps + 1)) - 10);
}

/**
 * Works out `cases`, `step`, `repeat`, `edge` and `variant`, all empty before. Needs `event` in the order of (case, position),
 * numbered so, and a table `case_id (case_no, id, known_from, known_until, …attributes)`.
 */
export async function deriveTables(store: AnalyticStore, deriving: Deriving = {}): Promise<void> {
  const { instants = true, signal } = deriving;
  const run = (sql: string): Promise<void> => store.run(sql, [], signal);
  await fillWorkingHours(store, instants);
  // Rows come as they were written, so that a look at the row before is a look at the event before: no sorting, no partitions.
  // A case came to the activity it comes from with the first of the events of it that follow each other.
  await run(`
    create or replace temp table walked as
    select case_no, position, activity, resource, started, completed, from_activity, from_resource, departed,
      arg_max(from_started, row) filter (position = 1 or before_from <> from_activity)
        over (rows between unbounded preceding and current row) as came
    from (
      select *, rowid as row, lag(activity) over () as from_activity, lag(resource) over () as from_resource,
        lag(started) over () as from_started, lag(completed) over () as departed, lag(activity, 2) over () as before_from
      from event
    )`);
  await run(`
    insert into edge
    select row_number() over (order by from_activity, to_activity) - 1, from_activity, to_activity
    from (select distinct from_activity, activity as to_activity from walked where position > 0)`);
  // Two sums over (position, activity) tell one sequence from another, at a fraction of what lists of them cost.
  await run(`
    create or replace temp table sequence as
    select case_no, count(*)::integer as events, sum(hash(position, activity)) as sum_of_hashes,
      bit_xor(hash(activity, position, 1)) as xor_of_hashes, min(started) as started, max(completed) as completed,
      max(started) filter (position = 0 or from_activity <> activity) as entered,
      arg_max(completed, position) as last_completed
    from walked group by case_no`);
  await run(`
    create or replace temp table distinct_sequence as
    select sum_of_hashes, xor_of_hashes, list(activity order by position) as activities,
      list_unique(activities) < len(activities) as repeats
    from walked join (
      select sum_of_hashes, xor_of_hashes, min(case_no) as case_no from sequence group by all
    ) using (case_no)
    group by all`);
  await run(`
    insert into variant
    select row_number() over (order by activities) - 1, activities from distinct_sequence`);
  await run(`
    insert into cases by name
    select case_id.*, events, variant, activities[1] as first_activity, activities[-1] as last_activity,
      started, completed, entered, last_completed, ${workingClock('completed', 'at_end')} - (${workingClock('started', 'at_start')}) as working_us
    from sequence join distinct_sequence using (sum_of_hashes, xor_of_hashes) join variant using (activities)
      join case_id using (case_no) ${hourOf('started', 'at_start')} ${hourOf('completed', 'at_end')}
    order by case_no`);
  await run(`
    create or replace temp table waited as
    select case_no, position, edge, from_resource, resource as to_resource, departed, started as arrived,
      greatest(epoch_us(started) - epoch_us(departed), 0) as us,
      case when edge.from_activity <> edge.to_activity then epoch_us(started) - epoch_us(came) end as stay_us
    from walked join edge on edge.from_activity = walked.from_activity and edge.to_activity = walked.activity
    where position > 0 order by us`);
  await run(`
    create or replace temp table recurring as
    select case_no, edge, true as recurs from waited semi join (
      select case_no from sequence join distinct_sequence using (sum_of_hashes, xor_of_hashes) where repeats
    ) using (case_no)
    group by case_no, edge having count(*) > 1`);
  const { steps } = await store.row<{ steps: number }>('select count(*) as steps from waited');
  await run(`
    insert into step by name
    select waited.*, coalesce(recurs, false) as recurs, (waited.rowid >> ${sliceBits(steps)})::integer as slice,
      greatest(${workingClock('arrived', 'at_arrival')} - (${workingClock('departed', 'at_departure')}), 0) as working_us,
      floor(log2(working_us + 1) * 16)::integer as working_slice, floor(log2(stay_us + 1) * 64)::integer as stay_slice
    from waited ${hourOf('arrived', 'at_arrival')} ${hourOf('departed', 'at_departure')} left join recurring using (case_no, edge)`);
  await run(`
    insert into repeat
    select case_no, activity, count(*), count(*) filter (loops), count(*) - 1 - count(*) filter (loops),
      sum(us) - arg_min(us, position)
    from (
      select case_no, activity, position, position > 0 and from_activity = activity as loops,
        case when position > 0 then greatest(epoch_us(started) - epoch_us(departed), 0) else 0 end as us
      from walked semi join (
        select case_no from sequence join distinct_sequence using (sum_of_hashes, xor_of_hashes) where repeats
      ) using (case_no)
    )
    group by case_no, activity having count(*) > 1`);
  for (const table of ['walked', 'waited', 'recurring', 'sequence', 'distinct_sequence', 'working_hour'])
    await run(`drop table ${table}`);
}

const HOUR_US = 3_600_000_000;

function hourOf(time: string, name: string): string {
  return `join working_hour ${name} on ${name}.hour = date_diff('hour', timestamp '1970-01-01', ${time})`;
}

/** Working time that has gone by at a moment, in microseconds; of no meaning but for differences. */
function workingClock(time: string, hour: string): string {
  return `${hour}.before_us + case when ${hour}.works then epoch_us(${time}) - ${hour}.hour * ${HOUR_US} else 0 end`;
}

/** Only the hours between the first and the last event, of which one may be said to have completed before it started. */
async function fillWorkingHours(store: AnalyticStore, instants: boolean): Promise<void> {
  await store.run('create or replace temp table working_hour (hour bigint, before_us bigint, works boolean)');
  const { first, last } = await store.row<{ first: number | null; last: number | null }>(
    `select min(epoch_ms(least(started, completed))) as first, max(epoch_ms(greatest(started, completed))) as last from event`,
  );
  if (first === null || last === null) return;
  const spans = [...workingSpans(first, last, instants)].map((span) => `(${span.join()})`);
  await store.run(
    `insert into working_hour
    select hour, before_us + case when works then (hour - from_hour) * ${HOUR_US} else 0 end, works
    from (
      select *, unnest(range(from_hour, until_hour)) as hour
      from (values ${spans.join()}) span (from_hour, until_hour, before_us, works)
    )`,
  );
}
