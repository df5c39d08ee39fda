import {
  livesInRegularHome,
  offerOfMove,
  present,
  type CaseFacts,
  type CaseMember,
  type EndedCase,
  type KnownCase,
  type Leaving,
  type LeavingReason,
  type Link,
  type Move,
  type Offer,
  type OpenCase,
  type Stage,
} from './case-shape.ts';
import type { ClosingReason, FactOf, Member, NormTerm } from './cases.events.ts';

export function opened(fact: FactOf<'PermitGranted'> | FactOf<'MembersReceived'>): OpenCase {
  const { occurredOn, permitType, channel, receptionCentre } = fact.data;
  return {
    kind: 'open',
    stage: 'AWAITING_LINK',
    permitGrantedOn: fact.type === 'PermitGranted' ? occurredOn : fact.data.permitGrantedOn,
    permitType,
    channel,
    ownPermit: false,
    receptionCentre,
    linkedBeforeOn: fact.type === 'MembersReceived' ? (fact.data.firstLinkedOn ?? null) : null,
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
export function withPermit(state: KnownCase, fact: FactOf<'PermitGranted'>): KnownCase {
  const { occurredOn, permitType, channel, receptionCentre, sponsorCaseId, members } = fact.data;
  const permit = { permitGrantedOn: occurredOn, permitType, channel, receptionCentre, sponsorCaseId };
  return joined(
    { ...state, ...permit, ownPermit: true, linkedBeforeOn: null },
    members.map((one) => member(one, 'PERMIT', occurredOn)),
  );
}

export function received(state: KnownCase, fact: FactOf<'MembersReceived'>): KnownCase {
  const { occurredOn, transferId, members } = fact.data;
  return joined(
    { ...state, transfersReceived: [...state.transfersReceived, transferId] },
    members.map((one) => ({ ...member(one, 'RECEIVED', occurredOn), followingFamily: one.followingFamily })),
  );
}

export function member(one: Member, joinedAs: CaseMember['joinedAs'], joinedOn: string): CaseMember {
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
export function joined(state: KnownCase, newcomers: readonly CaseMember[]): KnownCase {
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

export function bornInto(state: CaseFacts, child: CaseMember): CaseMember {
  const home = present(state).find(livesInRegularHome)?.home;
  return home === null || home === undefined ? child : { ...child, home: { ...home, on: child.joinedOn } };
}

export function left(state: KnownCase, personIds: readonly string[], leaving: Leaving): KnownCase {
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

export function ended(state: KnownCase, endedOn: string, endReason: ClosingReason): EndedCase {
  return state.kind === 'ended' ? state : { ...state, kind: 'ended', stage: 'ENDED', endedOn, endReason };
}

export function reopened(state: EndedCase): KnownCase {
  const { endedOn: _on, endReason: _reason, ...facts } = state;
  return settled({ ...facts, kind: 'open' });
}

export function linked(state: KnownCase, fact: FactOf<'MunicipalityLinked'>): KnownCase {
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

export function withLink(state: KnownCase, change: Partial<Link>): KnownCase {
  if (state.link === null) return state;
  const link = { ...state.link, ...change };
  return { ...state, link, links: [...state.links.slice(0, -1), link] };
}

/** What was offered or accepted under a link goes with it; a home that is lived in stays. */
export function unlinked(state: KnownCase, on: string): KnownCase {
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

export function offered(state: CaseFacts, fact: FactOf<'HomeOffered'>): Offer {
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

export function withOffer(state: KnownCase, offerId: string, change: (offer: Offer) => Partial<Offer>): KnownCase {
  return settled({
    ...state,
    offers: state.offers.map((offer) => (offer.offerId === offerId ? { ...offer, ...change(offer) } : offer)),
  });
}

export function movedIn(state: KnownCase, fact: FactOf<'MovedIn'>): KnownCase {
  const { occurredOn, personIds, housingKind, municipality } = fact.data;
  const regular = housingKind === 'REGULAR';
  const offerId = (regular ? offerOfMove(state, fact.data.offerId)?.offerId : null) ?? fact.data.offerId;
  const linkedMunicipality = state.link?.municipality ?? null;
  const move: Move = { on: occurredOn, kind: housingKind, municipality, offerId, linkedMunicipality };
  const movers = state.members.filter((one) => personIds.includes(one.personId));
  const members = state.members.map((one) => {
    if (movers.includes(one)) return { ...one, moves: [...one.moves, move], home: move };
    const along = one.left === null && (followsSponsor(one, movers) || bornOnTheWay(one, movers, occurredOn));
    return regular && along ? { ...one, home: move } : one;
  });
  const offers = state.offers.map((offer) =>
    regular && offer.offerId === offerId ? { ...offer, status: 'LIVED_IN' as const } : offer,
  );
  return settled({ ...state, members, offers });
}

/** Following family that is in the household when the sponsor moves in is housed with the sponsor. */
function followsSponsor(one: CaseMember, movers: readonly CaseMember[]): boolean {
  if (!one.followingFamily || livesInRegularHome(one)) return false;
  return movers.some((mover) =>
    one.sponsorPersonId === null ? !mover.followingFamily : mover.personId === one.sponsorPersonId,
  );
}

/** On the day of a move births are read first: a child born that day lives where the household, or its parent, moves to. */
function bornOnTheWay(one: CaseMember, movers: readonly CaseMember[], on: string): boolean {
  if (one.joinedAs !== 'BORN' || one.joinedOn !== on) return false;
  return !livesInRegularHome(one) || movers.some((mover) => mover.home?.offerId === one.home?.offerId);
}

/** Works out what follows from the facts: the stage, and the first day on which everybody was home. */
export function settled(state: KnownCase): KnownCase {
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

export function presentSequence(state: CaseFacts, term: NormTerm): number {
  if (term === 'HOME') return state.link?.sequence ?? 0;
  return term === 'MOVE' ? state.offers.filter((offer) => offer.tenancy !== null).length : 1;
}
