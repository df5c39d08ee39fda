import {
  closeSync,
  createReadStream,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ErasedKeysDamaged } from './privacy-error.ts';

/**
 * The subjects whose keys were destroyed: a file of JSON lines, kept outside the log and its backups, so that an old backup
 * brings nobody back. Only ever added to. It holds random ids, nothing about anyone.
 */
export class ErasedKeys {
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /** Durable when it returns. */
  add(subject: string, erasedAt: string): void {
    this.append([subject], erasedAt);
  }

  /** Adds those that are not in it yet. @throws ErasedKeysDamaged */
  async addMissing(subjects: readonly string[], erasedAt: string): Promise<void> {
    const missing = new Set(subjects);
    for await (const subject of this.subjects()) missing.delete(subject);
    if (missing.size > 0) this.append([...missing], erasedAt);
  }

  /** In the order of erasure; a subject can come twice. @throws ErasedKeysDamaged */
  async *subjects(): AsyncIterable<string> {
    let number = 0;
    for await (const line of linesOf(this.file)) {
      number++;
      const subject = subjectOf(line);
      if (subject === undefined) throw new ErasedKeysDamaged(`line ${number} of ${this.file} cannot be read`);
      yield subject;
    }
  }

  private append(subjects: readonly string[], erasedAt: string): void {
    mkdirSync(dirname(this.file), { recursive: true });
    const handle = openSync(this.file, 'a+', 0o600);
    try {
      dropTornEnd(handle);
      writeSync(handle, subjects.map((subject) => `${JSON.stringify({ subject, erasedAt })}\n`).join(''));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    syncDirectoryOf(this.file);
  }
}

/** Whole lines only: what a crash left half-written was never answered for. */
async function* linesOf(file: string): AsyncIterable<string> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(file, 'utf8')) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function subjectOf(line: string): string | undefined {
  try {
    const entry = JSON.parse(line) as { readonly subject?: unknown } | null;
    return typeof entry?.subject === 'string' ? entry.subject : undefined;
  } catch {
    return undefined;
  }
}

/** Otherwise the next line would be glued to a half one, and be lost with it. */
function dropTornEnd(handle: number): void {
  const { size } = fstatSync(handle);
  const byte = Buffer.alloc(1);
  for (let end = size; end > 0; end--) {
    readSync(handle, byte, 0, 1, end - 1);
    if (byte[0] === 0x0a) {
      if (end < size) ftruncateSync(handle, end);
      return;
    }
  }
  if (size > 0) ftruncateSync(handle, 0);
}

function syncDirectoryOf(file: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(dirname(file), 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
