import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { isOwnDate, type EventTable } from '../analytic-store/event-tables.ts';
import { sqlText } from '../analytic-store/sql-text.ts';
import { isDate } from '../event-sourcing/days.ts';
import { activityNumbers, attributeColumn, edgeIn, timeIn } from './names-in-log.ts';
import type { Filter, Question } from './question.ts';
import { QuestionRefused } from './question-refused.ts';

/** What is known of own cases beside their events; days are numbers since 1970-01-01. */
export type OwnTable = 'phases' | 'impediments' | 'portions' | 'suspensions';

/** What conditions are made over. */
export interface Selected {
  readonly store: AnalyticStore;
  readonly question: Question;
  readonly ofOwnCases: boolean;
  /** Rows of all cases, as they are known now or were on the day asked for. */
  table(table: EventTable | OwnTable): string;
}

/** What must hold of a case, as SQL over `cases`, and what tells whether it does: of all cases of a kind alike, its own row, or others. */
export interface Condition {
  readonly sql: string;
  readonly toldBy: 'KIND' | 'CASE' | 'OTHERS';
}

/** One condition for each filter. @throws QuestionRefused */
export async function conditionsOf(selection: Selected): Promise<Condition[]> {
  const { filters = [] } = selection.question;
  const conditions: Condition[] = [];
  for (const filter of filters) conditions.push(await filterCondition(selection, filter));
  return conditions;
}

/** As it counts a case in or out: never null. @throws QuestionRefused */
export async function filterCondition(selection: Selected, filter: Filter): Promise<Condition> {
  const { sql, toldBy } = await conditionOf(selection, filter);
  const holds = `coalesce(${sql}, false)`;
  return { sql: filter.not ? `not ${holds}` : holds, toldBy };
}

async function conditionOf(selection: Selected, { key, values }: Filter): Promise<Condition> {
  const { store } = selection;
  if (selection.ofOwnCases && isOwnKey(key)) return await ownConditionOf(selection, key, values);
  const any = (conditions: readonly string[]): string => `(${conditions.join(' or ')})`;
  const among = `(${values.map(sqlText).join()})`;
  const having = (table: EventTable, condition: string): Condition =>
    told('OTHERS', `case_no in (select case_no from ${selection.table(table)} as ${table} where ${condition})`);
  switch (key) {
    case 'started':
    case 'completed':
    case 'active':
    case 'within': {
      const { started, completed } = await spanOf(selection);
      const ways = {
        started: (from: string, until: string) => `${started} >= ${from} and ${started} < ${until}`,
        completed: (from: string, until: string) => `${completed} >= ${from} and ${completed} < ${until}`,
        // What has not completed runs on.
        active: (from: string, until: string) => `${started} < ${until} and coalesce(${completed} >= ${from}, true)`,
        within: (from: string, until: string) => `${started} >= ${from} and ${completed} < ${until}`,
      };
      return told('CASE', any(values.map(periodOf).map(({ from, until }) => `(${ways[key](from, until)})`)));
    }
    case 'case':
      return told('CASE', `cases.id in ${among}`);
    case 'activity': {
      // Which activities a case has is told by its variant.
      const numbers = await activityNumbers(store, values, 'filter');
      return told(
        'OTHERS',
        `cases.variant in (select variant from variant where list_has_any(activities, [${numbers.join()}]))`,
      );
    }
    case 'start-activity':
    case 'end-activity': {
      const numbers = await activityNumbers(store, values, 'filter');
      const column = key === 'start-activity' ? 'first_activity' : 'last_activity';
      return told('CASE', `cases.${column} in (${numbers.join()})`);
    }
    case 'resource':
      return having('event', `resource in (select resource from resource where name in ${among})`);
    case 'transition': {
      const edges = await Promise.all(values.map((value) => edgeIn(store, value)));
      return having('step', `edge in (${edges.join()})`);
    }
    default: {
      const { column, ofCase, name } = await attributeColumn(store, key);
      if (!ofCase) return having('event', `${column} in ${among}`);
      const isOfKind = selection.ofOwnCases && !isOwnDate(name);
      return told(isOfKind ? 'KIND' : 'CASE', `cases.${column}::varchar in ${among}`);
    }
  }
}

function told(toldBy: Condition['toldBy'], sql: string): Condition {
  return { sql, toldBy };
}

/** When a case started and completed, as SQL; a log's with its last event, an own one's as its lifetime ends, null while it is open. */
async function spanOf(selection: Selected): Promise<{ readonly started: string; readonly completed: string }> {
  if (!selection.ofOwnCases) return { started: 'cases.started', completed: 'cases.completed' };
  const housed = await timeIn(selection, 'housedOn', 'filter');
  const censored = await timeIn(selection, 'censoredOn', 'filter');
  return { started: 'cases.started', completed: `least(${housed}, ${censored})` };
}

const OWN_KEYS = ['permit', 'link', 'move-in', 'impediment'] as const;
type OwnKey = (typeof OWN_KEYS)[number];

function isOwnKey(key: string): key is OwnKey {
  return (OWN_KEYS as readonly string[]).includes(key);
}

/** Which day of an own case lies in a period, or what has held it up. */
async function ownConditionOf(selection: Selected, key: OwnKey, values: readonly string[]): Promise<Condition> {
  if (key === 'impediment') {
    const codes = values.map(sqlText).join();
    return told(
      'OTHERS',
      `case_no in (select case_no from ${selection.table('impediments')} where code in (${codes}))`,
    );
  }
  const within = (day: string): string =>
    `(${values
      .map(periodOf)
      .map(({ from, until }) => `(${day} >= ${from} and ${day} < ${until})`)
      .join(' or ')})`;
  if (key !== 'link') return told('CASE', within(await timeIn(selection, CASE_DAYS[key], 'filter')));
  return told('OTHERS', `case_no in (select case_no from (${await ownDays(selection, key)}) where ${within('day')})`);
}

const CASE_DAYS = { permit: 'permitGrantedOn', 'move-in': 'housedOn' } as const;

/** A query with a row for each own case that has such a day: case_no, day (as a date or a time). */
export async function ownDays(selection: Selected, which: 'link' | 'move-in'): Promise<string> {
  if (which === 'link') {
    const [linked] = await selection.store.rows<{ activity: number }>(
      `select activity from activity where name = 'MunicipalityLinked'`,
    );
    return `select case_no, min(started) as day from ${selection.table('event')} where activity = ${linked?.activity ?? -1} group by case_no`;
  }
  const day = await timeIn(selection, CASE_DAYS[which], 'filter');
  return `select case_no, ${day} as day from ${selection.table('cases')} as cases where ${day} is not null`;
}

/** `2017-01-01..2017-03-31`, both days included; either may be left out. */
function periodOf(text: string): { readonly from: string; readonly until: string } {
  const days = text.split('..');
  const [from, until] = days.length === 1 ? [text, text] : days;
  const given = [from, until].filter((day) => day !== '');
  if (days.length > 2 || given.length === 0 || !given.every((day) => isDate(day!))) {
    throw new QuestionRefused('a period is written as two days, such as 2017-01-01..2017-03-31');
  }
  if (from !== '' && until !== '' && from! > until!) {
    throw new QuestionRefused(`a period ends on the day it begins or later; ${text} does not`);
  }
  return {
    from: from === '' ? `timestamp '0001-01-01'` : `timestamp '${from}'`,
    until: until === '' ? `timestamp '9999-12-31'` : `timestamp '${until}' + interval 1 day`,
  };
}
