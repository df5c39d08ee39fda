import { Catalogue, type EventType } from '../event-sourcing/catalogue.ts';
import {
  amendments,
  effectiveHistory,
  type Amendments,
  type AmendmentRules,
  type Effective,
} from '../event-sourcing/effective-history.ts';
import { idOf, type RecordedEvent } from '../event-sourcing/event.ts';
import type { StreamModel } from '../projecting/projection.ts';
import { referenceOf, type Reference } from '../reference/reference.ts';
import { evolve, UNKNOWN_CASE, type CaseState } from './case-state.ts';
import { JOURNEY_STEP, type CaseEvent, type CaseEventType, type CaseFact, type Member } from './cases.events.ts';

/** An event of a case as it stands in the log, with its data in today's shape. */
export type RecordedCaseEvent = RecordedEvent & CaseEvent;

/** A fact that stands, and who told us when. */
export interface EffectiveFact {
  readonly fact: CaseFact;
  /** The event that first stated it: the fact's name when it is corrected or retracted. */
  readonly eventId: string;
  /** Revision of that event. */
  readonly revision: number;
  /** When, by whom and for which organisation it was first stated. */
  readonly recordedAt: string;
  readonly actor: string;
  readonly organisation: string;
  /** The correction whose statement stands; its id is also the one that the sealed values of `fact` were sealed with. */
  readonly correctedBy: string | null;
}

/** All there is to know of one case: every view of it is a pure function of this. */
export interface CaseHistory {
  readonly caseId: string;
  /** Everything recorded, in order of revision. */
  readonly events: readonly RecordedCaseEvent[];
  /** The effective history. */
  readonly facts: readonly EffectiveFact[];
  readonly state: CaseState;
  /** Revision of the last event; -1 if there is none. */
  readonly revision: number;
}

const FIRST: EventType = { version: 1 };

export const caseCatalogue = new Catalogue<CaseEvent>({
  PermitGranted: FIRST,
  MemberAdded: FIRST,
  MemberRemoved: FIRST,
  ChildBorn: FIRST,
  FollowingFamilyArrived: FIRST,
  HouseholdSplit: FIRST,
  HouseholdMerged: FIRST,
  MembersReceived: FIRST,
  IdentityItemObtained: FIRST,
  InformationProfileCompleted: FIRST,
  MunicipalityLinked: FIRST,
  LinkRevoked: FIRST,
  MunicipalityTransferAgreed: FIRST,
  ProfileAccepted: FIRST,
  SearchStarted: FIRST,
  HomeOffered: FIRST,
  OfferWithdrawn: FIRST,
  HomeViewed: FIRST,
  OfferAccepted: FIRST,
  OfferRefused: FIRST,
  RefusalJudged: FIRST,
  TenancySigned: FIRST,
  MovedIn: FIRST,
  ImpedimentReported: FIRST,
  ImpedimentResolved: FIRST,
  TermSuspended: FIRST,
  TermResumed: FIRST,
  TermExtended: FIRST,
  CaseAssigned: FIRST,
  CaseTakenOver: FIRST,
  CaseReleased: FIRST,
  NoteAdded: FIRST,
  DocumentReferenced: FIRST,
  IntegrationStepReached: FIRST,
  PermitWithdrawn: FIRST,
  HouseholdDeparted: FIRST,
  PersonDeceased: FIRST,
  CaseClosed: FIRST,
  CaseReopened: FIRST,
  FactRetracted: FIRST,
  FactCorrected: { version: 1, holds: 'fact' },
  PersonalDataErased: FIRST,
} satisfies Record<CaseEventType, EventType>);

/** A case event, recorded or about to be. */
export type NumberedCaseEvent = CaseEvent & { readonly id: string; readonly revision: number };

/** What an event states: itself, or what a correction puts in the place of another; null where it only takes something away. */
export function factIn(event: CaseEvent): CaseFact | null {
  if (event.type === 'FactRetracted' || event.type === 'PersonalDataErased') return null;
  return event.type === 'FactCorrected' ? event.data.fact : event;
}

const RULES: AmendmentRules<NumberedCaseEvent, CaseFact> = {
  factOf: factIn,
  retracts: (event) => (event.type === 'FactRetracted' ? event.data.eventId : null),
  corrects: (event) => (event.type === 'FactCorrected' ? event.data.eventId : null),
  occurredOn: (fact) => fact.data.occurredOn,
  step: (fact) => JOURNEY_STEP[fact.type],
};

/** Which events of a case have been taken back or put right, and by which event. */
export function caseAmendments<Event extends NumberedCaseEvent>(events: readonly Event[]): Amendments<Event> {
  return amendments(events, RULES as AmendmentRules<Event, CaseFact>);
}

/** The facts of a case that stand, in their order. */
export function effectiveFacts<Event extends NumberedCaseEvent>(
  events: readonly Event[],
): readonly Effective<Event, CaseFact>[] {
  const facts = effectiveHistory(events, RULES as AmendmentRules<Event, CaseFact>);
  return facts.some(({ fact }) => fact.type === 'CaseReopened') ? reopeningsFirst(facts) : facts;
}

const CAN_END_A_CASE: ReadonlySet<CaseEventType> = new Set<CaseFact['type']>([
  'CaseClosed',
  'MemberRemoved',
  'HouseholdSplit',
  'HouseholdMerged',
  'PermitWithdrawn',
  'HouseholdDeparted',
  'PersonDeceased',
]);

/**
 * Closing is the last thing of a day, and reopening, which can undo it, has its place there too. But who reopens what ended
 * on an earlier day goes on working that day: such a reopening comes before everything else of its day.
 */
function reopeningsFirst<Event extends NumberedCaseEvent>(
  facts: readonly Effective<Event, CaseFact>[],
): readonly Effective<Event, CaseFact>[] {
  const undoesItsOwnDay = (reopening: Effective<Event, CaseFact>) =>
    facts.some(
      ({ fact, original }) =>
        fact.data.occurredOn === reopening.fact.data.occurredOn &&
        original.revision < reopening.original.revision &&
        (CAN_END_A_CASE.has(fact.type) || fact.type === 'CaseReopened'),
    );
  const first = new Set(facts.filter((one) => one.fact.type === 'CaseReopened' && !undoesItsOwnDay(one)));
  return facts.toSorted((a, b) => {
    const [dayOfA, dayOfB] = [a.fact.data.occurredOn, b.fact.data.occurredOn];
    if (dayOfA !== dayOfB) return dayOfA < dayOfB ? -1 : 1;
    return Number(first.has(b)) - Number(first.has(a));
  });
}

/** All persons an event brings into the case. */
export function membersOf(event: CaseEvent): readonly Member[] {
  const data = factIn(event)?.data;
  if (data === undefined) return [];
  if ('members' in data) return data.members;
  return 'member' in data ? [data.member] : [];
}

/**
 * @param before the history of the first of these events, if it is known
 * @throws UnknownEvent where a newer program has written
 */
export function caseHistory(recorded: readonly RecordedEvent[], before?: CaseHistory): CaseHistory {
  const events = recorded.map((event) => caseCatalogue.read(event));
  if (before !== undefined) {
    const longer = withNewFacts(before, events);
    if (longer !== undefined) return longer;
  }
  let state: CaseState = UNKNOWN_CASE;
  const facts = effectiveFacts(events).map((effective): EffectiveFact => {
    state = evolve(state, effective.fact);
    return standing(effective);
  });
  const caseId = events[0] === undefined ? '' : idOf(events[0].stream);
  return { caseId, events, facts, state, revision: events.at(-1)?.revision ?? -1 };
}

/** A case mostly grows fact by fact: what has been folded stays, unless something new comes before it or changes it. */
function withNewFacts(before: CaseHistory, events: readonly RecordedCaseEvent[]): CaseHistory | undefined {
  if (before.facts.some(({ fact }) => fact.type === 'CaseReopened')) return undefined;
  let { state } = before;
  const facts = [...before.facts];
  for (const event of events.slice(before.events.length)) {
    const fact = factIn(event);
    if (fact === null || fact !== event || fact.type === 'CaseReopened') return undefined;
    const last = facts.at(-1);
    if (last !== undefined && comesBefore(fact, last.fact)) return undefined;
    state = evolve(state, fact);
    facts.push(standing({ fact, original: event, statedBy: event }));
  }
  return { caseId: before.caseId, events, facts, state, revision: events.at(-1)!.revision };
}

function comesBefore(one: CaseFact, other: CaseFact): boolean {
  const [dayOfOne, dayOfOther] = [one.data.occurredOn, other.data.occurredOn];
  return dayOfOne === dayOfOther ? JOURNEY_STEP[one.type] < JOURNEY_STEP[other.type] : dayOfOne < dayOfOther;
}

function standing({ fact, original, statedBy }: Effective<RecordedCaseEvent, CaseFact>): EffectiveFact {
  const { recordedAt, actor, organisation } = original.metadata;
  const correctedBy = statedBy === original ? null : statedBy.id;
  return { fact, eventId: original.id, revision: original.revision, recordedAt, actor, organisation, correctedBy };
}

export const caseModel: StreamModel<CaseHistory, Reference> = {
  category: 'case',
  history: caseHistory,
  referenceCategory: 'reference',
  reference: referenceOf,
};
