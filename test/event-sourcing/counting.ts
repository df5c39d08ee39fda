import type { Decider } from '../../src/event-sourcing/decider.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import type { Envelope } from '../../src/event-sourcing/transact.ts';

/** The smallest stream with a rule: a counter that goes no higher than ten, and needn't count zero. */
export const counter: Decider<{ add: number }, number, RecordedEvent, { type: string; data: { added: number } }> = {
  initial: 0,
  evolve: (sum, event) => sum + (event.data['added'] as number),
  decide: ({ add }, sum) => {
    if (add === 0) return [];
    if (sum + add > 10) return { refused: 'TOO_MANY', detail: `${sum} and ${add} are more than ten` };
    return Array.from({ length: add }, () => ({ type: 'Counted', data: { added: 1 } }));
  },
};

export function envelope(commandId: string, other: Partial<Envelope> = {}): Envelope {
  return {
    commandId,
    name: 'count',
    actor: 'anna',
    role: 'PLACEMENT_COORDINATOR',
    organisation: 'COA',
    correlationId: 'correlation',
    causationId: commandId,
    ...other,
  };
}
