import type { MeasureName } from '../bottlenecks/measures.ts';

/** What each measure tells, for who looks for one; docs/analysis.md defines them. */
export const MEASURE_WORDS: { readonly [M in MeasureName]: { readonly definition: string; readonly unit: string } } = {
  dfg: {
    definition: 'Process map: pairs of events that follow each other directly, how often, and the wait between them.',
    unit: 'seconds',
  },
  throughput: { definition: 'From the first event of a case to its last.', unit: 'seconds' },
  lifetime: {
    definition: 'From the start of a case to its end: permit to first move-in that counts.',
    unit: 'seconds',
  },
  variants: { definition: 'Exact sequences of activities, and how many cases have each.', unit: 'cases' },
  rework: { definition: 'Activities that stand more than once in a case, and the time that took.', unit: 'seconds' },
  handover: {
    definition: 'Steps in which another organisation takes over, beside those in which none does.',
    unit: 'seconds',
  },
  survival: {
    definition: 'Share of cases that are still open after a time, open cases counted in (Kaplan-Meier).',
    unit: 'seconds',
  },
  aging: { definition: 'How old open cases are, and how long they have stood where they stand.', unit: 'seconds' },
  'on-time': { definition: 'Cases within their term, of all that fell due.', unit: 'cases' },
  flow: { definition: 'How many cases came to each phase, left it and stood in it, day by day.', unit: 'cases' },
  arrivals: { definition: 'Cases that began, that ended, and that were open, day by day.', unit: 'cases' },
  phases: { definition: 'How long the phases of the journey took, against their norm terms.', unit: 'seconds' },
  delay: {
    definition:
      'Where the waiting went: over steps, over impediments and over who is to act, each adding up to all of it.',
    unit: 'case-days',
  },
  impediments: {
    definition: 'Days on which something held cases up, by code, owner, phase and month; a day of a case counts once.',
    unit: 'case-days',
  },
  conformance: {
    definition: 'Cases held against the journey as it should go: ok, violated, or pending while they are open.',
    unit: 'cases',
  },
  cohorts: {
    definition: 'Cases by the month of their permit, link or move-in: how long they took, and how many are still open.',
    unit: 'seconds',
  },
};
