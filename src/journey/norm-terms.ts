import { addDays, epochDay } from '../event-sourcing/days.ts';
import type { Reference } from '../reference/reference.ts';
import type { CaseHistory } from './case-history.ts';
import { homeFound, type KnownCase, type Suspension } from './case-shape.ts';
import type { NormTerm } from './cases.events.ts';

/** How one term of a case stands. Nothing here depends on today: late means that `metOn`, or today, lies after `dueOn`. */
export interface TermStanding {
  readonly term: NormTerm;
  /** HOME: sequence of the link. MOVE: 1 for the first tenancy. LINK and WHOLE run once: 1. */
  readonly sequence: number;
  readonly startedOn: string;
  /** Last day on which the term is met in time, suspensions that are over and extensions included. */
  readonly dueOn: string;
  /** Day on which what the term asks for was reached. */
  readonly metOn: string | null;
  /** Day on which the term stopped running without having been met: link revoked, tenancy given up, joined a sponsor, case ended. */
  readonly endedOn: string | null;
  /** Days by which suspensions moved `dueOn`. */
  readonly suspendedDays: number;
  /** Since when the running term stands still; those days are not in `dueOn` yet. */
  readonly suspendedSince: string | null;
  /** Days by which extensions moved `dueOn`. */
  readonly extendedDays: number;
  /** The municipality whose term it is (HOME, MOVE), or the one the household is linked to. */
  readonly municipality: string | null;
}

/**
 * What a term has come to by the end of a day. `SUSPENDED`: it stands still, and had not fallen due before; one that had is
 * `OVERDUE` all the same. `STOPPED`: it need not be met any more (link revoked, tenancy given up, case ended), and was not
 * late by then; `STOPPED_LATE`: it was.
 */
export const TERM_OUTCOMES = [
  'MET_IN_TIME',
  'MET_LATE',
  'OVERDUE',
  'RUNNING',
  'SUSPENDED',
  'STOPPED',
  'STOPPED_LATE',
] as const;
export type TermOutcome = (typeof TERM_OUTCOMES)[number];

/** @param on the day it is looked at; the due day is included, so a term is late from the day after it */
export function outcomeOf(standing: TermStanding, on: string): TermOutcome {
  const { dueOn, metOn, endedOn } = standing;
  if (metOn !== null) return metOn <= dueOn ? 'MET_IN_TIME' : 'MET_LATE';
  if (endedOn !== null) return endedOn <= dueOn ? 'STOPPED' : 'STOPPED_LATE';
  if (standsStill(standing)) return 'SUSPENDED';
  return dueOn < on ? 'OVERDUE' : 'RUNNING';
}

/** Suspended before its due day had passed: until it runs again, it has none. */
export function standsStill({ suspendedSince, dueOn }: TermStanding): boolean {
  return suspendedSince !== null && dueOn >= suspendedSince;
}

interface Run {
  readonly term: NormTerm;
  readonly sequence: number;
  readonly startedOn: string;
  readonly normDays: number;
  readonly metOn: string | null;
  readonly endedOn: string | null;
  readonly municipality: string | null;
}

/**
 * The terms of a case (14 weeks = 2 + 10 + 2, counted from the permit): due = start + the norm of the rule set in force at
 * the start, in calendar days, due day included, and the whole judged on its own. "Home found" is the day of the offer
 * that was accepted later. A re-link restarts the term for the home only; a refusal, justified or not, restarts nothing.
 * Each suspended day moves the term that ran on that day, and the whole. Where the norm leaves room: docs/adr/0011.
 */
export function termStandings({ state }: Pick<CaseHistory, 'state'>, reference: Reference): readonly TermStanding[] {
  return state.kind === 'unknown' ? [] : runs(state, reference).map((run) => standing(run, state));
}

function runs(state: KnownCase, reference: Reference): readonly Run[] {
  const { permitGrantedOn, links, offers } = state;
  const caseEndedOn = state.kind === 'ended' ? state.endedOn : null;
  const linkedTo = state.link?.municipality ?? null;
  const atPermit = reference.normTerms(permitGrantedOn);
  const found: Run[] = [];
  // Who was split off after the link has met this term in the case they came from: a new link is a re-link.
  if (state.linkedBeforeOn === null) {
    found.push({
      term: 'LINK',
      sequence: 1,
      startedOn: permitGrantedOn,
      normDays: atPermit.linkDays,
      metOn: links[0]?.linkedOn ?? null,
      // Who moves in with a sponsor need not be linked any more.
      endedOn: state.householdMovedInOn ?? caseEndedOn,
      municipality: linkedTo,
    });
  }
  for (const { sequence, linkedOn, municipality, revokedOn } of links) {
    found.push({
      term: 'HOME',
      sequence,
      startedOn: linkedOn,
      normDays: reference.normTerms(linkedOn).homeDays,
      metOn: homeFound(state, sequence)?.offeredOn ?? null,
      // Nor does a home have to be found any more.
      endedOn: revokedOn ?? notBefore(linkedOn, state.householdMovedInOn) ?? caseEndedOn,
      municipality,
    });
  }
  let tenancies = 0;
  for (const offer of offers) {
    if (offer.tenancy === null) continue;
    const { startOn, endedOn } = offer.tenancy;
    found.push({
      term: 'MOVE',
      sequence: ++tenancies,
      startedOn: startOn,
      normDays: reference.normTerms(startOn).moveDays,
      metOn: offer.householdMovedInOn,
      endedOn: endedOn ?? caseEndedOn,
      municipality: links.find((link) => link.sequence === offer.linkSequence)?.municipality ?? null,
    });
  }
  found.push({
    term: 'WHOLE',
    sequence: 1,
    startedOn: permitGrantedOn,
    normDays: atPermit.wholeDays,
    metOn: state.householdMovedInOn,
    endedOn: caseEndedOn,
    municipality: linkedTo,
  });
  return found;
}

function notBefore(first: string, day: string | null): string | null {
  return day !== null && day < first ? first : day;
}

function standing(run: Run, state: KnownCase): TermStanding {
  const { term, sequence, startedOn, metOn, municipality } = run;
  const endedOn = metOn === null ? run.endedOn : null;
  const stoppedOn = metOn ?? endedOn;
  let suspendedDays = 0;
  let suspendedSince: string | null = null;
  for (const suspension of state.suspensions) {
    if (stoppedOn === null && suspension.until === null) {
      suspendedSince = suspension.from > startedOn ? suspension.from : startedOn;
    } else {
      suspendedDays += daysShared(suspension, startedOn, stoppedOn);
    }
  }
  let extendedDays = 0;
  for (const extension of state.extensions) {
    if (extension.term === term && extension.sequence === sequence) extendedDays += extension.days;
  }
  const dueOn = addDays(startedOn, run.normDays + suspendedDays + extendedDays);
  return {
    term,
    sequence,
    startedOn,
    dueOn,
    metOn,
    endedOn,
    suspendedDays,
    suspendedSince,
    extendedDays,
    municipality,
  };
}

/** Days on which a suspension and a run overlap; both without their last day. At least one of them has ended. */
function daysShared(suspension: Suspension, startedOn: string, stoppedOn: string | null): number {
  const from = suspension.from > startedOn ? suspension.from : startedOn;
  const ends = [suspension.until, stoppedOn].filter((end) => end !== null);
  const until = ends.reduce((first, end) => (end < first ? end : first));
  return Math.max(0, epochDay(until) - epochDay(from));
}
