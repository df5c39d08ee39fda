import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { OWN_DATES } from '../analytic-store/event-tables.ts';
import { FILTER_WORDS } from './question.ts';
import { QuestionRefused } from './question-refused.ts';

/** Activities by name, as they are numbered in the store. */
export async function activityNames(store: AnalyticStore): Promise<ReadonlyMap<string, number>> {
  const known = await store.rows<{ activity: number; name: string }>('select activity, name from activity');
  return new Map(known.map(({ activity, name }) => [name, activity]));
}

/** The same the other way round. */
export async function activitiesByNumber(store: AnalyticStore): Promise<ReadonlyMap<number, string>> {
  return new Map([...(await activityNames(store))].map(([name, number]) => [number, name]));
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

export async function attributeColumn(store: AnalyticStore, key: string): Promise<{ column: string; ofCase: boolean }> {
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

interface Named {
  readonly store: AnalyticStore;
  readonly ofOwnCases: boolean;
}

/** An attribute of cases as a time; null where it is none. */
export async function timeIn({ store, ofOwnCases }: Named, key: string, option: string): Promise<string> {
  const column = await caseColumn(store, key, option);
  if (ofOwnCases && isOwnDate(key)) return `${column}::timestamp`;
  return `make_timestamp(epoch_us(try_cast(${column} as timestamptz)))`;
}

const A_DAY = '2017-03-31';

/** The same of what is due: a day without a time lasts until its end. */
export async function dueIn(named: Named, key: string, option: string): Promise<string> {
  const time = await timeIn(named, key, option);
  const isDay =
    named.ofOwnCases && isOwnDate(key)
      ? 'true'
      : `length(trim(${await caseColumn(named.store, key, option)})) = ${A_DAY.length}`;
  return `(${time} + case when ${isDay} then interval '86399.999999 seconds' else interval '0 seconds' end)`;
}

function isOwnDate(key: string): boolean {
  return (OWN_DATES as readonly string[]).includes(key);
}

export async function momentOf(store: AnalyticStore, text: string, option: string): Promise<string> {
  const { moment } = await store.row<{ moment: string | null }>(
    'select make_timestamp(epoch_us(try_cast($1 as timestamptz)))::varchar as moment',
    [text],
  );
  if (moment === null) throw new QuestionRefused(`${option} takes a time such as 2017-03-31 or 2017-03-31T12:00:00Z`);
  return moment;
}
