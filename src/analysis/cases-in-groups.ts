import { membersSql } from '../bottlenecks/cohorts.ts';
import { judgedSql, type Judged } from '../bottlenecks/conformance.ts';
import { heldUpSql, type HeldUpBy } from '../bottlenecks/impediment-cases.ts';
import { QuestionRefused } from '../selections/question-refused.ts';
import { sqlText } from '../analytic-store/sql-text.ts';
import { missing, NONE, nameOf, one, rowOf, type Behind, type Part } from './part.ts';

type Shown = Readonly<Record<string, unknown>>;

/** Cases that an impediment, an owner, or what holds up a phase has held up; in a month, now, or after they were housed. */
export function heldUp({ code, owner, phase, outcome, month }: Part): Behind {
  const named = Object.entries({ code, owner, phase }).filter(([, name]) => name !== undefined);
  if (named.length > 1) throw new QuestionRefused('one number at a time: code, or owner, or phase');
  if (outcome !== undefined && month !== undefined)
    throw new QuestionRefused('one number at a time: outcome, or month');
  const only =
    outcome === undefined ? undefined : ({ OPEN: 'open', LATER: 'later' } as const)[one(outcome, ['OPEN', 'LATER'])];
  const [kind, text] = (named[0] ?? []) as [NonNullable<HeldUpBy['row']>['by']?, string?];
  const row = kind === undefined ? undefined : { by: kind, name: nameOf(text!) };
  const rowIn = (result: Shown): Shown | undefined =>
    row === undefined ? (result.total as Shown) : rowOf(result[`${row.by}s`], { [row.by]: row.name });
  return {
    number: (result) => {
      const found = rowIn(result);
      if (month !== undefined) return found && rowOf(found.months, { month: monthOf(month) })?.cases;
      return found?.[only === undefined ? 'cases' : NUMBERS[only]];
    },
    rows: async (selection) => {
      const meant = month === undefined ? only : { month: monthOf(month) };
      const asked = { ...(row === undefined ? {} : { row }), ...(meant === undefined ? {} : { only: meant }) };
      return `select case_no, 0 as position, us from (${await heldUpSql(selection, asked)})`;
    },
  };
}

const NUMBERS = { open: 'open', later: 'laterCases' } as const;

const VERDICTS = {
  OK: 'ok',
  VIOLATED: 'violated',
  PENDING: 'pending',
  EARLIER: 'earlier',
  ENDED_WITH: 'with',
  ENDED_WITHOUT: 'without',
} as const;
type Outcome = keyof typeof VERDICTS;
const OF_ALL: readonly Outcome[] = ['OK', 'VIOLATED', 'PENDING', 'EARLIER'];
const OF_A_VERSION: readonly Outcome[] = ['OK', 'VIOLATED', 'PENDING'];
const OF_A_RULE: readonly Outcome[] = ['OK', 'VIOLATED', 'PENDING', 'ENDED_WITH', 'ENDED_WITHOUT'];

/** Cases by how they stand towards the model, towards one version of it, or towards a rule of that. */
export function judged({ outcome, version, rule, activity = NONE }: Part): Behind {
  if (rule === undefined && activity !== NONE) throw missing('rule', 'and of which version, beside the activity');
  if (rule !== undefined && version === undefined) throw missing('version', 'of which the rule is');
  if (rule !== undefined && outcome === undefined) throw missing('outcome', OF_A_RULE.join(', '));
  const outcomes = rule !== undefined ? OF_A_RULE : version !== undefined ? OF_A_VERSION : OF_ALL;
  const verdict = outcome === undefined ? undefined : VERDICTS[one(outcome, outcomes)];
  const sought = rule === undefined ? undefined : { rule, activity: nameOf(activity) };
  return {
    number: (result) => {
      const model = version === undefined ? result : rowOf(result.models, { version });
      const told = sought === undefined ? model : model && rowOf(model.rules, sought);
      if (verdict === 'with' || verdict === 'without') return (told?.ended as Shown | null | undefined)?.[verdict];
      return told?.[verdict ?? 'cases'];
    },
    rows: async (selection) => {
      const asked: Judged = {
        ...(verdict === undefined ? {} : { verdict }),
        ...(version === undefined ? {} : { version }),
        ...(sought === undefined ? {} : { rule: sought }),
      };
      return `select case_no, 0 as position, us from (${await judgedSql(selection, asked)})`;
    },
  };
}

/** Members of a cohort, or cases that are in none. */
export function ofCohort({ month, outcome }: Part): Behind {
  if (month === undefined) throw missing('month', 'such as 2017-03; NONE: in no cohort');
  if (month === NONE && outcome !== undefined)
    throw new QuestionRefused('cases in no cohort are one number: leave out outcome');
  const [number, condition] =
    outcome === undefined ? (['cases', 'true'] as const) : OUTCOMES[one(outcome, ['ENDED', 'CENSORED'])];
  const key = month === NONE ? null : monthOf(month);
  return {
    number: (result) => (key === null ? result.without : rowOf(result.cohorts, { month: key })?.[number]),
    rows: async (selection) =>
      `select case_no, 0 as position, us from (${await membersSql(selection)})
       where month is not distinct from ${key === null ? 'null' : sqlText(key)} and ${condition}`,
  };
}

const OUTCOMES = { ENDED: ['ended', 'ends'], CENSORED: ['censored', 'not ends'] } as const;

/** @throws QuestionRefused */
function monthOf(text: string): string {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new QuestionRefused('a month is written as 2017-03');
  return text;
}
