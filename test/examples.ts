import { caseHistory, type CaseHistory, type RecordedCaseEvent } from '../src/journey/case-history.ts';
import type { CaseCommand, TermLimits } from '../src/journey/cases.decider.ts';
import type { CaseEvent, CaseFact, CaseFactType, FactOf, Member } from '../src/journey/cases.events.ts';
import { addDays } from '../src/event-sourcing/days.ts';
import type { EventMetadata, JsonObject, RecordedEvent } from '../src/event-sourcing/event.ts';
import { CHAIN_START, eventHash } from '../src/event-sourcing/hash-chain.ts';
import type { Sealed } from '../src/privacy/sealed.ts';
import { defaultReferenceEvents, referenceOf, type Reference } from '../src/reference/reference.ts';

/** Day 0 of every example: the day of the permit. */
export const DAY_0 = '2017-01-02';
export const day = (number: number): string => addDays(DAY_0, number);
/** Long after everything that happens in the examples. */
export const TODAY = day(400);

/** A UUID that is easy to tell apart: `0000000a-…` for 10. */
export function uuid(kind: string, number = 0): string {
  const letters = Buffer.from(kind).toString('hex');
  return `${number.toString(16).padStart(8, '0')}-0000-4000-8000-${letters.padEnd(12, '0').slice(0, 12)}`;
}

export const CASE = uuid('case');
export const OTHER_CASE = uuid('case', 1);
export const AMINA = uuid('amina');
export const YUSUF = uuid('yusuf');
export const SARA = uuid('sara');
export const OMAR = uuid('omar');
export const BABY = uuid('baby');
export const UTRECHT = 'GM0344';
export const TILBURG = 'GM0855';
export const OFFER = uuid('offer');
export const SECOND_OFFER = uuid('offer', 2);
export const eventId = (revision: number): string => uuid('event', revision);

export function sealed(subject: string, about = ''): Sealed {
  return { subject, keyVersion: 1, box: `sealed${about}` };
}

export function member(personId: string, role: Member['role'] = 'OTHER', birthYear = 1985): Member {
  return { personId, role, birthYear, personal: sealed(personId) };
}
export const amina = member(AMINA, 'HOLDER', 1980);
export const yusuf = member(YUSUF, 'PARTNER', 1978);
export const sara = member(SARA, 'CHILD', 2010);
export const omar = member(OMAR, 'CHILD', 2012);
export const baby = member(BABY, 'CHILD', 2017);

type Data<T extends CaseFactType> = Omit<FactOf<T>['data'], 'occurredOn'>;

const ORDINARY: { readonly [T in CaseFactType]: Data<T> } = {
  PermitGranted: {
    permitType: 'ASYLUM_TEMPORARY',
    channel: 'ASYLUM',
    receptionCentre: 'Ter Apel',
    sponsorCaseId: null,
    members: [amina, yusuf],
  },
  MemberAdded: { member: sara },
  MemberRemoved: { personId: YUSUF, reason: 'LEFT_HOUSEHOLD' },
  ChildBorn: { member: baby },
  FollowingFamilyArrived: { members: [sara, omar], sponsorPersonId: AMINA },
  HouseholdSplit: { targetCaseId: OTHER_CASE, personIds: [YUSUF] },
  HouseholdMerged: { targetCaseId: OTHER_CASE, personIds: [AMINA, YUSUF] },
  MembersReceived: {
    fromCaseId: OTHER_CASE,
    transferId: uuid('transfer'),
    permitType: 'ASYLUM_TEMPORARY',
    channel: 'ASYLUM',
    permitGrantedOn: DAY_0,
    receptionCentre: null,
    members: [{ ...sara, followingFamily: false }],
  },
  IdentityItemObtained: { item: 'CITIZEN_SERVICE_NUMBER', personId: AMINA },
  InformationProfileCompleted: {
    languages: ['ar'],
    education: null,
    workExperience: null,
    pendingFamilyReunification: true,
    adaptedHomeNeeded: false,
    roomsNeeded: 3,
    note: null,
  },
  MunicipalityLinked: { municipality: UTRECHT, criteria: ['STUDY'] },
  LinkRevoked: { reason: 'NO_SUITABLE_HOME', note: null },
  MunicipalityTransferAgreed: { municipality: TILBURG, note: null },
  ProfileAccepted: { contact: null },
  SearchStarted: {},
  HomeOffered: {
    offerId: OFFER,
    municipality: UTRECHT,
    address: null,
    kind: 'APARTMENT',
    rooms: 3,
    rentCents: 65_000,
    availableFrom: day(70),
    answerBy: null,
    housingAssociation: null,
  },
  OfferWithdrawn: { offerId: OFFER, reason: 'HOME_NOT_READY' },
  HomeViewed: { offerId: OFFER, outcome: 'HELD' },
  OfferAccepted: { offerId: OFFER },
  OfferRefused: { offerId: OFFER, reason: 'TOO_SMALL', note: null },
  RefusalJudged: { offerId: OFFER, judgement: 'JUSTIFIED', note: null },
  TenancySigned: { offerId: OFFER, tenancyStartOn: day(120) },
  MovedIn: { personIds: [AMINA, YUSUF], housingKind: 'REGULAR', municipality: UTRECHT, offerId: OFFER },
  ImpedimentReported: {
    impedimentId: uuid('impediment'),
    code: 'NO_BSN',
    owner: 'MUNICIPALITY',
    term: null,
    note: null,
  },
  ImpedimentResolved: { impedimentId: uuid('impediment'), note: null },
  TermSuspended: { reason: 'MEDICAL', note: null },
  TermResumed: {},
  TermExtended: { term: 'HOME', days: 14, note: null },
  CaseAssigned: { assignee: 'fatima', organisation: 'utrecht' },
  CaseTakenOver: { assignee: 'pieter', organisation: 'utrecht', from: 'fatima', reason: null },
  CaseReleased: {},
  NoteAdded: { noteId: uuid('note'), text: sealed(CASE) },
  DocumentReferenced: { documentId: uuid('document'), title: sealed(CASE), uri: null },
  IntegrationStepReached: { step: 'SOCIAL_SUPPORT', personId: AMINA, route: null },
  PermitWithdrawn: { personIds: [YUSUF] },
  HouseholdDeparted: { personIds: [YUSUF] },
  PersonDeceased: { personId: YUSUF },
  CaseClosed: { reason: 'OUT_OF_SCOPE' },
  CaseReopened: { reason: null },
};

/** An ordinary fact of a type on a day of the journey; `change` says what is out of the ordinary. */
export function fact<T extends CaseFactType>(type: T, on: number, change: Partial<Data<T>> = {}): FactOf<T> {
  return { type, data: { occurredOn: day(on), ...ORDINARY[type], ...change } } as unknown as FactOf<T>;
}

/** Permit on day 0, link 9, offer 60, accepted 63, tenancy from 120, moved in 130. */
export const LINKED: readonly CaseFact[] = [fact('PermitGranted', 0), fact('MunicipalityLinked', 9)];
export const OFFERED: readonly CaseFact[] = [...LINKED, fact('HomeOffered', 60)];
export const ACCEPTED: readonly CaseFact[] = [...OFFERED, fact('OfferAccepted', 63)];
export const SIGNED: readonly CaseFact[] = [...ACCEPTED, fact('TenancySigned', 70)];
export const HOUSED: readonly CaseFact[] = [...SIGNED, fact('MovedIn', 130)];

export function metadata(recordedAt: string, commandId: string): EventMetadata {
  return {
    recordedAt,
    actor: 'fatima',
    role: 'municipal-case-manager',
    organisation: 'utrecht',
    command: 'record',
    commandId,
    correlationId: commandId,
    causationId: commandId,
  };
}

/** As they would stand in the log: ids by revision (`eventId(0)` first), recorded on their own day, or later. */
export function recorded(events: readonly CaseEvent[], caseId = CASE): readonly RecordedCaseEvent[] {
  let hash = CHAIN_START;
  let recordedOn = '';
  const stream = `case-${caseId}`;
  return events.map((event, revision) => {
    const id = eventId(revision);
    if (event.data.occurredOn > recordedOn) recordedOn = event.data.occurredOn;
    const recordedAt = `${recordedOn}T12:00:00.000Z`;
    const data = event.data as unknown as JsonObject;
    const entry = { id, type: event.type, data, metadata: metadata(recordedAt, uuid('command', revision)) };
    hash = eventHash(hash, stream, revision, entry);
    return { ...entry, stream, revision, position: String(revision + 1), hash } as RecordedEvent as RecordedCaseEvent;
  });
}

export function historyOf(...events: readonly CaseEvent[]): CaseHistory {
  return caseHistory(recorded(events));
}

export function defaultReference(): Reference {
  return referenceOf(
    defaultReferenceEvents().map(({ stream, event }, index) => ({
      ...event,
      stream,
      revision: 0,
      position: String(index),
      hash: '',
    })),
  );
}

export function record(what: CaseFact, today = TODAY, limits?: TermLimits): CaseCommand {
  return limits === undefined ? { do: 'record', fact: what, today } : { do: 'record', fact: what, today, limits };
}

export function correct(revision: number, what: CaseFact, today = TODAY): CaseCommand {
  return { do: 'correct', eventId: eventId(revision), fact: what, reason: sealed(CASE), today };
}

export function retract(revision: number, today = TODAY): CaseCommand {
  return { do: 'retract', eventId: eventId(revision), reason: sealed(CASE), today };
}

export function retraction(revision: number, on = 200): CaseEvent {
  return { type: 'FactRetracted', data: { occurredOn: day(on), eventId: eventId(revision), reason: sealed(CASE) } };
}

export function correction(revision: number, what: CaseFact, on = 200): CaseEvent {
  const data = { occurredOn: day(on), eventId: eventId(revision), reason: sealed(CASE), fact: what };
  return { type: 'FactCorrected', data };
}
