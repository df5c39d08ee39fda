import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  importCase,
  MOST_ROWS_OF_A_CASE,
  type CaseOfFile,
  type CaseOutcome,
  type Importer,
  type ImportParts,
} from './case-import.ts';
import type { Given } from './case-plan.ts';
import { CaseRows } from './case-rows.ts';
import { readCaseFile } from './check-file.ts';
import type { CsvRow } from './csv.ts';
import type { References } from './references.ts';
import type { RowFault } from './row-draft.ts';

export interface ImportCounts {
  readonly rows: number;
  /** Cases of which something was recorded. */
  readonly cases: number;
  readonly facts: number;
  /** Rows that stated what was recorded already. */
  readonly known: number;
  /** Cases left out. */
  readonly refused: number;
}

export interface ImportOptions {
  readonly references: References;
  readonly importer: Importer;
  readonly given: Omit<Given, 'caseId'>;
  /** What is wrong, in the order of the file; the case is left out. */
  readonly onFaults: (reference: string, faults: readonly RowFault[]) => void;
  readonly onProgress?: (counts: ImportCounts) => void;
  /** No case is begun after it aborts; those under way are finished. */
  readonly signal?: AbortSignal;
}

/** So many cases are written at once: the log makes them durable together. */
const CASES_UNDER_WAY = 256;

/** Imports a file that was checked. Stopped, it can be run again: what is recorded is known then. */
export async function importCases(parts: ImportParts, file: string, options: ImportOptions): Promise<ImportCounts> {
  const { signal, onFaults, onProgress } = options;
  const counts = { rows: 0, cases: 0, facts: 0, known: 0, refused: 0 };
  const underWay: { readonly reference: string; readonly rows: number; readonly outcome: Promise<CaseOutcome> }[] = [];
  const settle = async (atMost: number): Promise<void> => {
    while (underWay.length > atMost) {
      const { reference, rows, outcome } = underWay.shift()!;
      const settled = await outcome;
      counts.rows += rows;
      if ('faults' in settled) {
        counts.refused++;
        onFaults(reference, settled.faults);
      } else {
        if (settled.recorded > 0) counts.cases++;
        counts.facts += settled.recorded;
        counts.known += settled.known;
      }
    }
    onProgress?.(counts);
  };
  try {
    for await (const { rules, reference, rows } of casesIn(file, options.references)) {
      if (signal?.aborted) break;
      const one: CaseOfFile = { caseId: options.references.caseId(reference), rows };
      const outcome = importCase(parts, rules, one, options.importer, options.given);
      // Awaited in its turn; until then a failure is nobody's.
      outcome.catch(() => {});
      underWay.push({ reference, rows: rows.length, outcome });
      if (underWay.length >= CASES_UNDER_WAY) await settle(CASES_UNDER_WAY / 2);
    }
  } finally {
    await settle(0);
  }
  return counts;
}

interface CaseRead {
  readonly rules: CaseRows;
  readonly reference: string;
  readonly rows: readonly CsvRow[];
}

/** One more row than a case may have is enough to refuse it. */
async function* casesIn(file: string, references: References): AsyncGenerator<CaseRead> {
  let rules: CaseRows | undefined;
  let reference = '';
  let rows: CsvRow[] = [];
  for await (const page of readCaseFile(file)) {
    rules ??= new CaseRows(page.header, references);
    for (const row of page.rows) {
      const next = rules.caseOf(row);
      if (next !== reference && rows.length > 0) {
        yield { rules, reference, rows };
        rows = [];
      }
      reference = next;
      if (rows.length <= MOST_ROWS_OF_A_CASE) rows.push(row);
    }
    await nextTurn();
  }
  if (rules !== undefined && rows.length > 0) yield { rules, reference, rows };
}
