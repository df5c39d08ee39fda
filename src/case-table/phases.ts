import type { CaseHistory } from '../journey/case-history.ts';
import { homeFound } from '../journey/case-state.ts';
import type { NormTerm } from '../journey/cases.events.ts';
import { standsStill, termStandings } from '../journey/norm-terms.ts';
import type { Reference } from '../reference/reference.ts';

/** The phases with a norm term, and the one between the offer and the tenancy, which has none. */
export type CasePhase = NormTerm | 'TENANCY';

/** One run of a phase between two milestones. Nothing in it depends on today. */
export interface PhaseRun {
  readonly phase: CasePhase;
  readonly sequence: number;
  readonly from: string;
  /** Day of the milestone at its end. */
  readonly reachedOn: string | null;
  /** Day on which it stopped without having reached that. */
  readonly stoppedOn: string | null;
  /** Last day of the norm term; null: there is none, or it stands still. */
  readonly dueOn: string | null;
  readonly suspendedDays: number;
  readonly suspendedSince: string | null;
}

/** Permit → link → offer → tenancy → moved in, and the whole; every run of every phase. */
export function phasesOf(history: Pick<CaseHistory, 'state'>, reference: Reference): readonly PhaseRun[] {
  const { state } = history;
  if (state.kind === 'unknown') return [];
  const terms = termStandings(history, reference).map((standing): PhaseRun => ({
    phase: standing.term,
    sequence: standing.sequence,
    from: standing.startedOn,
    reachedOn: standing.metOn,
    stoppedOn: standing.endedOn,
    dueOn: standsStill(standing) ? null : standing.dueOn,
    suspendedDays: standing.suspendedDays,
    suspendedSince: standing.suspendedSince,
  }));
  const endedOn = state.kind === 'ended' ? state.endedOn : null;
  const tenancies = state.links.flatMap(({ sequence, revokedOn }): readonly PhaseRun[] => {
    const home = homeFound(state, sequence);
    if (home === undefined) return [];
    const reachedOn = home.tenancy?.startOn ?? null;
    return [
      {
        phase: 'TENANCY',
        sequence,
        from: home.offeredOn,
        reachedOn,
        stoppedOn: reachedOn === null ? (revokedOn ?? endedOn) : null,
        dueOn: null,
        suspendedDays: 0,
        suspendedSince: null,
      },
    ];
  });
  return [...terms, ...tenancies];
}
