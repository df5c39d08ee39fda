import { recordCase, type CaseOutcome, type Importer, type ImportParts } from './case-import.ts';
import type { PlannedCase } from './planned-cases.ts';
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
  readonly importer: Importer;
  /** What is wrong, in the order of the file; the case is left out. */
  readonly onFaults: (reference: string, faults: readonly RowFault[]) => void;
  readonly onProgress?: (counts: ImportCounts) => void;
  /** No case is begun after it aborts; those under way are finished. */
  readonly signal?: AbortSignal;
}

/** So many cases are written at once: the log makes them durable together. */
const CASES_UNDER_WAY = 256;

/** Records what is planned. Stopped, the file can be imported again: what is recorded is known then. */
export async function importCases(
  parts: ImportParts,
  planned: AsyncIterable<readonly PlannedCase[]>,
  { importer, onFaults, onProgress, signal }: ImportOptions,
): Promise<ImportCounts> {
  const counts = { rows: 0, cases: 0, facts: 0, known: 0, refused: 0 };
  const underWay: { readonly one: PlannedCase; readonly outcome: Promise<CaseOutcome> }[] = [];
  const settle = async (atMost: number): Promise<void> => {
    while (underWay.length > atMost) {
      const { one, outcome } = underWay.shift()!;
      const settled = await outcome;
      counts.rows += one.rows;
      if ('faults' in settled) {
        counts.refused++;
        onFaults(one.reference, settled.faults);
      } else {
        if (settled.recorded > 0) counts.cases++;
        counts.facts += settled.recorded;
        counts.known += settled.known;
      }
    }
    onProgress?.(counts);
  };
  try {
    for await (const cases of planned) {
      for (const one of cases) {
        if (signal?.aborted) return counts;
        const outcome = recordCase(parts, one, importer);
        // Awaited in its turn; until then a failure is nobody's.
        outcome.catch(() => {});
        underWay.push({ one, outcome });
        if (underWay.length >= CASES_UNDER_WAY) await settle(CASES_UNDER_WAY / 2);
      }
    }
  } finally {
    await settle(0);
  }
  return counts;
}
