import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { isEventTable, STORE_FORMAT, type EventTable } from '../analytic-store/event-tables.ts';
import { dateOfEpochDay, epochDay } from '../event-sourcing/days.ts';
import { conditionsOf, filterCondition, type Condition, type OwnTable, type Selected } from './conditions.ts';
import { activityNumbers, dueIn, momentOf, timeIn } from './names-in-log.ts';
import { refuseDatesOfOwnCases, type Question } from './question.ts';
import { QuestionRefused, type Term } from './question-refused.ts';

/** Any of them can be left out with any others: so many ways are looked at as there are subsets. */
const MOST_CONDITIONS = 12;

/** What is asked of a store, made ready: cases are selected once, and every query joins them. */
export class Selection implements Selected {
  readonly store: AnalyticStore;
  readonly question: Question;
  /** Of the cases of this system, which have norm terms, impediments and an end of their own. */
  readonly ofOwnCases: boolean;
  /** What holds of its cases; undefined: it is all of them. */
  readonly #which: Condition | undefined;

  private constructor(store: AnalyticStore, question: Question, ofOwnCases: boolean, which?: Condition) {
    this.store = store;
    this.question = question;
    this.ofOwnCases = ofOwnCases;
    this.#which = which;
  }

  /** @throws QuestionRefused */
  static async of(store: AnalyticStore, question: Question): Promise<Selection> {
    const { own, format } = await store.row<{ own: boolean; format: string | null }>(
      `select count(*) filter (key = 'source' and value = 'OWN_CASES') > 0 as own, max(value) filter (key = 'format') as format from log`,
    );
    if (format !== String(STORE_FORMAT))
      throw new QuestionRefused('this log was imported by another version of the program: import it again');
    if (own) refuseDatesOfOwnCases(question);
    const all = new Selection(store, question, own);
    const conditions = await conditionsOf(all);
    const selection = conditions.length === 0 ? all : new Selection(store, question, own, together(conditions));
    if (selection.#isJoined('step')) {
      await selection.run(
        `create or replace temp table selected as select case_no from ${selection.table('cases')} as cases where ${selection.#which!.sql}`,
      );
    }
    if (!question.closed) return selection;
    await selection.run(`create or replace temp table ended as select case_no from (${await selection.#closed()})`);
    await selection.run('create or replace temp table selected as from ended');
    return new Selection(store, question, own, { toldBy: 'OTHERS', sql: 'case_no in (from selected)' });
  }

  /** `table join …`: its rows of the selected cases. The table keeps its name. */
  from(table: EventTable | OwnTable): string {
    const rows = `${this.table(table)} as ${table}`;
    if (this.#which === undefined) return rows;
    // The side that it takes for the smaller is the one the engine looks up, and numbers of cases, each once, are looked up several
    // times as fast as rows of theirs. It takes a condition to leave a fifth: so one stands here, which leaves all.
    if (this.#isJoined(table)) return `${rows} join (from selected where case_no + 1 > 0) selected using (case_no)`;
    const { sql } = this.#which;
    return table === 'cases'
      ? `(from ${rows} where ${sql}) as cases`
      : `${rows} join (select kind from own_kind as cases where ${sql}) selected using (kind)`;
  }

  /**
   * `where …` after `from` of a table and what is joined to it. A condition on rows alone would be taken to leave a fifth of them, each again,
   * so that they would be the fewer: where those of the selected cases are joined it names the case as well, and is looked at after that.
   */
  where(table: EventTable | OwnTable, condition: string): string {
    return `where ${this.#isJoined(table) ? `if(selected.case_no >= 0, ${condition}, false)` : condition}`;
  }

  /** Whether the rows of its cases are found by the numbers of these, in the table `selected`: it takes as long as several of the other ways. */
  #isJoined(table: EventTable | OwnTable): boolean {
    switch (this.#which?.toldBy) {
      case undefined:
        return false;
      case 'KIND':
        // Of what kind a case was on another day is told by `cases` alone.
        return table !== 'cases' && this.question.asKnownOn !== undefined;
      case 'CASE':
        return table !== 'cases';
      case 'OTHERS':
        return true;
    }
  }

  /** Rows of all cases, as they are known now or were on the day asked for. */
  table(table: EventTable | OwnTable): string {
    const { asKnownOn } = this.question;
    const name = isEventTable(table) ? table : `own_${table}`;
    if (asKnownOn === undefined || !this.ofOwnCases) return name;
    return `(select * from ${name} where known_from <= ${asKnownOn} union all by name
      select * from superseded_${name} where known_from <= ${asKnownOn} and ${asKnownOn} < known_until)`;
  }

  run(sql: string): Promise<void> {
    return this.store.run(sql, [], this.question.signal);
  }

  rows<R extends object>(sql: string): Promise<R[]> {
    return this.store.rows<R>(sql, [], this.question.signal);
  }

  /** Columns of a long answer, see `AnalyticStore.doubles`. */
  doubles(sql: string): Promise<readonly Float64Array[]> {
    return this.store.doubles(sql, this.question.signal);
  }

  row<R extends object>(sql: string): Promise<R> {
    return this.store.row<R>(sql, [], this.question.signal);
  }

  /** The moment from which open cases are looked at, as SQL; of own cases the beginning of a day. @throws QuestionRefused */
  async now(): Promise<string> {
    if (this.ofOwnCases) return `timestamp '${dateOfEpochDay(await this.day())}'`;
    const { now } = this.question;
    if (now !== undefined) return `timestamp '${await momentOf(this.store, now, 'now')}'`;
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
    if (now !== undefined) {
      // The day that is written, whatever zone a time of it is told in.
      await momentOf(this.store, now, 'now');
      days.push(epochDay(now.slice(0, 10)));
    }
    if (days.length === 0)
      throw new QuestionRefused((words) => `open cases are looked at on a day: say which (${words('now')})`);
    return Math.min(...days);
  }

  /** Whether it is known what the end of a case is. */
  get knowsEnds(): boolean {
    const { endActivities = [], endAttribute } = this.question;
    return this.ofOwnCases || endActivities.length > 0 || endAttribute !== undefined;
  }

  /**
   * A query with a row a case, with all that `cases` tells, and: began; ended, null for a case that has not; and censored, from when
   * on nothing more is known of a case that ended in another way than its aim. Own cases: permit, first move-in that counts, and
   * withdrawal, departure or death, unless the caller says with which activity they end.
   * @param which a condition on them
   * @throws QuestionRefused
   */
  async lifetimes(which = 'true'): Promise<string> {
    const { endActivities = [], startAttribute, endAttribute } = this.question;
    const own = this.ofOwnCases;
    if (endAttribute !== undefined && endActivities.length > 0) {
      throw new QuestionRefused(
        (words) =>
          `a case ends by what one of both says: leave out ${words('endActivity')} or ${words('endAttribute')}`,
      );
    }
    const attribute = async (key: string, term: Term): Promise<string> => await timeIn(this, key, term);
    const startKey = own ? 'permitGrantedOn' : startAttribute;
    const endKey = own && endActivities.length === 0 ? 'housedOn' : endAttribute;
    const began = startKey === undefined ? 'cases.started' : await attribute(startKey, 'startAttribute');
    const censored = own ? await attribute('censoredOn', 'endAttribute') : 'null::timestamp';
    // Own facts come no sooner than their permit. Elsewhere time does not run backwards either: an end that is told to come before the
    // beginning comes with it. What has not begun has not ended.
    const kept = (ended: string): string =>
      own ? ended : `case when ${ended} < ${began} then ${began} when ${began} is not null then ${ended} end`;
    const columns = (ended: string): string =>
      `select cases.*, ${began} as began, ${kept(ended)} as ended, ${censored} as censored`;
    const cases = `${this.from('cases')} ${this.where('cases', which)}`;
    if (endKey !== undefined) return `${columns(await attribute(endKey, 'endAttribute'))} from ${cases}`;
    if (endActivities.length === 0) return `${columns('cases.completed')} from ${cases}`;
    const ends = await activityNumbers(this.store, endActivities, 'endActivity');
    // Where a case ends is told by its variant; mostly that is its last event, and no event need be looked at. Of several the one
    // that is complete first ends it, which need not be the one that starts first.
    const ending = `(select variant, least(${ends.map((end) => `nullif(list_position(activities, ${end}), 0)`).join()}) as nth from variant)`;
    return `${columns('case when nth = events then last_completed else earlier.came end')}
      from ${this.from('cases')} join ${ending} ending using (variant) left join (
        select case_no, min(event.completed) as came from ${this.table('event')} as event join (
          select case_no, nth from ${this.from('cases')} join ${ending} using (variant) where nth < events
        ) ending using (case_no) where position >= nth - 1 and event.activity in (${ends.join()}) group by case_no
      ) earlier using (case_no) ${this.where('cases', which)}`;
  }

  /** As `lifetimes`, of cases that have ended by now. */
  async #closed(): Promise<string> {
    return `select * from (${await this.lifetimes()}) where least(ended, censored) <= ${await this.now()}`;
  }

  /**
   * How many cases are left out by each condition, and by any of them together: that cases have ended is one. Conditions can say the same
   * in other words, so that none leaves out anybody alone. And for each value of a filter with several, in how many cases it makes
   * the difference.
   * @throws QuestionRefused
   */
  async leftOut(): Promise<readonly number[]> {
    const { filters = [], closed } = this.question;
    const all = new Selection(this.store, this.question, this.ofOwnCases);
    const conditions = (await conditionsOf(this)).map(({ sql }) => sql);
    if (closed) conditions.push(`case_no in (select case_no from (${await all.#closed()}))`);
    if (conditions.length === 0) return [];
    if (conditions.length > MOST_CONDITIONS)
      throw new QuestionRefused(
        `at most ${MOST_CONDITIONS} conditions can be asked of the cases of this system at once`,
      );
    const differing: { readonly index: number; readonly differs: string }[] = [];
    for (const [index, filter] of filters.entries()) {
      for (const value of new Set(filter.values)) {
        const values = filter.values.filter((other) => other !== value);
        if (values.length === 0) continue;
        differing.push({
          index,
          differs: `(${conditions[index]!}) <> (${(await filterCondition(this, { ...filter, values })).sql})`,
        });
      }
    }
    const bits = conditions.map((condition, index) => `if(${condition}, ${1 << index}, 0)`);
    const whole = (1 << conditions.length) - 1;
    const counts = differing.map(
      ({ index }, at) => `count(*) filter ((holds | ${1 << index}) = ${whole} and d${at}) as n${at}`,
    );
    const rows = await this.rows<Record<string, number> & { holds: number; n: number }>(
      `select holds, count(*) as n ${counts.map((one) => `, ${one}`).join('')} from (
        select ${bits.join(' + ')} as holds ${differing.map(({ differs }, at) => `, ${differs} as d${at}`).join('')}
        from ${this.table('cases')} as cases
      ) group by holds`,
    );
    const sum = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((so, row) => so + of(row), 0);
    const selectedBy = (some: number): number => sum(({ holds, n }) => ((holds & some) === some ? n : 0));
    const without = Array.from({ length: whole }, (_, some) => selectedBy(some) - selectedBy(whole));
    return [...without, ...differing.map((_, at) => sum((row) => row[`n${at}`]!))];
  }

  /** The column of a case attribute that holds when it is due. */
  async due(): Promise<string> {
    const { dueAttribute } = this.question;
    if (dueAttribute === undefined) {
      throw new QuestionRefused(
        (words) =>
          `what is on time is not known without a due date: say which attribute holds it (${words('dueAttribute')})`,
      );
    }
    return await dueIn(this, dueAttribute, 'dueAttribute');
  }
}

const TELLERS = ['KIND', 'CASE', 'OTHERS'] as const;

function together(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.map(({ sql }) => sql).join(' and '),
    toldBy: TELLERS.findLast((one) => conditions.some(({ toldBy }) => toldBy === one))!,
  };
}
