import {
  bornInto,
  ended,
  joined,
  left,
  linked,
  member,
  movedIn,
  offered,
  opened,
  presentSequence,
  received,
  reopened,
  settled,
  unlinked,
  withLink,
  withOffer,
  withPermit,
} from './case-changes.ts';
import type { CaseState, Extension, Impediment, Suspension } from './case-shape.ts';
import type { CaseFact } from './cases.events.ts';

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
