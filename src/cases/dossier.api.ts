import { Shown } from '../http/documentation.ts';
import * as events from '../journey/cases.events.ts';
import { TERM_OUTCOMES } from '../journey/norm-terms.ts';
import { ParkedReferenceBody } from '../reference/reference.api.ts';
import { FreshnessBody } from '../http/freshness.ts';
import { CASE_STATUSES } from './case-list.projection.ts';

/** What is told of one case: the dossier, what can be done next, the timeline. */

export const STAGES = [
  'AWAITING_LINK',
  'AWAITING_OFFER',
  'OFFERED',
  'AWAITING_TENANCY',
  'AWAITING_MOVE',
  'MOVED_IN',
  'ENDED',
] as const;

class MoveBody {
  @Shown('date', 'Day of the move.')
  on!: string;
  @Shown(events.HOUSING_KINDS, 'Kind of housing.', { enumName: 'HousingKind' })
  kind!: string;
  @Shown('text', 'Municipality the home stands in.')
  municipality!: string;
  @Shown('id', 'Through which offer.', { nullable: true })
  offerId!: string | null;
  @Shown('text', 'Municipality the household was linked to.', { nullable: true })
  linkedMunicipality!: string | null;
}

class LeavingBody {
  @Shown('date', 'Since when.')
  on!: string;
  @Shown('text', 'Why.')
  reason!: string;
  @Shown('id', 'The case the person went to.', { nullable: true })
  toCaseId!: string | null;
}

export class PersonalBody {
  @Shown('text', 'Name.')
  name!: string;
  @Shown('text', 'V-number.', { optional: true })
  alienNumber?: string;
  @Shown('date', 'Date of birth.', { optional: true })
  birthDate?: string;
}

class MemberBody {
  @Shown('id', 'The person.')
  personId!: string;
  @Shown(events.FAMILY_ROLES, 'Place in the household.', { enumName: 'FamilyRole' })
  role!: string;
  @Shown('whole', 'Year of birth.')
  birthYear!: number;
  @Shown('flag', 'In the care of Nidos.')
  unaccompaniedMinor!: boolean;
  @Shown('flag', 'Came as following family.')
  followingFamily!: boolean;
  @Shown('id', 'Whom they came to join.', { nullable: true })
  sponsorPersonId!: string | null;
  @Shown('text', 'How they came into the household.')
  joinedAs!: string;
  @Shown('date', 'Since when.')
  joinedOn!: string;
  @Shown(() => LeavingBody, 'When and why they left it.', { nullable: true })
  left!: LeavingBody | null;
  @Shown(() => MoveBody, 'Every move recorded.', { list: true })
  moves!: readonly MoveBody[];
  @Shown(() => MoveBody, 'Where they live now.', { nullable: true })
  home!: MoveBody | null;
  @Shown(() => PersonalBody, 'Who it is; null: erased.', { nullable: true })
  personal!: PersonalBody | null;
}

class LinkBody {
  @Shown('whole', '1 for the first link.')
  sequence!: number;
  @Shown('date', 'Day of the link.')
  linkedOn!: string;
  @Shown('text', 'Municipality now.')
  municipality!: string;
  @Shown('text', 'Municipality at first.')
  linkedMunicipality!: string;
  @Shown('date', 'Day another took over.', { nullable: true })
  transferredOn!: string | null;
  @Shown(events.PLACEMENT_CRITERIA, 'What decided.', { enumName: 'PlacementCriterion', list: true })
  criteria!: readonly string[];
  @Shown('date', 'Day the profile was accepted.', { nullable: true })
  profileAcceptedOn!: string | null;
  @Shown('date', 'Day the search started.', { nullable: true })
  searchStartedOn!: string | null;
  @Shown('date', 'Day it was revoked.', { nullable: true })
  revokedOn!: string | null;
}

class AddressBody {
  @Shown('text', 'Street.')
  street!: string;
  @Shown('text', 'House number.')
  houseNumber!: string;
  @Shown('text', 'Postal code.')
  postalCode!: string;
  @Shown('text', 'City or village.')
  city!: string;
}

class TenancyBody {
  @Shown('date', 'Day it was signed.')
  signedOn!: string;
  @Shown('date', 'First day.')
  startOn!: string;
  @Shown('date', 'Day it was given up.', { nullable: true })
  endedOn!: string | null;
}

class ViewingBody {
  @Shown('date', 'Day.')
  on!: string;
  @Shown(events.VIEWING_OUTCOMES, 'Whether they came.', { enumName: 'ViewingOutcome' })
  outcome!: string;
}

class OfferBody {
  @Shown('id', 'The offer.')
  offerId!: string;
  @Shown('date', 'Day of the offer.')
  offeredOn!: string;
  @Shown('whole', 'Under which link; 0: none.')
  linkSequence!: number;
  @Shown('text', 'Municipality the home stands in.')
  municipality!: string;
  @Shown('text', 'Who lets it.', { nullable: true })
  housingAssociation!: string | null;
  @Shown('date', 'Day from which it can be lived in.')
  availableFrom!: string;
  @Shown('date', 'Day by which to answer.', { nullable: true })
  answerBy!: string | null;
  @Shown(['STANDING', 'ACCEPTED', 'REFUSED', 'WITHDRAWN', 'LAPSED', 'LIVED_IN'], 'What became of it.', {
    enumName: 'OfferStatus',
  })
  status!: string;
  @Shown('date', 'Day it was accepted.', { nullable: true })
  acceptedOn!: string | null;
  @Shown('date', 'Day it was refused.', { nullable: true })
  refusedOn!: string | null;
  @Shown(events.OFFER_REFUSAL_REASONS, 'Why.', { enumName: 'OfferRefusalReason', nullable: true })
  refusalReason!: string | null;
  @Shown(events.JUDGEMENTS, 'What COA judged.', { enumName: 'Judgement', nullable: true })
  judgement!: string | null;
  @Shown('date', 'When.', { nullable: true })
  judgedOn!: string | null;
  @Shown(() => TenancyBody, 'The tenancy.', { nullable: true })
  tenancy!: TenancyBody | null;
  @Shown('date', 'Day on which everybody was home.', { nullable: true })
  householdMovedInOn!: string | null;
  @Shown(events.DWELLING_KINDS, 'Kind of home.', { enumName: 'DwellingKind', nullable: true })
  kind!: string | null;
  @Shown('whole', 'Rooms.', { nullable: true })
  rooms!: number | null;
  @Shown('whole', 'Rent a month, in euro cents.', { nullable: true })
  rentCents!: number | null;
  @Shown(() => AddressBody, 'Where it is.', { nullable: true })
  address!: AddressBody | null;
  @Shown(() => ViewingBody, 'Viewings.', { list: true })
  viewings!: readonly ViewingBody[];
  @Shown('text', 'The household in its own words.', { nullable: true })
  refusalNote!: string | null;
  @Shown('text', 'COA in its own words.', { nullable: true })
  judgementNote!: string | null;
}

class ImpedimentBody {
  @Shown('id', 'The impediment.')
  impedimentId!: string;
  @Shown(Object.keys(events.IMPEDIMENTS), 'What holds the case up.', { enumName: 'ImpedimentCode' })
  code!: string;
  @Shown(events.PARTIES, 'Who is to act.', { enumName: 'Party' })
  owner!: string;
  @Shown(events.NORM_TERMS, 'Which term it holds up.', { enumName: 'NormTerm', nullable: true })
  term!: string | null;
  @Shown('date', 'Since when.')
  reportedOn!: string;
  @Shown('date', 'Until when.', { nullable: true })
  resolvedOn!: string | null;
  @Shown('text', 'In words.', { nullable: true })
  note!: string | null;
}

class SuspensionBody {
  @Shown('date', 'First day.')
  from!: string;
  @Shown('date', 'Day the terms ran again.', { nullable: true })
  until!: string | null;
  @Shown(events.SUSPENSION_REASONS, 'Why.', { enumName: 'SuspensionReason' })
  reason!: string;
}

class ExtensionBody {
  @Shown(events.NORM_TERMS, 'Which term.', { enumName: 'NormTerm' })
  term!: string;
  @Shown('whole', 'Which run of it.')
  sequence!: number;
  @Shown('whole', 'Days longer.')
  days!: number;
  @Shown('date', 'When it was extended.')
  on!: string;
}

class StandingBody {
  @Shown(events.NORM_TERMS, 'Which term.', { enumName: 'NormTerm' })
  term!: string;
  @Shown('whole', 'Which run of it.')
  sequence!: number;
  @Shown('date', 'Day it started.')
  startedOn!: string;
  @Shown('date', 'Last day on which it is met in time.')
  dueOn!: string;
  @Shown('date', 'Day it was met.', { nullable: true })
  metOn!: string | null;
  @Shown('date', 'Day it stopped without being met.', { nullable: true })
  endedOn!: string | null;
  @Shown('whole', 'Days moved by suspensions.')
  suspendedDays!: number;
  @Shown('date', 'Since when it stands still.', { nullable: true })
  suspendedSince!: string | null;
  @Shown('whole', 'Days moved by extensions.')
  extendedDays!: number;
  @Shown('text', 'Whose term it is.', { nullable: true })
  municipality!: string | null;
  @Shown(TERM_OUTCOMES, 'How it stands.', { enumName: 'TermOutcome' })
  outcome!: string;
  @Shown('whole', 'Days to the due day; below 0: overdue.', { nullable: true })
  daysLeft!: number | null;
}

class NextStepBody {
  @Shown('text', 'Type of the fact.')
  type!: string;
  @Shown(['REGULAR', 'INTERIM'], 'Into which kind of housing; for a move only.', {
    enumName: 'StepHousing',
    nullable: true,
  })
  housing!: string | null;
  @Shown('flag', 'Whether it can be recorded today.')
  possible!: boolean;
  @Shown('text', 'Persons, offers, impediments or terms it can be about.', { optional: true, list: true })
  subjects?: readonly string[];
  @Shown('text', 'Why not: the code with which it is refused.', { optional: true })
  code?: string;
  @Shown('text', 'Why not, in words.', { optional: true })
  detail?: string;
  @Shown('text', 'Kinds of fact that would have to be recorded first.', { optional: true, list: true })
  missing?: readonly string[];
  @Shown('text', 'What stands in the way: ids, days, codes or numbers.', { optional: true, list: true })
  inTheWay?: readonly string[];
}

class ParkedBody {
  @Shown('whole', 'First revision that cannot be read.')
  revision!: number;
  @Shown('text', 'Why.')
  reason!: string;
}

class PermitBody {
  @Shown('date', 'Day the clock starts.')
  grantedOn!: string;
  @Shown(events.PERMIT_TYPES, 'Kind of permit.', { enumName: 'PermitType' })
  type!: string;
  @Shown(events.CHANNELS, 'How the household came in.', { enumName: 'Channel' })
  channel!: string;
  @Shown('text', 'Where it waits.', { nullable: true })
  receptionCentre!: string | null;
  @Shown('id', 'Case of the sponsor.', { nullable: true })
  sponsorCaseId!: string | null;
}

class AssignmentBody {
  @Shown('text', 'Who has the case.')
  assignee!: string;
  @Shown('text', 'Whose organisation.')
  organisation!: string;
  @Shown('date', 'Since when.')
  on!: string;
}

class IdentityItemBody {
  @Shown('date', 'When.')
  occurredOn!: string;
  @Shown(events.IDENTITY_ITEMS, 'What.', { enumName: 'IdentityItemKind' })
  item!: string;
  @Shown('id', 'For whom.')
  personId!: string;
}

class ProfileBody {
  @Shown('date', 'When it was complete.')
  completedOn!: string;
  @Shown('flag', 'Family is still to follow.')
  pendingFamilyReunification!: boolean;
  @Shown('flag', 'An adapted home is needed.')
  adaptedHomeNeeded!: boolean;
  @Shown('whole', 'Rooms needed.', { nullable: true })
  roomsNeeded!: number | null;
  @Shown('text', 'Languages.', { list: true })
  languages!: readonly string[];
  @Shown('text', 'Education.', { nullable: true })
  education!: string | null;
  @Shown('text', 'Work experience.', { nullable: true })
  workExperience!: string | null;
  @Shown('text', 'In words.', { nullable: true })
  note!: string | null;
}

class NoteBody {
  @Shown('id', 'The note.')
  noteId!: string;
  @Shown('date', 'Day.')
  on!: string;
  @Shown('text', 'Who wrote it.')
  actor!: string;
  @Shown('text', 'For whom.')
  organisation!: string;
  @Shown('text', 'The note; null: erased.', { nullable: true })
  text!: string | null;
}

class DocumentBody {
  @Shown('id', 'The document.')
  documentId!: string;
  @Shown('date', 'Day.')
  on!: string;
  @Shown('text', 'What it is; null: erased.', { nullable: true })
  title!: string | null;
  @Shown('text', 'Where it is kept; null: erased.', { nullable: true })
  uri!: string | null;
}

class IntegrationBody {
  @Shown(events.INTEGRATION_STEPS, 'Which step.', { enumName: 'IntegrationStep' })
  step!: string;
  @Shown('id', 'Who.')
  personId!: string;
  @Shown('date', 'When.')
  on!: string;
  @Shown(events.LEARNING_ROUTES, 'Which route.', { enumName: 'LearningRoute', nullable: true })
  route!: string | null;
}

class SharedAlienNumberBody {
  @Shown('id', 'Person of this case.')
  personId!: string;
  @Shown('id', 'Case of the other person; it can be this one.')
  caseId!: string;
  @Shown('id', 'Another person with the same alien number.')
  otherPersonId!: string;
}

export class DossierBody {
  @Shown('id', 'The case.')
  caseId!: string;
  @Shown('whole', 'Its revision; also in ETag.')
  revision!: number;
  @Shown(CASE_STATUSES, 'Open, suspended or ended.', { enumName: 'CaseStatus' })
  status!: string;
  @Shown(STAGES, 'How far the household is.', { enumName: 'Stage' })
  stage!: string;
  @Shown('date', 'When it ended.', { nullable: true })
  endedOn!: string | null;
  @Shown(events.CLOSING_REASONS, 'Why it ended.', { enumName: 'ClosingReason', nullable: true })
  endReason!: string | null;
  @Shown(() => ParkedBody, 'Set where an event cannot be read: all below is as of the one before.', { nullable: true })
  parked!: ParkedBody | null;
  @Shown(() => PermitBody, 'The permit.')
  permit!: PermitBody;
  @Shown(() => MemberBody, 'All who ever were in the household.', { list: true })
  members!: readonly MemberBody[];
  @Shown(() => IdentityItemBody, 'What was obtained.', { list: true })
  identityItems!: readonly IdentityItemBody[];
  @Shown(() => ProfileBody, 'The information profile.', { nullable: true })
  profile!: ProfileBody | null;
  @Shown(() => LinkBody, 'The link in force.', { nullable: true })
  link!: LinkBody | null;
  @Shown(() => LinkBody, 'All links.', { list: true })
  links!: readonly LinkBody[];
  @Shown(() => OfferBody, 'All offers.', { list: true })
  offers!: readonly OfferBody[];
  @Shown(() => ImpedimentBody, 'All impediments.', { list: true })
  impediments!: readonly ImpedimentBody[];
  @Shown(() => SuspensionBody, 'The suspension in force.', { nullable: true })
  suspension!: SuspensionBody | null;
  @Shown(() => SuspensionBody, 'All suspensions.', { list: true })
  suspensions!: readonly SuspensionBody[];
  @Shown(() => ExtensionBody, 'All extensions.', { list: true })
  extensions!: readonly ExtensionBody[];
  @Shown(() => AssignmentBody, 'Who has the case.', { nullable: true })
  assignment!: AssignmentBody | null;
  @Shown(() => NoteBody, 'Notes.', { list: true })
  notes!: readonly NoteBody[];
  @Shown(() => DocumentBody, 'Documents referred to.', { list: true })
  documents!: readonly DocumentBody[];
  @Shown(() => IntegrationBody, 'Steps of integration reached.', { list: true })
  integration!: readonly IntegrationBody[];
  @Shown(() => StandingBody, 'How the norm terms stand.', { list: true })
  normTerms!: readonly StandingBody[];
  @Shown(() => NextStepBody, 'What can be done next, and why not the rest.', { list: true })
  nextSteps!: readonly NextStepBody[];
  @Shown(() => ParkedReferenceBody, 'Set where rules cannot be read: norm terms are reckoned by the last good ones.', {
    nullable: true,
  })
  referenceParked!: ParkedReferenceBody | null;
  @Shown(() => SharedAlienNumberBody, 'A signal: the same alien number stands with several persons.', { list: true })
  sharedAlienNumbers!: readonly SharedAlienNumberBody[];
  @Shown(() => FreshnessBody, 'How much that signal knows; null: it cannot be told now, nor of a past day.', {
    nullable: true,
  })
  sharedAlienNumbersKnown!: FreshnessBody | null;
}

export class NextStepsBody {
  @Shown('id', 'The case.')
  caseId!: string;
  @Shown('whole', 'Its revision.')
  revision!: number;
  @Shown(() => NextStepBody, 'Every kind of fact, in the order of the journey.', { list: true })
  nextSteps!: readonly NextStepBody[];
}

class BilingualBody {
  @Shown('text', 'In English.')
  en!: string;
  @Shown('text', 'In Dutch.')
  nl!: string;
}

class AmendedBody {
  @Shown('id', 'The correction or retraction.')
  eventId!: string;
  @Shown('text', 'Who.')
  actor!: string;
  @Shown('text', 'For whom.')
  organisation!: string;
  @Shown('instant', 'When.')
  recordedAt!: string;
  @Shown('text', 'Why.', { nullable: true })
  reason!: string | null;
}

class FactBody {
  @Shown('text', 'Its type.')
  type!: string;
  @Shown('json', 'Its data, personal values opened.')
  data!: object;
}

class TimelineEntryBody {
  @Shown('id', 'The event; a correction or retraction names it.')
  eventId!: string;
  @Shown('whole', 'Its revision.')
  revision!: number;
  @Shown('text', 'Its type.')
  type!: string;
  @Shown('date', 'Business date, as it was recorded.')
  occurredOn!: string;
  @Shown('instant', 'When we were told.')
  recordedAt!: string;
  @Shown('text', 'By whom.')
  actor!: string;
  @Shown('text', 'In which role.')
  role!: string;
  @Shown('text', 'For which organisation.')
  organisation!: string;
  @Shown(() => BilingualBody, 'What it says, in plain language.')
  text!: BilingualBody;
  @Shown(['STANDS', 'CORRECTED', 'RETRACTED'], 'Whether it still stands.', { enumName: 'EventStanding' })
  standing!: string;
  @Shown(() => AmendedBody, 'Who put it right or took it back.', { nullable: true })
  amendedBy!: AmendedBody | null;
  @Shown('id', 'Of a correction or retraction: the event it is about.', { nullable: true })
  about!: string | null;
  @Shown(() => FactBody, 'What was stated.', { nullable: true })
  fact!: FactBody | null;
  @Shown('text', 'Why it was put right.', { nullable: true })
  reason!: string | null;
}

export class TimelineBody {
  @Shown('id', 'The case.')
  caseId!: string;
  @Shown('whole', 'Its revision.')
  revision!: number;
  @Shown(() => ParkedBody, 'Set where an event cannot be read: it ends before that one.', { nullable: true })
  parked!: ParkedBody | null;
  @Shown(() => TimelineEntryBody, 'Every event once, in the order of the journey.', { list: true })
  entries!: readonly TimelineEntryBody[];
}
