import type { Obstacle } from './case-refusals.ts';
import { blockedAnew, subjects, type Step } from './case-requires.ts';
import type { CaseState } from './case-shape.ts';
import { JOURNEY_STEP, type CaseFactType } from './cases.events.ts';

/** What can be done next in a case, or why not. */
export type NextStep =
  | (Step & {
      readonly possible: true;
      /** Ids, or norm terms, that it can be about; empty where it is about none in particular. */
      readonly subjects: readonly string[];
    })
  | (Step & { readonly possible: false } & Obstacle);

/** Recorded by a process when another case hands persons over, never by hand. */
const BY_PROCESS: CaseFactType = 'MembersReceived';

const STEPS: readonly Step[] = (Object.keys(JOURNEY_STEP) as CaseFactType[])
  .filter((type) => type !== BY_PROCESS)
  .flatMap((type): readonly Step[] =>
    type === 'MovedIn'
      ? [
          { type, housing: 'REGULAR' },
          { type, housing: 'INTERIM' },
        ]
      : [{ type, housing: null }],
  );

/**
 * Every kind of fact, in the order of the journey: whether one can be recorded with today's date after all that has
 * happened, and if not, why. By the very rules that the decider refuses with.
 * @param today present calendar day in the Netherlands; a tenancy may not have started yet
 */
export function nextSteps(state: CaseState, today: string): readonly NextStep[] {
  return STEPS.map((step) => {
    const obstacle = blockedAnew(state, step, today);
    if (obstacle !== null) return { ...step, possible: false, ...obstacle };
    return { ...step, possible: true, subjects: state.kind === 'unknown' ? [] : subjects(state, step, today) };
  });
}
