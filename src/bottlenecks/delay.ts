import type { Selection } from '../selections/selection.ts';

/** What of all waiting is due to one thing. */
export interface DelayPart {
  readonly caseDays: number;
  /** Of all waiting, from 0 to 1. */
  readonly share: number;
  readonly cases: number;
}

/** Where the time between permit and front door went: three ways of dividing the same days, each adding up to the total. */
export interface Delay {
  /** Open cases have waited until then. */
  readonly now: string;
  readonly total: { readonly caseDays: number; readonly cases: number };
  /** `to` null: the case still waits there for its next step, or ended without one. */
  readonly edges: readonly (DelayPart & { readonly from: string; readonly to: string | null })[];
  /** `code` null: on those days no impediment was recorded. */
  readonly impediments: readonly (DelayPart & { readonly code: string | null })[];
  /** Sums of their codes; null as above. */
  readonly owners: readonly (DelayPart & { readonly owner: string | null })[];
  /** Days on which the terms were suspended; they are among the days above, unless those are left out. */
  readonly suspendedCaseDays: number;
  readonly withoutSuspended: boolean;
}

/**
 * A case waits from its first event until its end (own cases: until the first move into housing that counts, or until they end
 * without one), or until now. Each day of it stands on the edge between the steps around it, of several steps on one day the
 * last, and is split equally over the impediments that were open on it.
 */
export async function delay(selection: Selection): Promise<Delay> {
  const now = await selection.now();
  const withoutSuspended = selection.ofOwnCases && selection.question.withoutSuspended === true;
  await selection.run(`
    create or replace temp table waiting as
    select case_no, started as began, least(ended, censored, ${now}) as until, coalesce(least(ended, censored) > ${now}, true) as is_open
    from (${await selection.lifetimes()}) where started < least(ended, censored, ${now})`);
  await takeHeld(selection, withoutSuspended);
  const { moment, still } = await selection.row<{ moment: string; still: number }>(
    `select strftime(${now}, '%Y-%m-%dT%H:%M:%S.%gZ') as moment, coalesce(sum(${usOf()}), 0) as still from suspended`,
  );
  // To tell cases apart is what costs: it is done only for those that can have two stretches between the same steps. A case still
  // waits after one step at most, whichever comes next.
  const edges = await selection.rows<Waits<{ from: string; to: string | null }>>(
    `select source.name as from, target.name as to, us, cases from (
      select from_activity, to_activity, sum(us) as us, sum(cases) as cases from (
        ${named(`select edge, last, stays, sum(us) as us, count(*) filter (not recurs) + count(distinct case_no) filter (recurs) as cases
        from (${stretches(selection, withoutSuspended)}) where us > 0 group by all`)}
      ) group by all
    ) join activity source on source.activity = from_activity left join activity target on target.activity = to_activity
    order by us desc, source.name, target.name`,
  );
  const total = edges.reduce((sum, { us }) => sum + us, 0);
  const whole = await wholeOf(selection, total, withoutSuspended);
  const part = <K extends object>({ us, cases, ...key }: Waits<K>): DelayPart & K =>
    ({ ...key, caseDays: us / DAY_US, share: us / total, cases }) as DelayPart & K;
  const partsBy = async <C extends 'code' | 'owner'>(column: C): Promise<(DelayPart & Record<C, string | null>)[]> => {
    const held = await selection.rows<Waits<Record<C, string | null>>>(
      `select ${column}, sum(us) as us, sum(cases)::bigint as cases from (
        select ${column}, sum(us) as us, count(*) as cases from alone group by ${column}
        union all select ${column}, sum(us), count(distinct case_no) from split group by ${column}
      ) group by ${column} order by us desc, ${column}`,
    );
    const none = { [column]: null, us: whole.us, cases: whole.unheld } as Waits<Record<C, string | null>>;
    return (whole.us > 0 ? [...held, none] : held).toSorted((one, other) => other.us - one.us).map(part);
  };
  return {
    now: moment,
    total: { caseDays: total / DAY_US, cases: whole.cases },
    edges: edges.map(part),
    impediments: await partsBy('code'),
    owners: await partsBy('owner'),
    suspendedCaseDays: still / DAY_US,
    withoutSuspended,
  };
}

type Waits<K> = K & { readonly us: number; readonly cases: number };

const DAY_US = 86_400_000_000;

/**
 * Makes `suspended`; `alone`, impediments that are the only one of their case; `split`, what each of the others has of the waiting;
 * and `portion`, both of them. Of an external log neither is known.
 */
async function takeHeld(selection: Selection, withoutSuspended: boolean): Promise<void> {
  const make = (table: string, as: string): Promise<void> =>
    selection.run(`create or replace temp table ${table} as ${as}`);
  if (selection.ofOwnCases) {
    await make('suspended', clipped(selection, 'suspensions'));
    await make('held', clipped(selection, 'impediments'));
  } else {
    await make('suspended', 'select case_no, began, until from waiting limit 0');
    await make('held', `select *, '' as code, '' as owner from suspended`);
  }
  const interrupted = withoutSuspended ? 'union select case_no from suspended' : '';
  await make('several', `select case_no from held group by case_no having count(*) > 1 ${interrupted}`);
  await make(
    'alone',
    `select case_no, began, code, owner, ${usOf()} as span_us, span_us::double as us from held anti join several using (case_no)`,
  );
  await takeSplit(selection, withoutSuspended);
  await selection.run('create or replace temp view portion as from alone union all by name from split');
}

/** Spans of days in which something was so, as far as they lie in the waiting of their case. */
function clipped(selection: Selection, table: 'suspensions' | 'impediments'): string {
  const columns = table === 'impediments' ? ', code, owner' : '';
  return `select case_no, greatest(first, began) as began, least(last, until) as until${columns}
    from (
      select case_no, make_date(fromDay)::timestamp as first, make_date(untilDay)::timestamp as last${columns}
      from ${selection.from(table)}
    ) join waiting using (case_no)
    where greatest(first, began) < least(last, until)`;
}

/** Cases that waited; and those, and their waiting, that nothing held up. */
async function wholeOf(
  selection: Selection,
  total: number,
  withoutSuspended: boolean,
): Promise<{ readonly cases: number; readonly us: number; readonly unheld: number }> {
  if (selection.ofOwnCases) {
    return await selection.row(
      `select count(*) filter (us > 0) as cases, sum(us) - sum(held) as us, count(*) filter (us > held) as unheld
      from (${waits(selection, withoutSuspended)})`,
    );
  }
  // Where no event lasts, all time between first and last is waiting.
  const { lasts } = await selection.row<{ lasts: boolean }>(
    `select count(*) > 0 as lasts from (select 1 from event where started <> completed limit 1)`,
  );
  const waited = lasts
    ? `semi join (select case_no from (${stretches(selection, false)}) where us > 0) using (case_no)`
    : '';
  const { cases } = await selection.row<{ cases: number }>(`select count(*) as cases from waiting ${waited}`);
  return { cases, us: total, unheld: cases };
}

/**
 * Waits between two steps, and from the last to the end: a wait is over when the case is, or now. A row has the `edge` on which it is
 * spent, or the `last` step after which none came; it `stays` if the next step is yet to come.
 */
function stretches(selection: Selection, withoutSuspended: boolean): string {
  const all = `
    select case_no, edge, null as last, is_open and arrived > until as stays, departed as began, least(arrived, until) as until,
      recurs or arrived > until as recurs
    from ${selection.from('step')} join waiting using (case_no) where departed < least(arrived, until)
    union all
    select case_no, null, last_activity, true, completed, until, false
    from ${selection.from('cases')} join waiting using (case_no) where completed < until`;
  if (!withoutSuspended) return `select case_no, edge, last, stays, recurs, ${usOf()} as us from (${all})`;
  return `select case_no, edge, last, stays, any_value(recurs) as recurs, any_value(us) - coalesce(sum(suspended_us), 0) as us
    from (
      select stretch.*, ${usOf('stretch')} as us, case when suspended.case_no is not null then
        epoch_us(least(suspended.until, stretch.until)) - epoch_us(greatest(suspended.began, stretch.began)) end as suspended_us
      from (${all}) stretch left join suspended on suspended.case_no = stretch.case_no
        and suspended.began < stretch.until and suspended.until > stretch.began
    ) group by case_no, edge, last, stays, began, until`;
}

/** Rows with the steps between which they lie: from_activity, and to_activity, null where the case still waits or ended. */
function named(rows: string): string {
  return `select waits.*, coalesce(last, from_activity) as from_activity, case when not stays then to_activity end as to_activity
    from (${rows}) waits left join edge using (edge)`;
}

/** Each wait between steps: case_no, from_activity, to_activity, us. */
export function waitsBetween(selection: Selection, withoutSuspended: boolean): string {
  return named(stretches(selection, withoutSuspended));
}

/**
 * What each impediment has of the waiting where there are several. What holds a case up changes only where an impediment begins or
 * ends, so whole spans of days are split at once.
 */
async function takeSplit(selection: Selection, withoutSuspended: boolean): Promise<void> {
  const ends = (table: string, among: string): string =>
    `select case_no, began as moment from ${table} ${among} union select case_no, until from ${table} ${among}`;
  await selection.run('create or replace temp view held_among as from held semi join several using (case_no)');
  await selection.run(`
    create or replace temp table span as
    select case_no, began, until, ${usOf()} as us from (
      select case_no, moment as began, lead(moment) over (partition by case_no order by moment) as until
      from (${ends('held_among', '')} ${withoutSuspended ? `union ${ends('suspended', 'semi join held using (case_no)')}` : ''})
    ) where until is not null`);
  if (withoutSuspended) {
    await selection.run(
      `delete from span using suspended where suspended.case_no = span.case_no
       and suspended.began <= span.began and span.until <= suspended.until`,
    );
  }
  await selection.run(`
    create or replace temp table split as
    select case_no, span.began, code, owner, span.us as span_us, span.us::double / count(*) over (partition by case_no, span.began) as us
    from span join held_among held using (case_no) where held.began <= span.began and span.until <= held.until`);
}

/** A row a case: case_no; us, how long it waited, and held, how long of it something held it up. */
export function waits(selection: Selection, withoutSuspended: boolean): string {
  if (!selection.ofOwnCases)
    return `select case_no, sum(us) as us, 0 as held from (${stretches(selection, false)}) group by case_no`;
  const held = `select case_no, span_us as us from alone
    union all select case_no, sum(span_us) from (select distinct case_no, began, span_us from split) group by case_no`;
  return `select case_no, ${usOf('waiting')} - ${withoutSuspended ? 'coalesce(still.us, 0)' : '0'} as us, coalesce(held.us, 0) as held
    from waiting left join (${held}) held using (case_no)
    left join (select case_no, sum(${usOf()}) as us from suspended group by case_no) still using (case_no)`;
}

function usOf(table?: string): string {
  const of = table === undefined ? '' : `${table}.`;
  return `epoch_us(${of}until) - epoch_us(${of}began)`;
}
