import type {
  Channel,
  ClosingReason,
  FactOf,
  FamilyRole,
  HousingKind,
  ImpedimentCode,
  IntegrationStep,
  NormTerm,
  Party,
  PermitType,
  PlacementCriterion,
} from './cases.events.ts';

/** How far a household is on its way. */
export type Stage =
  'AWAITING_LINK' | 'AWAITING_OFFER' | 'OFFERED' | 'AWAITING_TENANCY' | 'AWAITING_MOVE' | 'MOVED_IN' | 'ENDED';

/** Where a person has come to live. */
export interface Move {
  readonly on: string;
  readonly kind: HousingKind;
  /** Municipality the home stands in. */
  readonly municipality: string;
  readonly offerId: string | null;
  /** Municipality the household was linked to on that day. */
  readonly linkedMunicipality: string | null;
}

export type LeavingReason =
  FactOf<'MemberRemoved'>['data']['reason'] | 'HANDED_OVER' | 'PERMIT_WITHDRAWN' | 'DEPARTED' | 'DECEASED';

export interface Leaving {
  readonly on: string;
  readonly reason: LeavingReason;
  /** The case a person was handed over to: "in transfer" until that one has received them. */
  readonly toCaseId: string | null;
}

export interface CaseMember {
  readonly personId: string;
  readonly role: FamilyRole;
  readonly birthYear: number;
  readonly unaccompaniedMinor: boolean;
  readonly followingFamily: boolean;
  /** The person whom following family came to join, where this case recorded it. */
  readonly sponsorPersonId: string | null;
  readonly joinedAs: 'PERMIT' | 'ADDED' | 'BORN' | 'FOLLOWING_FAMILY' | 'RECEIVED';
  readonly joinedOn: string;
  readonly left: Leaving | null;
  /** Every move recorded for this person, first one first. */
  readonly moves: readonly Move[];
  /**
   * Where the person lives now. Also without a move of their own: a child born into the home or on the day of the move, and
   * following family that was in the household when the sponsor moved in.
   */
  readonly home: Move | null;
}

export interface Link {
  /** 1 for the first link of the case. */
  readonly sequence: number;
  readonly linkedOn: string;
  /** The municipality now: the one linked to, or the one the household was transferred to since. */
  readonly municipality: string;
  readonly linkedMunicipality: string;
  readonly transferredOn: string | null;
  readonly criteria: readonly PlacementCriterion[];
  readonly profileAcceptedOn: string | null;
  readonly searchStartedOn: string | null;
  readonly revokedOn: string | null;
}

/** `LAPSED`: the link under which the home was offered was revoked. `LIVED_IN`: somebody moved in. */
export type OfferStatus = 'STANDING' | 'ACCEPTED' | 'REFUSED' | 'WITHDRAWN' | 'LAPSED' | 'LIVED_IN';

export interface Offer {
  readonly offerId: string;
  readonly offeredOn: string;
  /** Sequence of the link under which it was made; 0 if there was none. */
  readonly linkSequence: number;
  readonly municipality: string;
  readonly housingAssociation: string | null;
  readonly availableFrom: string;
  readonly answerBy: string | null;
  readonly status: OfferStatus;
  readonly acceptedOn: string | null;
  readonly refusedOn: string | null;
  readonly refusalReason: FactOf<'OfferRefused'>['data']['reason'] | null;
  readonly judgement: FactOf<'RefusalJudged'>['data']['judgement'] | null;
  readonly judgedOn: string | null;
  readonly tenancy: { readonly signedOn: string; readonly startOn: string; readonly endedOn: string | null } | null;
  /** First day on which everybody of the household lived in a regular home, somebody in this one. */
  readonly householdMovedInOn: string | null;
}

export interface Impediment {
  readonly impedimentId: string;
  readonly code: ImpedimentCode;
  readonly owner: Party;
  readonly term: NormTerm | null;
  readonly reportedOn: string;
  readonly resolvedOn: string | null;
}

export interface Suspension {
  readonly from: string;
  /** The day the terms ran again; null while suspended. */
  readonly until: string | null;
  readonly reason: FactOf<'TermSuspended'>['data']['reason'];
}

export interface Extension {
  readonly term: NormTerm;
  /** The run of the term that was extended: of the link for HOME, of the tenancy for MOVE, else 1. */
  readonly sequence: number;
  readonly days: number;
  readonly on: string;
}

export interface Assignment {
  readonly assignee: string;
  readonly organisation: string;
  readonly on: string;
}

/** What is known of a case, open fields only: nothing here needs a key. */
export interface CaseFacts {
  readonly stage: Stage;
  /** Day the clock starts. */
  readonly permitGrantedOn: string;
  readonly permitType: PermitType;
  readonly channel: Channel;
  /** False while the case was only opened by persons handed over from another. */
  readonly ownPermit: boolean;
  readonly receptionCentre: string | null;
  /** Where the case was opened by persons handed over: day on which the household they come from was first linked. */
  readonly linkedBeforeOn: string | null;
  readonly sponsorCaseId: string | null;
  readonly openedOn: string;
  /** All who ever were in the household, those who left too. */
  readonly members: readonly CaseMember[];
  /** Ids of the transfers received from other cases. */
  readonly transfersReceived: readonly string[];
  readonly identityItems: readonly FactOf<'IdentityItemObtained'>['data'][];
  readonly profile: {
    readonly completedOn: string;
    readonly pendingFamilyReunification: boolean;
    readonly adaptedHomeNeeded: boolean;
    readonly roomsNeeded: number | null;
  } | null;
  /** The link in force: the last of `links`, unless it was revoked. */
  readonly link: Link | null;
  readonly links: readonly Link[];
  readonly offers: readonly Offer[];
  /** First day on which everybody of the household lived in a regular home. */
  readonly householdMovedInOn: string | null;
  readonly impediments: readonly Impediment[];
  /** The suspension in force: the last of `suspensions`, unless it ended. */
  readonly suspension: Suspension | null;
  readonly suspensions: readonly Suspension[];
  readonly extensions: readonly Extension[];
  readonly assignment: Assignment | null;
  readonly noteIds: readonly string[];
  readonly documentIds: readonly string[];
  readonly integration: readonly {
    readonly step: IntegrationStep;
    readonly personId: string;
    readonly on: string;
    readonly route: FactOf<'IntegrationStepReached'>['data']['route'];
  }[];
}

interface UnknownCase {
  readonly kind: 'unknown';
}
export interface OpenCase extends CaseFacts {
  readonly kind: 'open';
}
export interface EndedCase extends CaseFacts {
  readonly kind: 'ended';
  readonly endedOn: string;
  readonly endReason: ClosingReason;
}
export type KnownCase = OpenCase | EndedCase;
export type CaseState = UnknownCase | KnownCase;

export const UNKNOWN_CASE: UnknownCase = { kind: 'unknown' };

/** Those who are in the household now. */
export function present(state: CaseFacts): readonly CaseMember[] {
  return state.members.filter((member) => member.left === null);
}

export function presentMember(state: CaseFacts, personId: string): CaseMember | undefined {
  return state.members.find((member) => member.left === null && member.personId === personId);
}

export function offerOf(state: CaseFacts, offerId: string): Offer | undefined {
  return state.offers.find((offer) => offer.offerId === offerId);
}

/** The home a move goes to: the offer named, or, if none is, the last one with a tenancy in force. */
export function offerOfMove(state: CaseFacts, offerId: string | null): Offer | undefined {
  return offerId === null ? state.offers.findLast(tenancyInForce) : offerOf(state, offerId);
}

export function tenancyInForce(offer: Offer): boolean {
  return offer.tenancy !== null && offer.tenancy.endedOn === null;
}

/** The offer that ended the search under a link: the one that was accepted, and not given up since. */
export function homeFound(state: CaseFacts, linkSequence: number): Offer | undefined {
  return state.offers.find(
    (offer) => offer.linkSequence === linkSequence && (offer.status === 'ACCEPTED' || offer.status === 'LIVED_IN'),
  );
}

/** Following family that counts as housed because its sponsor moved in, not by a move of its own. */
export function housedWithSponsor(member: CaseMember): boolean {
  return member.followingFamily && member.home !== null && member.home !== member.moves.at(-1);
}

/** An unjustified refusal ends the right to reception and to offers, until it is judged otherwise. */
export function receptionEnded(state: CaseFacts): boolean {
  return state.offers.some((offer) => offer.status === 'REFUSED' && offer.judgement === 'UNJUSTIFIED');
}

export function livesInRegularHome(member: CaseMember): boolean {
  return member.home?.kind === 'REGULAR';
}
