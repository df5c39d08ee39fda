import { setImmediate as nextTurn } from 'node:timers/promises';
import { CASE_COLUMNS, REQUIRED_COLUMNS } from './case-columns.ts';
import { CsvFaulty, readCsv, type CsvPage } from './csv.ts';
import { digestOf, oneSpelling } from './references.ts';
import { SeenNumbers } from './seen-numbers.ts';

const COLUMNS = {
  required: REQUIRED_COLUMNS,
  optional: CASE_COLUMNS.filter((name) => !REQUIRED_COLUMNS.some((required) => required === name)),
};

export function readCaseFile(file: string): AsyncGenerator<CsvPage> {
  return readCsv(file, COLUMNS);
}

/**
 * Goes once through the whole file, so that nothing of one with a fault is imported. Rows of a case stand together: a case
 * must be whole before it is decided, and the file need not fit in memory.
 * @returns the number of rows
 * @throws CsvFaulty
 */
export async function checkCaseFile(
  file: string,
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (bytes: number) => void } = {},
): Promise<number> {
  const seen = new SeenNumbers();
  let rows = 0;
  let last: string | undefined;
  for await (const page of readCaseFile(file)) {
    signal?.throwIfAborted();
    const at = page.header.indexOf('case');
    for (const { line, cells } of page.rows) {
      const reference = oneSpelling(cells[at]!);
      if (reference === '') throw new CsvFaulty('every row names its case', { line, column: 'case' });
      if (reference !== reference.trim()) throw new CsvFaulty(SPACED, { line, column: 'case' });
      if (reference !== last && !seen.add(digestOf(reference))) throw new CsvFaulty(APART, { line, column: 'case' });
      last = reference;
    }
    rows += page.rows.length;
    onProgress?.(page.bytes);
    await nextTurn();
  }
  return rows;
}

const SPACED = 'a space stands before or after the name of the case, which would make it another case';
const APART =
  'rows of this case stand further up as well: sort the file so that the rows of a case stand together, in their own order';
