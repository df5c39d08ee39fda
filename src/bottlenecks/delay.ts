import { DAY_US } from '../analytic-store/own-columns.ts';
import { daySql } from '../analytic-store/calendar-sql.ts';
import { sumOf } from './counted.ts';
import { byText } from './durations.ts';
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
  await takeWaiting(selection, now, withoutSuspended);
  const { moment, still } = await selection.row<{ moment: string; still: number }>(
    `select strftime(${now}, '%Y-%m-%dT%H:%M:%S.%gZ') as moment, coalesce(sum(${usOf()}), 0) as still from suspended`,
  );
  const edges = await selection.rows<Waits<{ from: string; to: string | null }>>(
    `select source.name as from, target.name as to, us, cases from (
      select from_activity, to_activity, sum(us) as us, sum(cases) as cases from (${named(await onEdges(selection, withoutSuspended))})
      group by all
    ) join activity source on source.activity = from_activity left join activity target on target.activity = to_activity
    order by us desc, source.name, target.name`,
  );
  const total = edges.reduce((sum, { us }) => sum + us, 0);
  const part = <K extends object>({ us, cases, ...key }: Waits<K>): DelayPart & K =>
    ({ ...key, caseDays: us / DAY_US, share: us / total, cases }) as DelayPart & K;
  const { cases, unheld, held } = await heldOf(selection, withoutSuspended);
  const free = total - held.reduce((sum, { us }) => sum + us, 0);
  const partsBy = <C extends 'code' | 'owner'>(column: C): (DelayPart & Record<C, string | null>)[] => {
    const waits = [...Map.groupBy(held, (one) => one[column])].map(([key, all]) => ({
      key: key as string | null,
      us: sumOf(all, (one) => one.us),
      cases: sumOf(all, (one) => (column === 'code' ? one.ofCode : one.ofOwner)),
    }));
    if (unheld > 0) waits.push({ key: null, us: free, cases: unheld });
    return waits
      .toSorted((one, other) => other.us - one.us || byText(one.key ?? '', other.key ?? ''))
      .map(({ key, ...one }) => part({ [column]: key, ...one } as Waits<Record<C, string | null>>));
  };
  return {
    now: moment,
    total: { caseDays: total / DAY_US, cases },
    edges: edges.map(part),
    impediments: partsBy('code'),
    owners: partsBy('owner'),
    suspendedCaseDays: still / DAY_US,
    withoutSuspended,
  };
}

type Waits<K> = K & { readonly us: number; readonly cases: number };

/** Ends are those of the cases themselves: what is known of them beside their events was worked out with them. */
function hasOwnEnds(selection: Selection): boolean {
  return selection.ofOwnCases && selection.question.endActivities === undefined;
}

/**
 * Makes `waiting`, a row a case with the time for which it waits; `suspended`, how long it stood still meanwhile; and `cut`, cases
 * whose steps are not all waited for as they stand: these go on after the end, or some of their days are left out.
 */
async function takeWaiting(selection: Selection, now: string, withoutSuspended: boolean): Promise<void> {
  await selection.run(`
    create or replace temp table lived as
    select case_no, started as began, least(ended, censored, ${now}) as until, completed, last_activity,
      coalesce(least(ended, censored) > ${now}, true) as is_open
    from (${await selection.lifetimes()})`);
  await selection.run('create or replace temp view waiting as from lived where began < until');
  await selection.run(`
    create or replace temp table suspended as
    ${
      selection.ofOwnCases
        ? `select case_no, greatest(first, began) as began, least(last, until) as until
          from (
            select case_no, make_date(fromDay)::timestamp as first, make_date(untilDay)::timestamp as last
            from ${selection.table('suspensions')}
          ) join waiting using (case_no) where greatest(first, began) < least(last, until)`
        : 'select case_no, began, until from waiting limit 0'
    }`);
  const isBeyond = `completed > ${isWorkedOut(selection) ? now : 'until'}`;
  await selection.run(`
    create or replace temp table cut as
    from lived where ${isBeyond} ${withoutSuspended ? 'or case_no in (select case_no from suspended)' : ''}`);
}

/** Whether `waited_days` tells what of each step lies before the end of its case. */
function isWorkedOut(selection: Selection): boolean {
  return hasOwnEnds(selection) && selection.question.asKnownOn === undefined;
}

/** The column of `step` with the wait that counts: of own cases in days, of others in microseconds. */
function waitOfStep(selection: Selection): string {
  if (isWorkedOut(selection)) return 'waited_days';
  return selection.ofOwnCases ? 'slice' : 'us';
}

/** Steps of cases that are not cut. Where it is told of the steps themselves what lies before the end, few are; else they can be most. */
async function stepsNotCut(selection: Selection, cuts: number): Promise<string> {
  if (cuts === 0) return selection.from('step');
  if (isWorkedOut(selection)) return `${selection.from('step')} anti join cut using (case_no)`;
  await selection.run(
    'create or replace temp table not_cut as select case_no from lived anti join cut using (case_no)',
  );
  return `${selection.table('step')} as step join not_cut using (case_no)`;
}

/** How long which step was waited for, and by how many cases: of most cases that is what stands in `step`. */
async function onEdges(selection: Selection, withoutSuspended: boolean): Promise<string> {
  const { cuts } = await selection.row<{ cuts: number }>('select count(*) as cuts from cut');
  const steps = await stepsNotCut(selection, cuts);
  const wait = waitOfStep(selection);
  const parts = [
    selection.ofOwnCases
      ? // There are so few lengths of whole days that steps are counted by them, which is faster than to add them up.
        `select edge, null as last, false as stays, sum(days * n) * ${DAY_US} as us, sum(n) filter (days > 0) as cases
        from (select edge, ${wait} as days, count(*) as n from ${steps} group by all) group by edge having sum(days * n) > 0`
      : `select edge, null as last, false as stays, sum(${wait}) as us, count(*) filter (${wait} > 0) as cases
        from ${steps} group by edge having sum(${wait}) > 0`,
    // To tell cases apart is what costs: only those that can have two stretches between the same steps, which were counted above,
    // are taken off but for one.
    `select edge, null, false, 0, count(distinct case_no) - count(*) from ${steps} where recurs and ${wait} > 0 group by edge`,
    `select null, last_activity, true, sum(epoch_us(until) - epoch_us(completed)), count(*)
    from waiting anti join cut using (case_no) where completed < until group by last_activity`,
  ];
  const cut = `select edge, last, stays, sum(us), count(*) filter (not recurs) + count(distinct case_no) filter (recurs)
    from (${stretches(selection, withoutSuspended, 'cut')}) where us > 0 group by all`;
  return [...parts, ...(cuts > 0 ? [cut] : [])].join(' union all ');
}

/** Cases that waited, how many of them for some time for nothing that was recorded, and what each impediment has of the waiting. */
async function heldOf(selection: Selection, withoutSuspended: boolean): Promise<Held> {
  if (!selection.ofOwnCases) {
    // Where no event lasts, all time between first and last is waiting.
    const { lasts } = await selection.row<{ lasts: boolean }>(
      `select count(*) > 0 as lasts from (select 1 from event where started <> completed limit 1)`,
    );
    const waited = lasts
      ? `semi join (select case_no from (${stretches(selection, false)}) where us > 0) using (case_no)`
      : '';
    const { cases } = await selection.row<{ cases: number }>(`select count(*) as cases from waiting ${waited}`);
    return { cases, unheld: cases, held: [] };
  }
  await takePortions(selection, withoutSuspended);
  await selection.run(`
    create or replace temp table held as
    select sort, sum(us) as us, coalesce(sum(ofCode) filter (us > 0), 0)::bigint as "ofCode",
      coalesce(sum(ofOwner) filter (us > 0), 0)::bigint as "ofOwner"
    from portion group by sort having sum(us) > 0`);
  const held = await selection.rows<Held['held'][number]>(
    'select code, owner, us, "ofCode", "ofOwner" from held join own_sort using (sort)',
  );
  // Only who was held up from the first day on can have been so all the time.
  await selection.run(
    `create or replace temp table early as select case_no from portion ${withoutSuspended ? '' : 'where atStart > 0'}`,
  );
  const waited = withoutSuspended ? `(${waits(selection, withoutSuspended)}) where us > 0` : 'waiting';
  const { cases, whole } = await selection.row<{ cases: number; whole: number }>(
    `select (select count(*) from ${waited}) as cases,
      (select count(*) from (${waits(selection, withoutSuspended, 'semi join early using (case_no)')}) where us > 0 and us = held) as whole`,
  );
  return { cases, unheld: cases - whole, held };
}

interface Held {
  readonly cases: number;
  readonly unheld: number;
  readonly held: readonly {
    readonly code: string;
    readonly owner: string;
    readonly us: number;
    readonly ofCode: number;
    readonly ofOwner: number;
  }[];
}

/**
 * Waits between two steps, and from the last to the end: a wait is over when the case is, or now. A row has the `edge` on which it is
 * spent, or the `last` step after which none came; it `stays` if the next step is yet to come.
 * @param of which cases: two joins, with all and with some of them, took five times as long as one
 */
function stretches(selection: Selection, withoutSuspended: boolean, of: 'waiting' | 'cut' = 'waiting'): string {
  const all = `
    select case_no, edge, null as last, is_open and arrived > until as stays, departed as began, least(arrived, until) as until,
      recurs or arrived > until as recurs
    from ${selection.table('step')} as step join ${of} using (case_no) where departed < least(arrived, until)
    union all
    select case_no, null, last_activity, true, completed, until, false from ${of} where completed < until`;
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
 * Makes `portion`, what each impediment has of the waiting of its case. All rows of it stand there, also those that have nothing: as
 * a condition on them the engine would take them for few, and look up the cases in the dearer way.
 */
async function takePortions(selection: Selection, withoutSuspended: boolean): Promise<void> {
  const isOwn = hasOwnEnds(selection);
  const until = isOwn ? `endedDay, ${await selection.day()}` : daySql('until');
  const days = `greatest(least(untilDay, ${until}) - fromDay, 0)`;
  // Where suspended days are left out, the first portion of a code may be gone.
  const first = (of: string): string =>
    `(row_number() over (partition by case_no, ${of} order by us = 0, fromDay) = 1)::integer`;
  const firsts = withoutSuspended ? `${first('code')} as ofCode, ${first('owner')} as ofOwner` : 'ofCode, ofOwner';
  await selection.run(`
    create or replace temp view portion as
    select case_no, sort, code, owner, us, ${firsts}, atStart from (
      select portions.*, ${withoutSuspended ? `if(suspended > 0, 0, ${days})` : days} * ${DAY_US}::double / among as us
      from ${selection.from('portions')} ${isOwn ? '' : 'join waiting using (case_no)'}
    )`);
}

/**
 * A row a case: case_no; us, how long it waited, and held, how long of it something held it up.
 * @param among a join with the cases that are meant
 */
export function waits(selection: Selection, withoutSuspended: boolean, among = ''): string {
  if (!selection.ofOwnCases)
    return `select case_no, sum(us) as us, 0 as held from (${stretches(selection, false)}) group by case_no`;
  return `select case_no, ${usOf('waiting')} - ${withoutSuspended ? 'coalesce(still.us, 0)' : '0'} as us, coalesce(held.us, 0) as held
    from (select * from waiting ${among}) waiting
    left join (select case_no, round(sum(us))::bigint as us from portion ${among} group by case_no) held using (case_no)
    left join (select case_no, sum(${usOf()}) as us from suspended group by case_no) still using (case_no)`;
}

function usOf(table?: string): string {
  const of = table === undefined ? '' : `${table}.`;
  return `epoch_us(${of}until) - epoch_us(${of}began)`;
}
