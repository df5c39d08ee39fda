import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { aging } from './aging.ts';
import { arrivals, flow } from './flow.ts';
import { handover } from './handover.ts';
import { onTime } from './on-time.ts';
import { performanceGraph } from './performance-graph.ts';
import { rework } from './rework.ts';
import { Selection, type Question } from './selection.ts';
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
} as const;

export type MeasureName = keyof typeof MEASURES;
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
    await connection.run(`set timezone = 'UTC'`);
    return (await MEASURES[name](await Selection.of(connection, question))) as Measured<M>;
  } finally {
    connection.close();
  }
}
