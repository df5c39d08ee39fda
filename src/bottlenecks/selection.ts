import type { AnalyticStore } from '../analytic-store/analytic-store.ts';

/** A question about a log that has no answer, or that is not understood. The message says why and what to do. */
export class QuestionRefused extends Error {
  readonly code = 'QUESTION_REFUSED';
  constructor(why: string) {
    super(why);
    this.name = 'QuestionRefused';
  }
}

/** One condition on a case: any of the values of a key, or none of them. */
export interface Filter {
  readonly key: string;
  readonly not?: boolean;
  readonly values: readonly string[];
}

/** What the caller says of cases, because the log does not: when they begin and end, when they are due, what day it is. */
export interface CaseTerms {
  /** A case ends with its first event of one of these activities. */
  readonly endActivities?: readonly string[];
  /** Attributes of cases that hold a time. */
  readonly startAttribute?: string;
  readonly endAttribute?: string;
  readonly dueAttribute?: string;
  /** An ISO time; by default that of the last event of the log. */
  readonly now?: string;
}

export interface Question extends CaseTerms {
  readonly filters?: readonly Filter[];
  /** Only cases that have ended. */
  readonly closed?: boolean;
  /** Counts the time on working days only, Dutch public holidays left out. */
  readonly workingDays?: boolean;
  /** Days since 1970-01-01: the cases as they were known at the end of that day. */
  readonly asKnownOn?: number;
  readonly signal?: AbortSignal;
}

/** Reads `key=value`, `key!=value`; several values stand between bars: `channel=ASYLUM|RESETTLEMENT`. @throws QuestionRefused */
export function filterOf(text: string): Filter {
  const parts = /^([^=!]+)(!?=)(.*)$/s.exec(text);
  if (parts === null) throw new QuestionRefused('a filter is written key=value or key!=value, such as activity=offer');
  const [, key, sign, values] = parts as unknown as [string, string, string, string];
  return { key: key.trim(), ...(sign === '!=' ? { not: true } : {}), values: values.split('|') };
}

export const FILTER_WORDS = `started, completed, active, within = a period (2017-01-01..2017-03-31), by the day on which cases start or complete, while they run, or from start to completion;
activity, start-activity, end-activity, resource = name; transition = "name -> name"; case = id; any attribute by its key (case:key or event:key where both have it). Values stand between bars; != leaves out`;

/** What is asked of a store, made ready: cases are selected once, and every query joins them. */
export class Selection {
  readonly store: AnalyticStore;
  readonly question: Question;
  /** Cases other than all of them. */
  readonly #filtered: boolean;

  private constructor(store: AnalyticStore, question: Question, filtered: boolean) {
    this.store = store;
    this.question = question;
    this.#filtered = filtered;
  }

  /** @throws QuestionRefused */
  static async of(store: AnalyticStore, question: Question): Promise<Selection> {
    const conditions = await conditionsOf(store, question);
    const filtered = conditions.length > 0;
    const selection = new Selection(store, question, filtered);
    if (filtered) {
      await store.run(
        `create or replace temp table selected as select case_no from ${selection.table('cases')} as cases where ${conditions.join(' and ')}`,
        [],
        question.signal,
      );
    }
    if (!question.closed) return selection;
    await store.run(
      `create or replace temp table ended as select case_no from (${await selection.lifetimes()}) where ended is not null`,
    );
    await store.run('create or replace temp table selected as from ended');
    return new Selection(store, question, true);
  }

  /** `table join …`: its rows of the selected cases. The table keeps its name. */
  from(table: 'cases' | 'event' | 'step' | 'repeat'): string {
    const rows = `${this.table(table)} as ${table}`;
    return this.#filtered ? `${rows} join selected using (case_no)` : rows;
  }

  table(table: 'cases' | 'event' | 'step' | 'repeat'): string {
    return this.question.asKnownOn === undefined
      ? table
      : `(select * from ${table} union all by name select * from superseded_${table})`;
  }

  rows<R extends object>(sql: string): Promise<R[]> {
    return this.store.rows<R>(sql, [], this.question.signal);
  }

  row<R extends object>(sql: string): Promise<R> {
    return this.store.row<R>(sql, [], this.question.signal);
  }

  /** The moment from which open cases are looked at, as SQL. */
  async now(): Promise<string> {
    const { now } = this.question;
    if (now !== undefined) return await momentOf(this.store, now, '--now');
    const { last } = await this.store.row<{ last: string | null }>(
      `select max(completed)::varchar as last from ${this.table('cases')}`,
    );
    if (last === null) throw new QuestionRefused('the log holds no cases');
    return `timestamp '${last}'`;
  }

  /** Whether it is said what the end of a case is. */
  get knowsEnds(): boolean {
    const { endActivities = [], endAttribute } = this.question;
    return endActivities.length > 0 || endAttribute !== undefined;
  }

  /** A query with a row a case: case_no, began, and ended, which is null for a case that is open. @throws QuestionRefused */
  async lifetimes(): Promise<string> {
    const { endActivities = [], startAttribute, endAttribute } = this.question;
    const began =
      startAttribute === undefined
        ? 'cases.started'
        : timeIn(await caseColumn(this.store, startAttribute, '--start-attribute'));
    if (endAttribute !== undefined) {
      const ended = timeIn(await caseColumn(this.store, endAttribute, '--end-attribute'));
      return `select case_no, cases.id, ${began} as began, ${ended} as ended from ${this.from('cases')}`;
    }
    if (endActivities.length === 0) {
      return `select case_no, cases.id, ${began} as began, cases.completed as ended from ${this.from('cases')}`;
    }
    const ends = await activityNumbers(this.store, endActivities, '--end-activities');
    return `select case_no, cases.id, ${began} as began, ending.ended
      from ${this.from('cases')} left join (
        select case_no, min(completed) as ended from ${this.table('event')} where activity in (${ends.join()}) group by case_no
      ) ending using (case_no)`;
  }

  /** The column of a case attribute that holds when it is due. */
  async due(): Promise<string> {
    const { dueAttribute } = this.question;
    if (dueAttribute === undefined) {
      throw new QuestionRefused(
        'what is on time is not known without a due date: say which attribute holds it (--due-attribute)',
      );
    }
    return timeIn(await caseColumn(this.store, dueAttribute, '--due-attribute'));
  }
}

async function conditionsOf(store: AnalyticStore, { filters = [], asKnownOn }: Question): Promise<string[]> {
  const conditions = asKnownOn === undefined ? [] : [`known_from <= ${asKnownOn} and ${asKnownOn} < known_until`];
  for (const filter of filters) {
    const condition = await conditionOf(store, filter);
    conditions.push(filter.not ? `not coalesce(${condition}, false)` : condition);
  }
  return conditions;
}

async function conditionOf(store: AnalyticStore, { key, values }: Filter): Promise<string> {
  const any = (conditions: readonly string[]): string => `(${conditions.join(' or ')})`;
  const among = `(${values.map(sqlText).join()})`;
  const having = (table: string, condition: string): string =>
    `case_no in (select case_no from ${table} where ${condition})`;
  switch (key) {
    case 'started':
    case 'completed': {
      const periods = values.map(periodOf);
      return any(periods.map(({ from, until }) => `(cases.${key} >= ${from} and cases.${key} < ${until})`));
    }
    case 'active':
      return any(
        values.map(periodOf).map(({ from, until }) => `(cases.started < ${until} and cases.completed >= ${from})`),
      );
    case 'within':
      return any(
        values.map(periodOf).map(({ from, until }) => `(cases.started >= ${from} and cases.completed < ${until})`),
      );
    case 'case':
      return `cases.id in ${among}`;
    case 'activity':
      return having('event', `activity in (${(await activityNumbers(store, values, 'a filter')).join()})`);
    case 'start-activity':
    case 'end-activity': {
      const numbers = await activityNumbers(store, values, 'a filter');
      return `cases.${key === 'start-activity' ? 'first_activity' : 'last_activity'} in (${numbers.join()})`;
    }
    case 'resource':
      return having('event', `resource in (select resource from resource where name in ${among})`);
    case 'transition': {
      const edges = await Promise.all(values.map((value) => edgeOf(store, value)));
      return having('step', `edge in (${edges.join()})`);
    }
    default: {
      const { column, ofCase } = await attributeColumn(store, key);
      const texts = values.map(sqlText).join();
      return ofCase ? `cases.${column} in (${texts})` : having('event', `${column} in (${texts})`);
    }
  }
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** `2017-01-01..2017-03-31`, both days included; either may be left out. */
function periodOf(text: string): { readonly from: string; readonly until: string } {
  const days = text.split('..');
  const [from, until] = days.length === 1 ? [text, text] : days;
  if (days.length > 2 || [from, until].some((day) => day === undefined || (day !== '' && !DAY.test(day)))) {
    throw new QuestionRefused('a period is written as two days, such as 2017-01-01..2017-03-31');
  }
  return {
    from: from === '' ? `timestamp '-infinity'` : `timestamp '${from}'`,
    until: until === '' ? `timestamp 'infinity'` : `timestamp '${until}' + interval 1 day`,
  };
}

async function momentOf(store: AnalyticStore, text: string, option: string): Promise<string> {
  const { moment } = await store.row<{ moment: string | null }>(
    'select make_timestamp(epoch_us(try_cast($1 as timestamptz)))::varchar as moment',
    [text],
  );
  if (moment === null) throw new QuestionRefused(`${option} takes a time such as 2017-03-31 or 2017-03-31T12:00:00Z`);
  return `timestamp '${moment}'`;
}

export async function activityNumbers(store: AnalyticStore, names: readonly string[], what: string): Promise<number[]> {
  const known = await store.rows<{ activity: number; name: string }>('select activity, name from activity');
  const numbers = new Map(known.map(({ activity, name }) => [name, activity]));
  return names.map((name) => {
    const number = numbers.get(name);
    if (number !== undefined) return number;
    const all = [...numbers.keys()].sort();
    throw new QuestionRefused(
      `${what} names an activity that the log does not have; it has ${all.slice(0, 50).join(', ')}`,
    );
  });
}

export async function edgeOf(store: AnalyticStore, text: string): Promise<number> {
  const parts = text.split('->').map((name) => name.trim());
  if (parts.length !== 2) throw new QuestionRefused('a transition is written "name -> name"');
  const [from, to] = await activityNumbers(store, parts, 'a transition');
  const edges = await store.rows<{ edge: number }>(
    `select edge from edge where from_activity = ${from} and to_activity = ${to}`,
  );
  return edges[0]?.edge ?? -1;
}

async function attributeColumn(store: AnalyticStore, key: string): Promise<{ column: string; ofCase: boolean }> {
  const all = await store.rows<{ column_name: string; of_case: boolean; key: string }>('select * from attribute');
  const [, level, rest] = /^(case|event):(.+)$/s.exec(key) ?? [];
  const found =
    all.filter((one) => one.key === key).sort((one, other) => Number(other.of_case) - Number(one.of_case))[0] ??
    all.find((one) => one.key === rest && one.of_case === (level === 'case'));
  if (found !== undefined) return { column: found.column_name, ofCase: found.of_case };
  const keys = [...new Set(all.map((one) => one.key))].sort().slice(0, 50);
  throw new QuestionRefused(
    `nothing in the log is called "${key}". A filter can name ${FILTER_WORDS}. Attributes: ${keys.join(', ') || 'none'}`,
  );
}

async function caseColumn(store: AnalyticStore, key: string, option: string): Promise<string> {
  const { column, ofCase } = await attributeColumn(store, key);
  if (!ofCase) throw new QuestionRefused(`${option} takes an attribute of cases; "${key}" is one of events`);
  return `cases.${column}`;
}

function timeIn(column: string): string {
  return `make_timestamp(epoch_us(try_cast(${column} as timestamptz)))`;
}

export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
