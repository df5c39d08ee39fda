/** For whoever tells many facts of a case one after the other: the decisions of `cases.decider`, at a fraction of their time. */
import type { Decision } from '../event-sourcing/decider.ts';
import { isRefusal } from '../event-sourcing/decider.ts';
import { effectiveFacts, type NumberedCaseEvent, type RecordedCaseEvent } from './case-history.ts';
import { alreadyAssigned, requires } from './case-requires.ts';
import { evolve, UNKNOWN_CASE, type CaseState } from './case-state.ts';
import { decide, type CaseCommand } from './cases.decider.ts';
import { JOURNEY_STEP, type CaseEvent, type CaseFact, type CaseFactType } from './cases.events.ts';

/** A case as far as it has been told: what its next fact is decided on. */
export interface ToldCase {
  readonly state: CaseState;
  /** Events recorded. */
  readonly events: number;
  /** Where the last fact stands in the effective history: its day ('' without any), and its step. */
  readonly lastOn: string;
  readonly lastStep: number;
}

/** @param events everything recorded in the case, in order of revision */
export function toldCase(events: readonly NumberedCaseEvent[]): ToldCase {
  let state: CaseState = UNKNOWN_CASE;
  const facts = effectiveFacts(events);
  for (const { fact } of facts) state = evolve(state, fact);
  return { state, events: events.length, ...placeOf(facts.at(-1)?.fact) };
}

/** What is decided, and the case as it goes on with that. */
export interface Told {
  readonly decision: Decision<CaseEvent>;
  readonly told: ToldCase;
}

/**
 * As `decide`. A fact that comes after all others changes nothing for them, and can happen if it has what it requires in the
 * state they leave: no more is asked of most kinds of facts. All else is put before `decide`.
 * @param record everything recorded in the case; made only where it is needed
 */
export function tell(told: ToldCase, command: CaseCommand, record: () => readonly RecordedCaseEvent[]): Told {
  if (command.do === 'record' && isLast(told, command) && isPossible(told.state, command.fact)) {
    const { fact } = command;
    return { decision: [fact], told: { state: evolve(told.state, fact), events: told.events + 1, ...placeOf(fact) } };
  }
  const events = record();
  const decision = decide(command, events);
  if (isRefusal(decision) || decision.length === 0) return { decision, told };
  const next = decision.map((event, nth) => ({ ...event, id: `next ${nth}`, revision: events.length + nth }));
  return { decision, told: toldCase([...events, ...next]) };
}

/** More is asked of them than `requires` does, or they are not in their place as the last of their day. */
const WEIGHED: ReadonlySet<CaseFactType> = new Set<CaseFactType>([
  'CaseReopened',
  'HouseholdSplit',
  'HouseholdMerged',
  'MembersReceived',
]);

function isPossible(state: CaseState, fact: CaseFact): boolean {
  return requires(state, fact) === null && !alreadyAssigned(state, fact);
}

/** Limits are of what came before as well. */
function isLast(told: ToldCase, { fact, today, limits }: Extract<CaseCommand, { do: 'record' }>): boolean {
  const { lastOn, lastStep } = told;
  const { occurredOn } = fact.data;
  if (WEIGHED.has(fact.type) || limits !== undefined || occurredOn > today) return false;
  return occurredOn > lastOn || (occurredOn === lastOn && JOURNEY_STEP[fact.type] >= lastStep);
}

function placeOf(fact: CaseFact | undefined): Pick<ToldCase, 'lastOn' | 'lastStep'> {
  return fact === undefined
    ? { lastOn: '', lastStep: 0 }
    : { lastOn: fact.data.occurredOn, lastStep: JOURNEY_STEP[fact.type] };
}
