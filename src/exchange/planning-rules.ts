import type { EventLog } from '../event-sourcing/event-log.ts';
import { readReference } from '../reference/reference-reading.ts';
import type { Given } from './case-plan.ts';

/** What rows are decided by besides the rules of the journey: the reference facts of the log. */
export async function planningRules(log: EventLog, today: string): Promise<Omit<Given, 'caseId'>> {
  const { reference, parked } = await readReference(log);
  if (parked !== null) throw new Error(`the rules in force cannot be read: ${parked.reason}`);
  return {
    today,
    limitsOn: (day) => reference.normTerms(day),
    faultOf: ({ data }) => {
      if (!('municipality' in data) || reference.municipality(data.municipality) !== undefined) return undefined;
      return {
        column: 'municipality',
        code: 'MUNICIPALITY_UNKNOWN',
        reason: `There is no municipality ${data.municipality}.`,
      };
    },
  };
}
