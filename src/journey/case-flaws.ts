/** Asked by `case-requires` last, when a fact of this kind is possible: is this very one? Asks nobody but `case-possible`. */
import { daysBetween } from '../event-sourcing/days.ts';
import {
  acceptable,
  canJoin,
  canMoveInto,
  hasItem,
  hasReached,
  judgeable,
  refusable,
  runningTerms,
  signable,
  viewable,
  withdrawable,
} from './case-possible.ts';
import { obstacle, unless, type Obstacle } from './case-refusals.ts';
import {
  livesInRegularHome,
  offerOf,
  offerOfMove,
  present,
  presentMember,
  tenancyInForce,
  type CaseFacts,
  type CaseMember,
  type CaseState,
  type Offer,
} from './case-shape.ts';
import type { CaseFact, FactOf, Member } from './cases.events.ts';

const A_YEAR = 366;

/** What is wrong with this very fact where one of its kind is possible: ids, persons and dates that don't fit. */
export function flaw(state: CaseState, fact: CaseFact): Obstacle | null {
  const { occurredOn } = fact.data;
  if (state.kind === 'unknown') {
    return 'members' in fact.data ? notNew([], fact.data.members, occurredOn) : null;
  }
  switch (fact.type) {
    case 'PermitGranted':
      return notNew(state.members, fact.data.members, occurredOn);
    case 'MembersReceived':
      return notNew(
        state.members.filter((one) => one.left?.reason !== 'HANDED_OVER'),
        fact.data.members,
        occurredOn,
      );
    case 'MemberAdded':
      return notNew(state.members, [fact.data.member], occurredOn);
    case 'ChildBorn':
      return (
        notNew(state.members, [fact.data.member], occurredOn) ??
        unless(fact.data.member.birthYear === yearOf(occurredOn), 'NOT_YEAR_OF_BIRTH')
      );
    case 'FollowingFamilyArrived':
      return notPresent(state, [fact.data.sponsorPersonId]) ?? notNew(state.members, fact.data.members, occurredOn);
    case 'MemberRemoved':
    case 'PersonDeceased':
      return notPresent(state, [fact.data.personId]);
    case 'HouseholdSplit':
    case 'PermitWithdrawn':
    case 'HouseholdDeparted':
      return notPresent(state, fact.data.personIds);
    case 'HouseholdMerged': {
      const { personIds } = fact.data;
      const behind = personIdsOf(present(state)).filter((personId) => !personIds.includes(personId));
      return notPresent(state, personIds) ?? unless(behind.length === 0, 'MERGE_TAKES_ALL', ...behind);
    }
    case 'IdentityItemObtained': {
      const { personId, item } = fact.data;
      return (
        notPresent(state, [personId]) ?? unless(!hasItem(state, personId, item), 'ITEM_ALREADY_OBTAINED', personId)
      );
    }
    case 'MunicipalityTransferAgreed':
      return unless(state.link?.municipality !== fact.data.municipality, 'SAME_MUNICIPALITY', fact.data.municipality);
    case 'HomeOffered':
      return unfitOffer(state, fact);
    case 'OfferWithdrawn':
      return unready(state, fact.data.offerId, withdrawable);
    case 'HomeViewed':
      return unready(state, fact.data.offerId, viewable);
    case 'OfferAccepted':
      return unready(state, fact.data.offerId, acceptable);
    case 'OfferRefused':
      return unready(state, fact.data.offerId, refusable);
    case 'RefusalJudged':
      return unfitJudgement(state, fact);
    case 'TenancySigned':
      return unfitTenancy(state, fact);
    case 'MovedIn':
      return (
        leftOn(state, fact.data.personIds, occurredOn) ??
        notPresent(state, fact.data.personIds) ??
        unfitMove(state, fact)
      );
    case 'ImpedimentReported': {
      const { impedimentId } = fact.data;
      const known = state.impediments.some((one) => one.impedimentId === impedimentId);
      return unless(!known, 'IMPEDIMENT_ALREADY_KNOWN', impedimentId);
    }
    case 'ImpedimentResolved': {
      const { impedimentId } = fact.data;
      const known = state.impediments.some((one) => one.impedimentId === impedimentId);
      return unless(known, 'IMPEDIMENT_UNKNOWN', impedimentId);
    }
    case 'TermExtended':
      return (
        unless(runningTerms(state).includes(fact.data.term), 'TERM_NOT_RUNNING', fact.data.term) ??
        unless(fact.data.days > 0, 'DAYS_NOT_POSITIVE')
      );
    case 'CaseTakenOver': {
      const holder = state.assignment?.assignee;
      return holder === undefined ? null : unless(fact.data.from === holder, 'HOLDER_CHANGED', holder);
    }
    case 'NoteAdded':
      return unless(!state.noteIds.includes(fact.data.noteId), 'NOTE_ALREADY_KNOWN', fact.data.noteId);
    case 'DocumentReferenced':
      return unless(!state.documentIds.includes(fact.data.documentId), 'DOCUMENT_ALREADY_KNOWN', fact.data.documentId);
    case 'IntegrationStepReached':
      return unfitIntegrationStep(state, fact);
    case 'CaseClosed':
      return unfitClosing(state, fact);
    case 'InformationProfileCompleted':
    case 'MunicipalityLinked':
    case 'LinkRevoked':
    case 'ProfileAccepted':
    case 'SearchStarted':
    case 'TermSuspended':
    case 'TermResumed':
    case 'CaseAssigned':
    case 'CaseReleased':
    case 'CaseReopened':
      return null;
  }
}

/** Asked before anything else: that no impediment is open would be true as well, and help nobody. */
export function alreadyResolved(state: CaseState, fact: CaseFact): Obstacle | null {
  if (fact.type !== 'ImpedimentResolved' || state.kind === 'unknown') return null;
  const resolvedOn = state.impediments.find((one) => one.impedimentId === fact.data.impedimentId)?.resolvedOn;
  if (!resolvedOn) return null;
  const detail = `This impediment was resolved already, on ${resolvedOn}.`;
  return { ...obstacle('IMPEDIMENT_ALREADY_RESOLVED', resolvedOn), detail };
}

/** Persons who come in: named once, not in the household, not elsewhere. Those who left by themselves may come back. */
function notNew(known: readonly CaseMember[], newcomers: readonly Member[], on: string): Obstacle | null {
  const named = newcomers.map((one) => one.personId);
  if (named.length === 0) return obstacle('NO_PERSONS');
  if (new Set(named).size < named.length) return obstacle('DUPLICATE_PERSON', ...named);
  for (const { personId, birthYear } of newcomers) {
    if (birthYear > yearOf(on)) return obstacle('BORN_AFTER_THE_FACT', personId);
    const before = known.find((one) => one.personId === personId);
    if (before === undefined) continue;
    if (before.left === null) return obstacle('PERSON_ALREADY_IN_HOUSEHOLD', personId);
    if (before.left.reason === 'DECEASED') return obstacle('PERSON_DECEASED', personId);
    if (before.left.toCaseId !== null) return obstacle('PERSON_IN_OTHER_CASE', before.left.toCaseId);
  }
  return null;
}

function notPresent(state: CaseFacts, named: readonly string[]): Obstacle | null {
  if (named.length === 0) return obstacle('NO_PERSONS');
  if (new Set(named).size < named.length) return obstacle('DUPLICATE_PERSON', ...named);
  const unknown = named.filter((personId) => presentMember(state, personId) === undefined);
  return unless(unknown.length === 0, 'PERSON_UNKNOWN', ...unknown);
}

/** Facts of one day stand in the order of the journey, where leaving comes before moving. */
function leftOn(state: CaseFacts, named: readonly string[], on: string): Obstacle | null {
  const gone = state.members.filter((one) => one.left?.on === on && named.includes(one.personId));
  return unless(gone.length === 0, 'LEFT_ON_THE_DAY', ...personIdsOf(gone));
}

function unready(
  state: CaseFacts,
  offerId: string,
  ready: (state: CaseFacts, offer: Offer) => boolean,
): Obstacle | null {
  const offer = offerOf(state, offerId);
  if (offer === undefined) return obstacle('OFFER_UNKNOWN', offerId);
  return unless(ready(state, offer), 'OFFER_NOT_STANDING', offerId);
}

function unfitOffer(state: CaseFacts, { data }: FactOf<'HomeOffered'>): Obstacle | null {
  const { offerId, occurredOn, answerBy, availableFrom } = data;
  if (offerOf(state, offerId) !== undefined) return obstacle('OFFER_ALREADY_KNOWN', offerId);
  if (answerBy !== null && answerBy < occurredOn) return obstacle('ANSWER_BEFORE_OFFER', answerBy);
  return unless(Math.abs(daysBetween(occurredOn, availableFrom)) <= A_YEAR, 'AVAILABLE_TOO_FAR', availableFrom);
}

function unfitJudgement(state: CaseFacts, { data }: FactOf<'RefusalJudged'>): Obstacle | null {
  const offer = offerOf(state, data.offerId);
  if (offer === undefined) return obstacle('OFFER_UNKNOWN', data.offerId);
  if (offer.status !== 'REFUSED') return obstacle('NO_REFUSAL');
  if (!judgeable(state, offer)) return obstacle('NEW_OFFER_MADE', data.offerId);
  return unless(offer.judgement !== data.judgement, 'ALREADY_JUDGED', data.offerId);
}

function unfitTenancy(state: CaseFacts, { data }: FactOf<'TenancySigned'>): Obstacle | null {
  const { offerId, occurredOn, tenancyStartOn } = data;
  const offer = offerOf(state, offerId);
  if (offer === undefined) return obstacle('OFFER_UNKNOWN', offerId);
  if (!signable(state, offer)) return obstacle('OFFER_NOT_ACCEPTED');
  if (tenancyStartOn < offer.offeredOn) return obstacle('TENANCY_BEFORE_OFFER', tenancyStartOn);
  return unless(daysBetween(occurredOn, tenancyStartOn) <= A_YEAR, 'TENANCY_TOO_FAR', tenancyStartOn);
}

function unfitMove(state: CaseFacts, { data }: FactOf<'MovedIn'>): Obstacle | null {
  const movers = data.personIds.map((personId) => presentMember(state, personId)!);
  if (data.housingKind !== 'REGULAR') {
    if (data.offerId !== null && offerOf(state, data.offerId) === undefined)
      return obstacle('OFFER_UNKNOWN', data.offerId);
    if (data.housingKind === 'TRANSIT_LOCATION' && state.link === null) return obstacle('NOT_LINKED');
    return there(
      movers,
      ({ home }) =>
        home?.kind === 'REGULAR' || (home?.kind === data.housingKind && home.municipality === data.municipality),
    );
  }
  const offer = offerOfMove(state, data.offerId);
  if (offer === undefined) {
    if (data.offerId !== null) return obstacle('OFFER_UNKNOWN', data.offerId);
    if (!canJoin(state)) return obstacle('TENANCY_MISSING');
  } else {
    if (!tenancyInForce(offer)) return obstacle('TENANCY_MISSING');
    if (offer.tenancy!.startOn > data.occurredOn) return obstacle('TENANCY_NOT_STARTED', offer.tenancy!.startOn);
    if (offer.municipality !== data.municipality) return obstacle('MUNICIPALITY_NOT_OF_OFFER', offer.municipality);
  }
  return there(movers, (one) => !canMoveInto(one, offer?.offerId ?? null));
}

function there(movers: readonly CaseMember[], lives: (one: CaseMember) => boolean): Obstacle | null {
  const already = personIdsOf(movers.filter(lives));
  return unless(already.length === 0, 'ALREADY_MOVED_IN', ...already);
}

function unfitIntegrationStep(state: CaseFacts, { data }: FactOf<'IntegrationStepReached'>): Obstacle | null {
  const { personId, step, route } = data;
  return (
    notPresent(state, [personId]) ??
    unless(presentMember(state, personId)?.home !== null, 'NOT_MOVED_IN', personId) ??
    unless(!hasReached(state, personId, step), 'STEP_ALREADY_REACHED', personId) ??
    unless(step !== 'LEARNING_ROUTE' || route !== null, 'ROUTE_MISSING')
  );
}

function unfitClosing(state: CaseFacts, { data }: FactOf<'CaseClosed'>): Obstacle | null {
  const here = present(state);
  switch (data.reason) {
    case 'HOUSED': {
      const waiting = personIdsOf(here.filter((one) => !livesInRegularHome(one)));
      return unless(here.length > 0 && waiting.length === 0, 'NOT_ALL_MOVED_IN', ...waiting);
    }
    case 'PERMIT_WITHDRAWN':
    case 'DEPARTED':
    case 'DECEASED':
    case 'MERGED':
      return unless(here.length === 0, 'PERSONS_STILL_PRESENT', ...personIdsOf(here));
    case 'OUT_OF_SCOPE':
    case 'OTHER':
      return null;
  }
}

function personIdsOf(members: readonly CaseMember[]): readonly string[] {
  return members.map((one) => one.personId);
}

function yearOf(date: string): number {
  return Number(date.slice(0, 4));
}
