import type { Written } from './catalogue.ts';

/** Why a command was not carried out. `refused` is a stable code. */
export interface Refusal {
  readonly refused: string;
  readonly detail: string;
  /** Kinds of fact that would have to be recorded first. */
  readonly missing?: readonly string[];
  /** Ids, days, codes or numbers of what stands in the way: which of them, the code decides. */
  readonly inTheWay?: readonly string[];
}

/** Events to record; an empty list means: already so, nothing to do. */
export type Decision<Event> = readonly Event[] | Refusal;

export function isRefusal<Event>(decision: Decision<Event>): decision is Refusal {
  return 'refused' in decision;
}

/** Pure rules of one kind of stream: no clock, no I/O, no ids of its own making. */
export interface Decider<Command, State, Recorded, Event> {
  readonly initial: State;
  /** Total: folds whatever is in the log, never throws on a fact it would refuse today. */
  evolve(state: State, event: Recorded): State;
  decide(command: Command, state: State): Decision<Event>;
  /** Says in which version its events are written; absent: all in their first. */
  readonly catalogue?: Writer<Event>;
}

/** A catalogue, as far as writing goes. */
export interface Writer<Event> {
  write(event: Event): Written;
}
