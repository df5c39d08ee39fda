import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Allow, IsOptional } from 'class-validator';
import { COHORT_MODES, type CohortMode } from '../bottlenecks/cohorts.ts';
import { Shown } from '../http/documentation.ts';
import { Day, Flag, Municipality, OneOf, rule, Text, Texts, Whole } from '../http/fields.ts';
import { FreshnessBody, FreshOrPast, toBoolean, toNumber } from '../http/freshness.ts';
import { invalidRequest, type InputFault } from '../http/problem.ts';
import {
  modelFaults,
  referenceModelOf,
  RULE_KINDS,
  type ReferenceModel,
  type RuleKind,
} from '../selections/reference-model.ts';
import { CHANNELS, type Channel } from '../journey/cases.events.ts';
import { PERIOD_MODES, type PeriodMode } from './asked-question.ts';
import type { Part } from './part.ts';

const NAMES = { max: 200 } as const;
const FILTER = {
  max: 20,
  pattern: /^[^=!]+!?=.*$/s,
  says: 'must hold conditions such as channel=ASYLUM or activity!=OfferRefused',
} as const;
const DESCRIBES_FILTERS =
  '`key=value`, `key!=value`, several values between bars; more than one: all hold. Keys: the parameters above, `started`, `completed`, `active`, `within`, `permit`, `link`, `move-in` with a period, `activity`, `start-activity`, `end-activity`, `resource`, `transition` (`a -> b`), and any attribute of an imported log.';

/** Names of activities in an order, in which one can stand more than once. */
function Names({ description }: { readonly description: string; readonly optional: true }): PropertyDecorator {
  const says = `must hold 1 to ${MOST_NAMES} names of activities`;
  const fits = (value: unknown): boolean =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MOST_NAMES &&
    value.every((name) => typeof name === 'string' && name.length <= 200);
  return applyDecorators(
    IsOptional(),
    rule('names', fits, says),
    ApiProperty({ description, required: false, type: [String], minItems: 1, maxItems: MOST_NAMES }),
  );
}

const MOST_NAMES = 500;

/** Once or more often in a query. */
function toList(value: unknown): unknown {
  return typeof value === 'string' ? [value] : value;
}

export class MeasureQuery extends FreshOrPast {
  @Text({
    description: 'An imported log; absent: the cases of this system.',
    ...NAMES,
    max: 64,
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    says: 'must be the name of an imported log',
    optional: true,
  })
  log?: string;
  @Text({
    description: 'Days from and until, both included, such as `2017-01-01..2017-03-31`; either can be left out.',
    max: 22,
    pattern: /^(\d{4}-\d{2}-\d{2})?(\.\.(\d{4}-\d{2}-\d{2})?)?$/,
    says: 'must be a period such as 2017-01-01..2017-03-31',
    example: '2016-07-01..2016-12-31',
    optional: true,
  })
  period?: string;
  @OneOf(PERIOD_MODES, {
    description:
      'Which cases a period selects: whose permit, link or move-in lies in it, that started or completed in it, that ran in it, or that did both. Default: STARTED.',
    enumName: 'PeriodMode',
    optional: true,
  })
  periodMode?: PeriodMode;
  @Municipality({ description: 'Linked to this municipality.', optional: true })
  municipality?: string;
  @Text({
    description: 'In this province.',
    max: 4,
    pattern: /^PV\d{2}$/,
    says: 'must be a province, such as PV26',
    optional: true,
  })
  province?: string;
  @Text({ description: 'Whose turn it is.', ...NAMES, optional: true })
  organisation?: string;
  @Whole({ description: 'Persons in the household; none where all have departed.', min: 0, max: 100, optional: true })
  @Transform(({ value }) => toNumber(value))
  householdSize?: number;
  @OneOf(CHANNELS, { description: 'How they came in.', enumName: 'Channel', optional: true })
  channel?: Channel;
  @Text({ description: 'Held up by this impediment at any time.', ...NAMES, optional: true })
  impediment?: string;
  @Texts({ description: DESCRIBES_FILTERS, ...FILTER, optional: true })
  @Transform(({ value }) => toList(value))
  filter?: string[];
  @Flag({ description: 'Count the time on Dutch working days only. Default: false.', optional: true })
  @Transform(({ value }) => toBoolean(value))
  workingDays?: boolean;
  @Flag({
    description: 'Leave out days on which terms were suspended (phases, delay). Default: false.',
    optional: true,
  })
  @Transform(({ value }) => toBoolean(value))
  withoutSuspended?: boolean;
  @OneOf(COHORT_MODES, {
    description:
      'Of cohorts: what months make them, those of the permit (default), of the link or of the move-in; of an imported log, of the start (default) or of the end.',
    enumName: 'CohortMode',
    optional: true,
  })
  cohort?: CohortMode;
  @Flag({ description: 'Only cases that have ended. Default: false.', optional: true })
  @Transform(({ value }) => toBoolean(value))
  closed?: boolean;
  @Text({
    description:
      'When open cases are looked at, a time. Default: now; of an imported log its last event. Refused where a measure looks at no open cases.',
    max: 40,
    optional: true,
  })
  now?: string;
  @Texts({
    description: 'A case ends with its first event of one of these activities.',
    max: 20,
    pattern: /^.{1,200}$/s,
    says: 'must hold names of activities',
    optional: true,
  })
  @Transform(({ value }) => toList(value))
  endActivity?: string[];
  @Text({ description: 'Of an imported log: attribute of cases, when they begin.', ...NAMES, optional: true })
  startAttribute?: string;
  @Text({ description: 'Of an imported log: attribute of cases, when they end.', ...NAMES, optional: true })
  endAttribute?: string;
  @Text({
    description: 'Of on-time of an imported log: attribute of cases, when they are due.',
    ...NAMES,
    optional: true,
  })
  dueAttribute?: string;
}

export class ComparisonQuery extends MeasureQuery {
  @Texts({ description: 'Conditions of the first selection, besides those of both.', ...FILTER, optional: true })
  @Transform(({ value }) => toList(value))
  first?: string[];
  @Texts({ description: 'Conditions of the second selection, besides those of both.', ...FILTER, optional: true })
  @Transform(({ value }) => toList(value))
  second?: string[];
}

export class CasesBehindQuery extends MeasureQuery {
  @Text({ description: 'Of a step: from this activity (of a hand-over: resource).', ...NAMES, optional: true })
  from?: string;
  @Text({ description: 'Of a step: to this activity (of a hand-over: resource).', ...NAMES, optional: true })
  to?: string;
  @Text({ description: 'Of a process map: beginning with this activity.', ...NAMES, optional: true })
  startActivity?: string;
  @Text({ description: 'Of a process map: ending with this activity.', ...NAMES, optional: true })
  endingActivity?: string;
  @Text({
    description: 'Of rework, aging and flow: the activity or phase; of a rule of conformance: that of the rule.',
    ...NAMES,
    optional: true,
  })
  activity?: string;
  @Names({
    description: 'Of variants: its activities, each once more where it comes again, in their order.',
    optional: true,
  })
  @Transform(({ value }) => toList(value))
  variant?: string[];
  @Text({
    description:
      'Of lifetime ENDED, OPEN, CENSORED; of survival ENDED, CENSORED, of a point of its curve ENDED, AT_RISK; of rework SELF_LOOPS, REPETITIONS; of hand-overs HANDED_OVER; of on-time and phases DUE, ON_TIME, LATE, OPEN_OVERDUE, STOPPED_LATE, NOT_YET_DUE, STOPPED_IN_TIME, WITHOUT_DUE; of phases REACHED, STOPPED, OPEN, SUSPENDED; of flow and arrivals ARRIVED, LEFT, STANDING; of impediments OPEN, LATER; of conformance OK, VIOLATED, PENDING, of all of it EARLIER, of a rule ENDED_WITH, ENDED_WITHOUT; of cohorts ENDED, CENSORED.',
    ...NAMES,
    optional: true,
  })
  outcome?: string;
  @Text({
    description: 'Of phases: which one; of impediments: which term is held up, or NONE.',
    ...NAMES,
    optional: true,
  })
  phase?: string;
  @Text({
    description: 'Of the delay statement: an impediment, or NONE; of impediments: which one.',
    ...NAMES,
    optional: true,
  })
  code?: string;
  @Text({
    description: 'Of the delay statement: who is to act, or NONE; of impediments: who is.',
    ...NAMES,
    optional: true,
  })
  owner?: string;
  @Day({ description: 'Of flow and arrivals: the day.', optional: true })
  day?: string;
  @Text({
    description: 'Of survival: a point of the curve, by its `seconds`.',
    max: 20,
    pattern: /^\d{1,12}(\.\d{1,6})?$/,
    says: 'must be a number of seconds, as the curve has it',
    optional: true,
  })
  seconds?: string;
  @Text({
    description: 'Of impediments: in this month; of cohorts: which one, or NONE for cases in none.',
    max: 7,
    pattern: /^(\d{4}-(0[1-9]|1[0-2])|NONE)$/,
    says: 'must be a month, such as 2017-03, or NONE',
    optional: true,
  })
  month?: string;
  @Text({ description: 'Of conformance: a version of the model.', ...NAMES, optional: true })
  version?: string;
  @OneOf(RULE_KINDS, {
    description: 'Of conformance: a rule of that version, with its `activity` if it is of one.',
    enumName: 'RuleKind',
    optional: true,
  })
  rule?: RuleKind;
  @Text({ description: '`next` of the page before.', max: 2000, optional: true })
  cursor?: string;
  @Whole({ description: 'Largest number of items. Default: 50.', min: 1, max: 200, optional: true })
  @Transform(({ value }) => toNumber(value))
  limit?: number;
}

/** What is sent is read by `referenceModelOf`, which says what is wrong in it and where; here it is documented. */
function Told(description: string, schema: object): PropertyDecorator {
  return applyDecorators(Allow(), ApiProperty({ description, required: false, ...schema }));
}

const ACTIVITIES = { type: 'array', items: { type: 'string' } };
const BY_ACTIVITY = { type: 'object', additionalProperties: ACTIVITIES, selfRequired: false } as const;

export class ReferenceModelBody {
  @Told('What it is called.', { type: String, required: true })
  name!: string;
  @Told('Which version of it this is.', { type: String, required: true })
  version!: string;
  @Told('Cases that began before this day are not held against it. Default: all are.', {
    type: String,
    format: 'date',
  })
  holdsFrom?: string;
  @Told('A case begins with one of these activities.', ACTIVITIES)
  begins?: string[];
  @Told('Before it ends, a case has come to one of these.', ACTIVITIES)
  ends?: string[];
  @Told('By activity: which may come next, of all that are named here.', BY_ACTIVITY)
  mayFollow?: object;
  @Told('By activity: one of these has come before it.', BY_ACTIVITY)
  requires?: object;
  @Told('By activity: one of these comes after it, sooner or later.', BY_ACTIVITY)
  leadsTo?: object;

  static readonly example = {
    ...{ name: 'permits', version: '1', holdsFrom: '2017-01-01', begins: ['register'], ends: ['decide'] },
    mayFollow: { register: ['check', 'decide'] },
    requires: { decide: ['check'] },
    leadsTo: { ask: ['answer', 'decide'] },
  };
}

/** @throws Problem INVALID_REQUEST with the place of every fault */
export function modelIn(body: ReferenceModelBody): ReferenceModel {
  const faults = modelFaults(body).map(({ pointer, says }): InputFault => ({
    ...{ in: 'body', location: { pointer } },
    ...{ code: 'model', detail: says },
  }));
  if (faults.length > 0) throw invalidRequest(faults);
  return referenceModelOf(body);
}

export class MeasureOfferedBody {
  @Shown('text', 'Name in the address.')
  measure!: string;
  @Shown('text', 'What it tells.')
  definition!: string;
  @Shown('text', 'What its times are in: seconds, or case-days.')
  unit!: string;
  @Shown('flag', 'Only of the cases of this system.')
  ofOwnCasesOnly!: boolean;
  @Shown('flag', 'Can be counted on working days.')
  inWorkingDays!: boolean;
}

export class MeasuresBody {
  @Shown(() => MeasureOfferedBody, 'What can be asked.', { list: true })
  measures!: readonly MeasureOfferedBody[];
  @Shown('text', 'Names of imported logs, for `log`.', { list: true })
  logs!: readonly string[];
}

export const WITHHELD = ['FEW_CASES', 'FEW_APART', 'TOLD_BY_OTHERS'] as const;

class AnswerBody {
  @Shown('text', 'The measure.')
  measure!: string;
  @Shown('text', 'The imported log; null: the cases of this system.', { nullable: true })
  log!: string | null;
  @Shown('date', 'As known by the end of this day; null: an imported log has no past.', { nullable: true })
  asKnownOn!: string | null;
  @Shown('flag', 'It can still change: that day is not over, the event table is not past it, or a case stands still.')
  provisional!: boolean;
  @Shown('whole', 'Groups of fewer cases are withheld; null: an imported log is shown whole.', { nullable: true })
  least!: number | null;
  @Shown(() => FreshnessBody, 'How much the figures know; null: of an imported log.', { nullable: true })
  freshness!: FreshnessBody | null;
}

export class MeasureBody extends AnswerBody {
  @Shown(
    WITHHELD,
    'Why there is no result: too few cases; too few that tell it from a wider question; others would tell it.',
    {
      enumName: 'Withheld',
      nullable: true,
    },
  )
  withheld!: (typeof WITHHELD)[number] | null;
  @Shown(
    'json',
    'One form for each measure; docs/analysis.md defines them. Withheld numbers are null, withheld rows stand together as `other`.',
    {
      nullable: true,
    },
  )
  result!: object | null;
}

export class SelectionResultBody {
  @Shown(WITHHELD, 'Why there is no result.', { enumName: 'Withheld', nullable: true })
  withheld!: (typeof WITHHELD)[number] | null;
  @Shown('json', 'As of the measure alone.', { nullable: true })
  result!: object | null;
}

export class ComparisonBody extends AnswerBody {
  @Shown(() => SelectionResultBody, 'The first selection.')
  first!: SelectionResultBody;
  @Shown(() => SelectionResultBody, 'The second selection.')
  second!: SelectionResultBody;
  @Shown('json', 'Second less first, of every number that is shown of both; rows by their names.', { nullable: true })
  differences!: object | null;
}

class CaseBehindBody {
  @Shown('text', 'The case; outside the process-improvement team under a name that holds for this list only.')
  case!: string;
  @Shown('number', 'How long it took, or has taken, in seconds; null: it has no duration.', { nullable: true })
  seconds!: number | null;
}

export class CasesBehindBody extends AnswerBody {
  @Shown(WITHHELD, 'Why there is no list.', { enumName: 'Withheld', nullable: true })
  withheld!: (typeof WITHHELD)[number] | null;
  @Shown('whole', 'The number that was looked behind: the list has exactly so many; null: withheld.', {
    nullable: true,
  })
  count!: number | null;
  @Shown(() => CaseBehindBody, 'Longest first; a case stands in it as often as it counts.', { list: true })
  items!: readonly CaseBehindBody[];
  @Shown('text', 'Give it as `cursor` for the next page.', { nullable: true })
  next!: string | null;
}

/** Which number is looked behind. */
export function partOf(query: CasesBehindQuery): Part {
  const { from, to, startActivity, endingActivity, activity, variant, outcome, phase, code, owner, day } = query;
  const { month, version, rule } = query;
  const seconds = query.seconds === undefined ? undefined : Number(query.seconds);
  const steps = { from, to, startActivity, endingActivity, activity, variant };
  const part = { ...steps, outcome, phase, code, owner, day, seconds, month, version, rule };
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
}
