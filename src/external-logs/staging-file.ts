import { closeSync, openSync, writeSync } from 'node:fs';
import { LARGEST_ELEMENT, TOO_LARGE, textOf, XesFaulty, type Attributes } from './xes-scanner.ts';

/** Rows for the engine's own reader: tab-separated, numbers first, then a column a key. */
export interface StagedRows {
  readonly file: string;
  /** Keys in the order of the columns after the two numbers. */
  readonly keys: readonly string[];
  readonly rows: number;
  /** Bytes of the longest row. */
  readonly longest: number;
}

const TAB = 9;
const NEWLINE = 10;
const ZERO = 48;
/** Bytes of values that cannot stand in a row as they are. */
const TO_QUOTE = new Uint8Array(256);
for (const one of '\t\n\r"&') TO_QUOTE[one.charCodeAt(0)] = 1;
/** So that the engine takes in what was read while more is read. */
const FILE_BYTES = 8 * 1024 * 1024;

/** Copies values from bytes to rows without making texts of them. A key that was not seen before begins a new file. */
export class StagingFile {
  readonly #fileOf: (number: number) => string;
  readonly #onFull: (rows: StagedRows) => void;
  readonly #slots = new Map<string, number>();
  #out = Buffer.allocUnsafe(FILE_BYTES + 1024 * 1024);
  /** Where the row in hand begins, in the buffer and in the file. */
  #rowStart = 0;
  #offset = 0;
  #length = 0;
  #rows = 0;
  #longest = 0;
  #files = 0;
  #starts = new Int32Array(64).fill(-1);
  #ends = new Int32Array(64);

  constructor(fileOf: (number: number) => string, onFull: (rows: StagedRows) => void) {
    this.#fileOf = fileOf;
    this.#onFull = onFull;
  }

  add(trace: number, offset: number, bytes: Buffer, { count, keys, starts, ends }: Attributes): void {
    for (let at = 0; at < count; at++) {
      const slot = this.#slotOf(keys[at]!);
      this.#starts[slot] = starts[at]!;
      this.#ends[slot] = ends[at]!;
    }
    this.#begin(trace, offset);
    for (let slot = 0; slot < this.#slots.size; slot++) {
      this.#out[this.#length++] = TAB;
      const start = this.#starts[slot]!;
      if (start === -1) continue;
      this.#copy(bytes, start, this.#ends[slot]!);
      this.#starts[slot] = -1;
    }
    this.#finish();
  }

  addTexts(trace: number, offset: number, values: ReadonlyMap<string, string>): void {
    for (const key of values.keys()) this.#slotOf(key);
    this.#begin(trace, offset);
    for (const key of this.#slots.keys()) {
      this.#out[this.#length++] = TAB;
      const value = values.get(key);
      if (value !== undefined && value !== '') this.#quoted(value);
    }
    this.#finish();
  }

  /** Hands over what is left. */
  flush(): void {
    if (this.#rows === 0) return;
    const file = this.#fileOf(this.#files++);
    const handle = openSync(file, 'w', 0o600);
    try {
      for (let done = 0; done < this.#length;) done += writeSync(handle, this.#out, done, this.#length - done);
    } finally {
      closeSync(handle);
    }
    this.#onFull({ file, keys: [...this.#slots.keys()], rows: this.#rows, longest: this.#longest });
    this.#length = 0;
    this.#rows = 0;
    this.#longest = 0;
  }

  #slotOf(key: string): number {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      this.flush();
      slot = this.#slots.size;
      this.#slots.set(key, slot);
      if (slot >= this.#starts.length) {
        const starts = new Int32Array(2 * slot).fill(-1);
        starts.set(this.#starts);
        this.#starts = starts;
        const ends = new Int32Array(2 * slot);
        ends.set(this.#ends);
        this.#ends = ends;
      }
    }
    return slot;
  }

  #begin(trace: number, offset: number): void {
    this.#rowStart = this.#length;
    this.#offset = offset;
    this.#reserve(64 + this.#slots.size);
    this.#number(trace);
    this.#out[this.#length++] = TAB;
    this.#number(offset);
  }

  #number(value: number): void {
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    let rest = value;
    for (let at = this.#length + digits - 1; at >= this.#length; at--, rest = Math.floor(rest / 10))
      this.#out[at] = ZERO + (rest % 10);
    this.#length += digits;
  }

  #finish(): void {
    this.#out[this.#length++] = NEWLINE;
    const bytes = this.#length - this.#rowStart;
    if (bytes > LARGEST_ELEMENT) throw new XesFaulty(TOO_LARGE, this.#offset);
    if (bytes > this.#longest) this.#longest = bytes;
    this.#rows++;
    if (this.#length >= FILE_BYTES) this.flush();
  }

  #copy(bytes: Buffer, start: number, end: number): void {
    this.#reserve(end - start + this.#slots.size + 2);
    const out = this.#out;
    let to = this.#length;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (TO_QUOTE[byte] === 1) return this.#quoted(textOf(bytes, start, end));
      out[to++] = byte;
    }
    this.#length = to;
  }

  #quoted(value: string): void {
    const quoted = `"${value.replaceAll('"', '""')}"`;
    this.#reserve(Buffer.byteLength(quoted) + this.#slots.size + 2);
    this.#length += this.#out.write(quoted, this.#length, 'utf8');
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes));
    this.#out.copy(larger, 0, 0, this.#length);
    this.#out = larger;
  }
}
