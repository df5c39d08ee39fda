import { closeSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { csvLine } from './csv-line.ts';
import type { RowFault } from './row-draft.ts';

const HEADER = csvLine(['line', 'column', 'case', 'code', 'reason']);

/** Where what is wrong is written, one fault a line: made at once, so that a folder that takes none is found out before. */
export class FaultFile {
  readonly file: string;
  readonly #handle: number;
  #faults = 0;

  /** @param file is written over: see `isForeign` */
  constructor(file: string) {
    this.file = file;
    this.#handle = openSync(file, 'w', 0o600);
    writeSync(this.#handle, HEADER);
  }

  /** How many there are so far. */
  get faults(): number {
    return this.#faults;
  }

  add(reference: string, faults: readonly RowFault[]): void {
    this.#faults += faults.length;
    const lines = faults.map(({ line, column, code, reason }) =>
      csvLine([String(line), column, reference, code, reason]),
    );
    writeSync(this.#handle, lines.join(''));
  }

  /** Without any faults, there is no file. */
  close(): void {
    closeSync(this.#handle);
    if (this.#faults === 0) rmSync(this.file, { force: true });
  }
}

/** Whether something stands there that is no file of faults: it is somebody's, and neither written over nor removed. */
export function isForeign(file: string): boolean {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there === undefined) return false;
  return !there.isFile() || (there.size > 0 && beginningOf(file) !== HEADER);
}

function beginningOf(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Buffer.byteLength(HEADER));
    return bytes.toString('utf8', 0, readSync(handle, bytes));
  } finally {
    closeSync(handle);
  }
}
