/**
 * What each fact asks of the state before it. `case-weighing` asks `requires` of every fact of a history, `next-steps` asks
 * `blocked` and `subjects` of every kind; the particulars are in `case-possible` (the state) and `case-flaws` (the fact).
 */
import { alreadyResolved, flaw } from './case-flaws.ts';
import {
  acceptable,
  canMove,
  hasItem,
  hasReached,
  judgeable,
  newOfferObstacle,
  refusable,
  regularHomeObstacle,
  runningTerms,
  signable,
  tenancySigned,
  viewable,
  withdrawable,
} from './case-possible.ts';
import { obstacle, unless, type Obstacle } from './case-refusals.ts';
import {
  livesInRegularHome,
  present,
  type CaseFacts,
  type CaseMember,
  type CaseState,
  type KnownCase,
  type Offer,
} from './case-shape.ts';
import { IDENTITY_ITEMS, INTEGRATION_STEPS, type CaseFact, type CaseFactType } from './cases.events.ts';

/** A kind of fact that can happen next. Moving into a regular home asks for other things than into an interim one. */
export interface Step {
  readonly type: CaseFactType;
  readonly housing: 'REGULAR' | 'INTERIM' | null;
}

/** What stands in the way of this very fact, in the state before it; null if it can happen. */
export function requires(state: CaseState, fact: CaseFact): Obstacle | null {
  if (alreadyAssigned(state, fact)) return null;
  return alreadyResolved(state, fact) ?? blocked(state, stepOf(fact), fact.data.occurredOn) ?? flaw(state, fact);
}

/** As `requires`, of a fact that is to be recorded now. */
export function requiresAnew(state: CaseState, fact: CaseFact): Obstacle | null {
  if (alreadyAssigned(state, fact)) return null;
  const hindrance = alreadyResolved(state, fact) ?? blockedAnew(state, stepOf(fact), fact.data.occurredOn);
  return hindrance ?? flaw(state, fact) ?? takesAll(state, fact);
}

/** As `blocked`, of a fact that is to be recorded now. */
export function blockedAnew(state: CaseState, step: Step, on: string): Obstacle | null {
  const hindrance = blocked(state, step, on);
  if (hindrance !== null || step.type !== 'HouseholdSplit' || state.kind === 'unknown') return hindrance;
  return unless(present(state).length > 1, 'SPLIT_TAKES_ALL');
}

/** Not asked of a split that stands: it is not undone because somebody who stayed turns out to have left before it. */
function takesAll(state: CaseState, fact: CaseFact): Obstacle | null {
  if (fact.type !== 'HouseholdSplit' || state.kind === 'unknown') return null;
  const stays = present(state).some(({ personId }) => !fact.data.personIds.includes(personId));
  return unless(stays, 'SPLIT_TAKES_ALL', ...fact.data.personIds);
}

/** The case is with the one it is assigned to: nothing to do, and nothing in the way. */
export function alreadyAssigned(state: CaseState, fact: CaseFact): boolean {
  if (fact.type !== 'CaseAssigned' && fact.type !== 'CaseTakenOver') return false;
  if (state.kind === 'unknown' || state.assignment === null) return false;
  const { assignee, organisation } = state.assignment;
  return assignee === fact.data.assignee && organisation === fact.data.organisation;
}

function stepOf(fact: CaseFact): Step {
  if (fact.type !== 'MovedIn') return { type: fact.type, housing: null };
  return { type: fact.type, housing: fact.data.housingKind === 'REGULAR' ? 'REGULAR' : 'INTERIM' };
}

/** What stands in the way of any fact of this kind on that day, whatever else it says; null if one of them can happen. */
function blocked(state: CaseState, step: Step, on: string): Obstacle | null {
  const { type } = step;
  if (state.kind === 'unknown') {
    return unless(type === 'PermitGranted' || type === 'MembersReceived', 'CASE_UNKNOWN');
  }
  if (state.kind === 'ended' && !possibleWhenEnded(type, state.endReason === 'HOUSED')) {
    return obstacle('CASE_CLOSED');
  }
  const possible = subjects(state, step, on).length > 0;
  switch (type) {
    case 'PermitGranted':
      return unless(!state.ownPermit, 'PERMIT_ALREADY_GRANTED');
    case 'MembersReceived':
    case 'MemberAdded':
    case 'ChildBorn':
    case 'InformationProfileCompleted':
    case 'ImpedimentReported':
    case 'NoteAdded':
    case 'DocumentReferenced':
    case 'CaseClosed':
      return null;
    case 'MemberRemoved':
    case 'FollowingFamilyArrived':
    case 'HouseholdSplit':
    case 'HouseholdMerged':
    case 'PermitWithdrawn':
    case 'HouseholdDeparted':
    case 'PersonDeceased':
      return nobody(state);
    case 'IdentityItemObtained':
      return nobody(state) ?? unless(possible, 'ALL_ITEMS_OBTAINED');
    case 'MunicipalityLinked':
      return state.link === null ? null : obstacle('ALREADY_LINKED');
    case 'LinkRevoked':
      return (
        notLinked(state) ??
        unless(!present(state).some(livesInRegularHome), 'ALREADY_MOVED_IN') ??
        unless(!tenancySigned(state), 'TENANCY_SIGNED')
      );
    case 'MunicipalityTransferAgreed':
      return notLinked(state) ?? unless(state.stage !== 'MOVED_IN' || livesElsewhere(state), 'ALREADY_MOVED_IN');
    case 'ProfileAccepted':
      return notLinked(state) ?? unless(state.link?.profileAcceptedOn === null, 'PROFILE_ALREADY_ACCEPTED');
    case 'SearchStarted':
      return notLinked(state) ?? unless(state.link?.searchStartedOn === null, 'SEARCH_ALREADY_STARTED');
    case 'HomeOffered':
      return nobody(state) ?? notLinked(state) ?? newOfferObstacle(state);
    case 'OfferWithdrawn':
    case 'HomeViewed':
    case 'OfferAccepted':
    case 'OfferRefused':
      return unless(possible, 'NO_STANDING_OFFER');
    case 'RefusalJudged':
      return unless(possible, 'NO_REFUSAL');
    case 'TenancySigned':
      return unless(!tenancySigned(state), 'TENANCY_ALREADY_SIGNED') ?? unless(possible, 'OFFER_NOT_ACCEPTED');
    case 'MovedIn':
      if (possible) return null;
      return (
        nobody(state) ?? (step.housing === 'REGULAR' ? regularHomeObstacle(state, on) : obstacle('ALREADY_MOVED_IN'))
      );
    case 'ImpedimentResolved':
      return unless(possible, 'NO_OPEN_IMPEDIMENT');
    case 'TermSuspended':
      return (
        unless(state.suspension === null, 'ALREADY_SUSPENDED') ??
        unless(runningTerms(state).length > 0, 'NO_TERM_RUNNING')
      );
    case 'TermResumed':
      return unless(state.suspension !== null, 'NOT_SUSPENDED');
    case 'TermExtended':
      return unless(possible, 'NO_TERM_RUNNING');
    case 'CaseAssigned':
      return state.assignment === null ? null : obstacle('ALREADY_ASSIGNED', state.assignment.assignee);
    case 'CaseTakenOver':
    case 'CaseReleased':
      return unless(state.assignment !== null, 'NOT_ASSIGNED');
    case 'IntegrationStepReached':
      return (
        nobody(state) ??
        unless(
          present(state).some((one) => one.home !== null),
          'NOT_MOVED_IN',
        ) ??
        unless(possible, 'STEP_ALREADY_REACHED')
      );
    case 'CaseReopened':
      return unless(state.kind === 'ended', 'CASE_OPEN');
  }
}

/** Ids, or terms, that a fact of this kind can be about on that day; empty where it is about none in particular. */
export function subjects(state: KnownCase, step: Step, on: string): readonly string[] {
  switch (step.type) {
    case 'MemberRemoved':
    case 'FollowingFamilyArrived':
    case 'HouseholdSplit':
    case 'HouseholdMerged':
    case 'PermitWithdrawn':
    case 'HouseholdDeparted':
    case 'PersonDeceased':
      return ids(present(state));
    case 'IdentityItemObtained':
      return ids(present(state).filter((one) => IDENTITY_ITEMS.some((item) => !hasItem(state, one.personId, item))));
    case 'MovedIn':
      return ids(present(state).filter((one) => canMove(state, one, step.housing, on)));
    case 'IntegrationStepReached':
      return ids(
        present(state).filter(
          (one) => one.home !== null && INTEGRATION_STEPS.some((it) => !hasReached(state, one.personId, it)),
        ),
      );
    case 'OfferWithdrawn':
      return offerIds(state, withdrawable);
    case 'HomeViewed':
      return offerIds(state, viewable);
    case 'OfferAccepted':
      return offerIds(state, acceptable);
    case 'OfferRefused':
      return offerIds(state, refusable);
    case 'RefusalJudged':
      return offerIds(state, judgeable);
    case 'TenancySigned':
      return offerIds(state, signable);
    case 'ImpedimentResolved':
      return state.impediments.filter((one) => one.resolvedOn === null).map((one) => one.impedimentId);
    case 'TermExtended':
      return runningTerms(state);
    case 'PermitGranted':
    case 'MembersReceived':
    case 'MemberAdded':
    case 'ChildBorn':
    case 'InformationProfileCompleted':
    case 'MunicipalityLinked':
    case 'LinkRevoked':
    case 'MunicipalityTransferAgreed':
    case 'ProfileAccepted':
    case 'SearchStarted':
    case 'HomeOffered':
    case 'ImpedimentReported':
    case 'TermSuspended':
    case 'TermResumed':
    case 'CaseAssigned':
    case 'CaseTakenOver':
    case 'CaseReleased':
    case 'NoteAdded':
    case 'DocumentReferenced':
    case 'CaseClosed':
    case 'CaseReopened':
      return [];
  }
}

function possibleWhenEnded(type: CaseFactType, housed: boolean): boolean {
  return ALWAYS_POSSIBLE.has(type) || (type === 'IntegrationStepReached' && housed);
}

/** A fact weeks late must not be refused because somebody has meanwhile taken the case or written a note. */
const ALWAYS_POSSIBLE: ReadonlySet<CaseFactType> = new Set<CaseFactType>([
  'MembersReceived',
  'CaseReopened',
  'CaseAssigned',
  'CaseTakenOver',
  'CaseReleased',
  'NoteAdded',
  'DocumentReferenced',
  'ImpedimentResolved',
  'TermResumed',
]);

function nobody(state: CaseFacts): Obstacle | null {
  return unless(present(state).length > 0, 'NOBODY_PRESENT');
}

function notLinked(state: CaseFacts): Obstacle | null {
  return unless(state.link !== null, 'NOT_LINKED');
}

/** A home outside the linked municipality counts only after a transfer, so that can be agreed when they live there already. */
function livesElsewhere(state: CaseFacts): boolean {
  return present(state).some((one) => one.home !== null && one.home.municipality !== state.link?.municipality);
}

function ids(members: readonly CaseMember[]): readonly string[] {
  return members.map((one) => one.personId);
}

function offerIds(state: CaseFacts, possible: (state: CaseFacts, offer: Offer) => boolean): readonly string[] {
  return state.offers.filter((offer) => possible(state, offer)).map((offer) => offer.offerId);
}
