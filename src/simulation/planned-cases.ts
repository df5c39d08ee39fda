import { dateOfEpochDay } from '../event-sourcing/days.ts';
import { isRefusal, type Decision, type Refusal } from '../event-sourcing/decider.ts';
import { streamName } from '../event-sourcing/event.ts';
import type { RecordedCaseEvent } from '../journey/case-history.ts';
import { decide, type CaseCommand } from '../journey/cases.decider.ts';
import type { CaseEvent } from '../journey/cases.events.ts';
import type { Draws } from './draws.ts';
import { FOR, type Household } from './household.ts';
import type { PlannedFact } from './planned-fact.ts';

/** The cases of households as they are planned: what they are called in the log, and what the rules say of them. */
export class PlannedCases {
  private readonly draws: Draws;

  constructor(draws: Draws) {
    this.draws = draws;
  }

  caseId({ number }: Household): string {
    return this.draws.uuid(number, FOR.CASE_ID);
  }

  streamOf(household: Household): string {
    return streamName('case', this.caseId(household));
  }

  commandId({ number }: Household, first: number): string {
    return this.draws.uuid(number, FOR.COMMAND_ID, first);
  }

  eventId({ number }: Household, revision: number): string {
    return this.draws.uuid(number, FOR.EVENT_ID, revision);
  }

  /** What the rules need to know of what has been recorded; sealed values are of no concern to them. */
  recordOf(household: Household, told: readonly PlannedFact[]): RecordedCaseEvent[] {
    return told.map((planned, index) => {
      const id = this.eventId(household, index);
      const { amends, on } = planned;
      if (amends === undefined) return numbered(planned.make(), id, index);
      const eventId = this.eventId(household, amends.target.revision);
      const data = { occurredOn: dateOfEpochDay(on), eventId, reason: null };
      return amends.how === 'RETRACT'
        ? numbered({ type: 'FactRetracted', data }, id, index)
        : numbered({ type: 'FactCorrected', data: { ...data, fact: planned.make() } }, id, index);
    });
  }

  /** Why the rules don't allow the fact that is planned after `events` others; undefined: they do. */
  refusalOf(household: Household, plan: readonly PlannedFact[], events: number): Refusal | undefined {
    const planned = plan[events]!;
    return refusalIn(decide(this.unsealed(household, planned), this.recordOf(household, plan.slice(0, events))));
  }

  private unsealed(household: Household, planned: PlannedFact): CaseCommand {
    const { amends, make, recordedOn } = planned;
    const today = dateOfEpochDay(recordedOn);
    if (amends === undefined) return { do: 'record', fact: make(), today };
    const eventId = this.eventId(household, amends.target.revision);
    return amends.how === 'RETRACT'
      ? { do: 'retract', eventId, reason: null, today }
      : { do: 'correct', eventId, fact: make(), reason: null, today };
  }
}

/** That there is nothing to record is a refusal, too. */
export function refusalIn(decision: Decision<CaseEvent>): Refusal | undefined {
  if (isRefusal(decision)) return decision;
  return decision.length === 0 ? { refused: 'ALREADY_SO', detail: 'Nothing new.' } : undefined;
}

const NO_METADATA = {
  recordedAt: '',
  actor: '',
  role: '',
  organisation: '',
  command: '',
  commandId: '',
  correlationId: '',
  causationId: '',
};

function numbered(event: CaseEvent, id: string, revision: number): RecordedCaseEvent {
  return { ...event, id, revision, stream: '', position: '', hash: '', metadata: NO_METADATA } as RecordedCaseEvent;
}
