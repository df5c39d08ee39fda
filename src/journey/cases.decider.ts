import type { Decider, Decision, Refusal } from '../event-sourcing/decider.ts';
import { idOf, type RecordedEvent } from '../event-sourcing/event.ts';
import type { Sealed } from '../privacy/sealed.ts';
import {
  caseAmendments,
  caseCatalogue,
  effectiveFacts,
  factIn,
  membersOf,
  type RecordedCaseEvent,
} from './case-history.ts';
import { obstacle, refusal } from './case-refusals.ts';
import { sameFact, weigh, type TermLimits } from './case-weighing.ts';
import type { CaseEvent, CaseFact } from './cases.events.ts';

export type { TermLimits } from './case-weighing.ts';

/** `today` is the present calendar day in the Netherlands. */
export type CaseCommand =
  | { readonly do: 'record'; readonly fact: CaseFact; readonly today: string; readonly limits?: TermLimits }
  | {
      readonly do: 'correct';
      /** A fact, or an earlier correction of it. */
      readonly eventId: string;
      /** What takes its place; of the same type. */
      readonly fact: CaseFact;
      readonly reason: Sealed | null;
      readonly today: string;
      readonly limits?: TermLimits;
    }
  | {
      readonly do: 'retract';
      /** A fact, a correction or a retraction. */
      readonly eventId: string;
      readonly reason: Sealed | null;
      readonly today: string;
    }
  | { readonly do: 'erase'; readonly subjects: readonly string[]; readonly today: string };

/** What a case is decided on: everything recorded in it, in order of revision. */
export type CaseRecord = readonly RecordedCaseEvent[];

export const casesDecider: Decider<CaseCommand, CaseRecord, RecordedEvent, CaseEvent> = {
  initial: [],
  /** @throws UnknownEvent where a newer program has written */
  evolve: (record, event) => [...record, caseCatalogue.read(event)],
  decide,
  catalogue: caseCatalogue,
};

/**
 * Puts what is asked for in its place in the effective history and looks whether every fact can still happen in the state
 * before it. So a late fact, a correction and a retraction are judged by the same rules as a fact of today. A fact that
 * could not happen before either (older rules let it in) is not held against the command.
 */
export function decide(command: CaseCommand, record: CaseRecord): Decision<CaseEvent> {
  switch (command.do) {
    case 'record':
      return decideFact(command, record);
    case 'correct':
      return decideCorrection(command, record);
    case 'retract':
      return decideRetraction(command, record);
    case 'erase':
      return decideErasure(command, record);
  }
}

type Command<Do extends CaseCommand['do']> = Extract<CaseCommand, { do: Do }>;

function decideFact({ fact, today, limits }: Command<'record'>, record: CaseRecord): Decision<CaseEvent> {
  return notOn(fact, today) ?? weigh(fact, record, limits);
}

function decideCorrection(command: Command<'correct'>, record: CaseRecord): Decision<CaseEvent> {
  const { eventId, fact, reason, today, limits } = command;
  const target = record.find((event) => event.id === eventId);
  if (target === undefined) return refusal(obstacle('FACT_UNKNOWN', eventId));
  const corrected = factIn(target);
  if (corrected === null) return refusal(obstacle('NOT_A_FACT'));
  if (corrected.type !== fact.type) return refusal(obstacle('OTHER_TYPE', corrected.type));
  const { retractions, corrections } = caseAmendments(record);
  if (retractions.has(eventId)) return refusal(obstacle('FACT_RETRACTED', retractions.get(eventId)!.id));
  const standing = effectiveFacts(record).find(({ original, statedBy }) =>
    target.type === 'FactCorrected' ? statedBy === target : original === target,
  );
  if (standing === undefined) {
    return refusal(obstacle('CORRECTION_SUPERSEDED', corrections.get(eventId)?.id ?? target.id));
  }
  if (sameFact(standing.fact, fact)) return [];
  const correction: CaseEvent = { type: 'FactCorrected', data: { occurredOn: today, eventId, reason, fact } };
  return notOn(fact, today) ?? weigh(correction, record, limits);
}

function decideRetraction({ eventId, reason, today }: Command<'retract'>, record: CaseRecord): Decision<CaseEvent> {
  const target = record.find((event) => event.id === eventId);
  if (target === undefined) return refusal(obstacle('FACT_UNKNOWN', eventId));
  if (target.type === 'PersonalDataErased') return refusal(obstacle('NOT_RETRACTABLE'));
  if (caseAmendments(record).retractions.has(eventId)) return [];
  return weigh({ type: 'FactRetracted', data: { occurredOn: today, eventId, reason } }, record);
}

/** Of whoever was ever named in the case, facts retracted since included; and of the case itself, for its free text. */
function decideErasure({ subjects, today }: Command<'erase'>, record: CaseRecord): Decision<CaseEvent> {
  const [first] = record;
  if (first === undefined) return refusal(obstacle('CASE_UNKNOWN'));
  const known = new Set([
    idOf(first.stream),
    ...record.flatMap((event) => membersOf(event).map((one) => one.personId)),
  ]);
  const unknown = subjects.filter((subject) => !known.has(subject));
  if (unknown.length > 0) return refusal(obstacle('SUBJECT_UNKNOWN', ...unknown));
  const erased = record.flatMap((event) => (event.type === 'PersonalDataErased' ? event.data.subjects : []));
  const remaining = [...new Set(subjects)].filter((subject) => !erased.includes(subject));
  return remaining.length === 0
    ? []
    : [{ type: 'PersonalDataErased', data: { occurredOn: today, subjects: remaining } }];
}

function notOn(fact: CaseFact, today: string): Refusal | null {
  return fact.data.occurredOn > today ? refusal(obstacle('IN_THE_FUTURE', fact.data.occurredOn)) : null;
}
