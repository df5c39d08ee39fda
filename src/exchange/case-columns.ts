import type { CaseFactType } from '../journey/cases.events.ts';

/** The format of docs/import.md: one row a fact, the fields of facts under the names they have in the API. */

/** In every file. */
export const REQUIRED_COLUMNS = ['case', 'fact', 'occurredOn'] as const;

/** What an amendment says besides the fact that it puts in place. */
const AMENDMENT_COLUMNS = ['eventId', 'why'] as const;

/** References of the sender, which become ids. */
const REFERENCE_COLUMNS = ['id', 'persons', 'sponsor', 'subject', 'otherCase'] as const;

/** A household of one person, and one person who joins, need no JSON. */
export const MEMBER_COLUMNS = ['role', 'birthYear', 'unaccompaniedMinor'] as const;
export const PERSONAL_COLUMNS = ['name', 'alienNumber', 'birthDate'] as const;

/** Fields of facts that have a column of their own, and how their cells are read: `words` are apart by spaces. */
export const FIELD_COLUMNS = {
  permitType: 'text',
  channel: 'text',
  receptionCentre: 'text',
  item: 'text',
  languages: 'words',
  education: 'text',
  workExperience: 'text',
  pendingFamilyReunification: 'flag',
  adaptedHomeNeeded: 'flag',
  roomsNeeded: 'whole',
  municipality: 'text',
  criteria: 'words',
  kind: 'text',
  rooms: 'whole',
  rentCents: 'whole',
  availableFrom: 'text',
  answerBy: 'text',
  housingAssociation: 'text',
  outcome: 'text',
  judgement: 'text',
  tenancyStartOn: 'text',
  housingKind: 'text',
  code: 'text',
  owner: 'text',
  term: 'text',
  days: 'whole',
  step: 'text',
  route: 'text',
  assignee: 'text',
  organisation: 'text',
  reason: 'text',
  note: 'text',
} as const satisfies Readonly<Record<string, CellKind>>;

export type CellKind = 'text' | 'whole' | 'flag' | 'words';

/** Whatever has no column, as a JSON object. */
export const DATA_COLUMN = 'data';

export const CASE_COLUMNS: readonly string[] = [
  ...REQUIRED_COLUMNS,
  ...REFERENCE_COLUMNS,
  ...MEMBER_COLUMNS,
  ...PERSONAL_COLUMNS,
  ...Object.keys(FIELD_COLUMNS),
  ...AMENDMENT_COLUMNS,
  DATA_COLUMN,
];

/** A row that only takes back what another states. */
export const RETRACTION = 'FactRetracted';

/** What the persons of a row are to a fact: those it brings in, or those it is about. */
type Persons = 'members' | 'member' | 'child' | 'personIds' | 'personId';
/** The thing a fact makes or speaks of. */
type SubjectField = 'offerId' | 'impedimentId' | 'noteId' | 'documentId';
type OtherCaseField = 'sponsorCaseId' | 'targetCaseId' | 'fromCaseId';

export interface RowForm {
  readonly persons?: Persons;
  readonly subject?: SubjectField;
  /** The fact makes it, or need not name it. */
  readonly subjectMayBeAbsent?: true;
  readonly otherCase?: OtherCaseField;
}

const MADE = { subjectMayBeAbsent: true } as const;

export const ROW_FORMS: Readonly<Record<CaseFactType, RowForm>> = {
  PermitGranted: { persons: 'members', otherCase: 'sponsorCaseId' },
  MemberAdded: { persons: 'member' },
  MemberRemoved: { persons: 'personId' },
  ChildBorn: { persons: 'child' },
  FollowingFamilyArrived: { persons: 'members' },
  HouseholdSplit: { persons: 'personIds', otherCase: 'targetCaseId' },
  HouseholdMerged: { persons: 'personIds', otherCase: 'targetCaseId' },
  MembersReceived: { persons: 'members', otherCase: 'fromCaseId' },
  IdentityItemObtained: { persons: 'personId' },
  InformationProfileCompleted: {},
  MunicipalityLinked: {},
  LinkRevoked: {},
  MunicipalityTransferAgreed: {},
  ProfileAccepted: {},
  SearchStarted: {},
  HomeOffered: { subject: 'offerId', ...MADE },
  OfferWithdrawn: { subject: 'offerId' },
  HomeViewed: { subject: 'offerId' },
  OfferAccepted: { subject: 'offerId' },
  OfferRefused: { subject: 'offerId' },
  RefusalJudged: { subject: 'offerId' },
  TenancySigned: { subject: 'offerId' },
  MovedIn: { persons: 'personIds', subject: 'offerId', ...MADE },
  ImpedimentReported: { subject: 'impedimentId', ...MADE },
  ImpedimentResolved: { subject: 'impedimentId' },
  TermSuspended: {},
  TermResumed: {},
  TermExtended: {},
  CaseAssigned: {},
  CaseTakenOver: {},
  CaseReleased: {},
  NoteAdded: { subject: 'noteId', ...MADE },
  DocumentReferenced: { subject: 'documentId', ...MADE },
  IntegrationStepReached: { persons: 'personId' },
  PermitWithdrawn: { persons: 'personIds' },
  HouseholdDeparted: { persons: 'personIds' },
  PersonDeceased: { persons: 'personId' },
  CaseClosed: {},
  CaseReopened: {},
};

const ERASABLE: Partial<Record<CaseFactType, readonly string[]>> = {
  NoteAdded: ['text'],
  DocumentReferenced: ['title', 'uri'],
  CaseReopened: ['reason'],
};

/** A sealed text that a fact cannot do without: one that was erased is null in `data`, lest it be taken for forgotten. */
export function isErasable(type: CaseFactType, field: string): boolean {
  return ERASABLE[type]?.includes(field) ?? false;
}
