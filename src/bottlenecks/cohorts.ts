import { firstOf, monthSql } from '../analytic-store/calendar-sql.ts';
import { QuestionRefused } from '../selections/question-refused.ts';
import { ownDays } from '../selections/conditions.ts';
import type { Question } from '../selections/question.ts';
import type { Selection } from '../selections/selection.ts';
import { followedSql, followedTimesSql, kaplanMeier, refuseWithoutEnds, type Followed } from './survival.ts';

/** Weeks after which it is told how many are still open; the norm is 14. */
const WEEKS = [8, 14, 26, 52] as const;

/** Cases that have something in common: the month in which they entered, or left. */
export interface Cohort {
  readonly month: string;
  readonly cases: number;
  readonly ended: number;
  readonly censored: number;
  /** Times by which so many had ended, open cases counted in (Kaplan and Meier); null where the curve does not come down so far. */
  readonly seconds: Readonly<Record<'median' | 'p75' | 'p90', number | null>>;
  /** Share still open after so many weeks; null where nobody was followed so long. */
  readonly open: Readonly<Record<`${(typeof WEEKS)[number]}`, number | null>>;
}

export interface Cohorts {
  /** What the months are those of: cohorts of one mode do not compare with those of another. */
  readonly mode: CohortMode;
  readonly cohorts: readonly Cohort[];
  /** Cases that have no such day (yet), and stand in no cohort. */
  readonly without: number;
}

const OWN_MODES = ['PERMIT', 'LINK', 'MOVE_IN'] as const;
const LOG_MODES = ['START', 'END'] as const;
export const COHORT_MODES = [...OWN_MODES, ...LOG_MODES] as const;
export type CohortMode = (typeof COHORT_MODES)[number];

/** Times run from the beginning of the case in every mode; only who is put together differs. */
export async function cohorts(selection: Selection): Promise<Cohorts> {
  refuseWithoutEnds(selection, 'cohorts');
  const mode = modeOf(selection);
  const months = `coalesce(${monthSql('day')}, ${NO_MONTH})`;
  const columns = await selection.doubles(followedTimesSql(selection, await membersSql(selection), months));
  const byMonth = new Map(columns.length === 0 ? [] : timesByKey(columns));
  const none = byMonth.get(NO_MONTH);
  byMonth.delete(NO_MONTH);
  return {
    mode,
    cohorts: [...byMonth].map(([month, times]) => cohortOf(firstOf(month).slice(0, 7), times)),
    without: none === undefined ? 0 : kaplanMeier(none).cases,
  };
}

const NO_MONTH = -1;

/** Those of each key, ascending, which stand one after the other. */
function* timesByKey([keys, us, events, censored]: readonly Float64Array[]): Generator<readonly [number, Followed]> {
  for (let from = 0; from < keys!.length;) {
    const key = keys![from]!;
    let until = from;
    while (keys![until] === key) until++;
    const part = (all: Float64Array): Float64Array => all.subarray(from, until);
    yield [key, { us: part(us!), events: part(events!), censored: part(censored!) }];
    from = until;
  }
}

/** A query with a row for each case that has begun: case_no, us and ends as of `followedSql`; day and month, null where it is in no cohort. */
export async function membersSql(selection: Selection): Promise<string> {
  const mode = modeOf(selection);
  const now = await selection.now();
  const followed = await followedSql(selection);
  const columns = (day: string): string => `case_no, us, ends, ${day} as day, strftime(${day}, '%Y-%m') as month`;
  const time = timeOf(mode, selection.question);
  if (time !== null) return `select ${columns(`case when ${time} <= ${now} then ${time} end`)} from (${followed})`;
  return `select ${columns('days.day')}
    from (${followed}) followed left join (
      select case_no, day from (${await ownDays(selection, mode === 'LINK' ? 'link' : 'move-in')}) where day <= ${now}
    ) days using (case_no)`;
}

/** The time of a case that is its day; null where that is told by neither. */
function timeOf(mode: CohortMode, { endActivities = [] }: Question): 'began' | 'ended' | null {
  switch (mode) {
    case 'PERMIT':
    case 'START':
      return 'began';
    case 'END':
      return 'ended';
    case 'MOVE_IN':
      // Unless it is said that cases end with something else.
      return endActivities.length === 0 ? 'ended' : null;
    case 'LINK':
      return null;
  }
}

function modeOf(selection: Selection): CohortMode {
  const modes: readonly CohortMode[] = selection.ofOwnCases ? OWN_MODES : LOG_MODES;
  const { cohort = modes[0]! } = selection.question;
  const mode = modes.find((one) => one === cohort);
  if (mode === undefined) throw new QuestionRefused((words) => `${words('cohort')} must be one of ${modes.join(', ')}`);
  return mode;
}

function cohortOf(month: string, times: Followed): Cohort {
  const { cases, events, censored, curve, seconds } = kaplanMeier(times);
  const longest = times.us[times.us.length - 1]! / 1e6;
  const openAfter = (weeks: number): number | null => {
    const after = weeks * 7 * 86_400;
    const last = curve.at(-1);
    // A curve that has come down to nothing stays there; another is not known beyond whom it followed longest.
    if (after > longest && last?.survival !== 0) return null;
    return curve.findLast((point) => point.seconds <= after)?.survival ?? 1;
  };
  const { median, p75, p90 } = seconds;
  return {
    month,
    cases,
    ended: events,
    censored,
    seconds: { median, p75, p90 },
    open: Object.fromEntries(WEEKS.map((weeks) => [weeks, openAfter(weeks)])) as Cohort['open'],
  };
}
