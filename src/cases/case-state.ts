import {
  livesInRegularHome,
  offerOfMove,
  present,
  type CaseFacts,
  type CaseMember,
  type CaseState,
  type EndedCase,
  type Extension,
  type Impediment,
  type KnownCase,
  type Leaving,
  type LeavingReason,
  type Link,
  type Move,
  type Offer,
  type OpenCase,
  type Stage,
  type Suspension,
} from './case-shape.ts';
import type { CaseFact, ClosingReason, FactOf, Member, NormTerm } from './cases.events.ts';

export * from './case-shape.ts';

/**
 * The state after one more fact. Total: a fact that could not have happened is folded as far as it makes sense, never
 * thrown out of the window, never thrown.
 */
export function evolve(state: CaseState, fact: CaseFact): CaseState {
  if (state.kind === 'unknown') {
    if (fact.type === 'PermitGranted') return withPermit(opened(fact), fact);
    if (fact.type === 'MembersReceived') return received(opened(fact), fact);
    return state;
  }
  const { occurredOn } = fact.data;
  switch (fact.type) {
    case 'PermitGranted':
      return withPermit(state, fact);
    case 'MembersReceived':
      return received(state.kind === 'ended' ? reopened(state) : state, fact);
    case 'MemberAdded':
      return joined(state, [member(fact.data.member, 'ADDED', occurredOn)]);
    case 'ChildBorn':
      return joined(state, [bornInto(state, member(fact.data.member, 'BORN', occurredOn))]);
    case 'FollowingFamilyArrived':
      return joined(
        state,
        fact.data.members.map((one) => ({
          ...member(one, 'FOLLOWING_FAMILY', occurredOn),
          followingFamily: true,
          sponsorPersonId: fact.data.sponsorPersonId,
        })),
      );
    case 'MemberRemoved':
      return left(state, [fact.data.personId], { on: occurredOn, reason: fact.data.reason, toCaseId: null });
    case 'HouseholdSplit':
    case 'HouseholdMerged':
      return left(state, fact.data.personIds, {
        on: occurredOn,
        reason: 'HANDED_OVER',
        toCaseId: fact.data.targetCaseId,
      });
    case 'PermitWithdrawn':
      return left(state, fact.data.personIds, { on: occurredOn, reason: 'PERMIT_WITHDRAWN', toCaseId: null });
    case 'HouseholdDeparted':
      return left(state, fact.data.personIds, { on: occurredOn, reason: 'DEPARTED', toCaseId: null });
    case 'PersonDeceased':
      return left(state, [fact.data.personId], { on: occurredOn, reason: 'DECEASED', toCaseId: null });
    case 'IdentityItemObtained':
      return { ...state, identityItems: [...state.identityItems, fact.data] };
    case 'InformationProfileCompleted': {
      const { pendingFamilyReunification, adaptedHomeNeeded, roomsNeeded } = fact.data;
      const profile = { completedOn: occurredOn, pendingFamilyReunification, adaptedHomeNeeded, roomsNeeded };
      return { ...state, profile };
    }
    case 'MunicipalityLinked':
      return linked(state.link === null ? state : unlinked(state, occurredOn), fact);
    case 'LinkRevoked':
      return settled(unlinked(state, occurredOn));
    case 'MunicipalityTransferAgreed':
      return withLink(state, {
        municipality: fact.data.municipality,
        transferredOn: occurredOn,
        profileAcceptedOn: null,
        searchStartedOn: null,
      });
    case 'ProfileAccepted':
      return withLink(state, { profileAcceptedOn: occurredOn });
    case 'SearchStarted':
      return withLink(state, { searchStartedOn: occurredOn });
    case 'HomeOffered':
      return settled({ ...state, offers: [...state.offers, offered(state, fact)] });
    case 'OfferWithdrawn':
      return withOffer(state, fact.data.offerId, (offer) => ({
        status: 'WITHDRAWN',
        tenancy: offer.tenancy && { ...offer.tenancy, endedOn: occurredOn },
      }));
    case 'HomeViewed':
      return state;
    case 'OfferAccepted':
      return withOffer(state, fact.data.offerId, () => ({ status: 'ACCEPTED', acceptedOn: occurredOn }));
    case 'OfferRefused':
      return withOffer(state, fact.data.offerId, () => ({
        status: 'REFUSED',
        refusedOn: occurredOn,
        refusalReason: fact.data.reason,
      }));
    case 'RefusalJudged':
      return withOffer(state, fact.data.offerId, () => ({ judgement: fact.data.judgement, judgedOn: occurredOn }));
    case 'TenancySigned':
      return withOffer(state, fact.data.offerId, () => ({
        tenancy: { signedOn: occurredOn, startOn: fact.data.tenancyStartOn, endedOn: null },
      }));
    case 'MovedIn':
      return movedIn(state, fact);
    case 'ImpedimentReported': {
      const { impedimentId, code, owner, term } = fact.data;
      const impediment: Impediment = { impedimentId, code, owner, term, reportedOn: occurredOn, resolvedOn: null };
      return { ...state, impediments: [...state.impediments, impediment] };
    }
    case 'ImpedimentResolved':
      return {
        ...state,
        impediments: state.impediments.map((one) =>
          one.impedimentId === fact.data.impedimentId ? { ...one, resolvedOn: occurredOn } : one,
        ),
      };
    case 'TermSuspended': {
      if (state.suspension !== null) return state;
      const suspension: Suspension = { from: occurredOn, until: null, reason: fact.data.reason };
      return { ...state, suspension, suspensions: [...state.suspensions, suspension] };
    }
    case 'TermResumed':
      return {
        ...state,
        suspension: null,
        suspensions: state.suspensions.map((one) => (one.until === null ? { ...one, until: occurredOn } : one)),
      };
    case 'TermExtended': {
      const { term, days } = fact.data;
      const extension: Extension = { term, sequence: presentSequence(state, term), days, on: occurredOn };
      return { ...state, extensions: [...state.extensions, extension] };
    }
    case 'CaseAssigned':
    case 'CaseTakenOver': {
      const { assignee, organisation } = fact.data;
      if (state.assignment?.assignee === assignee && state.assignment.organisation === organisation) return state;
      return { ...state, assignment: { assignee, organisation, on: occurredOn } };
    }
    case 'CaseReleased':
      return { ...state, assignment: null };
    case 'NoteAdded':
      return { ...state, noteIds: [...state.noteIds, fact.data.noteId] };
    case 'DocumentReferenced':
      return { ...state, documentIds: [...state.documentIds, fact.data.documentId] };
    case 'IntegrationStepReached': {
      const { step, personId, route } = fact.data;
      return { ...state, integration: [...state.integration, { step, personId, on: occurredOn, route }] };
    }
    case 'CaseClosed':
      return ended(state, occurredOn, fact.data.reason);
    case 'CaseReopened':
      return state.kind === 'ended' ? reopened(state) : state;
  }
}

function opened(fact: FactOf<'PermitGranted'> | FactOf<'MembersReceived'>): OpenCase {
  const { occurredOn, permitType, channel, receptionCentre } = fact.data;
  return {
    kind: 'open',
    stage: 'AWAITING_LINK',
    permitGrantedOn: fact.type === 'PermitGranted' ? occurredOn : fact.data.permitGrantedOn,
    permitType,
    channel,
    ownPermit: false,
    receptionCentre,
    sponsorCaseId: null,
    openedOn: occurredOn,
    members: [],
    transfersReceived: [],
    identityItems: [],
    profile: null,
    link: null,
    links: [],
    offers: [],
    householdMovedInOn: null,
    impediments: [],
    suspension: null,
    suspensions: [],
    extensions: [],
    assignment: null,
    noteIds: [],
    documentIds: [],
    integration: [],
  };
}

/** A permit of its own also for a case that was opened by a transfer: from then on it is the one that counts. */
function withPermit(state: KnownCase, fact: FactOf<'PermitGranted'>): KnownCase {
  const { occurredOn, permitType, channel, receptionCentre, sponsorCaseId, members } = fact.data;
  const permit = { permitGrantedOn: occurredOn, permitType, channel, receptionCentre, sponsorCaseId, ownPermit: true };
  return joined(
    { ...state, ...permit },
    members.map((one) => member(one, 'PERMIT', occurredOn)),
  );
}

function received(state: KnownCase, fact: FactOf<'MembersReceived'>): KnownCase {
  const { occurredOn, transferId, members } = fact.data;
  return joined(
    { ...state, transfersReceived: [...state.transfersReceived, transferId] },
    members.map((one) => ({ ...member(one, 'RECEIVED', occurredOn), followingFamily: one.followingFamily })),
  );
}

function member(one: Member, joinedAs: CaseMember['joinedAs'], joinedOn: string): CaseMember {
  return {
    personId: one.personId,
    role: one.role,
    birthYear: one.birthYear,
    unaccompaniedMinor: one.unaccompaniedMinor ?? false,
    followingFamily: false,
    sponsorPersonId: null,
    joinedAs,
    joinedOn,
    left: null,
    moves: [],
    home: null,
  };
}

/**
 * Somebody who comes back keeps the moves made before, but has to find a home again; except those whom another case hands
 * back: that undoes the handing over.
 */
function joined(state: KnownCase, newcomers: readonly CaseMember[]): KnownCase {
  const members = [...state.members];
  for (const newcomer of newcomers) {
    const index = members.findIndex((one) => one.personId === newcomer.personId);
    const before = members[index];
    if (before === undefined) members.push(newcomer);
    else if (newcomer.joinedAs !== 'RECEIVED') members[index] = { ...newcomer, moves: before.moves };
    else {
      const { moves, home, sponsorPersonId } = before;
      members[index] = { ...newcomer, moves, home, sponsorPersonId };
    }
  }
  return settled({ ...state, members });
}

function bornInto(state: CaseFacts, child: CaseMember): CaseMember {
  const home = present(state).find(livesInRegularHome)?.home;
  return home === null || home === undefined ? child : { ...child, home: { ...home, on: child.joinedOn } };
}

function left(state: KnownCase, personIds: readonly string[], leaving: Leaving): KnownCase {
  const members = state.members.map((one) =>
    one.left === null && personIds.includes(one.personId) ? { ...one, left: leaving } : one,
  );
  const after = { ...state, members };
  return members.every((one) => one.left !== null)
    ? ended(after, leaving.on, END_BY_LEAVING[leaving.reason])
    : settled(after);
}

/** Why a case ends when its last person leaves. */
const END_BY_LEAVING: Readonly<Record<LeavingReason, ClosingReason>> = {
  REGISTERED_IN_ERROR: 'OUT_OF_SCOPE',
  LEFT_HOUSEHOLD: 'OTHER',
  OTHER: 'OTHER',
  HANDED_OVER: 'MERGED',
  PERMIT_WITHDRAWN: 'PERMIT_WITHDRAWN',
  DEPARTED: 'DEPARTED',
  DECEASED: 'DECEASED',
};

function ended(state: KnownCase, endedOn: string, endReason: ClosingReason): EndedCase {
  return state.kind === 'ended' ? state : { ...state, kind: 'ended', stage: 'ENDED', endedOn, endReason };
}

function reopened(state: EndedCase): KnownCase {
  const { endedOn: _on, endReason: _reason, ...facts } = state;
  return settled({ ...facts, kind: 'open' });
}

function linked(state: KnownCase, fact: FactOf<'MunicipalityLinked'>): KnownCase {
  const { occurredOn, municipality, criteria } = fact.data;
  const link: Link = {
    sequence: state.links.length + 1,
    linkedOn: occurredOn,
    municipality,
    linkedMunicipality: municipality,
    transferredOn: null,
    criteria,
    profileAcceptedOn: null,
    searchStartedOn: null,
    revokedOn: null,
  };
  return settled({ ...state, link, links: [...state.links, link] });
}

function withLink(state: KnownCase, change: Partial<Link>): KnownCase {
  if (state.link === null) return state;
  const link = { ...state.link, ...change };
  return { ...state, link, links: [...state.links.slice(0, -1), link] };
}

/** What was offered or accepted under a link goes with it; a home that is lived in stays. */
function unlinked(state: KnownCase, on: string): KnownCase {
  return {
    ...withLink(state, { revokedOn: on }),
    link: null,
    offers: state.offers.map((offer) =>
      offer.status === 'STANDING' || offer.status === 'ACCEPTED'
        ? { ...offer, status: 'LAPSED', tenancy: offer.tenancy && { ...offer.tenancy, endedOn: on } }
        : offer,
    ),
  };
}

function offered(state: CaseFacts, fact: FactOf<'HomeOffered'>): Offer {
  const { occurredOn, offerId, municipality, housingAssociation, availableFrom, answerBy } = fact.data;
  return {
    offerId,
    offeredOn: occurredOn,
    linkSequence: state.link?.sequence ?? 0,
    municipality,
    housingAssociation,
    availableFrom,
    answerBy,
    status: 'STANDING',
    acceptedOn: null,
    refusedOn: null,
    refusalReason: null,
    judgement: null,
    judgedOn: null,
    tenancy: null,
    householdMovedInOn: null,
  };
}

function withOffer(state: KnownCase, offerId: string, change: (offer: Offer) => Partial<Offer>): KnownCase {
  return settled({
    ...state,
    offers: state.offers.map((offer) => (offer.offerId === offerId ? { ...offer, ...change(offer) } : offer)),
  });
}

function movedIn(state: KnownCase, fact: FactOf<'MovedIn'>): KnownCase {
  const { occurredOn, personIds, housingKind, municipality } = fact.data;
  const regular = housingKind === 'REGULAR';
  const offerId = (regular ? offerOfMove(state, fact.data.offerId)?.offerId : null) ?? fact.data.offerId;
  const linkedMunicipality = state.link?.municipality ?? null;
  const move: Move = { on: occurredOn, kind: housingKind, municipality, offerId, linkedMunicipality };
  const movers = state.members.filter((one) => personIds.includes(one.personId));
  const members = state.members.map((one) => {
    if (movers.includes(one)) return { ...one, moves: [...one.moves, move], home: move };
    return regular && movesAlong(one, movers) ? { ...one, home: move } : one;
  });
  const offers = state.offers.map((offer) =>
    regular && offer.offerId === offerId ? { ...offer, status: 'LIVED_IN' as const } : offer,
  );
  return settled({ ...state, members, offers });
}

/** Following family that is in the household when the sponsor moves in is housed with the sponsor. */
function movesAlong(one: CaseMember, movers: readonly CaseMember[]): boolean {
  if (!one.followingFamily || one.left !== null || livesInRegularHome(one)) return false;
  return movers.some((mover) =>
    one.sponsorPersonId === null ? !mover.followingFamily : mover.personId === one.sponsorPersonId,
  );
}

/** Works out what follows from the facts: the stage, and the first day on which everybody was home. */
function settled(state: KnownCase): KnownCase {
  const here = present(state);
  const allHome = here.length > 0 && here.every(livesInRegularHome);
  const stage = state.kind === 'ended' ? 'ENDED' : allHome ? 'MOVED_IN' : stageOnTheWay(state);
  if (!allHome) return stage === state.stage ? state : { ...state, stage };
  const since = latest(here.map((one) => one.moves.findLast((move) => move.kind === 'REGULAR')?.on));
  return {
    ...state,
    stage,
    householdMovedInOn: state.householdMovedInOn ?? since,
    offers: state.offers.map((offer) =>
      offer.householdMovedInOn === null && here.some((one) => one.home?.offerId === offer.offerId)
        ? { ...offer, householdMovedInOn: since }
        : offer,
    ),
  };
}

function stageOnTheWay(state: CaseFacts): Stage {
  for (let index = state.offers.length - 1; index >= 0; index--) {
    const offer = state.offers[index]!;
    switch (offer.status) {
      case 'STANDING':
        return 'OFFERED';
      case 'ACCEPTED':
        return offer.tenancy === null ? 'AWAITING_TENANCY' : 'AWAITING_MOVE';
      case 'LIVED_IN':
        if (offer.linkSequence === state.link?.sequence) return 'AWAITING_MOVE';
        continue;
      case 'REFUSED':
      case 'WITHDRAWN':
      case 'LAPSED':
        continue;
    }
  }
  return state.link === null ? 'AWAITING_LINK' : 'AWAITING_OFFER';
}

function latest(dates: readonly (string | undefined)[]): string | null {
  let last: string | null = null;
  for (const date of dates) if (date !== undefined && (last === null || date > last)) last = date;
  return last;
}

function presentSequence(state: CaseFacts, term: NormTerm): number {
  if (term === 'HOME') return state.link?.sequence ?? 0;
  return term === 'MOVE' ? state.offers.filter((offer) => offer.tenancy !== null).length : 1;
}
