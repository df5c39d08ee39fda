import type { Database } from 'better-sqlite3';
import { addDays } from '../event-sourcing/days.ts';
import type { CaseHistory } from '../journey/case-history.ts';
import { INTEGRATION_STEPS, type IntegrationStep } from '../journey/cases.events.ts';
import type { Projection, Row, Value } from '../projecting/projection.ts';
import { KNOWN_ON } from '../read-store/views.ts';
import type { Reference } from '../reference/reference.ts';

const COLUMNS: Readonly<Record<IntegrationStep, string>> = {
  SOCIAL_SUPPORT: 'socialSupportOn',
  BROAD_INTAKE: 'broadIntakeOn',
  INTEGRATION_PLAN: 'integrationPlanOn',
  LEARNING_ROUTE: 'learningRouteOn',
  PARTICIPATION_STATEMENT: 'participationStatementOn',
};
/** Integration is for adults; the log knows the year of birth. */
const ADULT_YEARS = 18;

/** Adults who moved in, each once, and when they reached the steps of integration. */
export const integrationProjection: Projection<CaseHistory, Reference> = {
  name: 'integration',
  version: 1,
  tables: {
    candidates: {
      columns: {
        personId: 'text',
        municipality: 'text',
        movedInOn: 'text',
        socialSupportOn: 'text',
        broadIntakeOn: 'text',
        integrationPlanOn: 'text',
        learningRouteOn: 'text',
        participationStatementOn: 'text',
      },
      key: ['personId'],
      keeps: 'daily',
    },
  },
  elections: {
    persons: {
      from: 'candidates',
      per: 'personId',
      orderBy: ['movedInOn'],
      indexes: [['municipality', 'movedInOn'], ['movedInOn']],
    },
  },
  rows({ state }) {
    if (state.kind === 'unknown') return { candidates: [] };
    const candidates = state.members.flatMap(({ personId, birthYear, moves, home, left }): readonly Row[] => {
      const move = moves[0] ?? home;
      if (move === null || left?.reason === 'REGISTERED_IN_ERROR' || left?.reason === 'HANDED_OVER') return [];
      if (Number(move.on.slice(0, 4)) - birthYear < ADULT_YEARS) return [];
      const reached = INTEGRATION_STEPS.map((step): [string, Value] => {
        const days = state.integration.flatMap((one) =>
          one.personId === personId && one.step === step ? [one.on] : [],
        );
        return [COLUMNS[step], days.sort()[0] ?? null];
      });
      return [{ personId, municipality: move.municipality, movedInOn: move.on, ...Object.fromEntries(reached) }];
    });
    return { candidates };
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
  const days = weeks * 7;
  const isDue = 'movedInOn <= @lastDue';
  const columns = INTEGRATION_STEPS.map(
    (step) => `SUM(${isDue} AND ${COLUMNS[step]} <= date(movedInOn, @within)) AS ${COLUMNS[step]}`,
  );
  const where = [
    'movedInOn BETWEEN @from AND @until',
    ...(municipality === undefined ? [] : ['municipality = @place']),
  ];
  const row = db
    .prepare<object, Readonly<Record<string, number | null>>>(
      `SELECT COUNT(*) AS persons, SUM(${isDue}) AS due, ${columns.join(', ')} FROM persons
       WHERE ${KNOWN_ON} AND ${where.join(' AND ')}`,
    )
    .get({
      knownOn,
      ...movedIn,
      lastDue: addDays(knownOn, -days),
      within: `+${days} days`,
      ...(municipality === undefined ? {} : { place: municipality }),
    })!;
  return INTEGRATION_STEPS.map((step) => ({
    step,
    persons: row.persons ?? 0,
    due: row.due ?? 0,
    inTime: row[COLUMNS[step]] ?? 0,
  }));
}
