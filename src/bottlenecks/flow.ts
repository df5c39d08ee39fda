import { dateOfEpochDay } from '../event-sourcing/days.ts';
import { daySql } from '../analytic-store/calendar-sql.ts';
import { runsSql } from './phases.ts';
import type { Selection } from '../selections/selection.ts';

/** A day of a queue: opening + arrivals − departures = closing, which is the opening of the next. */
export interface FlowDay {
  readonly day: string;
  readonly opening: number;
  readonly arrivals: number;
  readonly departures: number;
  readonly closing: number;
}

/** Cumulative flow: how many cases stand in each activity, day by day; days on which nothing changed are left out. */
export interface Flow {
  readonly phases: readonly { readonly activity: string; readonly days: readonly FlowDay[] }[];
}

export async function flow(selection: Selection): Promise<Flow> {
  const moves = await selection.rows<Move & { activity: string }>(
    `select activity, day, sum(arrivals) as arrivals, sum(departures) as departures
    from (${selection.ofOwnCases ? await phaseMoves(selection) : await activityMoves(selection)})
    group by activity, day order by activity, day`,
  );
  const phases = Map.groupBy(moves, ({ activity }) => activity);
  return { phases: [...phases].map(([activity, days]) => ({ activity, days: flowDays(days) })) };
}

/** A case stands in an activity from its event until that of another activity, or until it stands nowhere any more. */
async function activityMoves(selection: Selection): Promise<string> {
  const now = await selection.now();
  return `with moved as materialized (
      select from_activity, to_activity, day, n from (
        select edge, ${daySql('arrived')} as day, count(*) as n from ${selection.from('step')}
        ${selection.where('step', `arrived <= ${now}`)} group by all
      ) join edge using (edge) where from_activity <> to_activity
    )
    select name as activity, day, arrivals, departures from (
      select first_activity as activity, ${daySql('started')} as day, count(*) as arrivals, 0 as departures
      from ${selection.from('cases')} ${selection.where('cases', `started <= ${now}`)} group by 1, 2
      union all
      select to_activity, day, n, 0 from moved
      union all
      select from_activity, day, 0, n from moved
      union all
      select activity, day, 0, count(*) from (${await doneSql(selection)}) group by 1, 2
    ) join activity using (activity)`;
}

/**
 * A query with a row for each case that stands nowhere any more: case_no, activity, where it stood last, and day, on which it left:
 * with its end, where that is said, or with its last event, where that comes later; where none is said, with its last event.
 * What comes after now has not happened: of cases that have gone on since, it is looked up what they had come to.
 */
async function doneSql(selection: Selection): Promise<string> {
  const now = await selection.now();
  const hasGoneOn = `completed > ${now}`;
  return `select case_no, last_activity as activity, ${daySql('greatest(ended, completed)')} as day
    from (${await selection.lifetimes(`ended <= ${now} and not ${hasGoneOn}`)})
    union all
    select case_no, activity, ${daySql('greatest(ended, until)')}
    from (${await selection.lifetimes(`ended <= ${now} and ${hasGoneOn}`)}) join (
      select case_no, arg_max(activity, position) as activity, max(completed) as until
      from ${selection.table('event')} as event semi join (
        select case_no from ${selection.table('cases')} as cases where ${hasGoneOn}
      ) later using (case_no)
      where started <= ${now} group by case_no
    ) so_far using (case_no) where until <= ${now}`;
}

/** Own cases stand in the phases of their journey; the whole is no queue. */
async function phaseMoves(selection: Selection): Promise<string> {
  const on = await selection.day();
  // All are counted, and days that are yet to come left out then: few rows are looked at, where each of the others would be.
  const moves = (day: string, counts: string): string =>
    `select phase, ${day} as day, ${counts} from ${selection.from('phases')} group by all`;
  return `select phase::varchar as activity, day, arrivals, departures from (
      ${moves('fromDay', 'count(*) as arrivals, 0 as departures')} union all ${moves('ended_day', '0, count(*)')}
    ) where phase <> 'WHOLE' and day <= ${on}`;
}

/** Cases that began, and that ended, day by day, and how many were open. */
export interface Arrivals {
  readonly days: readonly FlowDay[];
}

export async function arrivals(selection: Selection): Promise<Arrivals> {
  const now = await selection.now();
  const lifetimes = `(select began, least(ended, censored) as ended from (${await selection.lifetimes(`began <= ${now}`)}))`;
  const days = await selection.rows<Move>(
    `select day, sum(arrivals) as arrivals, sum(departures) as departures from (
      select ${daySql('began')} as day, count(*) as arrivals, 0 as departures from ${lifetimes} group by 1
      union all
      select ${daySql('ended')}, 0, count(*) from ${lifetimes} where ended <= ${now} group by 1
    ) group by day order by day`,
  );
  return { days: flowDays(days) };
}

/** A query with a row for each time that a case stood in an activity or phase: case_no, position, activity, and the days it came and went. */
export async function staysSql(selection: Selection): Promise<string> {
  if (selection.ofOwnCases) {
    return `select case_no, sequence as position, phase as activity, fromDay as came, coalesce(reached_day, stopped_day) as went
      from (${runsSql(selection, await selection.day(), `phase <> 'WHOLE'`)})`;
  }
  const now = await selection.now();
  return `select case_no, position, name as activity, came,
      lead(came, 1, done.day) over (partition by case_no order by position) as went
    from (
      select case_no, 0 as position, first_activity as activity, ${daySql('started')} as came
      from ${selection.from('cases')} ${selection.where('cases', `started <= ${now}`)}
      union all
      select case_no, position, to_activity, ${daySql('arrived')}
      from ${selection.from('step')} join edge using (edge)
      ${selection.where('step', `from_activity <> to_activity and arrived <= ${now}`)}
    ) stay join activity using (activity) left join (${await doneSql(selection)}) done using (case_no)`;
}

/** The same of whole cases, from their beginning to their end. */
export async function caseStaysSql(selection: Selection): Promise<string> {
  const now = await selection.now();
  return `select case_no, 0 as position, ${daySql('began')} as came, case when ended <= ${now} then ${daySql('ended')} end as went
    from (select case_no, began, least(ended, censored) as ended from (${await selection.lifetimes(`began <= ${now}`)}))`;
}

interface Move {
  readonly day: number;
  readonly arrivals: number;
  readonly departures: number;
}

function flowDays(moves: readonly Move[]): FlowDay[] {
  let opening = 0;
  return moves.map(({ day, arrivals: came, departures }) => {
    const closing = opening + came - departures;
    const one = { day: dateOfEpochDay(day), opening, arrivals: came, departures, closing };
    opening = closing;
    return one;
  });
}
