import fc from 'fast-check';
import { caseHistory, type CaseHistory, type RecordedCaseEvent } from '../src/cases/case-history.ts';
import { canMoveInto } from '../src/cases/case-possible.ts';
import { present, UNKNOWN_CASE, type CaseState } from '../src/cases/case-state.ts';
import { decide, type CaseCommand } from '../src/cases/cases.decider.ts';
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
  type CaseEvent,
  type CaseFact,
  type CaseFactType,
  type FactOf,
  type ImpedimentCode,
  type Member,
} from '../src/cases/cases.events.ts';
import { nextSteps, type NextStep } from '../src/cases/next-steps.ts';
import { addDays, amsterdamDay, daysBetween } from '../src/event-sourcing/days.ts';
import { isRefusal } from '../src/event-sourcing/decider.ts';
import type { JsonObject, RecordedEvent } from '../src/event-sourcing/event.ts';
import { CHAIN_START, eventHash } from '../src/event-sourcing/hash-chain.ts';
import type { Personal, Sealed } from '../src/privacy/sealed.ts';
import { decideReference, type ReferenceCommand } from '../src/reference/reference.decider.ts';
import { COUNTING_RULES_STREAM, NORM_TERMS_STREAM, type ReferenceEvent } from '../src/reference/reference.events.ts';
import { DEFAULT_COUNTING_RULES, DEFAULT_NORM_TERMS, defaultReferenceEvents } from '../src/reference/reference.ts';
import { metadata, uuid } from './examples.ts';

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

const MUNICIPALITIES = ['GM0344', 'GM0855', 'GM0599'];
const FIRST_INSTANT = Date.parse('2017-01-10T08:00:00.000Z');
const HOUR = 3_600_000;
const MOST_CASES = 5;
/** What brings a household nearer to its home: without a push few random households would get there. */
const ONWARD: readonly CaseFactType[] = [
  'MunicipalityLinked',
  'HomeOffered',
  'OfferAccepted',
  'RefusalJudged',
  'TenancySigned',
  'MovedIn',
];
const ENDING: readonly CaseFactType[] = [
  'CaseClosed',
  'HouseholdMerged',
  'HouseholdDeparted',
  'PermitWithdrawn',
  'PersonDeceased',
  'MemberRemoved',
  'LinkRevoked',
];

/** A sealed value whose box is no secret: tests can open it, or pretend that they can't. */
export function sealPlainly(subject: string, value: Personal | string): Sealed {
  return { subject, keyVersion: 1, box: Buffer.from(JSON.stringify(value)).toString('base64url') };
}
export function openPlainly(sealed: { readonly box: string }): unknown {
  return JSON.parse(Buffer.from(sealed.box, 'base64url').toString());
}

/**
 * Valid histories of up to five cases and of the reference streams, in one order of positions: everything in it was let in
 * by the real deciders, and with the dates of a real office: on the day, late, corrected, retracted, brought back.
 */
export function randomLog(choices: Choices): readonly RecordedEvent[] {
  const log = new RandomLog(choices);
  while (!choices.exhausted) log.step();
  return log.events;
}

/** Logs of some dozens of events over some weeks; a failing one is shrunk to as few of its first events as will do. */
export const anyLog: fc.Arbitrary<readonly RecordedEvent[]> = fc
  .tuple(fc.noShrink(fc.integer()), fc.integer({ min: 1, max: 900 }))
  .map(([seed, count]) => randomLog(new Choices(seed, count)));

class RandomLog {
  readonly events: RecordedEvent[] = [];
  readonly #choices: Choices;
  readonly #cases = new Map<string, readonly RecordedCaseEvent[]>();
  readonly #reference = new Map<string, readonly ReferenceEvent[]>();
  readonly #heads = new Map<string, RecordedEvent>();
  readonly #inTransfer: { readonly from: string; readonly event: RecordedCaseEvent }[] = [];
  #now = FIRST_INSTANT;
  #position = 0;
  #ids = 0;

  constructor(choices: Choices) {
    this.#choices = choices;
    for (const { stream, event } of defaultReferenceEvents()) {
      this.#append(stream, event.id, event.type, event.data, event.metadata.recordedAt);
      this.#reference.set(stream, [event as unknown as ReferenceEvent]);
    }
  }

  step(): void {
    const choices = this.#choices;
    if (choices.oneIn(2)) this.#now += choices.below(36) * HOUR;
    const [transfer] = this.#inTransfer;
    if (transfer !== undefined && choices.oneIn(2)) return this.#receive(transfer);
    if (this.#cases.size === 0 || (this.#cases.size < MOST_CASES && choices.oneIn(8))) return this.#open();
    const [caseId, record] = choices.of([...this.#cases]);
    switch (choices.below(12)) {
      case 0:
        return this.#amend(caseId, record);
      case 1:
        return this.#decide(caseId, {
          do: 'retract',
          eventId: choices.of(record).id,
          reason: null,
          today: this.#today,
        });
      case 2:
        return choices.oneIn(3) ? this.#changeReference() : this.#undo(caseId, record);
      default:
        return this.#goOn(caseId, caseHistory(record));
    }
  }

  get #today(): string {
    return amsterdamDay(new Date(this.#now).toISOString());
  }

  /** Today, or some days or weeks late. */
  #someDay(): string {
    return this.#choices.oneIn(3) ? addDays(this.#today, -this.#choices.below(45)) : this.#today;
  }

  readonly #newId = (): string => uuid('random', ++this.#ids);

  #open(): void {
    const caseId = this.#newId();
    const step = nextSteps(UNKNOWN_CASE, this.#today).find((one) => one.type === 'PermitGranted')!;
    const fact = factFor(
      step,
      UNKNOWN_CASE,
      addDays(this.#today, -this.#choices.below(60)),
      this.#choices,
      this.#newId,
    );
    this.#decide(caseId, { do: 'record', fact, today: this.#today });
  }

  #goOn(caseId: string, { state }: CaseHistory): void {
    const possible = nextSteps(state, this.#today).filter((step) => step.possible && !this.#tooMuch(step));
    const onward = possible.filter(({ type, housing }) => ONWARD.includes(type) && housing !== 'INTERIM');
    const step = this.#choices.of(onward.length > 0 && this.#choices.oneIn(2) ? onward : possible);
    const others = [...this.#cases.keys(), this.#newId()];
    const fact = factFor(step, state, this.#someDay(), this.#choices, this.#newId, others);
    this.#decide(caseId, { do: 'record', fact, today: this.#today });
  }

  /** What ends a case is always possible, but must not be all that happens. */
  #tooMuch({ type }: NextStep): boolean {
    return ENDING.includes(type) && !this.#choices.oneIn(6);
  }

  #amend(caseId: string, record: readonly RecordedCaseEvent[]): void {
    const facts = caseHistory(record).facts;
    if (facts.length === 0) return;
    const { fact, eventId } = this.#choices.of(facts);
    const occurredOn = addDays(fact.data.occurredOn, this.#choices.below(9) - 4);
    const corrected = { ...fact, data: { ...fact.data, occurredOn } } as CaseFact;
    const other = 'municipality' in corrected.data ? { municipality: this.#choices.of(MUNICIPALITIES) } : {};
    const replacement = { type: corrected.type, data: { ...corrected.data, ...other } } as CaseFact;
    this.#decide(caseId, { do: 'correct', eventId, fact: replacement, reason: null, today: this.#today });
  }

  /** Retracts a correction or a retraction, if there is one. */
  #undo(caseId: string, record: readonly RecordedCaseEvent[]): void {
    const amendments = record.filter((event) => event.type === 'FactRetracted' || event.type === 'FactCorrected');
    if (amendments.length === 0) return;
    const eventId = this.#choices.of(amendments).id;
    this.#decide(caseId, { do: 'retract', eventId, reason: null, today: this.#today });
  }

  #changeReference(): void {
    const validFrom = addDays(this.#today, this.#choices.below(60) - 50);
    const shorter = 1 + this.#choices.below(30);
    const command: ReferenceCommand = this.#choices.oneIn(2)
      ? {
          do: 'setNormTerms',
          validFrom,
          terms: { ...DEFAULT_NORM_TERMS, homeDays: 70 - shorter, wholeDays: 98 - shorter },
        }
      : {
          do: 'setCountingRules',
          validFrom,
          rules: { ...DEFAULT_COUNTING_RULES, countedHousing: this.#choices.someOf(HOUSING_KINDS) },
        };
    const stream = command.do === 'setNormTerms' ? NORM_TERMS_STREAM : COUNTING_RULES_STREAM;
    const record = this.#reference.get(stream) ?? [];
    const decision = decideReference(command, record);
    if (isRefusal(decision)) return;
    this.#reference.set(stream, [...record, ...decision]);
    for (const event of decision) this.#append(stream, this.#newId(), event.type, event.data as unknown as JsonObject);
  }

  #receive(transfer: { readonly from: string; readonly event: RecordedCaseEvent }): void {
    this.#inTransfer.shift();
    const { from, event } = transfer;
    if (event.type !== 'HouseholdSplit' && event.type !== 'HouseholdMerged') return;
    const { state } = caseHistory(this.#cases.get(from)!);
    if (state.kind === 'unknown') return;
    const members = state.members.filter((one) => event.data.personIds.includes(one.personId));
    const fact: FactOf<'MembersReceived'> = {
      type: 'MembersReceived',
      data: {
        occurredOn: event.data.occurredOn,
        fromCaseId: from,
        transferId: event.id,
        permitType: state.permitType,
        channel: state.channel,
        permitGrantedOn: state.permitGrantedOn,
        receptionCentre: state.receptionCentre,
        members: members.map(({ personId, role, birthYear, unaccompaniedMinor, followingFamily }) => ({
          personId,
          role,
          birthYear,
          unaccompaniedMinor,
          followingFamily,
          personal: null,
        })),
      },
    };
    this.#decide(event.data.targetCaseId, { do: 'record', fact, today: this.#today });
  }

  #decide(caseId: string, command: CaseCommand): void {
    const record = this.#cases.get(caseId) ?? [];
    const decision = decide(command, record);
    if (isRefusal(decision)) return;
    const stream = `case-${caseId}`;
    let after = record;
    for (const event of decision) {
      const data = event.data as unknown as JsonObject;
      const appended = this.#append(stream, this.#newId(), event.type, data) as RecordedEvent & CaseEvent;
      after = [...after, appended];
      if (appended.type === 'HouseholdSplit' || appended.type === 'HouseholdMerged') {
        this.#inTransfer.push({ from: caseId, event: appended });
      }
    }
    if (after.length > 0) this.#cases.set(caseId, after);
  }

  #append(stream: string, id: string, type: string, data: JsonObject, at?: string): RecordedEvent {
    const head = this.#heads.get(stream);
    const revision = head === undefined ? 0 : head.revision + 1;
    const recordedAt = at ?? new Date(this.#now).toISOString();
    const entry = { id, type, data, metadata: metadata(recordedAt, uuid('command', this.#ids)) };
    const hash = eventHash(head?.hash ?? CHAIN_START, stream, revision, entry);
    this.#position += 1 + (revision % 3);
    const event: RecordedEvent = { ...entry, stream, revision, position: String(this.#position), hash };
    this.#heads.set(stream, event);
    this.events.push(event);
    return event;
  }
}

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
      return { targetCaseId: choices.of(otherCases), personIds: choices.someOf(subjects) };
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
    const municipality = home?.municipality ?? known!.link!.municipality;
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
