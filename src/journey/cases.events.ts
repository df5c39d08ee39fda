import type { Sealed } from '../privacy/sealed.ts';

/** The stored contract of the journey of one household. Never renamed, never changed in meaning. */

export const CHANNELS = ['ASYLUM', 'FAMILY_REUNIFICATION', 'RELOCATION', 'RESETTLEMENT'] as const;
export type Channel = (typeof CHANNELS)[number];

export const PERMIT_TYPES = ['ASYLUM_TEMPORARY', 'ASYLUM_INDEFINITE', 'FAMILY'] as const;
export type PermitType = (typeof PERMIT_TYPES)[number];

export const FAMILY_ROLES = ['HOLDER', 'PARTNER', 'CHILD', 'PARENT', 'SIBLING', 'OTHER'] as const;
export type FamilyRole = (typeof FAMILY_ROLES)[number];

export const REMOVAL_REASONS = ['REGISTERED_IN_ERROR', 'LEFT_HOUSEHOLD', 'OTHER'] as const;
export const IDENTITY_ITEMS = ['BRP_REGISTRATION', 'CITIZEN_SERVICE_NUMBER', 'RESIDENCE_CARD', 'BANK_ACCOUNT'] as const;
/** The first five decide where a household is linked; the others only count in its favour. */
export const PLACEMENT_CRITERIA = [
  'FIRST_DEGREE_FAMILY',
  'FAMILY_REUNIFICATION',
  'MEDICAL_TREATMENT',
  'EMPLOYMENT_CONTRACT',
  'STUDY',
  'WORK_EXPERIENCE',
  'EDUCATION',
  'NETWORK',
  'AMBITION',
] as const;
export type PlacementCriterion = (typeof PLACEMENT_CRITERIA)[number];

export const LINK_REVOCATION_REASONS = [
  'CRITERION_WRONG',
  'NO_SUITABLE_HOME',
  'HOUSEHOLD_CHANGED',
  'MEDICAL',
  'OTHER',
] as const;
export const DWELLING_KINDS = ['APARTMENT', 'HOUSE', 'STUDIO', 'ROOM', 'ADAPTED', 'OTHER'] as const;
export const OFFER_WITHDRAWAL_REASONS = ['LANDLORD_WITHDREW', 'HOME_NOT_READY', 'HOUSEHOLD_CHANGED', 'OTHER'] as const;
export const VIEWING_OUTCOMES = ['HELD', 'NO_SHOW'] as const;
export const OFFER_REFUSAL_REASONS = [
  'DISTANCE_TO_FAMILY',
  'DISTANCE_TO_WORK_OR_STUDY',
  'MEDICAL',
  'TOO_SMALL',
  'RENT_TOO_HIGH',
  'NEIGHBOURHOOD',
  'STATE_OF_HOME',
  'OTHER',
] as const;
export const JUDGEMENTS = ['JUSTIFIED', 'UNJUSTIFIED'] as const;
export const HOUSING_KINDS = [
  'REGULAR',
  'TRANSIT_LOCATION',
  'HOST_STAY',
  'SELF_CARE',
  'ACCELERATION_ARRANGEMENT',
  'HOTEL_SCHEME',
  'NIDOS_PLACEMENT',
] as const;
export type HousingKind = (typeof HOUSING_KINDS)[number];
export const SUSPENSION_REASONS = ['MEDICAL', 'FAMILY_DUE', 'OTHER'] as const;
export const NORM_TERMS = ['LINK', 'HOME', 'MOVE', 'WHOLE'] as const;
export type NormTerm = (typeof NORM_TERMS)[number];
export const INTEGRATION_STEPS = [
  'SOCIAL_SUPPORT',
  'BROAD_INTAKE',
  'INTEGRATION_PLAN',
  'LEARNING_ROUTE',
  'PARTICIPATION_STATEMENT',
] as const;
export type IntegrationStep = (typeof INTEGRATION_STEPS)[number];
export const LEARNING_ROUTES = ['B1', 'EDUCATION', 'SELF_RELIANCE'] as const;
export const CLOSING_REASONS = [
  'HOUSED',
  'PERMIT_WITHDRAWN',
  'DEPARTED',
  'DECEASED',
  'MERGED',
  'OUT_OF_SCOPE',
  'OTHER',
] as const;
export type ClosingReason = (typeof CLOSING_REASONS)[number];

/** What holds a case up (owner and phase can be told otherwise in the report). The list is reference data that can grow. */
export const IMPEDIMENTS = {
  NO_BSN: 'IDENTITY',
  BRP_REGISTRATION_WAIT: 'IDENTITY',
  NO_RESIDENCE_CARD: 'IDENTITY',
  NO_BANK_ACCOUNT: 'IDENTITY',
  MISSING_DOCUMENT: 'IDENTITY',
  LINK_LATE: 'LINKING',
  LINK_SUPPLY_SHORT: 'LINKING',
  CRITERION_DISPUTE: 'LINKING',
  RELINK_PENDING: 'LINKING',
  PROFILE_INCOMPLETE: 'INFORMATION',
  REUNION_INFO_LATE: 'INFORMATION',
  MEDICAL_NEED_UNKNOWN: 'INFORMATION',
  NO_WARM_HANDOVER: 'INFORMATION',
  PRIVACY_UNCERTAINTY: 'INFORMATION',
  AWAITING_FAMILY: 'HOUSEHOLD',
  FAMILY_ARRIVED_DURING_SEARCH: 'HOUSEHOLD',
  HOUSEHOLD_SPLIT: 'HOUSEHOLD',
  MEDICAL_HOLD: 'HOUSEHOLD',
  MINOR_TURNING_18: 'HOUSEHOLD',
  NO_SINGLE_HOME: 'SUPPLY',
  NO_LARGE_FAMILY_HOME: 'SUPPLY',
  NO_ADAPTED_HOME: 'SUPPLY',
  RENT_TOO_HIGH: 'SUPPLY',
  LOW_TURNOVER: 'SUPPLY',
  NEW_BUILD_DELAY: 'SUPPLY',
  OFFER_REFUSED_REVIEW: 'OFFER',
  OFFER_REFUSED_UNJUSTIFIED: 'OFFER',
  HOME_NOT_READY: 'OFFER',
  CONTRACT_NOT_SIGNED: 'OFFER',
  VIEWING_NO_SHOW: 'OFFER',
  OFFER_WITHDRAWN: 'OFFER',
  BENEFIT_PENDING: 'MOVE',
  ALLOWANCES_DELAY: 'MOVE',
  DOUBLE_RENT: 'MOVE',
  FURNISHING_CREDIT: 'MOVE',
  TRANSPORT: 'MOVE',
  FORECAST_VOLATILE: 'GOVERNANCE',
  NO_ADMIN_SUPPORT: 'GOVERNANCE',
  ASSOCIATION_AGREEMENT_MISSING: 'GOVERNANCE',
  CAPACITY_STAFF: 'GOVERNANCE',
} as const;
export type ImpedimentCode = keyof typeof IMPEDIMENTS;
export const PARTIES = [
  'IND',
  'COA',
  'MUNICIPALITY',
  'HOUSING_ASSOCIATION',
  'SUPPORT_ORGANISATION',
  'HOUSEHOLD',
  'OTHER',
] as const;
export type Party = (typeof PARTIES)[number];

/** A person of a household as recorded: open fields for the rules, one sealed value for who it is. */
export interface Member {
  readonly personId: string;
  readonly role: FamilyRole;
  readonly birthYear: number;
  /** In the care of Nidos until 18. */
  readonly unaccompaniedMinor?: boolean;
  readonly personal: Sealed | null;
}

/** A dated fact: `occurredOn` is the business date (ISO date), which may lie before the day it was recorded. */
interface Fact<Type extends string, Data> {
  readonly type: Type;
  readonly data: { readonly occurredOn: string } & Data;
}

/** All that can happen to a household on its way; retraction and correction stand beside them. */
export type CaseFact =
  | Fact<
      'PermitGranted',
      {
        readonly permitType: PermitType;
        readonly channel: Channel;
        readonly receptionCentre: string | null;
        /** Case of the sponsor, where this household comes to join one. */
        readonly sponsorCaseId: string | null;
        readonly members: readonly Member[];
      }
    >
  | Fact<'MemberAdded', { readonly member: Member }>
  | Fact<'MemberRemoved', { readonly personId: string; readonly reason: (typeof REMOVAL_REASONS)[number] }>
  | Fact<'ChildBorn', { readonly member: Member }>
  | Fact<'FollowingFamilyArrived', { readonly members: readonly Member[]; readonly sponsorPersonId: string }>
  /** Persons go to another case (new or existing); a process hands them over. All of them: the household merged. */
  | Fact<'HouseholdSplit', { readonly targetCaseId: string; readonly personIds: readonly string[] }>
  | Fact<'HouseholdMerged', { readonly targetCaseId: string; readonly personIds: readonly string[] }>
  /** In the target: what a split or merge handed over. Opens the case if it is the first fact. */
  | Fact<
      'MembersReceived',
      {
        readonly fromCaseId: string;
        /** Id of the split or merge event in the giving case. */
        readonly transferId: string;
        readonly permitType: PermitType;
        readonly channel: Channel;
        readonly permitGrantedOn: string;
        readonly receptionCentre: string | null;
        /** Day on which the household they come from was first linked; absent: it was not by then. */
        readonly firstLinkedOn?: string;
        readonly members: readonly (Member & { readonly followingFamily: boolean })[];
      }
    >
  | Fact<'IdentityItemObtained', { readonly item: (typeof IDENTITY_ITEMS)[number]; readonly personId: string }>
  | Fact<
      'InformationProfileCompleted',
      {
        readonly languages: readonly string[];
        readonly education: string | null;
        readonly workExperience: string | null;
        readonly pendingFamilyReunification: boolean;
        readonly adaptedHomeNeeded: boolean;
        readonly roomsNeeded: number | null;
        /** Medical and other needs in words. */
        readonly note: Sealed | null;
      }
    >
  | Fact<'MunicipalityLinked', { readonly municipality: string; readonly criteria: readonly PlacementCriterion[] }>
  | Fact<'LinkRevoked', { readonly reason: (typeof LINK_REVOCATION_REASONS)[number]; readonly note: Sealed | null }>
  /** From the linked municipality to another, by agreement of both; the ten weeks go on. */
  | Fact<'MunicipalityTransferAgreed', { readonly municipality: string; readonly note: Sealed | null }>
  | Fact<'ProfileAccepted', { readonly contact: Sealed | null }>
  | Fact<'SearchStarted', Record<never, never>>
  | Fact<
      'HomeOffered',
      {
        readonly offerId: string;
        /** Municipality the home stands in (`GM` + four digits). */
        readonly municipality: string;
        readonly address: Sealed | null;
        readonly kind: (typeof DWELLING_KINDS)[number];
        readonly rooms: number;
        readonly rentCents: number;
        readonly availableFrom: string;
        readonly answerBy: string | null;
        readonly housingAssociation: string | null;
      }
    >
  | Fact<'OfferWithdrawn', { readonly offerId: string; readonly reason: (typeof OFFER_WITHDRAWAL_REASONS)[number] }>
  | Fact<'HomeViewed', { readonly offerId: string; readonly outcome: (typeof VIEWING_OUTCOMES)[number] }>
  | Fact<'OfferAccepted', { readonly offerId: string }>
  | Fact<
      'OfferRefused',
      {
        readonly offerId: string;
        readonly reason: (typeof OFFER_REFUSAL_REASONS)[number];
        readonly note: Sealed | null;
      }
    >
  | Fact<
      'RefusalJudged',
      { readonly offerId: string; readonly judgement: (typeof JUDGEMENTS)[number]; readonly note: Sealed | null }
    >
  | Fact<'TenancySigned', { readonly offerId: string; readonly tenancyStartOn: string }>
  | Fact<
      'MovedIn',
      {
        readonly personIds: readonly string[];
        readonly housingKind: HousingKind;
        /** Municipality the home stands in. */
        readonly municipality: string;
        readonly offerId: string | null;
      }
    >
  | Fact<
      'ImpedimentReported',
      {
        readonly impedimentId: string;
        readonly code: ImpedimentCode;
        readonly owner: Party;
        readonly term: NormTerm | null;
        readonly note: Sealed | null;
      }
    >
  | Fact<'ImpedimentResolved', { readonly impedimentId: string; readonly note: Sealed | null }>
  | Fact<'TermSuspended', { readonly reason: (typeof SUSPENSION_REASONS)[number]; readonly note: Sealed | null }>
  | Fact<'TermResumed', Record<never, never>>
  | Fact<'TermExtended', { readonly term: NormTerm; readonly days: number; readonly note: Sealed | null }>
  | Fact<'CaseAssigned', { readonly assignee: string; readonly organisation: string }>
  | Fact<
      'CaseTakenOver',
      {
        readonly assignee: string;
        readonly organisation: string;
        readonly from: string;
        readonly reason: Sealed | null;
      }
    >
  | Fact<'CaseReleased', Record<never, never>>
  | Fact<'NoteAdded', { readonly noteId: string; readonly text: Sealed | null }>
  | Fact<
      'DocumentReferenced',
      { readonly documentId: string; readonly title: Sealed | null; readonly uri: Sealed | null }
    >
  | Fact<
      'IntegrationStepReached',
      {
        readonly step: IntegrationStep;
        readonly personId: string;
        readonly route: (typeof LEARNING_ROUTES)[number] | null;
      }
    >
  | Fact<'PermitWithdrawn', { readonly personIds: readonly string[] }>
  | Fact<'HouseholdDeparted', { readonly personIds: readonly string[] }>
  | Fact<'PersonDeceased', { readonly personId: string }>
  | Fact<'CaseClosed', { readonly reason: ClosingReason }>
  | Fact<'CaseReopened', { readonly reason: Sealed | null }>;

export type CaseFactType = CaseFact['type'];
export type FactOf<T extends CaseFactType> = Extract<CaseFact, { type: T }>;

/**
 * Nothing is edited: a wrong fact is retracted, or corrected by one of the same type that takes its place. Both name the
 * event and can themselves be retracted. `occurredOn` is the day on which it was put right.
 */
type CaseAmendment =
  | Fact<'FactRetracted', { readonly eventId: string; readonly reason: Sealed | null }>
  | Fact<'FactCorrected', { readonly eventId: string; readonly reason: Sealed | null; readonly fact: CaseFact }>
  /** A person's key has been destroyed: who it was can no longer be read, all figures stay. */
  | Fact<'PersonalDataErased', { readonly subjects: readonly string[] }>;

export type CaseEvent = CaseFact | CaseAmendment;
export type CaseEventType = CaseEvent['type'];

/**
 * Place in the journey, for facts of one day. Types that can undo each other on one day share a step, so that the order of
 * recording decides among them.
 */
export const JOURNEY_STEP: Readonly<Record<CaseFactType, number>> = {
  PermitGranted: 0,
  MembersReceived: 1,
  MemberAdded: 1,
  MemberRemoved: 1,
  ChildBorn: 1,
  FollowingFamilyArrived: 1,
  HouseholdSplit: 1,
  HouseholdMerged: 1,
  IdentityItemObtained: 2,
  InformationProfileCompleted: 3,
  MunicipalityLinked: 4,
  LinkRevoked: 4,
  MunicipalityTransferAgreed: 4,
  ProfileAccepted: 5,
  SearchStarted: 5,
  HomeOffered: 6,
  OfferWithdrawn: 6,
  HomeViewed: 6,
  OfferAccepted: 6,
  OfferRefused: 6,
  RefusalJudged: 6,
  TenancySigned: 7,
  MovedIn: 8,
  ImpedimentReported: 9,
  ImpedimentResolved: 9,
  TermSuspended: 9,
  TermResumed: 9,
  TermExtended: 9,
  CaseAssigned: 10,
  CaseTakenOver: 10,
  CaseReleased: 10,
  NoteAdded: 10,
  DocumentReferenced: 10,
  IntegrationStepReached: 10,
  PermitWithdrawn: 11,
  HouseholdDeparted: 11,
  PersonDeceased: 11,
  CaseClosed: 12,
  CaseReopened: 12,
};
