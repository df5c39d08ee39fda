import type { CaseHistory } from '../journey/case-history.ts';
import type { PHASES } from '../analytic-store/own-columns.ts';
import { daysBetween } from '../event-sourcing/days.ts';
import { homeFound, type KnownCase } from '../journey/case-state.ts';
import type { NormTerm } from '../journey/cases.events.ts';
import { standsStill, termStandings } from '../journey/norm-terms.ts';
import type { Reference } from '../reference/reference.ts';

/** The phases with a norm term; that between the offer and the tenancy, and that from a revoked link to the next, have none. */
export type CasePhase = NormTerm | Extract<(typeof PHASES)[number], 'TENANCY' | 'RELINK'>;

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
  return [...terms, ...tenancies(state), ...relinks(state)];
}

/** Whether there is a day on which both go on, in phases that compare: everything else runs within the whole. */
export function areAtOnce(one: PhaseRun, other: PhaseRun): boolean {
  if (one.phase === 'WHOLE' || other.phase === 'WHOLE') return false;
  const goesOnAt = ({ reachedOn, stoppedOn }: PhaseRun, day: string): boolean => {
    const ended = reachedOn ?? stoppedOn;
    return ended === null || ended > day;
  };
  const began = one.from > other.from ? one.from : other.from;
  return goesOnAt(one, began) && goesOnAt(other, began);
}

function tenancies(state: KnownCase): readonly PhaseRun[] {
  return state.links.flatMap(({ sequence, revokedOn }) => {
    const home = homeFound(state, sequence);
    if (home === undefined) return [];
    const run = { phase: 'TENANCY', sequence, from: home.offeredOn, reachedOn: home.tenancy?.startOn ?? null } as const;
    return [withoutNorm(state, run, revokedOn ?? endedOn(state))];
  });
}

/** Who was split off from a household that had been linked waits for a new link, too: from the day the case was opened. */
function relinks(state: KnownCase): readonly PhaseRun[] {
  const { links, linkedBeforeOn, openedOn, householdMovedInOn } = state;
  const waits = links.map(({ sequence, revokedOn }, index) => ({ sequence, from: revokedOn, next: links[index + 1] }));
  if (linkedBeforeOn !== null) waits.unshift({ sequence: 0, from: openedOn, next: links[0] });
  return waits.flatMap(({ sequence, from, next }) => {
    // Who lives in a home, all of them, need not be linked any more.
    if (from === null || (next === undefined && householdMovedInOn !== null && householdMovedInOn <= from)) return [];
    const run = { phase: 'RELINK', sequence, from, reachedOn: next?.linkedOn ?? null } as const;
    return [withoutNorm(state, run, householdMovedInOn ?? endedOn(state))];
  });
}

function withoutNorm(
  { suspensions }: KnownCase,
  run: Pick<PhaseRun, 'phase' | 'sequence' | 'from' | 'reachedOn'>,
  endsOn: string | null,
): PhaseRun {
  const { from, reachedOn } = run;
  const until = reachedOn ?? endsOn;
  let suspendedDays = 0;
  let suspendedSince: string | null = null;
  for (const suspension of suspensions) {
    const since = suspension.from > from ? suspension.from : from;
    const ends = [suspension.until, until].filter((end) => end !== null).sort();
    if (ends[0] === undefined) suspendedSince = since;
    else suspendedDays += Math.max(0, daysBetween(since, ends[0]));
  }
  return { ...run, stoppedOn: reachedOn === null ? endsOn : null, dueOn: null, suspendedDays, suspendedSince };
}

function endedOn(state: KnownCase): string | null {
  return state.kind === 'ended' ? state.endedOn : null;
}
