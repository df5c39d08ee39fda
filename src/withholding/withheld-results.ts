import type { Measured, MeasureName } from '../bottlenecks/measures.ts';
import type { Withholding } from './support.ts';
import { impediments } from './withheld-impediments.ts';
import { cohorts } from './withheld-cohorts.ts';
import { conformance } from './withheld-conformance.ts';
import { delay } from './withheld-delay.ts';
import { phases } from './withheld-phases.ts';
import { dfg, handover, rework, variants } from './withheld-steps.ts';
import { aging, arrivals, flow, lifetime, onTime, survival, throughput } from './withheld-times.ts';

/** Of every measure, in one place. */
export const WITHHOLDINGS: { readonly [M in MeasureName]: Withholding<Measured<M>> } = {
  dfg,
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
  delay,
  impediments,
  conformance,
  cohorts,
};
