import { epochDay } from '../event-sourcing/days.ts';
import { inActivities, inPhases, openSql } from '../bottlenecks/aging.ts';
import type { MeasureName } from '../bottlenecks/measures.ts';
import { caseStaysSql, staysSql } from '../bottlenecks/flow.ts';
import { dueSql, standingsAt } from '../bottlenecks/on-time.ts';
import { RUN_COURSES, RUN_STANDINGS, runsSql } from '../bottlenecks/phases.ts';
import { activityNumbers } from '../selections/names-in-log.ts';
import { QuestionRefused } from '../selections/question-refused.ts';
import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { DAY_US } from '../analytic-store/own-columns.ts';
import { sqlText } from '../analytic-store/sql-text.ts';
import type { Selection } from '../selections/selection.ts';
import { followedSql } from '../bottlenecks/survival.ts';
import { endingsSql } from '../bottlenecks/throughput.ts';
import { heldUp, judged, ofCohort } from './cases-in-groups.ts';
import { cameBack, casesSql, handedOver, inTheMap, inTheStatement, wholeCases } from './cases-in-steps.ts';
import { missing, NONE, one, rowOf, valueOf, type Behind, type Looking, type Part } from './part.ts';
import type { ShownResult } from '../withholding/support.ts';

const LOOKING: { readonly [M in MeasureName]: { readonly parts: readonly (keyof Part)[]; readonly look: Looking } } = {
  throughput: { parts: [], look: () => wholeCases('cases') },
  lifetime: {
    parts: ['outcome'],
    look: ({ outcome = 'ENDED' }) => {
      const [number, condition] = {
        ENDED: ['cases', 'ends and began is not null'],
        OPEN: ['open', 'began is null or not ends and not leaves'],
        CENSORED: ['censored', 'not ends and leaves'],
      }[one(outcome, ['ENDED', 'OPEN', 'CENSORED'])]!;
      return {
        number: valueOf(number!),
        rows: async (selection) =>
          `select case_no, 0 as position, case when ends then epoch_us(ended) - epoch_us(began) end as us
           from (${await endingsSql(selection)}) where ${condition}`,
      };
    },
  },
  dfg: { parts: ['from', 'to', 'startActivity', 'endingActivity'], look: inTheMap },
  variants: {
    parts: ['variant'],
    look: ({ variant }) => {
      if (variant === undefined) throw missing('variant', 'once for each of its activities, in their order');
      return {
        number: (result) => rowOf(result.variants, { activities: variant })?.cases,
        rows: async (selection) => {
          const numbers = await activityNumbers(selection.store, variant, 'variant');
          return casesSql(selection, `variant in (select variant from variant where activities = [${numbers.join()}])`);
        },
      };
    },
  },
  rework: { parts: ['activity', 'outcome'], look: cameBack },
  handover: { parts: ['from', 'to', 'outcome'], look: handedOver },
  survival: {
    parts: ['outcome', 'seconds'],
    look: ({ outcome, seconds }) => {
      if (seconds !== undefined) return onTheCurve(seconds, outcome);
      const [number, condition] =
        outcome === undefined
          ? ['cases', 'true']
          : one(outcome, ['ENDED', 'CENSORED']) === 'ENDED'
            ? ['events', 'ends']
            : ['censored', 'not ends'];
      return {
        number: valueOf(number!),
        rows: async (selection) =>
          `select case_no, 0 as position, us from (${await followedSql(selection)}) where ${condition}`,
      };
    },
  },
  aging: {
    parts: ['activity'],
    look: ({ activity }) => ({
      number: activity === undefined ? valueOf('cases') : (result) => rowOf(result.phases, { activity })?.cases,
      rows: async (selection) => {
        const open = await openSql(selection);
        if (activity === undefined) return `select case_no, 0 as position, age as us from (${open})`;
        const now = await selection.now();
        const { standing } = selection.ofOwnCases ? await inPhases(selection) : inActivities(selection, now);
        return `select case_no, 0 as position, greatest(epoch_us(${now}) - epoch_us(entered), 0) as us
          from (${open}) join (${standing}) using (case_no) where activity = ${sqlText(activity)}`;
      },
    }),
  },
  'on-time': {
    parts: ['outcome'],
    look: ({ outcome }) => {
      const standing = outcome === undefined ? 'cases' : STANDINGS[one(outcome, Object.keys(STANDINGS))]!;
      return {
        number: valueOf(standing),
        rows: async (selection) => {
          if (selection.ofOwnCases) {
            const which = { ...RUN_STANDINGS, cases: 'true', onTime: RUN_STANDINGS.inTime }[standing];
            return phaseSql(selection, 'WHOLE', which);
          }
          const condition = { ...standingsAt(await selection.now()), cases: 'true' }[standing];
          return `select case_no, 0 as position, epoch_us(ended) - epoch_us(began) as us
            from (${await dueSql(selection)}) where ${condition}`;
        },
      };
    },
  },
  phases: {
    parts: ['phase', 'outcome'],
    look: ({ phase, outcome }) => {
      if (phase === undefined) throw missing('phase', 'such as HOME');
      const [column, condition] = outcome === undefined ? ['runs', 'true'] : RUNS[one(outcome, Object.keys(RUNS))]!;
      return {
        number: (result) => rowOf(result.phases, { phase })?.[column!],
        rows: (selection) => phaseSql(selection, phase, condition!),
      };
    },
  },
  flow: {
    parts: ['activity', 'day', 'outcome'],
    look: (part) => {
      if (part.activity === undefined) throw missing('activity', 'or phase');
      return inTheFlow(part);
    },
  },
  arrivals: { parts: ['day', 'outcome'], look: inTheFlow },
  delay: { parts: ['from', 'to', 'code', 'owner'], look: inTheStatement },
  impediments: { parts: ['code', 'owner', 'phase', 'outcome', 'month'], look: heldUp },
  conformance: { parts: ['outcome', 'version', 'rule', 'activity'], look: judged },
  cohorts: { parts: ['month', 'outcome'], look: ofCohort },
};

const STANDINGS: Readonly<Record<string, keyof ReturnType<typeof standingsAt>>> = {
  DUE: 'due',
  ON_TIME: 'onTime',
  LATE: 'late',
  OPEN_OVERDUE: 'openOverdue',
  STOPPED_LATE: 'stoppedLate',
  STOPPED_IN_TIME: 'stoppedInTime',
  NOT_YET_DUE: 'notYetDue',
  WITHOUT_DUE: 'withoutDue',
};

/** Of the runs of a phase: which number, and which of them it counts. */
const RUNS: Readonly<Record<string, readonly [column: string, condition: string]>> = {
  ...Object.fromEntries(
    Object.entries(RUN_COURSES).map(([column, condition]) => [column.toUpperCase(), [column, condition]]),
  ),
  ...Object.fromEntries(
    Object.entries(STANDINGS).map(([outcome, standing]) => {
      const column = standing === 'onTime' ? 'inTime' : standing;
      return [outcome, [column, RUN_STANDINGS[column]]];
    }),
  ),
};

/** @throws QuestionRefused where the measure has no such number */
export function behind(measure: MeasureName, part: Part): Behind {
  const looking = LOOKING[measure];
  const foreign = (Object.keys(part) as (keyof Part)[]).filter((key) => !looking.parts.includes(key));
  if (foreign.length > 0) {
    throw new QuestionRefused(
      `the numbers of ${measure} are not told apart by ${foreign.join(' and ')}; ${looking.parts.length === 0 ? 'there is one of all its cases' : `by ${looking.parts.join(', ')} they are`}`,
    );
  }
  return looking.look(part);
}

/** Parts that are names of activities. */
const ACTIVITIES: { readonly [M in MeasureName]?: readonly ActivityPart[] } = {
  dfg: ['from', 'to', 'startActivity', 'endingActivity'],
  delay: ['from', 'to'],
  variants: ['variant'],
  rework: ['activity'],
};
type ActivityPart = 'from' | 'to' | 'startActivity' | 'endingActivity' | 'variant' | 'activity';

/** Those of own cases are known, whether a case has one or not. @throws QuestionRefused */
export async function refuseUnknownActivities(store: AnalyticStore, measure: MeasureName, part: Part): Promise<void> {
  for (const term of ACTIVITIES[measure] ?? []) {
    const names = [part[term] ?? []].flat();
    await activityNumbers(
      store,
      names.filter((name) => name !== NONE),
      term,
    );
  }
}

const MOVES = { ARRIVED: 'arrivals', LEFT: 'departures', STANDING: 'closing' } as const;

/** Days of own cases can stand together, under the last of them. */
function inTheFlow({ activity, day, outcome = 'ARRIVED' }: Part): Behind {
  if (day === undefined) throw missing('day', 'and outcome: ARRIVED, LEFT or STANDING at its end');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new QuestionRefused('a day is written as 2017-03-31');
  const move = one(outcome, Object.keys(MOVES) as (keyof typeof MOVES)[]);
  const rowIn = (result: NonNullable<ShownResult>): Readonly<Record<string, unknown>> | undefined => {
    const days = 'phases' in result ? rowOf(result.phases, { activity })?.days : result.days;
    return days === undefined ? undefined : rowOf(days, { day });
  };
  return {
    number: (result) => rowIn(result)?.[MOVES[move]],
    rows: async (selection, result) => {
      const { from = day } = rowIn(result) as { readonly from?: string };
      const at = activity === undefined ? '' : `and activity = ${sqlText(activity)}`;
      const stays = activity === undefined ? await caseStaysSql(selection) : await staysSql(selection);
      const within = (moment: string): string => `${moment} between ${epochDay(from)} and ${epochDay(day)}`;
      const condition = {
        ARRIVED: within('came'),
        LEFT: within('went'),
        STANDING: `came <= ${epochDay(day)} and coalesce(went > ${epochDay(day)}, true)`,
      }[move];
      return `select case_no, position, null::bigint as us from (${stays}) where ${condition} ${at}`;
    },
  };
}

/** A point stands for all ends since the one before it; at risk are those who were so at the first of these. */
function onTheCurve(seconds: number, outcome = 'ENDED'): Behind {
  const number = ({ ENDED: 'events', AT_RISK: 'atRisk' } as const)[one(outcome, ['ENDED', 'AT_RISK'])];
  return {
    number: (result) => rowOf(result.curve, { seconds })?.[number],
    rows: async (selection, result) => {
      const curve = result.curve as readonly { readonly seconds: number; readonly atRisk: number }[];
      const at = curve.findIndex((point) => point.seconds === seconds);
      const before = curve[at - 1]?.seconds;
      const since = before === undefined ? 'true' : `us > ${Math.round(before * 1e6)}`;
      const followed = await followedSql(selection);
      const areAll = curve[at]!.atRisk === result.cases;
      const condition =
        number === 'events'
          ? `ends and ${since} and us <= ${Math.round(seconds * 1e6)}`
          : areAll
            ? 'true'
            : `us >= (select min(us) from (${followed}) where ends and ${since})`;
      return `select case_no, 0 as position, us from (${followed}) where ${condition}`;
    },
  };
}

async function phaseSql(selection: Selection, phase: string, condition: string): Promise<string> {
  const on = await selection.day();
  const days = `coalesce(reached_day, stopped_day, ${on}) - fromDay`;
  const still = `suspendedDays + if(reached_day is null and stopped_day is null, greatest(coalesce(${on} - suspendedSince, 0), 0), 0)`;
  const counted = selection.question.withoutSuspended ? `greatest(${days} - (${still}), 0)` : `(${days})`;
  return `select case_no, sequence as position, ${counted} * ${DAY_US}::bigint as us
    from (${runsSql(selection, on, `phase = ${sqlText(phase)} and (${condition})`)})`;
}
