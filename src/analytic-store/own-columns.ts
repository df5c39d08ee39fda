/**
 * What numbers in columns of own cases stand for: who fills the tables and who asks them agree on it here.
 */

/** Ways of putting impediments together, each with its bit: days on which more than one held a case up count once in each. */
export const HELD_BY = { total: 1, code: 2, owner: 4, phase: 8 } as const;
export type HeldBy = keyof typeof HELD_BY;
export const WAYS = Object.keys(HELD_BY) as readonly HeldBy[];

/** What has become of a run of a phase (`course`). Where none is due, nothing is late. */
export const COURSE = { open: 0, reached: 1, reachedLate: 2, stopped: 3, stoppedLate: 4 } as const;

/** Phases of the journey, in its order, in which they compare. */
export const PHASES = ['LINK', 'RELINK', 'HOME', 'TENANCY', 'MOVE', 'WHOLE'] as const;

/** Days are whole, and durations microseconds. */
export const DAY_US = 86_400_000_000;
