import type { AnalyticStore } from '../analytic-store/analytic-store.ts';

/** What of all waiting is due to one thing. */
export interface DelayPart {
  readonly caseDays: number;
  /** Of all waiting, from 0 to 1. */
  readonly share: number;
  readonly cases: number;
}

/** Where the time between permit and front door went: three ways of dividing the same days, each adding up to the total. */
export interface DelayStatement {
  /** Open cases have waited until the end of this day. */
  readonly on: number;
  readonly total: { readonly caseDays: number; readonly cases: number };
  /** `to` null: the last step of an open case, which still waits for the next. */
  readonly edges: readonly (DelayPart & { readonly from: string; readonly to: string | null })[];
  /** `code` null: on those days no impediment was recorded. */
  readonly impediments: readonly (DelayPart & { readonly code: string | null })[];
  /** Sums of their codes; null as above. */
  readonly owners: readonly (DelayPart & { readonly owner: string | null })[];
  /** Days of all these on which the terms were suspended. */
  readonly suspendedCaseDays: number;
}

export interface DelayQuestion {
  /** Days since 1970-01-01: as known by the end of it, and open cases have waited until then. */
  readonly on: number;
  /** Condition on the columns of `own_attributes`, such as `municipality = 'GM0344'`. */
  readonly where?: string;
  readonly signal?: AbortSignal;
}

/**
 * A case waits from its permit until its first move into housing that counts, its end without one, or `on`. Each day of it
 * is split equally over the impediments open on that day, and stands on the edge between the steps around it: of several
 * steps on one day, the last; before the first recorded step there is none to wait after, so that waiting begins with it.
 */
export async function delayStatement(store: AnalyticStore, question: DelayQuestion): Promise<DelayStatement> {
  const { on, where = 'true', signal } = question;
  const known = (table: string): string =>
    `(select * exclude (known_from, known_until) from own_${table} where known_from <= ${on} and ${on} < known_until)`;
  const run = (sql: string): Promise<void> => store.run(sql, [], signal);
  await run(`
    create or replace temp table waiting as
    select attributes.stream, first.day as from_day, least(coalesce(housedDay, censoredDay, ${on}), ${on}) as until_day,
      housedDay is null and censoredDay is null as is_open
    from ${known('attributes')} attributes
      join (select stream, min(day) as day from ${known('activities')} group by stream) first using (stream)
    where (${where}) and first.day < least(coalesce(housedDay, censoredDay, ${on}), ${on})`);
  // Stretches between two steps: [from, until) in days, none of them longer than the waiting of its case.
  await run(`
    create or replace temp table stretch as
    select stream, activity, next_activity, day as from_day, least(coalesce(next_day, until_day), until_day) as until_day
    from (
      select stream, activity, day, lead(activity) over steps as next_activity, lead(day) over steps as next_day
      from ${known('activities')} window steps as (partition by stream order by place)
    ) join waiting using (stream)
    where day < until_day and coalesce(next_day, until_day) > day`);
  // A day more or less open: the case changes only where an impediment begins or ends, so whole stretches are split at once.
  await run(`
    create or replace temp table held as
    select impediments.stream, code, owner, greatest(fromDay, from_day) as from_day, least(coalesce(untilDay, until_day), until_day) as until_day
    from ${known('impediments')} impediments join waiting using (stream)
    where fromDay < until_day and coalesce(untilDay, until_day) > from_day and coalesce(untilDay, until_day) > fromDay`);
  await run(`
    create or replace temp table span as
    select * from (
      select stream, day as from_day, lead(day) over (partition by stream order by day) as until_day
      from (
        select stream, from_day as day from waiting union select stream, until_day from waiting
        union select stream, from_day from held union select stream, until_day from held
      )
    ) where until_day is not null`);
  await run(`
    create or replace temp table portion as
    select stream, code, owner, days / count(*) over (partition by stream, from_day) as days
    from (
      select span.stream, span.from_day, held.code, held.owner, (span.until_day - span.from_day)::double as days
      from span left join held on held.stream = span.stream and held.from_day <= span.from_day and span.until_day <= held.until_day
    )`);
  const total = await store.row<{ caseDays: number; cases: number }>(
    `select coalesce(sum(until_day - from_day), 0)::double as "caseDays", count(*) as cases from waiting`,
  );
  const parts = <K extends object>(columns: string, from: string, days: string): Promise<(DelayPart & K)[]> =>
    store.rows<DelayPart & K>(
      `select ${columns}, sum(${days})::double as "caseDays", sum(${days}) / ${total.caseDays || 1} as share,
         count(distinct stream) as cases
       from ${from} group by all having sum(${days}) > 0 order by "caseDays" desc, 1, 2`,
      [],
      signal,
    );
  const edges = await parts<{ from: string; to: string | null }>(
    `activity as "from", next_activity as "to"`,
    'stretch',
    'until_day - from_day',
  );
  const impediments = await parts<{ code: string | null }>('code', 'portion', 'days');
  const owners = await parts<{ owner: string | null }>('owner', 'portion', 'days');
  const { suspended } = await store.row<{ suspended: number }>(
    `select coalesce(sum(least(coalesce(untilDay, until_day), until_day) - greatest(fromDay, from_day)), 0)::double as suspended
     from ${known('suspensions')} suspensions join waiting using (stream)
     where fromDay < until_day and coalesce(untilDay, until_day) > from_day`,
  );
  for (const table of ['waiting', 'stretch', 'held', 'span', 'portion']) await run(`drop table ${table}`);
  return { on, total, edges, impediments, owners, suspendedCaseDays: suspended };
}
