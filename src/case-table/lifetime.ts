import type { CaseHistory } from '../journey/case-history.ts';
import type { Reference } from '../reference/reference.ts';

/** How long a case has been under way, and how that is known to have ended. */
export interface Lifetime {
  /** Day of the permit. */
  readonly from: string;
  /** Day of the first move-in that counts; null: nobody has moved in. */
  readonly housedOn: string | null;
  /** Day from which nothing more is known: the case ended without a home. Null: it was housed, or is open. */
  readonly censoredOn: string | null;
}

/**
 * Permit → first move into housing that counts, by the rules in force on the day of the move. What ends a case without a home
 * (withdrawal, departure, death, merger, any closing) censors it on its day. Undefined: nothing is known of the case.
 */
export function lifetimeOf(
  { facts, state }: Pick<CaseHistory, 'facts' | 'state'>,
  reference: Reference,
): Lifetime | undefined {
  if (state.kind === 'unknown') return undefined;
  const move = facts.find(
    ({ fact }) =>
      fact.type === 'MovedIn' &&
      reference.countingRules(fact.data.occurredOn).countedHousing.includes(fact.data.housingKind),
  );
  const housedOn = move?.fact.data.occurredOn ?? null;
  return {
    from: state.permitGrantedOn,
    housedOn,
    censoredOn: housedOn === null && state.kind === 'ended' ? state.endedOn : null,
  };
}
