import type { Database } from 'better-sqlite3';
import { daysBetween } from '../event-sourcing/days.ts';
import { idOf } from '../event-sourcing/event.ts';
import { pageOf, placeOf, type Page } from '../projecting/keyset.ts';
import type { Projection, Row, Value } from '../projecting/projection.ts';
import type { Reference } from '../reference/reference.ts';
import type { CaseHistory, EffectiveFact } from '../journey/case-history.ts';
import { evolve, present, UNKNOWN_CASE, type CaseState, type Stage } from '../journey/case-state.ts';
import type { Channel, NormTerm, Party } from '../journey/cases.events.ts';
import { standsStill, termStandings, type TermStanding } from '../journey/norm-terms.ts';

/** Stands for "no due date" where cases are sorted by it: those come last. */
const NEVER = '9999-12-31';

export const CASE_STATUSES = ['OPEN', 'SUSPENDED', 'ENDED'] as const;
export type CaseStatus = (typeof CASE_STATUSES)[number];

/** The work list: one row a case, open fields only. */
export const caseListProjection: Projection<CaseHistory, Reference> = {
  name: 'case-list',
  version: 3,
  tables: {
    cases: {
      columns: {
        open: 'integer',
        status: 'text',
        stage: 'text',
        stageEnteredOn: 'text',
        municipality: 'text',
        assignee: 'text',
        organisation: 'text',
        channel: 'text',
        receptionCentre: 'text',
        householdSize: 'integer',
        permitGrantedOn: 'text',
        nextTerm: 'text',
        dueOn: 'text',
        dueOrder: 'text',
        suspendedSince: 'text',
        openImpediments: 'integer',
        toActBy: 'text',
        changedAt: 'text',
        revision: 'integer',
      },
      key: [],
      keeps: 'latest',
      indexes: [
        ['assignee', 'open', 'dueOrder', 'stream'],
        ['organisation', 'open', 'dueOrder', 'stream'],
        ['municipality', 'dueOrder', 'stream'],
        // All that lists are filtered and sorted by: no question needs to look at more rows than it shows.
        [
          'dueOrder',
          'stream',
          'open',
          'municipality',
          'stage',
          'channel',
          'status',
          'householdSize',
          'assignee',
          'organisation',
          'permitGrantedOn',
          'stageEnteredOn',
          'changedAt',
        ],
      ],
    },
  },
  rows(history, reference) {
    const row = rowOf(history, reference);
    return { cases: row ? [row] : [] };
  },
};

function rowOf(history: CaseHistory, reference: Reference): Row | undefined {
  const { state, facts, events, revision } = history;
  if (state.kind === 'unknown') return undefined;
  const open = state.kind === 'open';
  const next = open ? nextTerm(termStandings(history, reference)) : undefined;
  const impediments = open ? state.impediments.filter((one) => one.resolvedOn === null) : [];
  return {
    open: open ? 1 : 0,
    status: !open ? 'ENDED' : state.suspension === null ? 'OPEN' : 'SUSPENDED',
    stage: state.stage,
    stageEnteredOn: stageEnteredOn(facts),
    municipality: state.link?.municipality ?? null,
    assignee: state.assignment?.assignee ?? null,
    organisation: state.assignment?.organisation ?? null,
    channel: state.channel,
    receptionCentre: state.receptionCentre,
    householdSize: present(state).length,
    permitGrantedOn: state.permitGrantedOn,
    nextTerm: next?.term ?? null,
    dueOn: next?.dueOn ?? null,
    dueOrder: next?.dueOn ?? NEVER,
    suspendedSince: open ? (state.suspension?.from ?? null) : null,
    openImpediments: impediments.length,
    toActBy: impediments[0]?.owner ?? null,
    changedAt: events.at(-1)!.metadata.recordedAt,
    revision,
  };
}

/** The soonest of the terms that run, or had fallen due before they were suspended; of a phase and the whole due on one day, the phase. */
function nextTerm(standings: readonly TermStanding[]): TermStanding | undefined {
  let next: TermStanding | undefined;
  for (const one of standings) {
    if (one.metOn !== null || one.endedOn !== null || standsStill(one)) continue;
    if (next === undefined || one.dueOn < next.dueOn) next = one;
  }
  return next;
}

function stageEnteredOn(facts: readonly EffectiveFact[]): string | null {
  let state: CaseState = UNKNOWN_CASE;
  let stage: Stage | undefined;
  let since: string | null = null;
  for (const { fact } of facts) {
    state = evolve(state, fact);
    if (state.kind === 'unknown' || state.stage === stage) continue;
    stage = state.stage;
    since = fact.data.occurredOn;
  }
  return since;
}

export const CASE_LISTS = ['mine', 'team', 'unassigned', 'overdue', 'all'] as const;
/**
 * `mine`, `team` (assigned within my organisation), `unassigned` and `overdue` hold open cases; `all` also those that ended.
 */
type CaseListName = (typeof CASE_LISTS)[number];

/** What cases can be sorted by, and the column behind it. */
const SORT_COLUMNS = {
  dueOn: 'dueOrder',
  permitGrantedOn: 'permitGrantedOn',
  stageEnteredOn: 'stageEnteredOn',
  householdSize: 'householdSize',
  changedAt: 'changedAt',
} as const;
export type CaseSortKey = keyof typeof SORT_COLUMNS;
export const CASE_SORT_KEYS = Object.keys(SORT_COLUMNS) as readonly CaseSortKey[];

export interface CaseListRequest {
  readonly list: CaseListName;
  readonly me: { readonly actor: string; readonly organisation: string };
  /** ISO date: what lies before it is overdue. */
  readonly today: string;
  readonly filter?: {
    readonly municipality?: string;
    readonly stage?: Stage;
    readonly channel?: Channel;
    readonly status?: CaseStatus;
    readonly householdSizeMin?: number;
    readonly householdSizeMax?: number;
    readonly assignee?: string;
  };
  /** Default: soonest term first, none last. Ties are in order of the case's id. */
  readonly sort?: { readonly by: CaseSortKey; readonly descending: boolean };
  /** `next` of the page before, of the same list, filter and order. */
  readonly cursor?: string;
  readonly limit: number;
}

interface CaseListItem {
  readonly caseId: string;
  readonly status: CaseStatus;
  readonly stage: Stage;
  readonly stageEnteredOn: string;
  readonly municipality: string | null;
  readonly assignee: string | null;
  readonly organisation: string | null;
  readonly channel: Channel;
  readonly receptionCentre: string | null;
  readonly householdSize: number;
  readonly permitGrantedOn: string;
  /** The term that is due next, or overdue; null while none runs, or all stand still. */
  readonly nextTerm: NormTerm | null;
  readonly dueOn: string | null;
  /** Days from today to the due day: 0 is today, below it is overdue. */
  readonly daysLeft: number | null;
  readonly suspendedSince: string | null;
  readonly openImpediments: number;
  /** Owner of the impediment that has been open longest: who is to act. */
  readonly toActBy: Party | null;
  /** UTC instant of the last event. */
  readonly changedAt: string;
  readonly revision: number;
}

type CaseListRow = Omit<CaseListItem, 'caseId' | 'daysLeft'> & { readonly stream: string; readonly dueOrder: string };

/** A page of a work list. @throws InvalidCursor */
export function listCases(db: Database, request: CaseListRequest): Page<CaseListItem> {
  const { by, descending } = request.sort ?? { by: 'dueOn', descending: false };
  const column = SORT_COLUMNS[by];
  const order = `${by} ${descending ? 'desc' : 'asc'}`;
  const conditions: string[] = [];
  const values: Value[] = [];
  const where = (condition: string, ...operands: Value[]) => {
    conditions.push(condition);
    values.push(...operands);
  };

  switch (request.list) {
    case 'mine':
      where('open = 1 AND assignee = ?', request.me.actor);
      where('organisation = ?', request.me.organisation);
      break;
    case 'team':
      where('open = 1 AND organisation = ?', request.me.organisation);
      break;
    case 'unassigned':
      // The plus keeps the other indexes out of it: a large part of all cases can be nobody's.
      where('+open = 1 AND +assignee IS NULL');
      break;
    case 'overdue':
      where('open = 1 AND dueOrder < ?', request.today);
      break;
    case 'all':
      break;
  }
  const filter = request.filter ?? {};
  if (filter.municipality !== undefined) where('municipality = ?', filter.municipality);
  if (filter.stage !== undefined) where('stage = ?', filter.stage);
  if (filter.channel !== undefined) where('channel = ?', filter.channel);
  if (filter.status !== undefined) where('status = ?', filter.status);
  if (filter.householdSizeMin !== undefined) where('householdSize >= ?', filter.householdSizeMin);
  if (filter.householdSizeMax !== undefined) where('householdSize <= ?', filter.householdSizeMax);
  if (filter.assignee !== undefined) where('assignee = ?', filter.assignee);
  if (request.cursor !== undefined) {
    where(`(${column}, stream) ${descending ? '<' : '>'} (?, ?)`, ...placeOf(request.cursor, order, 2));
  }

  const direction = descending ? 'DESC' : 'ASC';
  const sorted = `ORDER BY ${column} ${direction}, stream ${direction}`;
  const rows = db
    .prepare<Value[], CaseListRow>(
      `SELECT * FROM cases WHERE rowid IN (
         SELECT rowid FROM cases WHERE ${conditions.join(' AND ') || 'TRUE'} ${sorted} LIMIT ?) ${sorted}`,
    )
    .all(...values, request.limit + 1);
  const page = pageOf(rows, request.limit, order, (row) => [row[column], row.stream]);
  return { items: page.items.map((row) => itemOf(row, request.today)), next: page.next };
}

/** Open cases with a term that fell due before today. */
export function countOverdue(db: Database, today: string): number {
  const count = db.prepare<[string], number>('SELECT COUNT(*) FROM cases WHERE open = 1 AND dueOrder < ?').pluck();
  return count.get(today)!;
}

function itemOf(row: CaseListRow, today: string): CaseListItem {
  return {
    caseId: idOf(row.stream),
    status: row.status,
    stage: row.stage,
    stageEnteredOn: row.stageEnteredOn,
    municipality: row.municipality,
    assignee: row.assignee,
    organisation: row.organisation,
    channel: row.channel,
    receptionCentre: row.receptionCentre,
    householdSize: row.householdSize,
    permitGrantedOn: row.permitGrantedOn,
    nextTerm: row.nextTerm,
    dueOn: row.dueOn,
    daysLeft: row.dueOn === null ? null : daysBetween(today, row.dueOn),
    suspendedSince: row.suspendedSince,
    openImpediments: row.openImpediments,
    toActBy: row.toActBy,
    changedAt: row.changedAt,
    revision: row.revision,
  };
}
