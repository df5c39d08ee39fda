import { Transform } from 'class-transformer';
import { Shown } from '../http/documentation.ts';
import { Day, Municipality, NotBefore, OneOf, Text, Whole } from '../http/fields.ts';
import { FreshnessBody, FreshOrPast, Paged, toNumber } from '../http/freshness.ts';
import { PersonalBody, STAGES } from './dossier.api.ts';
import { CASE_LISTS, CASE_SORT_KEYS, CASE_STATUSES } from './case-list.projection.ts';
import * as events from '../journey/cases.events.ts';
import { TERM_OUTCOMES } from '../journey/norm-terms.ts';
import { MATCHES } from './search.projection.ts';

/** Questions across cases (work lists, persons, norm terms), and the form of the answers. */

const SORTS = CASE_SORT_KEYS.flatMap((key) => [key, `-${key}` as const]);
const HOUSEHOLD_SIZE = { min: 0, max: 100, optional: true } as const;

export class CaseListQuery extends Paged {
  @OneOf(CASE_LISTS, { description: 'Which list. Default: all.', enumName: 'CaseList', optional: true })
  list?: (typeof CASE_LISTS)[number];

  @Municipality({ description: 'Linked to this municipality.', optional: true })
  municipality?: string;

  @OneOf(STAGES, { description: 'At this stage.', enumName: 'Stage', optional: true })
  stage?: (typeof STAGES)[number];

  @OneOf(events.CHANNELS, { description: 'Came in this way.', enumName: 'Channel', optional: true })
  channel?: events.Channel;

  @OneOf(CASE_STATUSES, { description: 'Of this status.', enumName: 'CaseStatus', optional: true })
  status?: (typeof CASE_STATUSES)[number];

  @Text({ description: 'Assigned to this person.', max: 64, optional: true })
  assignee?: string;

  @Whole({ description: 'Household of at least so many.', ...HOUSEHOLD_SIZE })
  @Transform(({ value }) => toNumber(value))
  householdSizeMin?: number;

  @Whole({ description: 'Household of at most so many.', ...HOUSEHOLD_SIZE })
  @NotBefore('householdSizeMin')
  @Transform(({ value }) => toNumber(value))
  householdSizeMax?: number;

  @OneOf(SORTS, {
    description: 'Order; a dash in front: descending. Default: dueOn, soonest term first, none last.',
    enumName: 'CaseSort',
    optional: true,
  })
  sort?: (typeof SORTS)[number];
}

class CaseListItemBody {
  @Shown('id', 'The case.')
  caseId!: string;
  @Shown(CASE_STATUSES, 'Open, suspended or ended.', { enumName: 'CaseStatus' })
  status!: string;
  @Shown(STAGES, 'How far the household is.', { enumName: 'Stage' })
  stage!: string;
  @Shown('date', 'Since when it is so far.')
  stageEnteredOn!: string;
  @Shown('text', 'Linked municipality.', { nullable: true })
  municipality!: string | null;
  @Shown('text', 'Who has the case.', { nullable: true })
  assignee!: string | null;
  @Shown('text', 'Whose organisation.', { nullable: true })
  organisation!: string | null;
  @Shown(events.CHANNELS, 'How the household came in.', { enumName: 'Channel' })
  channel!: string;
  @Shown('text', 'Where it waits.', { nullable: true })
  receptionCentre!: string | null;
  @Shown('whole', 'Persons in the household now.')
  householdSize!: number;
  @Shown('date', 'Day of the permit.')
  permitGrantedOn!: string;
  @Shown(events.NORM_TERMS, 'Norm term that is due next.', { enumName: 'NormTerm', nullable: true })
  nextTerm!: string | null;
  @Shown('date', 'Its last day.', { nullable: true })
  dueOn!: string | null;
  @Shown('whole', 'Days to that day: 0 is today, below it is overdue.', { nullable: true })
  daysLeft!: number | null;
  @Shown('date', 'Since when the terms stand still.', { nullable: true })
  suspendedSince!: string | null;
  @Shown('whole', 'Impediments that are not resolved.')
  openImpediments!: number;
  @Shown(events.PARTIES, 'Who is to act on the oldest of them.', { enumName: 'Party', nullable: true })
  toActBy!: string | null;
  @Shown('instant', 'When it last changed.')
  changedAt!: string;
  @Shown('whole', 'Revision of the case.')
  revision!: number;
}

export class CaseListBody {
  @Shown(() => CaseListItemBody, 'The cases, in the order asked for.', { list: true })
  items!: readonly CaseListItemBody[];
  @Shown('text', 'Give it as `cursor` for the next page; null: this is the last one.', { nullable: true })
  next!: string | null;
  @Shown(() => FreshnessBody, 'How much the list knows.')
  freshness!: FreshnessBody;
}

export class PersonSearch {
  @Text({ description: 'V-number, exactly.', max: 20, example: '2012345678', optional: true })
  alienNumber?: string;

  @Text({ description: 'Words of a name, whole, as beginnings, or sounding like them.', max: 200, optional: true })
  name?: string;

  @Text({ description: 'Words of the address of a home that was offered.', max: 300, optional: true })
  address?: string;

  @Whole({ description: 'Largest number of persons. Default: 20.', min: 1, max: 100, optional: true })
  limit?: number;

  static readonly example = { name: 'exam pers', limit: 10 };
}

class FoundBody {
  @Shown('id', 'The case.')
  caseId!: string;
  @Shown('id', 'The person; null: what was found is the address of a home.', { nullable: true })
  personId!: string | null;
  @Shown(MATCHES, 'How well the worst of the words was met.', { enumName: 'Match' })
  match!: string;
  @Shown(() => PersonalBody, 'Who it is.', { nullable: true })
  personal!: PersonalBody | null;
}

export class FoundPersonsBody {
  @Shown(() => FoundBody, 'Best match first.', { list: true })
  found!: readonly FoundBody[];
  @Shown('flag', 'There are more: ask more narrowly.')
  more!: boolean;
  @Shown('text', 'Words that are looked for whole only: single letters, and what begins with a digit.', { list: true })
  onlyWhole!: readonly string[];
  @Shown(() => FreshnessBody, 'How much the search knows.')
  freshness!: FreshnessBody;
}

export class StandingsQuery extends FreshOrPast {
  @Day({ description: 'Terms due on this day or later.', optional: true })
  dueFrom?: string;
  @Day({ description: 'Terms due on this day or earlier.', optional: true })
  @NotBefore('dueFrom')
  dueUntil?: string;
  @Municipality({ description: 'Of this municipality.', optional: true })
  municipality?: string;
  @OneOf(events.NORM_TERMS, { description: 'Of this term.', enumName: 'NormTerm', optional: true })
  term?: events.NormTerm;
}

export class StandingTermsQuery extends StandingsQuery {
  @OneOf(TERM_OUTCOMES, { description: 'That stand so.', enumName: 'TermOutcome', optional: true })
  outcome?: (typeof TERM_OUTCOMES)[number];
  @Text({ description: '`next` of the page before.', max: 2000, optional: true })
  cursor?: string;
  @Whole({ description: 'Largest number of terms. Default: 50.', min: 1, max: 200, optional: true })
  @Transform(({ value }) => toNumber(value))
  limit?: number;
}

class TermFiguresBody {
  @Shown('text', 'Municipality; null: of cases that are not linked.', { nullable: true })
  municipality!: string | null;
  @Shown(events.NORM_TERMS, 'Which term.', { enumName: 'NormTerm' })
  term!: string;
  @Shown('whole', 'Met in time.')
  metInTime!: number;
  @Shown('whole', 'Met late.')
  metLate!: number;
  @Shown('whole', 'Not met, and overdue.')
  overdue!: number;
  @Shown('whole', 'Not met, and not due yet.')
  running!: number;
  @Shown('whole', 'Standing still.')
  suspended!: number;
  @Shown('whole', 'Stopped without being met, in time.')
  stopped!: number;
  @Shown('whole', 'Stopped without being met, when late already.')
  stoppedLate!: number;
  @Shown('whole', 'All that had to be met: in time, late, overdue, stopped late.')
  fellDue!: number;
}

export class StandingsBody {
  @Shown('date', 'As known by the end of this day.')
  asKnownOn!: string;
  @Shown('flag', 'It can still change: that day is not over, the view is not past it, or a case stands still.')
  provisional!: boolean;
  @Shown(() => TermFiguresBody, 'One a municipality and term.', { list: true })
  figures!: readonly TermFiguresBody[];
  @Shown(() => FreshnessBody, 'How much the figures know.')
  freshness!: FreshnessBody;
}

class ListedTermBody {
  @Shown('id', 'The case.')
  caseId!: string;
  @Shown(events.NORM_TERMS, 'Which term.', { enumName: 'NormTerm' })
  term!: string;
  @Shown('whole', 'Which run of it.')
  sequence!: number;
  @Shown('text', 'Whose term it is.', { nullable: true })
  municipality!: string | null;
  @Shown(TERM_OUTCOMES, 'How it stands.', { enumName: 'TermOutcome' })
  outcome!: string;
  @Shown('date', 'Day it started.')
  startedOn!: string;
  @Shown('date', 'Last day in time; null while it stands still.', { nullable: true })
  dueOn!: string | null;
  @Shown('date', 'Day it was met.', { nullable: true })
  metOn!: string | null;
  @Shown('date', 'Day it stopped.', { nullable: true })
  endedOn!: string | null;
  @Shown('date', 'Since when it stands still.', { nullable: true })
  suspendedSince!: string | null;
  @Shown('whole', 'Days moved by suspensions.')
  suspendedDays!: number;
  @Shown('whole', 'Days moved by extensions.')
  extendedDays!: number;
}

export class StandingTermsBody {
  @Shown(() => ListedTermBody, 'Soonest due first.', { list: true })
  items!: readonly ListedTermBody[];
  @Shown('text', 'Give it as `cursor` for the next page.', { nullable: true })
  next!: string | null;
  @Shown(() => FreshnessBody, 'How much the list knows.')
  freshness!: FreshnessBody;
}
