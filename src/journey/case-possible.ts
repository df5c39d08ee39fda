/** What an offer, a person or a term of a case is ready for: asked by `case-requires` of a kind of fact, by `case-flaws` of one. */
import { obstacle, unless, type Obstacle } from './case-refusals.ts';
import {
  homeFound,
  housedWithSponsor,
  livesInRegularHome,
  present,
  receptionEnded,
  tenancyInForce,
  type CaseFacts,
  type CaseMember,
  type Offer,
} from './case-shape.ts';
import type { IDENTITY_ITEMS, IntegrationStep, NormTerm } from './cases.events.ts';

/** An offer that lapsed with its link on the same day may still be reported withdrawn. */
export function withdrawable(state: CaseFacts, offer: Offer): boolean {
  if (offer.status === 'LAPSED') return offer === state.offers.at(-1);
  return offer.status === 'STANDING' || offer.status === 'ACCEPTED';
}

export function viewable(_state: CaseFacts, offer: Offer): boolean {
  return offer.status === 'STANDING' || offer.status === 'ACCEPTED';
}

/** A household may still come round until its refusal is judged. */
export function acceptable(state: CaseFacts, offer: Offer): boolean {
  if (offer.status === 'STANDING') return true;
  return offer.status === 'REFUSED' && offer.judgement === null && offer.linkSequence === state.link?.sequence;
}

export function refusable(_state: CaseFacts, offer: Offer): boolean {
  return offer.status === 'STANDING' || signable(_state, offer);
}

/** A judgement can be reviewed until a new offer has been made on the strength of it. */
export function judgeable(state: CaseFacts, offer: Offer): boolean {
  return offer.status === 'REFUSED' && (offer.judgement === null || offer === state.offers.at(-1));
}

export function signable(_state: CaseFacts, offer: Offer): boolean {
  return offer.status === 'ACCEPTED' && offer.tenancy === null;
}

/** A tenancy is signed, and nobody lives there yet. */
export function tenancySigned(state: CaseFacts): boolean {
  return state.offers.some((offer) => offer.status === 'ACCEPTED' && offer.tenancy !== null);
}

/** The offer is binding and one-off: one at a time, none after an unjustified refusal, none for who is housed. */
export function newOfferObstacle(state: CaseFacts): Obstacle | null {
  for (const offer of state.offers) {
    if (offer.status === 'STANDING') return obstacle('OFFER_STANDING', offer.offerId);
    if (offer.status === 'ACCEPTED') return obstacle('OFFER_ALREADY_ACCEPTED', offer.offerId);
    if (offer.status === 'REFUSED' && offer.judgement === null) return obstacle('REFUSAL_NOT_JUDGED');
  }
  return unless(!receptionEnded(state), 'RECEPTION_ENDED') ?? unless(state.stage !== 'MOVED_IN', 'ALREADY_MOVED_IN');
}

/** Can this person move into a home of this kind on that day? Not where they live already, nor back to something interim. */
export function canMove(state: CaseFacts, one: CaseMember, housing: 'REGULAR' | 'INTERIM' | null, on: string): boolean {
  if (housing !== 'REGULAR') return !livesInRegularHome(one);
  if (!mayMoveIntoRegular(state)) return false;
  const homes = state.offers.filter(tenancyInForce);
  if (homes.length === 0) return canJoin(state) && canMoveInto(one, null);
  return homes.some((offer) => offer.tenancy!.startOn <= on && canMoveInto(one, offer.offerId));
}

/** Who was housed with the sponsor can still be recorded with a move of their own. */
export function canMoveInto(one: CaseMember, offerId: string | null): boolean {
  if (!livesInRegularHome(one) || housedWithSponsor(one)) return true;
  return offerId !== null && one.home?.offerId !== offerId;
}

/** Without a tenancy of their own: into the home somebody of the household lives in, or the sponsor of another case. */
export function canJoin(state: CaseFacts): boolean {
  return state.sponsorCaseId !== null || present(state).some(livesInRegularHome);
}

/** Following family with a case of its own moves in where the sponsor lives: it need not be linked for that. */
function mayMoveIntoRegular(state: CaseFacts): boolean {
  return state.link !== null || state.sponsorCaseId !== null;
}

/** Why nobody can move into a regular home on that day. */
export function regularHomeObstacle(state: CaseFacts, on: string): Obstacle {
  if (!mayMoveIntoRegular(state)) return obstacle('NOT_LINKED');
  if (present(state).every(livesInRegularHome)) return obstacle('ALREADY_MOVED_IN');
  const starts = state.offers.filter(tenancyInForce).map((offer) => offer.tenancy!.startOn);
  if (starts.length === 0) return obstacle('TENANCY_MISSING');
  return starts.some((start) => start <= on)
    ? obstacle('ALREADY_MOVED_IN')
    : obstacle('TENANCY_NOT_STARTED', ...starts);
}

/** The norm terms that run: the same ones that `termStandings` shows as neither met nor ended. */
export function runningTerms(state: CaseFacts): readonly NormTerm[] {
  const running: NormTerm[] = [];
  if (state.links.length === 0 && state.linkedBeforeOn === null && state.householdMovedInOn === null) {
    running.push('LINK');
  }
  if (state.link !== null && state.householdMovedInOn === null && homeFound(state, state.link.sequence) === undefined) {
    running.push('HOME');
  }
  if (state.offers.some((offer) => tenancyInForce(offer) && offer.householdMovedInOn === null)) running.push('MOVE');
  if (state.householdMovedInOn === null) running.push('WHOLE');
  return running;
}

export function hasItem(state: CaseFacts, personId: string, item: (typeof IDENTITY_ITEMS)[number]): boolean {
  return state.identityItems.some((one) => one.personId === personId && one.item === item);
}

export function hasReached(state: CaseFacts, personId: string, step: IntegrationStep): boolean {
  return state.integration.some((one) => one.personId === personId && one.step === step);
}
