import { dateOfEpochDay } from '../event-sourcing/days.ts';
import { isRefusal, type Decision } from '../event-sourcing/decider.ts';
import { effectiveFacts, type RecordedCaseEvent } from '../journey/case-history.ts';
import { refusal } from '../journey/case-refusals.ts';
import { requires } from '../journey/case-requires.ts';
import { evolve, UNKNOWN_CASE, type CaseState } from '../journey/case-state.ts';
import { decide, type CaseCommand } from '../journey/cases.decider.ts';
import { JOURNEY_STEP, type CaseEvent, type CaseFact } from '../journey/cases.events.ts';

/** Cases whose state is remembered: more than are on their way in a country, so that only larger ones are told anew. */
const REMEMBERED = 24_000;

/** A case as far as it has been told: what its next fact is decided on. */
export interface ToldCase {
  state: CaseState;
  /** Events recorded. */
  events: number;
  /** Place in the effective history of its last fact. */
  lastOn: string;
  lastStep: number;
}

/** Everything recorded in a case, in order of revision; made only where it is needed. */
export type Record = () => RecordedCaseEvent[];

/**
 * Decides what is told of cases, as `decide` does. A fact that comes after all others can only fail by what it requires itself
 * (`case-weighing` weighs the others too, which it can't reach), so that the state they left is enough; all else is put before
 * `decide` with the whole record.
 */
export class ToldCases {
  /** In order of last use. */
  private readonly remembered = new Map<number, ToldCase>();

  /** @param events how many have been recorded */
  of(number: number, events: number, record: Record): ToldCase {
    const found = this.remembered.get(number);
    if (found !== undefined) this.remembered.delete(number);
    const told = found?.events === events ? found : folded(record());
    this.remembered.set(number, told);
    if (this.remembered.size > REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!);
    return told;
  }

  /** The event to record, or why not; the case goes on with it. */
  tell(told: ToldCase, command: CaseCommand, record: Record): Decision<CaseEvent> {
    if (command.do === 'record' && isLast(told, command.fact) && command.fact.data.occurredOn <= command.today) {
      const { fact } = command;
      const obstacle = requires(told.state, fact);
      if (obstacle !== null) return refusal(obstacle);
      told.state = evolve(told.state, fact);
      told.events++;
      told.lastOn = fact.data.occurredOn;
      told.lastStep = JOURNEY_STEP[fact.type];
      return [fact];
    }
    const events = record();
    const decision = decide(command, events);
    if (isRefusal(decision) || decision.length === 0) return decision;
    const next = { ...decision[0]!, id: 'next', revision: events.length } as RecordedCaseEvent;
    Object.assign(told, folded([...events, next]));
    return decision;
  }
}

function isLast({ lastOn, lastStep }: ToldCase, { type, data }: CaseFact): boolean {
  if (type === 'CaseReopened' || type === 'CaseAssigned') return false;
  return data.occurredOn > lastOn || (data.occurredOn === lastOn && JOURNEY_STEP[type] >= lastStep);
}

function folded(events: readonly RecordedCaseEvent[]): ToldCase {
  let state: CaseState = UNKNOWN_CASE;
  let last: CaseFact | undefined;
  for (const { fact } of effectiveFacts(events)) {
    state = evolve(state, fact);
    last = fact;
  }
  return {
    state,
    events: events.length,
    lastOn: last?.data.occurredOn ?? dateOfEpochDay(0),
    lastStep: last === undefined ? 0 : JOURNEY_STEP[last.type],
  };
}
