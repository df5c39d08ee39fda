import type { Role } from '../access/development-identity.ts';

/** Who asks, as far as groups of own cases are concerned. */
export interface Asker {
  /** Groups of fewer cases than this are withheld. */
  readonly least: number;
  /** Is told which cases they are; to others they stand under names that hold for one list. */
  readonly seesCases: boolean;
}

/** The process-improvement team; and who operates the command line. */
export const THE_TEAM: Asker = { least: 5, seesCases: true };
const EVERYBODY_ELSE: Asker = { least: 10, seesCases: false };

export function askerOf(role: Role): Asker {
  return role === 'PROCESS_ANALYST' ? THE_TEAM : EVERYBODY_ELSE;
}
