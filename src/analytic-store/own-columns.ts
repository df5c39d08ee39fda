/**
 * What numbers in columns of own cases stand for: who fills the tables and who asks them agree on it here.
 */

/** Ways of putting impediments together, each with its bit: days on which more than one held a case up count once in each. */
export const HELD_BY = { total: 1, code: 2, owner: 4, phase: 8 } as const;
export type HeldBy = keyof typeof HELD_BY;
export const WAYS = Object.keys(HELD_BY) as readonly HeldBy[];

/** What has become of a run of a phase (`course`): by its due day, after it, or without one. */
export const COURSE = {
  open: 0,
  reached: 1,
  reachedLate: 2,
  reachedWithoutDue: 3,
  stopped: 4,
  stoppedLate: 5,
  stoppedWithoutDue: 6,
} as const;

/** Phases of the journey, in its order, in which they compare. */
export const PHASES = ['LINK', 'RELINK', 'HOME', 'TENANCY', 'MOVE', 'WHOLE'] as const;

/** Days are whole, and durations microseconds. */
export const DAY_US = 86_400_000_000;
