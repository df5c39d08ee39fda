import type { Database } from 'better-sqlite3';
import { addDays } from '../event-sourcing/days.ts';
import type { CaseHistory } from '../journey/case-history.ts';
import { INTEGRATION_STEPS, type IntegrationStep } from '../journey/cases.events.ts';
import type { Projection, Row } from '../projecting/projection.ts';
import { KNOWN_ON } from '../read-store/views.ts';
import type { Reference } from '../reference/reference.ts';

/** Integration is for adults; the log knows the year of birth. */
const ADULT_YEARS = 18;

/**
 * Adults who moved in, and the steps of integration they reached. A person who was handed over may have moved in in one case
 * and reach a step in another: of moves and of steps the earliest counts, whatever the case.
 */
export const integrationProjection: Projection<CaseHistory, Reference> = {
  name: 'integration',
  version: 1,
  tables: {
    moves: {
      columns: { personId: 'text', municipality: 'text', movedInOn: 'text' },
      key: ['personId'],
      keeps: 'daily',
    },
    steps: {
      columns: { personStep: 'text', personId: 'text', step: 'text', reachedOn: 'text' },
      key: ['personStep'],
      keeps: 'daily',
    },
  },
  elections: {
    firstMoves: {
      from: 'moves',
      per: 'personId',
      orderBy: ['movedInOn'],
      indexes: [['municipality', 'movedInOn'], ['movedInOn']],
    },
    firstSteps: { from: 'steps', per: 'personStep', orderBy: ['reachedOn'], indexes: [['personId']] },
  },
  rows({ state }) {
    if (state.kind === 'unknown') return { moves: [], steps: [] };
    const { members, integration } = state;
    const real = members.filter(({ left }) => left?.reason !== 'REGISTERED_IN_ERROR');
    const moves = real.flatMap(({ personId, birthYear, moves: own, home }): readonly Row[] => {
      const move = own[0] ?? home;
      if (move === null || Number(move.on.slice(0, 4)) - birthYear < ADULT_YEARS) return [];
      return [{ personId, municipality: move.municipality, movedInOn: move.on }];
    });
    const steps = new Map<string, Row>();
    for (const { personId, step, on } of integration) {
      const personStep = `${personId} ${step}`;
      const before = steps.get(personStep)?.reachedOn ?? on;
      steps.set(personStep, { personStep, personId, step, reachedOn: on < before ? on : before });
    }
    return { moves, steps: [...steps.values()] };
  },
};

export interface IntegrationQuestion {
  /** As known by the end of this day. */
  readonly knownOn: string;
  /** Days on which they moved in, both included. */
  readonly movedIn: { readonly from: string; readonly until: string };
  readonly weeks: number;
  readonly municipality?: string;
}

export interface IntegrationFigures {
  readonly step: IntegrationStep;
  /** Adults who moved in in the period. */
  readonly persons: number;
  /** Of these: moved in so many weeks ago or longer. */
  readonly due: number;
  /** Of those: reached the step within so many weeks of moving in. */
  readonly inTime: number;
}

/** One row a step, in the order of the steps; the share in time is `inTime / due`. */
export function integrationFigures(db: Database, question: IntegrationQuestion): readonly IntegrationFigures[] {
  const { knownOn, movedIn, weeks, municipality } = question;
  const where = [
    'movedInOn BETWEEN @from AND @until',
    ...(municipality === undefined ? [] : ['municipality = @place']),
  ];
  const values = {
    knownOn,
    ...movedIn,
    lastDue: addDays(knownOn, -weeks * 7),
    within: `+${weeks * 7} days`,
    ...(municipality === undefined ? {} : { place: municipality }),
  };
  const housed = `SELECT personId, movedInOn FROM firstMoves WHERE ${KNOWN_ON} AND ${where.join(' AND ')}`;
  const { persons, due } = db
    .prepare<object, { persons: number; due: number | null }>(
      `SELECT COUNT(*) AS persons, SUM(movedInOn <= @lastDue) AS due FROM (${housed})`,
    )
    .get(values)!;
  const inTime = db
    .prepare<object, { step: IntegrationStep; persons: number }>(
      `SELECT step, COUNT(*) AS persons FROM (${housed}) JOIN (SELECT personId, step, reachedOn FROM firstSteps WHERE ${KNOWN_ON})
       USING (personId) WHERE movedInOn <= @lastDue AND reachedOn <= date(movedInOn, @within) GROUP BY step`,
    )
    .all(values);
  const byStep = new Map(inTime.map((row) => [row.step, row.persons]));
  return INTEGRATION_STEPS.map((step) => ({ step, persons, due: due ?? 0, inTime: byStep.get(step) ?? 0 }));
}
