import type { Municipalities } from '../../src/quota/allocation.ts';

/** A country of which nothing is known, so that no quota can be computed. */
export const NO_MUNICIPALITIES: Municipalities = {
  existingOn: () => [],
  successor: (code) => code,
  inhabitants: () => undefined,
};
