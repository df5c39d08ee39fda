import {
  Day,
  Flag,
  Id,
  Ids,
  Json,
  Municipality,
  OneOf,
  Part,
  Parts,
  SomeOf,
  Text,
  Texts,
  Whole,
  rule,
} from '../http/fields.ts';
import {
  CHANNELS,
  CLOSING_REASONS,
  DWELLING_KINDS,
  FAMILY_ROLES,
  HOUSING_KINDS,
  IDENTITY_ITEMS,
  IMPEDIMENTS,
  INTEGRATION_STEPS,
  JUDGEMENTS,
  LEARNING_ROUTES,
  LINK_REVOCATION_REASONS,
  NORM_TERMS,
  OFFER_REFUSAL_REASONS,
  OFFER_WITHDRAWAL_REASONS,
  PARTIES,
  PERMIT_TYPES,
  PLACEMENT_CRITERIA,
  REMOVAL_REASONS,
  SUSPENSION_REASONS,
  VIEWING_OUTCOMES,
  type ImpedimentCode,
} from '../journey/cases.events.ts';

/** Bodies of the commands. Each class carries an example that is valid, for the documentation and for the tests. */

const A_PERSON = '6f1c0a52-3f0e-8d5b-9c1a-0d2b7a4e5f60';
const ANOTHER_PERSON = 'b2d4f6a8-1c3e-8a5d-8e7f-90a1b2c3d4e5';
const A_CASE = '0b7e9d3c-5a41-8f26-a1b3-c4d5e6f70819';
const AN_OFFER = '9a8b7c6d-5e4f-8a3b-8c2d-1e0f9a8b7c6d';
const AN_EVENT = '3c5d7e9f-1a2b-8c4d-9e6f-708192a3b4c5';
/** Letters of the languages written here, digits, and what stands in names; readable for programs without Unicode classes. */
const SHORT_NAME = /^[A-Za-z0-9À-ÖØ-öø-ž][A-Za-z0-9À-ÖØ-öø-ž .,'’()/&-]*$/;

class Dated {
  @Day({ description: 'Day on which it happened; not in the future. Default: today.', optional: true })
  occurredOn?: string;
}

class Annotated extends Dated {
  @Text({ description: 'In words, sealed with the key of the case.', max: 4000, multiline: true, optional: true })
  note?: string;
}

export class PersonalDetails {
  @Text({ description: 'Name as in the register.', max: 200, example: 'Example Person' })
  name!: string;

  @Text({
    description: 'V-number as IND writes it.',
    max: 10,
    pattern: /^\d{10}$/,
    says: 'must be ten digits',
    example: '2012345678',
    optional: true,
  })
  alienNumber?: string;

  @Day({ description: 'Date of birth.', example: '1985-04-17', optional: true })
  birthDate?: string;
}

const BIRTH_YEAR = {
  description: 'Year of birth; an open field, which figures may use.',
  min: 1900,
  max: 2199,
  example: 1985,
};
const yearFits = (value: unknown, member: object): boolean => {
  const birthDate = (member as { personal?: { birthDate?: unknown } }).personal?.birthDate;
  return typeof birthDate !== 'string' || birthDate.startsWith(`${String(value)}-`);
};
const YEAR_SAYS = 'must be the year of personal.birthDate';

class MemberFields {
  @OneOf(FAMILY_ROLES, { description: 'Place in the household.', enumName: 'FamilyRole' })
  role!: (typeof FAMILY_ROLES)[number];

  @Whole(BIRTH_YEAR)
  @rule('birthYear', yearFits, YEAR_SAYS)
  birthYear!: number;

  @Flag({ description: 'In the care of Nidos until 18.', optional: true })
  unaccompaniedMinor?: boolean;
}

class NewMember extends MemberFields {
  @Part(() => PersonalDetails, { description: 'Who it is; sealed with the key of the person.' })
  personal!: PersonalDetails;
}

/** In a correction: a member that is named and given without `personal` keeps what was sealed. */
export class CorrectedMember extends MemberFields {
  @Id({ description: 'The person, if it was in the fact already; absent for one that was forgotten.', optional: true })
  personId?: string;

  @Part(() => PersonalDetails, { description: 'Who it is; absent: as it was.', optional: true })
  personal?: PersonalDetails;
}

const EXAMPLE_MEMBER = {
  role: 'HOLDER',
  birthYear: 1985,
  personal: { name: 'Example Person', alienNumber: '2012345678', birthDate: '1985-04-17' },
};
const MEMBERS_MAX = 30;

/** Who comes to join a sponsor may all be there on the sponsor's account. */
const oneHolder = (members: unknown, permit: object): boolean => {
  if (!Array.isArray(members)) return true;
  const { channel, sponsorCaseId } = permit as PermitFields;
  const holders = members.filter((one: Partial<MemberFields> | null) => one?.role === 'HOLDER').length;
  return holders === 1 || (holders === 0 && (channel === 'FAMILY_REUNIFICATION' || typeof sponsorCaseId === 'string'));
};
const HOLDER_SAYS = 'must hold exactly one HOLDER; none only with channel FAMILY_REUNIFICATION or a sponsorCaseId';

const THE_HOUSEHOLD = 'The household: one HOLDER, and who belong to them. Who joins a sponsor may be without.';

class PermitFields extends Dated {
  @OneOf(PERMIT_TYPES, { description: 'Kind of permit.', enumName: 'PermitType' })
  permitType!: (typeof PERMIT_TYPES)[number];

  @OneOf(CHANNELS, { description: 'How the household came in.', enumName: 'Channel' })
  channel!: (typeof CHANNELS)[number];

  @Text({
    description: 'Reception centre where it waits.',
    max: 60,
    pattern: SHORT_NAME,
    says: 'must be a name of 1 to 60 characters',
    example: 'Ter Apel',
    optional: true,
  })
  receptionCentre?: string;

  @Id({ description: 'Case of the sponsor, where the household comes to join one; it must exist.', optional: true })
  sponsorCaseId?: string;
}

export class PermitGrant extends PermitFields {
  @Parts(() => NewMember, { description: THE_HOUSEHOLD, max: MEMBERS_MAX })
  @rule('holder', oneHolder, HOLDER_SAYS)
  members!: NewMember[];

  static readonly example = {
    occurredOn: '2017-01-09',
    permitType: 'ASYLUM_TEMPORARY',
    channel: 'ASYLUM',
    receptionCentre: 'Ter Apel',
    members: [EXAMPLE_MEMBER, { role: 'PARTNER', birthYear: 1988, personal: { name: 'Another Example' } }],
  };
}

export class PermitGrantCorrection extends PermitFields {
  @Parts(() => CorrectedMember, { description: THE_HOUSEHOLD, max: MEMBERS_MAX })
  @rule('holder', oneHolder, HOLDER_SAYS)
  members!: CorrectedMember[];
}

export class MemberAddition extends NewMember {
  @Day({ description: 'Day on which the person joined. Default: today.', optional: true })
  occurredOn?: string;

  static readonly example = { occurredOn: '2017-02-01', ...EXAMPLE_MEMBER, role: 'SIBLING' };
}

export class MemberAdditionCorrection extends CorrectedMember {
  @Day({ description: 'Day on which the person joined. Default: today.', optional: true })
  occurredOn?: string;
}

export class MemberRemoval extends Dated {
  @OneOf(REMOVAL_REASONS, { description: 'Why.', enumName: 'RemovalReason' })
  reason!: (typeof REMOVAL_REASONS)[number];

  static readonly example = { occurredOn: '2017-02-02', reason: 'REGISTERED_IN_ERROR' };
}

export class Birth extends Dated {
  @Part(() => PersonalDetails, { description: 'Who it is; sealed with the key of the child.' })
  personal!: PersonalDetails;

  static readonly example = { occurredOn: '2017-02-11', personal: { name: 'Example Child', birthDate: '2017-02-11' } };
}

export class BirthCorrection extends Dated {
  @Part(() => PersonalDetails, { description: 'Who it is; absent: as it was.', optional: true })
  personal?: PersonalDetails;
}

class ArrivalFields extends Dated {
  @Id({ description: 'The person in this household whom they come to join.' })
  sponsorPersonId!: string;
}

export class FollowingFamilyArrival extends ArrivalFields {
  @Parts(() => NewMember, { description: 'Who arrived.', max: MEMBERS_MAX })
  members!: NewMember[];

  static readonly example = {
    occurredOn: '2017-03-01',
    sponsorPersonId: A_PERSON,
    members: [{ role: 'CHILD', birthYear: 2009, personal: { name: 'Example Daughter', birthDate: '2009-06-30' } }],
  };
}

export class FollowingFamilyArrivalCorrection extends ArrivalFields {
  @Parts(() => CorrectedMember, { description: 'Who arrived.', max: MEMBERS_MAX })
  members!: CorrectedMember[];
}

export class HouseholdSplit extends Dated {
  @Id({ description: 'An existing case that takes them in; absent: a new one.', optional: true })
  targetCaseId?: string;

  @Ids({ description: 'Who go.', max: MEMBERS_MAX })
  personIds!: string[];

  static readonly example = { occurredOn: '2017-03-02', personIds: [ANOTHER_PERSON] };
}

export class HouseholdMerge extends Dated {
  @Id({ description: 'The case that takes the household in.' })
  targetCaseId!: string;

  @Ids({ description: 'Who go; absent: everybody who is in the household now.', max: MEMBERS_MAX, optional: true })
  personIds?: string[];

  static readonly example = { occurredOn: '2017-03-03', targetCaseId: A_CASE };
}

export class IdentityItem extends Dated {
  @OneOf(IDENTITY_ITEMS, { description: 'What was obtained.', enumName: 'IdentityItemKind' })
  item!: (typeof IDENTITY_ITEMS)[number];

  @Id({ description: 'For whom.' })
  personId!: string;

  static readonly example = { occurredOn: '2017-01-16', item: 'CITIZEN_SERVICE_NUMBER', personId: A_PERSON };
}

const CODE = { pattern: /^[A-Z][A-Z0-9_]*$/, says: 'must be a code in capitals, such as VOCATIONAL', max: 40 };

export class InformationProfile extends Annotated {
  @Texts({
    description: 'Languages spoken, as ISO 639 codes.',
    example: ['ar', 'en'],
    max: 20,
    pattern: /^[a-z]{2,3}$/,
    says: 'must hold language codes, such as ar or tig',
  })
  languages!: string[];

  @Text({ description: 'Level of education, as a code.', example: 'VOCATIONAL', optional: true, ...CODE })
  education?: string;

  @Text({ description: 'Field of work experience, as a code.', example: 'CONSTRUCTION', optional: true, ...CODE })
  workExperience?: string;

  @Flag({ description: 'Family is still to follow.' })
  pendingFamilyReunification!: boolean;

  @Flag({ description: 'An adapted home is needed.' })
  adaptedHomeNeeded!: boolean;

  @Whole({ description: 'Rooms needed.', min: 1, max: 30, optional: true })
  roomsNeeded?: number;

  static readonly example = {
    occurredOn: '2017-01-17',
    languages: ['ar', 'en'],
    education: 'VOCATIONAL',
    workExperience: 'CONSTRUCTION',
    pendingFamilyReunification: true,
    adaptedHomeNeeded: false,
    roomsNeeded: 3,
    note: 'Uses a wheelchair outdoors.',
  };
}

export class MunicipalityLink extends Dated {
  @Municipality({ description: 'Municipality that is to house them.', example: 'GM0363' })
  municipality!: string;

  @SomeOf(PLACEMENT_CRITERIA, { description: 'What decided.', enumName: 'PlacementCriterion' })
  criteria!: (typeof PLACEMENT_CRITERIA)[number][];

  static readonly example = { occurredOn: '2017-01-18', municipality: 'GM0363', criteria: ['EMPLOYMENT_CONTRACT'] };
}

export class LinkRevocation extends Annotated {
  @OneOf(LINK_REVOCATION_REASONS, { description: 'Why.', enumName: 'LinkRevocationReason' })
  reason!: (typeof LINK_REVOCATION_REASONS)[number];

  static readonly example = { occurredOn: '2017-02-20', reason: 'NO_SUITABLE_HOME', note: 'Nothing with four rooms.' };
}

export class MunicipalityTransfer extends Annotated {
  @Municipality({ description: 'Municipality that takes over, as both agreed.', example: 'GM0344' })
  municipality!: string;

  static readonly example = { occurredOn: '2017-02-21', municipality: 'GM0344' };
}

export class ProfileAcceptance extends Dated {
  @Text({ description: 'Whom to call; sealed with the key of the case.', max: 400, optional: true })
  contact?: string;

  static readonly example = { occurredOn: '2017-01-20', contact: 'Front desk housing, room 2' };
}

export class SearchStart extends Dated {
  static readonly example = { occurredOn: '2017-01-21' };
}

class HomeAddress {
  @Text({ description: 'Street.', max: 100, example: 'Voorbeeldstraat' })
  street!: string;

  @Text({ description: 'House number with its addition.', max: 20, example: '12 A' })
  houseNumber!: string;

  @Text({
    description: 'Postal code.',
    max: 7,
    pattern: /^[1-9]\d{3} ?[A-Z]{2}$/,
    says: 'must be a Dutch postal code, such as 1012 AB',
    example: '1012 AB',
  })
  postalCode!: string;

  @Text({ description: 'City or village.', max: 100, example: 'Amsterdam' })
  city!: string;
}

export class HousingOffer extends Dated {
  @Municipality({ description: 'Municipality the home stands in.', example: 'GM0363' })
  municipality!: string;

  @Part(() => HomeAddress, { description: 'Where it is; sealed with the key of the case.', optional: true })
  address?: HomeAddress;

  @OneOf(DWELLING_KINDS, { description: 'Kind of home.', enumName: 'DwellingKind' })
  kind!: (typeof DWELLING_KINDS)[number];

  @Whole({ description: 'Number of rooms.', min: 1, max: 30, example: 3 })
  rooms!: number;

  @Whole({ description: 'Rent a month, in euro cents.', min: 0, max: 1_000_000, example: 62_500 })
  rentCents!: number;

  @Day({ description: 'Day from which it can be lived in.', example: '2017-04-01' })
  availableFrom!: string;

  @Day({ description: 'Day by which the household answers.', example: '2017-03-20', optional: true })
  answerBy?: string;

  @Text({
    description: 'Housing association that lets it.',
    max: 60,
    pattern: SHORT_NAME,
    says: 'must be a name of 1 to 60 characters',
    optional: true,
  })
  housingAssociation?: string;

  static readonly example = {
    occurredOn: '2017-03-10',
    municipality: 'GM0363',
    kind: 'APARTMENT',
    rooms: 3,
    rentCents: 62_500,
    availableFrom: '2017-04-01',
    answerBy: '2017-03-20',
    housingAssociation: 'Voorbeeld Wonen',
  };
}

export class OfferWithdrawal extends Dated {
  @OneOf(OFFER_WITHDRAWAL_REASONS, { description: 'Why.', enumName: 'OfferWithdrawalReason' })
  reason!: (typeof OFFER_WITHDRAWAL_REASONS)[number];

  static readonly example = { occurredOn: '2017-03-12', reason: 'LANDLORD_WITHDREW' };
}

export class Viewing extends Dated {
  @OneOf(VIEWING_OUTCOMES, { description: 'Whether the household came.', enumName: 'ViewingOutcome' })
  outcome!: (typeof VIEWING_OUTCOMES)[number];

  static readonly example = { occurredOn: '2017-03-13', outcome: 'HELD' };
}

export class OfferAcceptance extends Dated {
  static readonly example = { occurredOn: '2017-03-14' };
}

export class OfferRefusal extends Annotated {
  @OneOf(OFFER_REFUSAL_REASONS, { description: 'Why the household refuses.', enumName: 'OfferRefusalReason' })
  reason!: (typeof OFFER_REFUSAL_REASONS)[number];

  static readonly example = { occurredOn: '2017-03-14', reason: 'MEDICAL', note: 'Third floor, no lift.' };
}

export class RefusalJudgement extends Annotated {
  @OneOf(JUDGEMENTS, { description: 'What COA judges of the refusal.', enumName: 'Judgement' })
  judgement!: (typeof JUDGEMENTS)[number];

  static readonly example = { occurredOn: '2017-03-16', judgement: 'JUSTIFIED', note: 'Doctor agrees.' };
}

export class TenancyAgreement extends Dated {
  @Id({ description: 'The accepted offer it is about.' })
  offerId!: string;

  @Day({ description: 'First day of the tenancy; may lie after the day it was signed.', example: '2017-04-01' })
  tenancyStartOn!: string;

  static readonly example = { occurredOn: '2017-03-24', offerId: AN_OFFER, tenancyStartOn: '2017-04-01' };
}

export class MoveIn extends Dated {
  @Ids({ description: 'Who moved in.', max: MEMBERS_MAX })
  personIds!: string[];

  @OneOf(HOUSING_KINDS, { description: 'What kind of housing it is.', enumName: 'HousingKind' })
  housingKind!: (typeof HOUSING_KINDS)[number];

  @Municipality({ description: 'Municipality the home stands in.', example: 'GM0363' })
  municipality!: string;

  @Id({ description: 'The offer through which the home was found.', optional: true })
  offerId?: string;

  static readonly example = {
    occurredOn: '2017-04-05',
    personIds: [A_PERSON, ANOTHER_PERSON],
    housingKind: 'REGULAR',
    municipality: 'GM0363',
    offerId: AN_OFFER,
  };
}

const IMPEDIMENT_CODES = Object.keys(IMPEDIMENTS) as ImpedimentCode[];

export class Impediment extends Annotated {
  @OneOf(IMPEDIMENT_CODES, { description: 'What holds the case up.', enumName: 'ImpedimentCode' })
  code!: ImpedimentCode;

  @OneOf(PARTIES, { description: 'Who is to act.', enumName: 'Party' })
  owner!: (typeof PARTIES)[number];

  @OneOf(NORM_TERMS, { description: 'Which norm term it holds up.', enumName: 'NormTerm', optional: true })
  term?: (typeof NORM_TERMS)[number];

  static readonly example = {
    occurredOn: '2017-02-03',
    code: 'NO_LARGE_FAMILY_HOME',
    owner: 'HOUSING_ASSOCIATION',
    term: 'HOME',
    note: 'Waiting for the new block.',
  };
}

export class ImpedimentResolution extends Annotated {
  static readonly example = { occurredOn: '2017-02-27', note: 'The block is ready.' };
}

export class TermSuspension extends Annotated {
  @OneOf(SUSPENSION_REASONS, { description: 'Why.', enumName: 'SuspensionReason' })
  reason!: (typeof SUSPENSION_REASONS)[number];

  static readonly example = { occurredOn: '2017-02-06', reason: 'MEDICAL', note: 'In hospital.' };
}

export class TermResumption extends Dated {
  static readonly example = { occurredOn: '2017-02-16' };
}

export class TermExtension extends Annotated {
  @OneOf(NORM_TERMS, { description: 'Which norm term.', enumName: 'NormTerm' })
  term!: (typeof NORM_TERMS)[number];

  @Whole({ description: 'How many days longer.', min: 1, max: 366, example: 14 })
  days!: number;

  static readonly example = { occurredOn: '2017-03-28', term: 'HOME', days: 14, note: 'Agreed with the household.' };
}

const STAFF_NAME = {
  max: 64,
  pattern: /^[A-Za-z0-9][A-Za-z0-9._@-]*$/,
  says: 'must be letters, digits, dots, dashes, underscores or @',
};

export class Assignment extends Dated {
  @Text({ description: 'Who takes the case; absent: you.', example: 'anna', optional: true, ...STAFF_NAME })
  assignee?: string;

  @Text({ description: 'Whose organisation; absent: yours.', example: 'COA', optional: true, ...STAFF_NAME })
  organisation?: string;

  @Text({
    description: 'Why it is taken over from the one who has it; required then, and sealed.',
    max: 1000,
    multiline: true,
    optional: true,
  })
  reason?: string;

  static readonly example = { assignee: 'anna', organisation: 'COA', reason: 'Away until Monday.' };
}

export class AssignmentRelease extends Dated {
  static readonly example = { occurredOn: '2017-02-10' };
}

export class Note extends Dated {
  @Text({ description: 'The note; sealed with the key of the case.', max: 10_000, multiline: true })
  text!: string;

  static readonly example = { text: 'Called; they would like to live near school.' };
}

export class DocumentReference extends Dated {
  @Text({ description: 'What it is; sealed.', max: 300, example: 'Medical advice' })
  title!: string;

  @Text({
    description: 'Where it is kept; sealed.',
    max: 2000,
    pattern: /^[a-z][a-z0-9+.-]*:\S+$/i,
    says: 'must be a URI',
    example: 'https://archive.example/documents/4711',
  })
  uri!: string;

  static readonly example = { title: 'Medical advice', uri: 'https://archive.example/documents/4711' };
}

export class IntegrationStepReached extends Dated {
  @OneOf(INTEGRATION_STEPS, { description: 'Which step.', enumName: 'IntegrationStep' })
  step!: (typeof INTEGRATION_STEPS)[number];

  @Id({ description: 'Who.' })
  personId!: string;

  @OneOf(LEARNING_ROUTES, { description: 'Which route.', enumName: 'LearningRoute', optional: true })
  route?: (typeof LEARNING_ROUTES)[number];

  static readonly example = { occurredOn: '2017-05-02', step: 'LEARNING_ROUTE', personId: A_PERSON, route: 'B1' };
}

export class PersonsConcerned extends Dated {
  @Ids({ description: 'Whom it is about.', max: MEMBERS_MAX })
  personIds!: string[];

  static readonly example = { occurredOn: '2017-03-01', personIds: [A_PERSON] };
}

export class Death extends Dated {
  @Id({ description: 'Who died.' })
  personId!: string;

  static readonly example = { occurredOn: '2017-03-01', personId: A_PERSON };
}

export class Closure extends Dated {
  @OneOf(CLOSING_REASONS, { description: 'Why.', enumName: 'ClosingReason' })
  reason!: (typeof CLOSING_REASONS)[number];

  static readonly example = { occurredOn: '2017-06-01', reason: 'HOUSED' };
}

export class Reopening extends Dated {
  @Text({ description: 'Why; sealed.', max: 1000, multiline: true })
  reason!: string;

  static readonly example = { occurredOn: '2017-06-08', reason: 'Following family is on its way.' };
}

class Amendment {
  @Id({ description: 'The event it is about, as the timeline names it.' })
  eventId!: string;

  @Text({ description: 'Why; sealed with the key of the case.', max: 1000, multiline: true })
  reason!: string;
}

export class Retraction extends Amendment {
  static readonly example = { eventId: AN_EVENT, reason: 'Registered on the wrong household.' };
}

export class Correction extends Amendment {
  @Json({ description: 'What takes its place, in the form of the command that records such a fact.' })
  replacement!: Record<string, unknown>;

  static readonly example = {
    eventId: AN_EVENT,
    reason: 'It was the nineteenth.',
    replacement: { occurredOn: '2017-01-19', municipality: 'GM0363', criteria: [] },
  };
}
