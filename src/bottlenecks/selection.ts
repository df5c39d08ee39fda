import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { ALWAYS, OWN_DATES } from '../analytic-store/event-tables.ts';
import { dateOfEpochDay, epochDay } from '../event-sourcing/days.ts';
import { QuestionRefused } from './question-refused.ts';
import type { ReferenceModel } from './reference-model.ts';

export { QuestionRefused };

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
  /**
   * An ISO time. By default that of the last event of an external log; of own cases it is a day, that of the clock, which the
   * caller tells, and never later than the day as known on which they are asked.
   */
  readonly now?: string;
}

export interface Question extends CaseTerms {
  readonly filters?: readonly Filter[];
  /** Only cases that have ended. */
  readonly closed?: boolean;
  /** Counts the time on working days only, Dutch public holidays left out. */
  readonly workingDays?: boolean;
  /** Days on which terms were suspended are not counted (phases, delay). */
  readonly withoutSuspended?: boolean;
  /** By which month cases are put together (cohorts): permit, link or move-in; of external logs, start or end. */
  readonly cohort?: string;
  /** What cases are held against (conformance); own cases have a model of their own. */
  readonly model?: ReferenceModel;
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
activity, start-activity, end-activity, resource = name; transition = "name -> name"; case = id; any attribute by its key (case:key or event:key where both have it); of own cases also
permit, link, move-in = a period in which that day lies, and impediment = code. Values stand between bars; != leaves out`;

const EVENT_TABLES = ['cases', 'event', 'step', 'repeat'] as const;
type EventTable = (typeof EVENT_TABLES)[number];
/** What is known of own cases beside their events; days are numbers since 1970-01-01. */
type OwnTable = 'phases' | 'impediments' | 'suspensions';

/** What is asked of a store, made ready: cases are selected once, and every query joins them. */
export class Selection {
  readonly store: AnalyticStore;
  readonly question: Question;
  /** Of the cases of this system, which have norm terms, impediments and an end of their own. */
  readonly ofOwnCases: boolean;
  /** Cases other than all of them. */
  readonly #filtered: boolean;

  private constructor(store: AnalyticStore, question: Question, ofOwnCases: boolean, filtered: boolean) {
    this.store = store;
    this.question = question;
    this.ofOwnCases = ofOwnCases;
    this.#filtered = filtered;
  }

  /** @throws QuestionRefused */
  static async of(store: AnalyticStore, question: Question): Promise<Selection> {
    const { own } = await store.row<{ own: boolean }>(
      `select count(*) > 0 as own from log where key = 'source' and value = 'OWN_CASES'`,
    );
    const conditions = await conditionsOf(new Selection(store, question, own, false));
    const selection = new Selection(store, question, own, conditions.length > 0);
    if (conditions.length > 0) {
      await selection.run(
        `create or replace temp table selected as select case_no from ${selection.table('cases')} as cases where ${conditions.join(' and ')}`,
      );
    }
    if (!question.closed) return selection;
    const closed = own ? `least(ended, censored) <= ${await selection.now()}` : 'ended is not null';
    await selection.run(
      `create or replace temp table ended as select case_no from (${await selection.lifetimes()}) where ${closed}`,
    );
    await selection.run('create or replace temp table selected as from ended');
    return new Selection(store, question, own, true);
  }

  /** `table join …`: its rows of the selected cases. The table keeps its name. */
  from(table: EventTable | OwnTable): string {
    const rows = `${this.table(table)} as ${table}`;
    return this.#filtered ? `${rows} join selected using (case_no)` : rows;
  }

  /** Rows of all cases, as they are known now or were on the day asked for. */
  table(table: EventTable | OwnTable): string {
    const { asKnownOn } = this.question;
    const isEvent = isEventTable(table);
    if (isEvent && (asKnownOn === undefined || !this.ofOwnCases)) return table;
    if (!isEvent) {
      const known =
        asKnownOn === undefined
          ? `known_until = ${ALWAYS.until}`
          : `known_from <= ${asKnownOn} and ${asKnownOn} < known_until`;
      return `(select * exclude (known_from, known_until) from own_${table} where ${known})`;
    }
    return `(select * from ${table} where known_from <= ${asKnownOn} union all by name
      select * from superseded_${table} where known_from <= ${asKnownOn} and ${asKnownOn} < known_until)`;
  }

  run(sql: string): Promise<void> {
    return this.store.run(sql, [], this.question.signal);
  }

  rows<R extends object>(sql: string): Promise<R[]> {
    return this.store.rows<R>(sql, [], this.question.signal);
  }

  row<R extends object>(sql: string): Promise<R> {
    return this.store.row<R>(sql, [], this.question.signal);
  }

  /** The moment from which open cases are looked at, as SQL; of own cases the beginning of a day. @throws QuestionRefused */
  async now(): Promise<string> {
    if (this.ofOwnCases) return `timestamp '${dateOfEpochDay(await this.day())}'`;
    const { now } = this.question;
    if (now !== undefined) return `timestamp '${await momentOf(this.store, now, '--now')}'`;
    const { last } = await this.store.row<{ last: string | null }>(
      `select max(completed)::varchar as last from ${this.table('cases')}`,
    );
    if (last === null) throw new QuestionRefused('the log holds no cases');
    return `timestamp '${last}'`;
  }

  /** The day on which open own cases are looked at, as a number of days since 1970-01-01. @throws QuestionRefused */
  async day(): Promise<number> {
    const { now, asKnownOn } = this.question;
    const days = asKnownOn === undefined ? [] : [asKnownOn];
    if (now !== undefined) days.push(epochDay((await momentOf(this.store, now, '--now')).slice(0, 10)));
    if (days.length === 0) throw new QuestionRefused('open cases are looked at on a day: say which (--now)');
    return Math.min(...days);
  }

  /** Whether it is known what the end of a case is. */
  get knowsEnds(): boolean {
    const { endActivities = [], endAttribute } = this.question;
    return this.ofOwnCases || endActivities.length > 0 || endAttribute !== undefined;
  }

  /**
   * A query with a row a case: case_no, id, began; ended, null for a case that has not; and censored, from when on nothing more is
   * known of a case that ended in another way than its aim. Own cases: permit, first move-in that counts, and
   * withdrawal, departure or death, unless the caller says otherwise.
   * @throws QuestionRefused
   */
  async lifetimes(): Promise<string> {
    const { endActivities = [], startAttribute, endAttribute } = this.question;
    const own = this.ofOwnCases;
    const attribute = async (key: string, option: string): Promise<string> => await timeIn(this, key, option);
    const startKey = startAttribute ?? (own ? 'permitGrantedOn' : undefined);
    const endKey = endAttribute ?? (own && endActivities.length === 0 ? 'housedOn' : undefined);
    const began = startKey === undefined ? 'cases.started' : await attribute(startKey, '--start-attribute');
    const censored = own ? await attribute('censoredOn', '--end-attribute') : 'null::timestamp';
    const columns = (ended: string): string =>
      `select case_no, cases.id, ${began} as began, ${ended} as ended, ${censored} as censored`;
    if (endKey !== undefined)
      return `${columns(await attribute(endKey, '--end-attribute'))} from ${this.from('cases')}`;
    if (endActivities.length === 0) return `${columns('cases.completed')} from ${this.from('cases')}`;
    const ends = await activityNumbers(this.store, endActivities, '--end-activities');
    return `${columns('ending.ended')}
      from ${this.from('cases')} left join (
        select case_no, min(completed) as ended from ${this.table('event')} where activity in (${ends.join()}) group by case_no
      ) ending using (case_no)`;
  }

  /** For each filter, how many cases it alone leaves out: of those that all others select. */
  async leftOut(): Promise<readonly number[]> {
    const conditions = (await conditionsOf(this)).map((condition) => `coalesce(${condition}, false)`);
    const filters = this.question.filters?.length ?? 0;
    if (filters === 0) return [];
    const others = conditions.length - filters;
    const named = conditions.map((condition, index) => `${condition} as c${index}`);
    const counts = conditions.slice(others).map((_, filter) => {
      const fits = conditions.map((_one, index) => (index === others + filter ? `not c${index}` : `c${index}`));
      return `count(*) filter (${fits.join(' and ')})`;
    });
    const { counted } = await this.row<{ counted: number[] }>(
      `select [${counts.join()}] as counted from (select ${named.join()} from ${this.table('cases')} as cases)`,
    );
    return counted;
  }

  /** The column of a case attribute that holds when it is due. */
  async due(): Promise<string> {
    const { dueAttribute } = this.question;
    if (dueAttribute === undefined) {
      throw new QuestionRefused(
        'what is on time is not known without a due date: say which attribute holds it (--due-attribute)',
      );
    }
    return await timeIn(this, dueAttribute, '--due-attribute');
  }
}

function isEventTable(table: EventTable | OwnTable): table is EventTable {
  return (EVENT_TABLES as readonly string[]).includes(table);
}

async function conditionsOf(selection: Selection): Promise<string[]> {
  const { filters = [] } = selection.question;
  const conditions: string[] = [];
  for (const filter of filters) {
    const condition = await conditionOf(selection, filter);
    conditions.push(filter.not ? `not coalesce(${condition}, false)` : condition);
  }
  return conditions;
}

async function conditionOf(selection: Selection, { key, values }: Filter): Promise<string> {
  const { store } = selection;
  if (selection.ofOwnCases && isOwnKey(key)) return await ownConditionOf(selection, key, values);
  const any = (conditions: readonly string[]): string => `(${conditions.join(' or ')})`;
  const among = `(${values.map(sqlText).join()})`;
  const having = (table: EventTable, condition: string): string =>
    `case_no in (select case_no from ${selection.table(table)} as ${table} where ${condition})`;
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
      return ofCase ? `cases.${column}::varchar in (${texts})` : having('event', `${column} in (${texts})`);
    }
  }
}

const OWN_KEYS = ['permit', 'link', 'move-in', 'impediment'] as const;
type OwnKey = (typeof OWN_KEYS)[number];

function isOwnKey(key: string): key is OwnKey {
  return (OWN_KEYS as readonly string[]).includes(key);
}

/** Which day of an own case lies in a period, or what has held it up. */
async function ownConditionOf(selection: Selection, key: OwnKey, values: readonly string[]): Promise<string> {
  if (key === 'impediment') {
    const codes = values.map(sqlText).join();
    return `case_no in (select case_no from ${selection.table('impediments')} where code in (${codes}))`;
  }
  const periods = values.map(periodOf);
  const within = `(${periods.map(({ from, until }) => `(day >= ${from} and day < ${until})`).join(' or ')})`;
  return `case_no in (select case_no from (${await ownDays(selection, key)}) where ${within})`;
}

/** A query with a row for each own case that has such a day: case_no, day (as a timestamp). */
export async function ownDays(selection: Selection, which: Exclude<OwnKey, 'impediment'>): Promise<string> {
  if (which === 'link') {
    const [linked] = await selection.store.rows<{ activity: number }>(
      `select activity from activity where name = 'MunicipalityLinked'`,
    );
    return `select case_no, min(started) as day from ${selection.table('event')} where activity = ${linked?.activity ?? -1} group by case_no`;
  }
  const key = which === 'permit' ? 'permitGrantedOn' : 'housedOn';
  const day = await timeIn(selection, key, 'a filter');
  return `select case_no, ${day} as day from ${selection.table('cases')} as cases where ${day} is not null`;
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
  return moment;
}

/** Activities by name, as they are numbered in the store. */
export async function activityNames(store: AnalyticStore): Promise<ReadonlyMap<string, number>> {
  const known = await store.rows<{ activity: number; name: string }>('select activity, name from activity');
  return new Map(known.map(({ activity, name }) => [name, activity]));
}

export async function activityNumbers(store: AnalyticStore, names: readonly string[], what: string): Promise<number[]> {
  const numbers = await activityNames(store);
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

/** An attribute of cases as a time; null where it is none. */
async function timeIn({ store, ofOwnCases }: Selection, key: string, option: string): Promise<string> {
  const column = await caseColumn(store, key, option);
  if (ofOwnCases && (OWN_DATES as readonly string[]).includes(key)) return `${column}::timestamp`;
  return `make_timestamp(epoch_us(try_cast(${column} as timestamptz)))`;
}

export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
