import { expect } from '@jest/globals';
import { decide, type CaseCommand } from '../../src/journey/cases.decider.ts';
import type { CaseEvent, CaseFact } from '../../src/journey/cases.events.ts';
import { isRefusal, type Refusal } from '../../src/event-sourcing/decider.ts';
import { recorded, TODAY } from '../examples.ts';

/** `given(what was recorded).when(command).thenRecorded(…) | thenRefused(code, …whatIsNamed) | thenNothing()` */
export function given(...events: readonly CaseEvent[]) {
  const record = recorded(events);
  return {
    when(command: CaseCommand) {
      const decision = decide(command, record);
      return {
        thenRecorded(...expected: readonly CaseEvent[]): void {
          expect(decision).toEqual(expected);
        },
        /** `named`: what would have to be recorded first, and what stands in the way. */
        thenRefused(code: string, ...named: readonly string[]): void {
          expect(decision).toMatchObject({ refused: code });
          const { missing = [], inTheWay = [] } = decision as Refusal;
          if (named.length > 0) expect([...missing, ...inTheWay]).toEqual(named);
          expect(isRefusal(decision) && decision.detail.length > 0).toBe(true);
        },
        thenNothing(): void {
          expect(decision).toEqual([]);
        },
      };
    },
    /** The fact is recorded as it is. */
    records(what: CaseFact): void {
      this.when({ do: 'record', fact: what, today: TODAY }).thenRecorded(what);
    },
    refuses(what: CaseFact, code: string, ...named: readonly string[]): void {
      this.when({ do: 'record', fact: what, today: TODAY }).thenRefused(code, ...named);
    },
  };
}
