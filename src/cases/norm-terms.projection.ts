import type { Database } from 'better-sqlite3';
import { idOf } from '../event-sourcing/event.ts';
import { pageOf, placeOf, type Page } from '../projecting/keyset.ts';
import type { Projection, Row, Value } from '../projecting/projection.ts';
import { KNOWN_ON } from '../read-store/views.ts';
import type { Reference } from '../reference/reference.ts';
import type { CaseHistory } from '../journey/case-history.ts';
import type { NormTerm } from '../journey/cases.events.ts';
import { standsStill, termStandings, type TermOutcome, type TermStanding } from '../journey/norm-terms.ts';

/** How every term of every case stands, as known by the end of every day. */
export const normTermsProjection: Projection<CaseHistory, Reference> = {
  name: 'norm-terms',
  version: 3,
  tables: {
    terms: {
      columns: {
        term: 'text',
        sequence: 'integer',
        municipality: 'text',
        startedOn: 'text',
        /** Null while the term stands still: it has no due day then, unless that had passed before. */
        dueOn: 'text',
        metOn: 'text',
        endedOn: 'text',
        suspendedSince: 'text',
        suspendedDays: 'integer',
        extendedDays: 'integer',
      },
      key: ['term', 'sequence'],
      keeps: 'daily',
      indexes: [
        ['municipality', 'dueOn'],
        ['dueOn', 'term', 'municipality', 'metOn', 'endedOn', 'knownFrom', 'knownUntil'],
      ],
    },
  },
  rows: (history, reference) => ({ terms: termStandings(history, reference).map(rowOf) }),
};

function rowOf(standing: TermStanding): Row {
  const { term, sequence, municipality, startedOn, metOn, endedOn, suspendedSince, suspendedDays, extendedDays } =
    standing;
  return {
    term,
    sequence,
    municipality,
    startedOn,
    dueOn: standsStill(standing) ? null : standing.dueOn,
    metOn,
    endedOn,
    suspendedSince,
    suspendedDays,
    extendedDays,
  };
}

/** `outcomeOf`, in SQL. */
const OUTCOME = `CASE
  WHEN metOn IS NOT NULL THEN CASE WHEN metOn <= dueOn THEN 'MET_IN_TIME' ELSE 'MET_LATE' END
  WHEN endedOn IS NOT NULL THEN CASE WHEN endedOn <= dueOn THEN 'STOPPED' ELSE 'STOPPED_LATE' END
  WHEN dueOn IS NULL THEN 'SUSPENDED'
  WHEN dueOn < @knownOn THEN 'OVERDUE'
  ELSE 'RUNNING'
END`;

export interface TermQuestion {
  /** As known by the end of this day; what was due before it and is open is overdue. */
  readonly knownOn: string;
  /** Terms whose due day lies in this period, both days included; without it also those that stand still. */
  readonly due?: { readonly from: string; readonly until: string };
  readonly municipality?: string;
  readonly term?: NormTerm;
}

/** Numbers of terms, of one kind in one municipality. */
export interface TermFigures {
  /** Null: terms of cases that are not linked. */
  readonly municipality: string | null;
  readonly term: NormTerm;
  readonly metInTime: number;
  readonly metLate: number;
  readonly overdue: number;
  readonly running: number;
  readonly suspended: number;
  readonly stopped: number;
  readonly stoppedLate: number;
  /** All that had to be met: met in time or late, overdue, stopped late. "On time" is a share of these. */
  readonly fellDue: number;
}

/** One row a municipality and term; the country is their sum. */
export function termFigures(db: Database, question: TermQuestion): readonly TermFigures[] {
  const { sql, values } = conditionsOf(question);
  return db
    .prepare<object, TermFigures>(
      `SELECT municipality, term,
         SUM(outcome = 'MET_IN_TIME') AS metInTime, SUM(outcome = 'MET_LATE') AS metLate,
         SUM(outcome = 'OVERDUE') AS overdue, SUM(outcome = 'RUNNING') AS running,
         SUM(outcome = 'SUSPENDED') AS suspended, SUM(outcome = 'STOPPED') AS stopped,
         SUM(outcome = 'STOPPED_LATE') AS stoppedLate,
         SUM(outcome IN ('MET_IN_TIME', 'MET_LATE', 'OVERDUE', 'STOPPED_LATE')) AS fellDue
       FROM (SELECT municipality, term, ${OUTCOME} AS outcome FROM terms WHERE ${sql})
       GROUP BY municipality, term ORDER BY municipality, term`,
    )
    .all(values);
}

interface ListedTerm {
  readonly caseId: string;
  readonly term: NormTerm;
  readonly sequence: number;
  readonly municipality: string | null;
  readonly outcome: TermOutcome;
  readonly startedOn: string;
  readonly dueOn: string | null;
  readonly metOn: string | null;
  readonly endedOn: string | null;
  readonly suspendedSince: string | null;
  readonly suspendedDays: number;
  readonly extendedDays: number;
}

type ListedTermRow = Omit<ListedTerm, 'caseId'> & { readonly stream: string; readonly dueOrder: string };

/** The terms behind a figure, exactly as many, soonest due first. @throws InvalidCursor */
export function termsBehind(
  db: Database,
  question: TermQuestion & {
    readonly outcomes?: readonly TermOutcome[];
    readonly cursor?: string;
    readonly limit: number;
  },
): Page<ListedTerm> {
  const { sql, values } = conditionsOf(question);
  const order = 'term';
  const place = question.cursor === undefined ? undefined : placeOf(question.cursor, order, 4);
  const rows = db
    .prepare<object, ListedTermRow>(
      `SELECT * FROM (
         SELECT stream, term, sequence, municipality, startedOn, dueOn, metOn, endedOn, suspendedSince, suspendedDays,
           extendedDays, COALESCE(dueOn, '9999-12-31') AS dueOrder, ${OUTCOME} AS outcome
         FROM terms WHERE ${sql})
       WHERE ${question.outcomes === undefined ? 'TRUE' : 'outcome IN (SELECT value FROM json_each(@outcomes))'}
         AND ${place === undefined ? 'TRUE' : '(dueOrder, stream, term, sequence) > (@p0, @p1, @p2, @p3)'}
       ORDER BY dueOrder, stream, term, sequence LIMIT @rows`,
    )
    .all({
      ...values,
      ...(question.outcomes === undefined ? {} : { outcomes: JSON.stringify(question.outcomes) }),
      ...Object.fromEntries((place ?? []).map((value, index) => [`p${index}`, value])),
      rows: question.limit + 1,
    });
  const page = pageOf(rows, question.limit, order, (row) => [row.dueOrder, row.stream, row.term, row.sequence]);
  return { items: page.items.map(listedTerm), next: page.next };
}

function listedTerm({ stream, ...row }: ListedTermRow): ListedTerm {
  return {
    caseId: idOf(stream),
    term: row.term,
    sequence: row.sequence,
    municipality: row.municipality,
    outcome: row.outcome,
    startedOn: row.startedOn,
    dueOn: row.dueOn,
    metOn: row.metOn,
    endedOn: row.endedOn,
    suspendedSince: row.suspendedSince,
    suspendedDays: row.suspendedDays,
    extendedDays: row.extendedDays,
  };
}

function conditionsOf({ knownOn, due, municipality, term }: TermQuestion): {
  readonly sql: string;
  readonly values: Readonly<Record<string, Value>>;
} {
  const conditions = [KNOWN_ON];
  if (due !== undefined) conditions.push('dueOn BETWEEN @dueFrom AND @dueUntil');
  if (municipality !== undefined) conditions.push('municipality = @municipality');
  if (term !== undefined) conditions.push('term = @term');
  return {
    sql: conditions.join(' AND '),
    values: {
      knownOn,
      ...(due === undefined ? {} : { dueFrom: due.from, dueUntil: due.until }),
      ...(municipality === undefined ? {} : { municipality }),
      ...(term === undefined ? {} : { term }),
    },
  };
}
