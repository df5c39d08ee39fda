import type { Decision, Decider } from '../event-sourcing/decider.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import type { Sealed } from '../privacy/sealed.ts';
import { caseCatalogue, type RecordedCaseEvent } from './case-history.ts';
import type { CaseEvent, CaseFact } from './cases.events.ts';

/** Maxima from the norm terms in force; they come in with the command, so that the rules stay pure. */
export interface TermLimits {
  /** Days by which one term can be extended in all; null: no maximum. */
  readonly maximumExtensionDays: number | null;
  /** Days after which the terms of a case can't be suspended once more; null: no maximum. */
  readonly maximumSuspensionDays: number | null;
}

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
};

/** Pure: what to record, or why not. */
export function decide(command: CaseCommand, _record: CaseRecord): Decision<CaseEvent> {
  switch (command.do) {
    case 'record':
      return [command.fact];
    case 'correct': {
      const { eventId, reason, fact, today } = command;
      return [{ type: 'FactCorrected', data: { occurredOn: today, eventId, reason, fact } }];
    }
    case 'retract': {
      const { eventId, reason, today } = command;
      return [{ type: 'FactRetracted', data: { occurredOn: today, eventId, reason } }];
    }
    case 'erase':
      return [{ type: 'PersonalDataErased', data: { occurredOn: command.today, subjects: command.subjects } }];
  }
}
