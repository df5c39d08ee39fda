import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { aging } from './aging.ts';
import { cohorts } from './cohorts.ts';
import { conformance } from './conformance.ts';
import { delay } from './delay.ts';
import { arrivals, flow } from './flow.ts';
import { handover } from './handover.ts';
import { impediments } from './impediments.ts';
import { onTime } from './on-time.ts';
import { performanceGraph } from './performance-graph.ts';
import { phases } from './phases.ts';
import { rework } from './rework.ts';
import { QuestionRefused } from '../selections/question-refused.ts';
import { Selection } from '../selections/selection.ts';
import type { Question } from '../selections/question.ts';
import { survival } from './survival.ts';
import { lifetime, throughput } from './throughput.ts';
import { variants } from './variants.ts';

/** Measures that every event table has, by the names under which they are asked for; docs/analysis.md defines them. */
export const MEASURES = {
  dfg: performanceGraph,
  throughput,
  lifetime,
  variants,
  rework,
  handover,
  survival,
  aging,
  'on-time': onTime,
  flow,
  arrivals,
  phases,
  impediments,
  delay,
  conformance,
  cohorts,
} as const;

export type MeasureName = keyof typeof MEASURES;
/** External logs know of no norm terms and no impediments. */
export const OF_OWN_CASES: ReadonlySet<MeasureName> = new Set<MeasureName>(['phases', 'impediments']);
/** Everything else runs in calendar days, as legal terms do. */
export const IN_WORKING_DAYS: ReadonlySet<MeasureName> = new Set<MeasureName>(['dfg', 'throughput', 'handover']);

export type Measured<M extends MeasureName> = Awaited<ReturnType<(typeof MEASURES)[M]>>;

export function isMeasure(name: string): name is MeasureName {
  return Object.hasOwn(MEASURES, name);
}

/** Asks over a connection of its own, so that questions can be asked at the same time. @throws QuestionRefused */
export async function measure<M extends MeasureName>(
  store: AnalyticStore,
  name: M,
  question: Question = {},
): Promise<Measured<M>> {
  const connection = await store.another();
  try {
    return await measured(await Selection.of(connection, question), name);
  } finally {
    await connection.close();
  }
}

/** @throws QuestionRefused */
export async function measured<M extends MeasureName>(selection: Selection, name: M): Promise<Measured<M>> {
  if (OF_OWN_CASES.has(name) && !selection.ofOwnCases) {
    throw new QuestionRefused(
      `${name} can be asked of the cases of this system only: an external log knows of no norm terms and no impediments`,
    );
  }
  if (selection.question.workingDays && !IN_WORKING_DAYS.has(name)) {
    throw new QuestionRefused(
      `${name} is counted in calendar days, as legal terms are; ${[...IN_WORKING_DAYS].join(', ')} can be asked in working days`,
    );
  }
  return (await MEASURES[name](selection)) as Measured<M>;
}
