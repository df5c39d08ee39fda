import { canMoveInto } from '../src/journey/case-possible.ts';
import { present, type CaseState } from '../src/journey/case-state.ts';
import {
  CHANNELS,
  DWELLING_KINDS,
  FAMILY_ROLES,
  HOUSING_KINDS,
  IDENTITY_ITEMS,
  IMPEDIMENTS,
  INTEGRATION_STEPS,
  JUDGEMENTS,
  LEARNING_ROUTES,
  LINK_REVOCATION_REASONS,
  NORM_TERMS,
  OFFER_REFUSAL_REASONS,
  OFFER_WITHDRAWAL_REASONS,
  PARTIES,
  PERMIT_TYPES,
  PLACEMENT_CRITERIA,
  REMOVAL_REASONS,
  SUSPENSION_REASONS,
  VIEWING_OUTCOMES,
  type CaseFact,
  type ImpedimentCode,
  type Member,
} from '../src/journey/cases.events.ts';
import { type NextStep } from '../src/journey/next-steps.ts';
import { addDays, daysBetween } from '../src/event-sourcing/days.ts';
import type { Personal, Sealed } from '../src/privacy/sealed.ts';

/**
 * Choices that a seed decides, so that a failing history can be told again; fewer of them give the beginning of the same
 * history, so that it can be shrunk.
 */
export class Choices {
  #state: number;
  #left: number;
  constructor(seed: number, count = Infinity) {
    // Zero would stay zero; neighbouring seeds would begin alike.
    this.#state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995 || 1;
    this.#left = count;
  }
  get exhausted(): boolean {
    return this.#left <= 0;
  }
  /** A whole number from 0 up to `limit` (xorshift32, Marsaglia 2003). */
  below(limit: number): number {
    this.#left--;
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }
  oneIn(chances: number): boolean {
    return this.below(chances) === chances - 1;
  }
  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
  someOf<T>(values: readonly T[]): readonly T[] {
    const chosen = values.filter(() => this.oneIn(2));
    return chosen.length === 0 ? [this.of(values)] : chosen;
  }
}

/** A sealed value whose box is no secret: tests can open it, or pretend that they can't. */
export function sealPlainly(subject: string, value: Personal | string): Sealed {
  return { subject, keyVersion: 1, box: Buffer.from(JSON.stringify(value)).toString('base64url') };
}
export function openPlainly(sealed: { readonly box: string }): unknown {
  return JSON.parse(Buffer.from(sealed.box, 'base64url').toString());
}

export const MUNICIPALITIES = ['GM0344', 'GM0855', 'GM0599'];

/** A fact for a possible step, with data that fit the state; on the day it is possible on, or any other. */
export function factFor(
  step: NextStep,
  state: CaseState,
  on: string,
  choices: Choices,
  newId: () => string,
  otherCases: readonly string[] = [newId()],
): CaseFact {
  const subjects = step.possible ? step.subjects : [];
  const data = { occurredOn: on, ...dataFor(step, subjects, state, on, choices, newId, otherCases) };
  return { type: step.type, data } as unknown as CaseFact;
}

function newMember(newId: () => string, choices: Choices, birthYear = 1960 + choices.below(55)): Member {
  const personId = newId();
  const personal = sealPlainly(personId, {
    name: `Person ${personId.slice(0, 8)}`,
    alienNumber: `2${personId.slice(0, 8)}0`,
  });
  return { personId, role: choices.of(FAMILY_ROLES), birthYear, personal };
}

function dataFor(
  { type, housing }: NextStep,
  subjects: readonly string[],
  state: CaseState,
  on: string,
  choices: Choices,
  newId: () => string,
  otherCases: readonly string[],
): object {
  const known = state.kind === 'unknown' ? null : state;
  const offer = known?.offers.find((one) => one.offerId === subjects[0]);
  switch (type) {
    case 'PermitGranted': {
      const members = Array.from({ length: 1 + choices.below(4) }, () => newMember(newId, choices));
      const [permitType, channel] = [choices.of(PERMIT_TYPES), choices.of(CHANNELS)];
      const sponsorCaseId = choices.oneIn(6) ? newId() : null;
      return { permitType, channel, receptionCentre: null, sponsorCaseId, members };
    }
    case 'MembersReceived':
      return {};
    case 'MemberAdded':
      return { member: newMember(newId, choices) };
    case 'ChildBorn':
      return { member: newMember(newId, choices, Number(on.slice(0, 4))) };
    case 'FollowingFamilyArrived':
      return { members: [newMember(newId, choices), newMember(newId, choices)], sponsorPersonId: choices.of(subjects) };
    case 'MemberRemoved':
      return { personId: choices.of(subjects), reason: choices.of(REMOVAL_REASONS) };
    case 'HouseholdSplit':
      return { targetCaseId: choices.of(otherCases), personIds: choices.someOf(subjects.slice(1)) };
    case 'HouseholdMerged':
      return { targetCaseId: choices.of(otherCases), personIds: subjects };
    case 'PermitWithdrawn':
    case 'HouseholdDeparted':
      return { personIds: choices.someOf(subjects) };
    case 'PersonDeceased':
      return { personId: choices.of(subjects) };
    case 'IdentityItemObtained': {
      const personId = choices.of(subjects);
      const lacks = (item: string) =>
        !known!.identityItems.some((one) => one.personId === personId && one.item === item);
      return { personId, item: choices.of(IDENTITY_ITEMS.filter(lacks)) };
    }
    case 'InformationProfileCompleted':
      return {
        languages: ['ti'],
        education: null,
        workExperience: null,
        pendingFamilyReunification: choices.oneIn(2),
        adaptedHomeNeeded: choices.oneIn(2),
        roomsNeeded: 1 + choices.below(6),
        note: null,
      };
    case 'MunicipalityLinked':
      return { municipality: choices.of(MUNICIPALITIES), criteria: [choices.of(PLACEMENT_CRITERIA)] };
    case 'LinkRevoked':
      return { reason: choices.of(LINK_REVOCATION_REASONS), note: null };
    case 'MunicipalityTransferAgreed':
      return {
        municipality: choices.of(MUNICIPALITIES.filter((one) => one !== known?.link?.municipality)),
        note: null,
      };
    case 'ProfileAccepted':
      return { contact: null };
    case 'SearchStarted':
    case 'TermResumed':
    case 'CaseReleased':
      return {};
    case 'HomeOffered':
      return {
        offerId: newId(),
        municipality: choices.oneIn(5) ? choices.of(MUNICIPALITIES) : known!.link!.municipality,
        address: null,
        kind: choices.of(DWELLING_KINDS),
        rooms: 1 + choices.below(6),
        rentCents: 40_000 + choices.below(40_000),
        availableFrom: addDays(on, choices.below(60)),
        answerBy: choices.oneIn(2) ? addDays(on, choices.below(14)) : null,
        housingAssociation: null,
      };
    case 'OfferWithdrawn':
      return { offerId: choices.of(subjects), reason: choices.of(OFFER_WITHDRAWAL_REASONS) };
    case 'HomeViewed':
      return { offerId: choices.of(subjects), outcome: choices.of(VIEWING_OUTCOMES) };
    case 'OfferAccepted':
      return { offerId: choices.of(subjects) };
    case 'OfferRefused':
      return { offerId: choices.of(subjects), reason: choices.of(OFFER_REFUSAL_REASONS), note: null };
    case 'RefusalJudged':
      return {
        offerId: subjects[0],
        judgement: choices.of(JUDGEMENTS.filter((one) => one !== offer?.judgement)),
        note: null,
      };
    case 'TenancySigned': {
      const waiting = Math.max(0, daysBetween(offer!.offeredOn, on));
      return { offerId: subjects[0], tenancyStartOn: addDays(on, choices.below(8) - Math.min(6, waiting)) };
    }
    case 'MovedIn':
      return moveFor(housing, subjects, state, on, choices);
    case 'ImpedimentReported':
      return {
        impedimentId: newId(),
        code: choices.of(Object.keys(IMPEDIMENTS) as ImpedimentCode[]),
        owner: choices.of(PARTIES),
        term: choices.oneIn(2) ? choices.of(NORM_TERMS) : null,
        note: null,
      };
    case 'ImpedimentResolved':
      return { impedimentId: choices.of(subjects), note: null };
    case 'TermSuspended':
      return { reason: choices.of(SUSPENSION_REASONS), note: null };
    case 'TermExtended':
      return { term: choices.of(subjects), days: 1 + choices.below(28), note: null };
    case 'CaseAssigned':
      return { assignee: choices.of(['fatima', 'pieter']), organisation: 'utrecht' };
    case 'CaseTakenOver':
      return {
        assignee: choices.of(['jan', 'els'].filter((one) => one !== known!.assignment!.assignee)),
        organisation: 'tilburg',
        from: known!.assignment!.assignee,
        reason: null,
      };
    case 'NoteAdded':
      return { noteId: newId(), text: null };
    case 'DocumentReferenced':
      return { documentId: newId(), title: null, uri: null };
    case 'IntegrationStepReached': {
      const personId = choices.of(subjects);
      const lacks = (it: string) => !known!.integration.some((one) => one.personId === personId && one.step === it);
      return { personId, step: choices.of(INTEGRATION_STEPS.filter(lacks)), route: choices.of(LEARNING_ROUTES) };
    }
    case 'CaseClosed':
      return { reason: choices.of(known?.stage === 'MOVED_IN' ? ['HOUSED', 'OTHER'] : ['OUT_OF_SCOPE', 'OTHER']) };
    case 'CaseReopened':
      return { reason: null };
  }
}

/** Into the home that is waiting; or, for the time being, to a place where nobody of them lives yet. */
function moveFor(
  housing: NextStep['housing'],
  subjects: readonly string[],
  state: CaseState,
  on: string,
  choices: Choices,
): object {
  const known = state.kind === 'unknown' ? null : state;
  const movers = present(known!).filter((one) => subjects.includes(one.personId));
  if (housing === 'REGULAR') {
    const homes = known!.offers.filter((offer) => offer.tenancy !== null && offer.tenancy.endedOn === null);
    const home = homes.find(
      (offer) => offer.tenancy!.startOn <= on && movers.some((one) => canMoveInto(one, offer.offerId)),
    );
    const able = movers.filter((one) => canMoveInto(one, home?.offerId ?? null));
    const personIds = able.map((one) => one.personId);
    const municipality = home?.municipality ?? known!.link?.municipality ?? choices.of(MUNICIPALITIES);
    return {
      personIds: choices.oneIn(3) ? choices.someOf(personIds) : personIds,
      housingKind: 'REGULAR',
      municipality,
      offerId: home?.offerId ?? null,
    };
  }
  const mover = choices.of(movers);
  const linked = known!.link !== null;
  const kinds = HOUSING_KINDS.filter(
    (kind) => kind !== 'REGULAR' && kind !== mover.home?.kind && (linked || kind !== 'TRANSIT_LOCATION'),
  );
  return {
    personIds: [mover.personId],
    housingKind: choices.of(kinds),
    municipality: choices.of(MUNICIPALITIES),
    offerId: null,
  };
}
