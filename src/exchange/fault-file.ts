import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { csvLine } from './csv-line.ts';
import type { RowFault } from './row-draft.ts';

/** Where what is wrong is written, one fault a line: made at once, so that a folder that takes none is found out before. */
export class FaultFile {
  readonly file: string;
  readonly #handle: number;
  #faults = 0;

  constructor(file: string) {
    this.file = file;
    this.#handle = openSync(file, 'w', 0o600);
    writeSync(this.#handle, csvLine(['line', 'column', 'case', 'code', 'reason']));
  }

  add(reference: string, faults: readonly RowFault[]): void {
    this.#faults += faults.length;
    const lines = faults.map(({ line, column, code, reason }) =>
      csvLine([String(line), column, reference, code, reason]),
    );
    writeSync(this.#handle, lines.join(''));
  }

  /** How many faults there are; without any, there is no file. */
  close(): number {
    closeSync(this.#handle);
    if (this.#faults === 0) rmSync(this.file, { force: true });
    return this.#faults;
  }
}
