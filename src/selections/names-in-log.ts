import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { isOwnDate } from '../analytic-store/event-tables.ts';
import { FILTER_WORDS } from './question.ts';
import { QuestionRefused, type Term } from './question-refused.ts';

/** Activities by name, as they are numbered in the store. */
export async function activityNames(store: AnalyticStore): Promise<ReadonlyMap<string, number>> {
  const known = await store.rows<{ activity: number; name: string }>('select activity, name from activity');
  return new Map(known.map(({ activity, name }) => [name, activity]));
}

/** The same the other way round. */
export async function activitiesByNumber(store: AnalyticStore): Promise<ReadonlyMap<number, string>> {
  return new Map([...(await activityNames(store))].map(([name, number]) => [number, name]));
}

export async function activityNumbers(store: AnalyticStore, names: readonly string[], term: Term): Promise<number[]> {
  const numbers = await activityNames(store);
  return names.map((name) => {
    const number = numbers.get(name);
    if (number !== undefined) return number;
    const all = [...numbers.keys()].sort();
    throw new QuestionRefused(
      (words) =>
        `${words(term)} names an activity that the log does not have, "${name}"; it has ${all.slice(0, 50).join(', ')}`,
    );
  });
}

/** The step from one activity to another; -1: no case has made it. */
export async function edgeBetween(store: AnalyticStore, from: string, to: string): Promise<number> {
  const [source] = await activityNumbers(store, [from], 'from');
  const [target] = await activityNumbers(store, [to], 'to');
  return await edgeOf(store, source!, target!);
}

async function edgeOf(store: AnalyticStore, from: number, to: number): Promise<number> {
  const edges = await store.rows<{ edge: number }>(
    `select edge from edge where from_activity = ${from} and to_activity = ${to}`,
  );
  return edges[0]?.edge ?? -1;
}

/** The step that is written `a -> b`, of which either name can hold an arrow itself. @throws QuestionRefused */
export async function edgeIn(store: AnalyticStore, text: string): Promise<number> {
  const pairs = [...text.matchAll(/->/g)].map(({ index }) => [
    text.slice(0, index).trim(),
    text.slice(index + 2).trim(),
  ]);
  if (pairs.length === 0) throw new QuestionRefused('a transition is written "name -> name"');
  const numbers = await activityNames(store);
  const known = pairs.filter((names) => names.every((name) => numbers.has(name)));
  if (known.length > 1) {
    const read = known.map(([from, to]) => `from "${from}" to "${to}"`).join(' or ');
    throw new QuestionRefused(`the transition "${text}" can be read as ${read}`);
  }
  const [from, to] = await activityNumbers(store, known[0] ?? pairs[0]!, 'filter');
  return await edgeOf(store, from!, to!);
}

export async function attributeColumn(
  store: AnalyticStore,
  key: string,
): Promise<{ column: string; ofCase: boolean; name: string }> {
  const all = await store.rows<{ column_name: string; of_case: boolean; key: string }>('select * from attribute');
  const [, level, rest] = /^(case|event):(.+)$/s.exec(key) ?? [];
  const found =
    all.filter((one) => one.key === key).sort((one, other) => Number(other.of_case) - Number(one.of_case))[0] ??
    all.find((one) => one.key === rest && one.of_case === (level === 'case'));
  if (found !== undefined) return { column: found.column_name, ofCase: found.of_case, name: found.key };
  const keys = [...new Set(all.map((one) => one.key))].sort().slice(0, 50);
  throw new QuestionRefused(
    `nothing in the log is called "${key}". A filter can name ${FILTER_WORDS}. Attributes: ${keys.join(', ') || 'none'}`,
  );
}

async function caseColumn(store: AnalyticStore, key: string, term: Term): Promise<string> {
  const { column, ofCase } = await attributeColumn(store, key);
  if (!ofCase)
    throw new QuestionRefused((words) => `${words(term)} takes an attribute of cases; "${key}" is one of events`);
  return `cases.${column}`;
}

interface Named {
  readonly store: AnalyticStore;
  readonly ofOwnCases: boolean;
}

/** An attribute of cases as a time, an own one as a date; null where it is none. @throws QuestionRefused where it is one of no case */
export async function timeIn({ store, ofOwnCases }: Named, key: string, term: Term): Promise<string> {
  const column = await caseColumn(store, key, term);
  if (ofOwnCases && isOwnDate(key)) return column;
  const time = `make_timestamp(epoch_us(try_cast(${column} as timestamptz)))`;
  const { cases, times } = await store.row<{ cases: boolean; times: boolean }>(
    `select exists(from cases) as cases, exists(from cases where ${time} is not null) as times`,
  );
  if (cases && !times)
    throw new QuestionRefused((words) => `${words(term)} takes an attribute that holds times; "${key}" holds none`);
  return time;
}

const A_DAY = '2017-03-31';

/** The same of what is due: a day without a time lasts until its end. */
export async function dueIn(named: Named, key: string, term: Term): Promise<string> {
  const time = await timeIn(named, key, term);
  const isDay = `length(trim(${await caseColumn(named.store, key, term)})) = ${A_DAY.length}`;
  return `(${time} + case when ${isDay} then interval '86399.999999 seconds' else interval '0 seconds' end)`;
}

export async function momentOf(store: AnalyticStore, text: string, term: Term): Promise<string> {
  const { moment } = await store.row<{ moment: string | null }>(
    'select make_timestamp(epoch_us(try_cast($1 as timestamptz)))::varchar as moment',
    [text],
  );
  if (moment === null)
    throw new QuestionRefused((words) => `${words(term)} takes a time such as 2017-03-31 or 2017-03-31T12:00:00Z`);
  return moment;
}
