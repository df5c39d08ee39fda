/** Why a command was not carried out. `code` is stable; `missing` names what would make it possible. */
export interface Refusal {
  readonly refused: string;
  readonly detail: string;
  /** The facts, ids or codes that stand in the way or are missing. */
  readonly missing?: readonly string[];
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
}
