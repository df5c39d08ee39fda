import type { Json } from '../event-sourcing/event.ts';
import type { Sealed } from '../privacy/sealed.ts';
import { membersOf } from '../journey/case-history.ts';
import { present, type CaseState } from '../journey/case-shape.ts';
import * as api from './cases.api.ts';
import type { CaseFact, CaseFactType, FactOf, FamilyRole, Member } from '../journey/cases.events.ts';

/** A personal value on its way to being sealed: as it was sent, or as it stands sealed in an earlier event. */
export type Unsealed = { readonly plain: Json } | { readonly sealed: Sealed; readonly inEvent: string };

export function isUnsealed(value: unknown): value is Unsealed {
  return typeof value === 'object' && value !== null && ('plain' in value || 'inEvent' in value);
}

/** A fact's data before sealing. */
type Draft<T> = T extends Sealed
  ? Unsealed
  : T extends readonly (infer E)[]
    ? readonly Draft<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Draft<T[K]> }
      : T;
type DraftData<T extends CaseFactType> = Draft<Omit<FactOf<T>['data'], 'occurredOn'>>;
export type FactDraft = {
  [T in CaseFactType]: { readonly type: T; readonly data: Draft<FactOf<T>['data']> };
}[CaseFactType];
export type DraftMember = Draft<Member>;

/** What is asked for, personal values not sealed yet. */
export type CaseIntent =
  | { readonly do: 'record'; readonly draft: FactDraft }
  | { readonly do: 'correct'; readonly draft: FactDraft; readonly eventId: string; readonly reason: string }
  | { readonly do: 'retract'; readonly eventId: string; readonly reason: string };

/** Types of fact that are recorded through the API: all but the one that a process records. */
export type RecordableType = Exclude<CaseFactType, 'MembersReceived'>;

/** What a draft needs besides the body. */
export interface Circumstances {
  /** Ids in the path. */
  readonly ids: Readonly<Record<string, string>>;
  readonly caller: { readonly actor: string; readonly organisation: string };
  readonly today: string;
  /** The case as it stands. */
  readonly state: CaseState;
  /** An id that follows from the command. */
  newId(what: string): string;
  /** In a correction: what is corrected, and the event its sealed values were sealed in. */
  readonly corrected?: { readonly fact: CaseFact; readonly inEvent: string };
}

type Body<C> = C extends new () => infer B ? B : never;
type Class = new () => object;

/** How a type of fact is asked for. */
interface FactForm {
  /** Class of the body of the command that records it. */
  readonly takes: Class;
  /** Class of the replacement in a correction. */
  readonly corrects: Class;
  draft(body: object, circumstances: Circumstances): object;
}

function form<T extends CaseFactType, A extends Class, B extends Class = A>(
  takes: A,
  draft: (body: Body<A> | Body<B>, given: Circumstances) => DraftData<T>,
  corrects?: B,
): FactForm {
  return { takes, corrects: corrects ?? takes, draft: draft as FactForm['draft'] };
}

export const FACT_FORMS: Readonly<Record<RecordableType, FactForm>> = {
  PermitGranted: form<'PermitGranted', typeof api.PermitGrant, typeof api.PermitGrantCorrection>(
    api.PermitGrant,
    (body, given) => ({
      permitType: body.permitType,
      channel: body.channel,
      receptionCentre: body.receptionCentre ?? null,
      sponsorCaseId: body.sponsorCaseId ?? null,
      members: members(body.members, given),
    }),
    api.PermitGrantCorrection,
  ),
  MemberAdded: form<'MemberAdded', typeof api.MemberAddition, typeof api.MemberAdditionCorrection>(
    api.MemberAddition,
    (body, given) => ({ member: onlyMember(body, given) }),
    api.MemberAdditionCorrection,
  ),
  MemberRemoved: form<'MemberRemoved', typeof api.MemberRemoval>(api.MemberRemoval, (body, given) => ({
    personId: idFor('personId', given),
    reason: body.reason,
  })),
  ChildBorn: form<'ChildBorn', typeof api.Birth, typeof api.BirthCorrection>(
    api.Birth,
    (body, given) => {
      const birthYear = Number(occurredOn(body, given).slice(0, 4));
      return { member: onlyMember({ role: 'CHILD', birthYear, personal: body.personal }, given) };
    },
    api.BirthCorrection,
  ),
  FollowingFamilyArrived: form<
    'FollowingFamilyArrived',
    typeof api.FollowingFamilyArrival,
    typeof api.FollowingFamilyArrivalCorrection
  >(
    api.FollowingFamilyArrival,
    (body, given) => ({ sponsorPersonId: body.sponsorPersonId, members: members(body.members, given) }),
    api.FollowingFamilyArrivalCorrection,
  ),
  HouseholdSplit: form<'HouseholdSplit', typeof api.HouseholdSplit>(api.HouseholdSplit, (body, given) => ({
    targetCaseId: body.targetCaseId ?? idFor('targetCaseId', given),
    personIds: body.personIds,
  })),
  HouseholdMerged: form<'HouseholdMerged', typeof api.HouseholdMerge>(api.HouseholdMerge, (body, given) => ({
    targetCaseId: body.targetCaseId,
    personIds: body.personIds ?? everybody(given),
  })),
  IdentityItemObtained: form<'IdentityItemObtained', typeof api.IdentityItem>(api.IdentityItem, (body) => ({
    item: body.item,
    personId: body.personId,
  })),
  InformationProfileCompleted: form<'InformationProfileCompleted', typeof api.InformationProfile>(
    api.InformationProfile,
    (body, given) => ({
      languages: body.languages,
      education: body.education ?? null,
      workExperience: body.workExperience ?? null,
      pendingFamilyReunification: body.pendingFamilyReunification,
      adaptedHomeNeeded: body.adaptedHomeNeeded,
      roomsNeeded: body.roomsNeeded ?? null,
      note: text('note', body, given),
    }),
  ),
  MunicipalityLinked: form<'MunicipalityLinked', typeof api.MunicipalityLink>(api.MunicipalityLink, (body) => ({
    municipality: body.municipality,
    criteria: body.criteria,
  })),
  LinkRevoked: form<'LinkRevoked', typeof api.LinkRevocation>(api.LinkRevocation, (body, given) => ({
    reason: body.reason,
    note: text('note', body, given),
  })),
  MunicipalityTransferAgreed: form<'MunicipalityTransferAgreed', typeof api.MunicipalityTransfer>(
    api.MunicipalityTransfer,
    (body, given) => ({ municipality: body.municipality, note: text('note', body, given) }),
  ),
  ProfileAccepted: form<'ProfileAccepted', typeof api.ProfileAcceptance>(api.ProfileAcceptance, (body, given) => ({
    contact: text('contact', body, given),
  })),
  SearchStarted: form<'SearchStarted', typeof api.SearchStart>(api.SearchStart, () => ({})),
  HomeOffered: form<'HomeOffered', typeof api.HousingOffer>(api.HousingOffer, (body, given) => ({
    offerId: idFor('offerId', given),
    municipality: body.municipality,
    address: text('address', body, given),
    kind: body.kind,
    rooms: body.rooms,
    rentCents: body.rentCents,
    availableFrom: body.availableFrom,
    answerBy: body.answerBy ?? null,
    housingAssociation: body.housingAssociation ?? null,
  })),
  OfferWithdrawn: form<'OfferWithdrawn', typeof api.OfferWithdrawal>(api.OfferWithdrawal, (body, given) => ({
    offerId: idFor('offerId', given),
    reason: body.reason,
  })),
  HomeViewed: form<'HomeViewed', typeof api.Viewing>(api.Viewing, (body, given) => ({
    offerId: idFor('offerId', given),
    outcome: body.outcome,
  })),
  OfferAccepted: form<'OfferAccepted', typeof api.OfferAcceptance>(api.OfferAcceptance, (_body, given) => ({
    offerId: idFor('offerId', given),
  })),
  OfferRefused: form<'OfferRefused', typeof api.OfferRefusal>(api.OfferRefusal, (body, given) => ({
    offerId: idFor('offerId', given),
    reason: body.reason,
    note: text('note', body, given),
  })),
  RefusalJudged: form<'RefusalJudged', typeof api.RefusalJudgement>(api.RefusalJudgement, (body, given) => ({
    offerId: idFor('offerId', given),
    judgement: body.judgement,
    note: text('note', body, given),
  })),
  TenancySigned: form<'TenancySigned', typeof api.TenancyAgreement>(api.TenancyAgreement, (body) => ({
    offerId: body.offerId,
    tenancyStartOn: body.tenancyStartOn,
  })),
  MovedIn: form<'MovedIn', typeof api.MoveIn>(api.MoveIn, (body) => ({
    personIds: body.personIds,
    housingKind: body.housingKind,
    municipality: body.municipality,
    offerId: body.offerId ?? null,
  })),
  ImpedimentReported: form<'ImpedimentReported', typeof api.Impediment>(api.Impediment, (body, given) => ({
    impedimentId: idFor('impedimentId', given),
    code: body.code,
    owner: body.owner,
    term: body.term ?? null,
    note: text('note', body, given),
  })),
  ImpedimentResolved: form<'ImpedimentResolved', typeof api.ImpedimentResolution>(
    api.ImpedimentResolution,
    (body, given) => ({ impedimentId: idFor('impedimentId', given), note: text('note', body, given) }),
  ),
  TermSuspended: form<'TermSuspended', typeof api.TermSuspension>(api.TermSuspension, (body, given) => ({
    reason: body.reason,
    note: text('note', body, given),
  })),
  TermResumed: form<'TermResumed', typeof api.TermResumption>(api.TermResumption, () => ({})),
  TermExtended: form<'TermExtended', typeof api.TermExtension>(api.TermExtension, (body, given) => ({
    term: body.term,
    days: body.days,
    note: text('note', body, given),
  })),
  CaseAssigned: form<'CaseAssigned', typeof api.Assignment>(api.Assignment, (body, given) => assignee(body, given)),
  CaseTakenOver: form<'CaseTakenOver', typeof api.Assignment>(api.Assignment, (body, given) => ({
    ...assignee(body, given),
    from: holder(given),
    reason: text('reason', body, given),
  })),
  CaseReleased: form<'CaseReleased', typeof api.AssignmentRelease>(api.AssignmentRelease, () => ({})),
  NoteAdded: form<'NoteAdded', typeof api.Note>(api.Note, (body, given) => ({
    noteId: idFor('noteId', given),
    text: text('text', body, given),
  })),
  DocumentReferenced: form<'DocumentReferenced', typeof api.DocumentReference>(
    api.DocumentReference,
    (body, given) => ({
      documentId: idFor('documentId', given),
      title: text('title', body, given),
      uri: text('uri', body, given),
    }),
  ),
  IntegrationStepReached: form<'IntegrationStepReached', typeof api.IntegrationStepReached>(
    api.IntegrationStepReached,
    (body) => ({ step: body.step, personId: body.personId, route: body.route ?? null }),
  ),
  PermitWithdrawn: form<'PermitWithdrawn', typeof api.PersonsConcerned>(api.PersonsConcerned, (body) => ({
    personIds: body.personIds,
  })),
  HouseholdDeparted: form<'HouseholdDeparted', typeof api.PersonsConcerned>(api.PersonsConcerned, (body) => ({
    personIds: body.personIds,
  })),
  PersonDeceased: form<'PersonDeceased', typeof api.Death>(api.Death, (body) => ({ personId: body.personId })),
  CaseClosed: form<'CaseClosed', typeof api.Closure>(api.Closure, (body) => ({ reason: body.reason })),
  CaseReopened: form<'CaseReopened', typeof api.Reopening>(api.Reopening, (body, given) => ({
    reason: text('reason', body, given),
  })),
};

/** The fact that a body asks for, personal values not sealed yet. */
export function draftOf(type: RecordableType, body: object, given: Circumstances): FactDraft {
  const data = FACT_FORMS[type].draft(body, given);
  return { type, data: { occurredOn: occurredOn(body, given), ...data } } as FactDraft;
}

/** All members that a fact brings in or names whole. */
export function membersIn(draft: FactDraft): readonly DraftMember[] {
  if ('members' in draft.data) return draft.data.members;
  return 'member' in draft.data ? [draft.data.member] : [];
}

/** A fact that is corrected keeps its day if none is given. */
function occurredOn(body: { occurredOn?: string }, given: Circumstances): string {
  return body.occurredOn ?? given.corrected?.fact.data.occurredOn ?? given.today;
}

/** What a fact speaks of: in a correction still the same, else named in the path, else new. */
function idFor(name: string, given: Circumstances): string {
  const corrected = given.corrected?.fact.data as Readonly<Record<string, unknown>> | undefined;
  return (corrected?.[name] as string | undefined) ?? given.ids[name] ?? given.newId(name);
}

interface SentMember {
  readonly personId?: string;
  readonly role: FamilyRole;
  readonly birthYear: number;
  readonly unaccompaniedMinor?: boolean;
  readonly personal?: api.PersonalDetails;
}

function members(sent: readonly SentMember[], given: Circumstances): readonly DraftMember[] {
  return sent.map((one, index) => member(one, one.personId ?? given.newId(`person ${index}`), given));
}

function onlyMember(sent: SentMember, given: Circumstances): DraftMember {
  const [before] = given.corrected ? membersOf(given.corrected.fact) : [];
  return member(sent, sent.personId ?? before?.personId ?? given.newId('person 0'), given);
}

function member(sent: SentMember, personId: string, given: Circumstances): DraftMember {
  return {
    personId,
    role: sent.role,
    birthYear: sent.birthYear,
    ...(sent.unaccompaniedMinor ? { unaccompaniedMinor: true } : {}),
    personal: sent.personal ? plain(sent.personal) : asItWas(personId, given),
  };
}

function asItWas(personId: string, { corrected }: Circumstances): Unsealed | null {
  const before = corrected && membersOf(corrected.fact).find((one) => one.personId === personId);
  return corrected && before?.personal ? { sealed: before.personal, inEvent: corrected.inEvent } : null;
}

function assignee(body: api.Assignment, given: Circumstances): { assignee: string; organisation: string } {
  const before = given.corrected?.fact.data as Partial<FactOf<'CaseAssigned'>['data']> | undefined;
  return {
    assignee: body.assignee ?? before?.assignee ?? given.caller.actor,
    organisation: body.organisation ?? before?.organisation ?? given.caller.organisation,
  };
}

function holder({ corrected, state }: Circumstances): string {
  if (corrected?.fact.type === 'CaseTakenOver') return corrected.fact.data.from;
  return state.kind === 'unknown' ? '' : (state.assignment?.assignee ?? '');
}

function everybody({ corrected, state }: Circumstances): readonly string[] {
  if (corrected?.fact.type === 'HouseholdMerged') return corrected.fact.data.personIds;
  return state.kind === 'unknown' ? [] : present(state).map((one) => one.personId);
}

/** A sealed property; a correction that does not name it leaves it as it was, one that says null takes it away. */
function text<K extends string>(
  name: K,
  body: { [key in K]?: unknown },
  { corrected }: Circumstances,
): Unsealed | null {
  const sent = body[name];
  if (sent !== undefined && sent !== null) return plain(sent);
  const before = (corrected?.fact.data as Partial<Record<K, Sealed | null>> | undefined)?.[name];
  return corrected && sent === undefined && before ? { sealed: before, inEvent: corrected.inEvent } : null;
}

/** Given properties only, as JSON. */
function plain(value: unknown): Unsealed {
  return { plain: JSON.parse(JSON.stringify(value)) as Json };
}
