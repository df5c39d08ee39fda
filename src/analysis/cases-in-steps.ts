import { waits, waitsBetween } from '../bottlenecks/delay.ts';
import { waitOf } from '../bottlenecks/durations.ts';
import { tookSql } from '../bottlenecks/throughput.ts';
import { activityNumbers, edgeBetween } from '../selections/names-in-log.ts';
import { QuestionRefused } from '../selections/question-refused.ts';
import { sqlText } from '../analytic-store/sql-text.ts';
import type { Selection } from '../selections/selection.ts';
import { missing, nameOf, one, rowOf, valueOf, type Behind, type Part } from './part.ts';

/** A step, or the cases that begin or end with an activity, or all. */
export function inTheMap({ from, to, startActivity, endingActivity }: Part): Behind {
  if ((from === undefined) !== (to === undefined)) throw missing('from and to', 'two activities');
  const asked = [from, startActivity, endingActivity].filter((one) => one !== undefined);
  if (asked.length > 1)
    throw new QuestionRefused('one number at a time: from and to, or startActivity, or endingActivity');
  if (from !== undefined && to !== undefined) {
    return {
      number: (result) => rowOf(result.edges, { from, to })?.count,
      rows: async (selection) => stepsSql(selection, `edge = ${await edgeBetween(selection.store, from, to)}`),
    };
  }
  if (asked.length === 0) return wholeCases('cases');
  const [map, column] = startActivity === undefined ? ['end', 'last_activity'] : ['start', 'first_activity'];
  const activity = asked[0]!;
  return {
    number: (result) => (result[map!] as Readonly<Record<string, number>>)[activity],
    rows: async (selection) => {
      const [number] = await activityNumbers(
        selection.store,
        [activity],
        startActivity === undefined ? 'endingActivity' : 'startActivity',
      );
      return casesSql(selection, `${column} = ${number}`);
    },
  };
}

/** Cases in which an activity stands again; or each time that it does. */
export function cameBack({ activity, outcome }: Part): Behind {
  if (activity === undefined) throw missing('activity');
  const times = outcome === undefined ? undefined : TIMES[one(outcome, ['SELF_LOOPS', 'REPETITIONS'])];
  return {
    number: (result) => (result[activity] as Readonly<Record<string, unknown>> | undefined)?.[times ?? 'cases'],
    rows: async (selection) => {
      const [number] = await activityNumbers(selection.store, [activity], 'activity');
      if (times !== undefined) return cameBackSql(selection, number!, times === 'selfLoops');
      return `select case_no, 0 as position, us from ${selection.from('repeat')} where activity = ${number}`;
    },
  };
}

const TIMES = { SELF_LOOPS: 'selfLoops', REPETITIONS: 'repetitions' } as const;

/**
 * Each time that an activity stands in a case again, and did so directly after itself or not. It stands there first with a step that
 * leads to it, unless the case begins with it.
 */
function cameBackSql(selection: Selection, activity: number, directly: boolean): string {
  return `select case_no, position, us from (
      select case_no, position, us, from_activity = ${activity} as loops,
        row_number() over (partition by case_no order by position) as nth, first_activity = ${activity} as stood
      from ${selection.from('step')} join edge using (edge) join (
        select case_no, first_activity from ${selection.table('cases')} as cases
      ) beginning using (case_no) where to_activity = ${activity}
    ) where (nth > 1 or stood) and ${directly ? 'loops' : 'not loops'}`;
}

/** Steps of which both resources are known; those in which one takes over from another, or from this one that one. */
export function handedOver({ from, to, outcome }: Part): Behind {
  if (from === undefined && to === undefined) {
    if (outcome === undefined) return stepsOf('steps', 'from_resource is not null and to_resource is not null');
    one(outcome, ['HANDED_OVER']);
    return stepsOf('handovers', 'from_resource <> to_resource');
  }
  if (from === undefined || to === undefined) throw missing('from and to', 'two resources');
  if (outcome !== undefined) throw new QuestionRefused('one number at a time: from and to, or outcome');
  const resource = (name: string): string => `(select resource from resource where name = ${sqlText(name)})`;
  return {
    ...stepsOf('steps', `from_resource = ${resource(from)} and to_resource = ${resource(to)}`),
    number: (result) => rowOf(result.pairs, { from, to })?.count,
  };
}

function stepsOf(number: string, condition: string): Behind {
  return { number: valueOf(number), rows: (selection) => Promise.resolve(stepsSql(selection, condition)) };
}

/** Its parts of the waiting of each case; `measured` has left them in the tables it works with. */
export function inTheStatement({ from, to, code, owner }: Part): Behind {
  const without = (selection: Selection): boolean =>
    selection.ofOwnCases && selection.question.withoutSuspended === true;
  const asked = [from, code, owner].filter((one) => one !== undefined);
  if (asked.length > 1) throw new QuestionRefused('one number at a time: from and to, or code, or owner');
  if ((from === undefined) !== (to === undefined))
    throw missing('from and to', 'two activities; to is NONE where the case still waits, or ended');
  if (from !== undefined) {
    const next = nameOf(to!);
    return {
      number: (result) => rowOf(result.edges, { from, to: next })?.cases,
      rows: async (selection) => {
        const [source] = await activityNumbers(selection.store, [from], 'from');
        const [target] = next === null ? [] : await activityNumbers(selection.store, [next], 'to');
        return `select case_no, 0 as position, sum(us) as us from (${waitsBetween(selection, without(selection))})
          where us > 0 and from_activity = ${source} and to_activity is not distinct from ${target ?? 'null'} group by case_no`;
      },
    };
  }
  if (asked.length === 0) {
    return {
      number: (result) => (result.total as { readonly cases: number }).cases,
      rows: (selection) =>
        Promise.resolve(
          `select case_no, 0 as position, us from (${waits(selection, without(selection))}) where us > 0`,
        ),
    };
  }
  const column = code === undefined ? 'owner' : 'code';
  const name = nameOf(asked[0]!);
  return {
    number: (result) => rowOf(code === undefined ? result.owners : result.impediments, { [column]: name })?.cases,
    rows: (selection) =>
      Promise.resolve(
        name === null
          ? `select case_no, 0 as position, us - held as us from (${waits(selection, without(selection))}) where us > held`
          : `select case_no, 0 as position, sum(us)::bigint as us from portion where us > 0 and ${column} = ${sqlText(name)} group by case_no`,
      ),
  };
}

export function wholeCases(number: string): Behind {
  return { number: valueOf(number), rows: (selection) => Promise.resolve(casesSql(selection, 'true')) };
}

/** A query with a row for each case. */
export function casesSql(selection: Selection, condition: string): string {
  return `select case_no, 0 as position, ${tookSql(selection)} as us from ${selection.from('cases')} where ${condition}`;
}

function stepsSql(selection: Selection, condition: string): string {
  const us = waitOf(selection.question.workingDays);
  return `select case_no, position, ${us} as us from ${selection.from('step')} where ${condition}`;
}
