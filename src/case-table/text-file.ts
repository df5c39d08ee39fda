import { createReadStream, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import type { Later } from './export-formats.ts';

const TOGETHER = 1024 * 1024;

/** Keeps text on disk until its place has come. */
export class TextFile implements Later, Disposable {
  readonly #file: string;
  #text = '';

  constructor(file: string) {
    this.#file = file;
    writeFileSync(file, '', { mode: 0o600 });
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= TOGETHER) this.#write();
  }

  texts(): AsyncIterable<string> {
    this.#write();
    return createReadStream(this.#file, { encoding: 'utf8', highWaterMark: TOGETHER });
  }

  [Symbol.dispose](): void {
    rmSync(this.#file, { force: true });
  }

  #write(): void {
    appendFileSync(this.#file, this.#text);
    this.#text = '';
  }
}
