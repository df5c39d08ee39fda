import type { Draws } from './draws.ts';
import { FOR, isSponsor, needsAdaptedHome, type Household } from './household.ts';
import { IMPEDIMENT_PATTERNS, PARAMETERS as P, type ImpedimentPattern, type ImpedimentPhase } from './parameters.ts';

const BY_PHASE: Readonly<Record<ImpedimentPhase, readonly [number, ImpedimentPattern][]>> = {
  LINKING: of('LINKING'),
  SEARCH: of('SEARCH'),
  SIGNING: of('SIGNING'),
  MOVING: of('MOVING'),
  SETTLING: of('SETTLING'),
};

function of(phase: ImpedimentPhase): readonly [number, ImpedimentPattern][] {
  return [...IMPEDIMENT_PATTERNS.entries()].filter(([, pattern]) => pattern.phase === phase);
}

/** A phase of a journey: from a day until before another. */
export interface PhaseSpan {
  readonly phase: ImpedimentPhase;
  readonly from: number;
  /** Infinity: it has not ended. */
  readonly until: number;
}

interface Impediment {
  readonly pattern: ImpedimentPattern;
  /** Which of the household's it is. */
  readonly nth: number;
  readonly from: number;
  /** 0: never said to be resolved. */
  readonly until: number;
  readonly isRetracted: boolean;
}

/** What held a household up, phase by phase: reported, and mostly resolved when it or its phase ended. */
export function impedimentsOf(draws: Draws, household: Household, spans: readonly PhaseSpan[]): readonly Impediment[] {
  const found: Impediment[] = [];
  const { number } = household;
  for (const [run, span] of spans.entries()) {
    for (const [index, pattern] of BY_PHASE[span.phase]) {
      const nth = index + run * IMPEDIMENT_PATTERNS.length;
      if (!draws.chance(pattern.perMille, number, FOR.IMPEDIMENT, nth) || !concerns(draws, household, pattern))
        continue;
      const from = span.from + pattern.afterDays + draws.below(4, number, FOR.IMPEDIMENT, 1_000 + nth);
      if (from >= span.until) continue;
      const isRetracted = draws.chance(P.impedimentRetracted, number, FOR.IMPEDIMENT_RETRACTED, nth);
      const isResolved = !isRetracted && draws.chance(P.impedimentResolved, number, FOR.IMPEDIMENT_RESOLVED, nth);
      const lasts = 1 + draws.below(pattern.lastsDays, number, FOR.IMPEDIMENT_RESOLVED, 1_000 + nth);
      const until = isResolved ? Math.min(from + lasts, span.until) : 0;
      found.push({ pattern, nth, from, until, isRetracted });
    }
  }
  return found;
}

function concerns(draws: Draws, household: Household, { sizes, only }: ImpedimentPattern): boolean {
  if (sizes !== undefined && (household.size < sizes[0] || household.size > sizes[1])) return false;
  switch (only) {
    case 'ADAPTED':
      return needsAdaptedHome(draws, household);
    case 'SPONSOR':
      return isSponsor(draws, household);
    case undefined:
      return true;
  }
}
