import { setImmediate as nextTurn } from 'node:timers/promises';
import { caseStream } from '../cases/case-reading.ts';
import type { EventLog, StreamHead } from '../event-sourcing/event-log.ts';
import { caseCatalogue } from '../journey/case-history.ts';
import { planCase, type Given, type Plan } from './case-plan.ts';
import { CaseRows, type Statement } from './case-rows.ts';
import { readCaseFile } from './check-file.ts';
import type { CsvRow } from './csv.ts';
import { oneSpelling, type References } from './references.ts';
import type { RowFault } from './row-draft.ts';

/** What the rows of a case come to: plain data, so that it can travel between threads. */
export interface PlannedCase {
  /** As the sender calls it, in its first row. */
  readonly reference: string;
  readonly caseId: string;
  /** Of its first row. */
  readonly line: number;
  readonly rows: number;
  readonly outcome: (Plan & { readonly head: PlannedHead | null }) | { readonly faults: readonly RowFault[] };
}

/** The end of the case's stream as it was planned on; null: there is no such case yet. */
export type PlannedHead = StreamHead & { readonly recordedAt: string };

/** Rows of one case are weighed against each other: many of them take longer than anyone would wait. */
const MOST_ROWS_OF_A_CASE = 1_000;

/** The cases of a file that was checked, some at a time, each decided on the log as it stands. Nothing is written. */
export async function* plannedCases(
  log: EventLog,
  file: string,
  references: References,
  given: Omit<Given, 'caseId'>,
): AsyncGenerator<readonly PlannedCase[]> {
  let rules: CaseRows | undefined;
  let reference = '';
  let rows: CsvRow[] = [];
  for await (const page of readCaseFile(file)) {
    rules ??= new CaseRows(page.header, references);
    const planned: Promise<PlannedCase>[] = [];
    for (const row of page.rows) {
      const next = rules.caseOf(row);
      if (rows.length > 0 && next !== reference && oneSpelling(next) !== oneSpelling(reference)) {
        planned.push(plannedCase(log, rules, { reference, caseId: references.caseId(reference), rows }, given));
        rows = [];
      }
      if (rows.length === 0) reference = next;
      // One more than a case may have is enough to refuse it.
      if (rows.length <= MOST_ROWS_OF_A_CASE) rows.push(row);
    }
    yield await Promise.all(planned);
    await nextTurn();
  }
  if (rules === undefined || rows.length === 0) return;
  yield [await plannedCase(log, rules, { reference, caseId: references.caseId(reference), rows }, given)];
}

interface CaseOfFile {
  readonly reference: string;
  readonly caseId: string;
  readonly rows: readonly CsvRow[];
}

async function plannedCase(
  log: EventLog,
  rules: CaseRows,
  { reference, caseId, rows }: CaseOfFile,
  given: Omit<Given, 'caseId'>,
): Promise<PlannedCase> {
  const { line } = rows[0]!;
  const outcome = await outcomeOf(log, rules, caseId, rows, given);
  return { reference, caseId, line, rows: rows.length, outcome };
}

async function outcomeOf(
  log: EventLog,
  rules: CaseRows,
  caseId: string,
  rows: readonly CsvRow[],
  given: Omit<Given, 'caseId'>,
): Promise<PlannedCase['outcome']> {
  if (rows.length > MOST_ROWS_OF_A_CASE) {
    const reason = `A case has at most ${MOST_ROWS_OF_A_CASE} rows in a file.`;
    return { faults: [{ line: rows[0]!.line, column: 'case', code: 'TOO_MANY_ROWS', reason }] };
  }
  const statements = statementsIn(rows, rules, caseId);
  if ('faults' in statements) return statements;
  const recorded = await log.readStream(caseStream(caseId));
  const record = recorded.map((event) => caseCatalogue.read(event));
  const plan = planCase(statements, record, { ...given, caseId });
  if ('faults' in plan) return plan;
  const last = recorded.at(-1);
  const head = last && { revision: last.revision, hash: last.hash, recordedAt: last.metadata.recordedAt };
  return { ...plan, head: head ?? null };
}

/** All rows are read, so that everything that is wrong with their form is told at once. */
function statementsIn(
  rows: readonly CsvRow[],
  rules: CaseRows,
  caseId: string,
): readonly Statement[] | { readonly faults: readonly RowFault[] } {
  const faults: RowFault[] = [];
  const statements: Statement[] = [];
  const like = new Map<string, number>();
  for (const row of rows) {
    const reading = rules.read(row, caseId, like);
    if ('faults' in reading) faults.push(...reading.faults);
    else statements.push(reading.statement);
  }
  return faults.length > 0 ? { faults } : statements;
}
