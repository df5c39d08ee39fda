import { tell, toldCase, type ToldCase } from '../journey/told-case.ts';
import type { Decision } from '../event-sourcing/decider.ts';
import type { RecordedCaseEvent } from '../journey/case-history.ts';
import type { CaseCommand } from '../journey/cases.decider.ts';
import type { CaseEvent } from '../journey/cases.events.ts';

/** Cases that are remembered: more than are on their way in a country, so that only larger ones are put together anew. */
const REMEMBERED = 24_000;

/** Everything recorded in a case, in order of revision; made only where it is needed. */
export type Record = () => readonly RecordedCaseEvent[];

/** Decides what is told of cases, as `decide` does; remembers how far they have been told. */
export class ToldCases {
  /** In order of last use. */
  private readonly remembered = new Map<number, ToldCase>();

  /**
   * The event to record, or why not; the case goes on with it.
   * @param events how many have been recorded
   */
  tell(number: number, events: number, command: CaseCommand, record: Record): Decision<CaseEvent> {
    const found = this.remembered.get(number);
    if (found !== undefined) this.remembered.delete(number);
    const { decision, told } = tell(found?.events === events ? found : toldCase(record()), command, record);
    this.remembered.set(number, told);
    if (this.remembered.size > REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!);
    return decision;
  }

  /** Little or nothing more will be told of it. */
  forget(number: number): void {
    this.remembered.delete(number);
  }
}
