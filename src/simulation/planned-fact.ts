import type { CaseFact, CaseFactType } from '../journey/cases.events.ts';

/** Who says so. */
export type Speaker = 'COA' | 'MUNICIPALITY' | 'HOUSING_ASSOCIATION' | 'SUPPORT_ORGANISATION';

/** A fact of a household, the day it happens and the day it is recorded. */
export interface PlannedFact {
  readonly type: CaseFactType;
  readonly on: number;
  recordedOn: number;
  /** Place among the household's facts in the order of recording: of the event that states it. */
  revision: number;
  readonly by: Speaker;
  /** Index of the municipality that is concerned; -1: none yet. */
  readonly place: number;
  /** Persons who count as housed by it for the first time, or, of a correction, whose day of counting it moves. */
  readonly counts: number;
  /** A link of the chain: recorded after all links before it. What is none may be recorded before or after. */
  readonly isLink: boolean;
  /** What must have been recorded before, though this is no link. */
  readonly follows: PlannedFact | undefined;
  /** Takes back, or takes the place of, another. */
  readonly amends: { readonly target: PlannedFact; readonly how: 'CORRECT' | 'RETRACT' } | undefined;
  /** What it says, made when it is needed; of a retraction, what it takes back. */
  readonly make: () => CaseFact;
}
