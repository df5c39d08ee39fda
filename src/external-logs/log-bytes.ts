import { createReadStream, openSync, readSync, closeSync, type ReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LogFaulty } from './log-faulty.ts';

export interface LogBytesOptions {
  /** A name the Encoding Standard knows; by default what the file says of itself, and else UTF-8. */
  readonly encoding?: string;
  readonly signal?: AbortSignal;
  /** Bytes of the file that were read, compressed as they may be. */
  readonly onProgress?: (bytes: number) => void;
}

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 10;

/**
 * The bytes of a log in UTF-8 without a byte order mark, unpacked where the file is packed (gzip).
 * @throws LogFaulty if it cannot be unpacked or is not in the encoding
 */
export async function* logBytes(file: string, options: LogBytesOptions = {}): AsyncGenerator<Buffer> {
  const { encoding, signal, onProgress } = options;
  const read = createReadStream(file, { highWaterMark: CHUNK_BYTES, ...(signal === undefined ? {} : { signal }) });
  const unpacked = isGzip(file) ? read.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : read;
  if (unpacked !== read) read.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const bytes of decoded(unpacked, encoding)) {
      onProgress?.(read.bytesRead);
      yield bytes;
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code.startsWith('Z_')) throw new LogFaulty('the gzip file is broken or not whole: get it again', undefined);
    throw error;
  } finally {
    unpacked.destroy();
    await closed(read.destroy());
  }
}

/** A thread that ends while its file is being closed leaves it open for ever. */
async function closed(read: ReadStream): Promise<void> {
  if (!read.closed) await new Promise<void>((resolve) => read.once('close', () => resolve()));
}

export function isGzip(file: string): boolean {
  const [first, second] = beginningOf(file, 2);
  return first === 0x1f && second === 0x8b;
}

export function beginningOf(file: string, bytes: number): Buffer {
  const handle = openSync(file, 'r');
  try {
    const beginning = Buffer.alloc(bytes);
    return beginning.subarray(0, readSync(handle, beginning));
  } finally {
    closeSync(handle);
  }
}

async function* decoded(stream: Readable, given: string | undefined): AsyncGenerator<Buffer> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let first = true;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let rest = chunk;
    if (first) {
      const encoding = encodingOf(chunk, given);
      if (encoding !== 'utf-8') decoder = decoderOf(encoding);
      else if (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) rest = chunk.subarray(3);
      first = false;
    }
    yield decoder === undefined ? rest : Buffer.from(text(decoder, rest));
  }
  // What is left where the last character is not whole.
  if (decoder !== undefined) text(decoder, undefined);
}

/** @param bytes undefined: there are no more */
function text(decoder: InstanceType<typeof TextDecoder>, bytes: Buffer | undefined): string {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch {
    throw new LogFaulty(`it holds bytes that are no text in ${decoder.encoding}: give its encoding (--encoding)`);
  }
}

function encodingOf(beginning: Buffer, given: string | undefined): string {
  if (given !== undefined) return given.toLowerCase().replace(/^utf8$/, 'utf-8');
  if (beginning[0] === 0xff && beginning[1] === 0xfe) return 'utf-16le';
  if (beginning[0] === 0xfe && beginning[1] === 0xff) return 'utf-16be';
  const declared = /^<\?xml[^>]*encoding=["']([\w.:-]+)["']/.exec(
    beginning.toString('latin1', 0, 200).replace(/^\u00ef\u00bb\u00bf/, ''),
  );
  const encoding = (declared?.[1] ?? 'utf-8').toLowerCase();
  return encoding === 'utf8' || encoding === 'us-ascii' ? 'utf-8' : encoding;
}

/** @throws LogFaulty */
export function decoderOf(encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new LogFaulty('the encoding is not known: give one such as utf-8, windows-1252 or utf-16le');
  }
}

/** Lines, from 1, of bytes at these offsets, each at or after the one before it. */
export async function linesOf(file: string, offsets: readonly number[], encoding?: string): Promise<number[]> {
  const lines: number[] = [];
  let base = 0;
  let line = 1;
  for await (const bytes of logBytes(file, encoding === undefined ? {} : { encoding })) {
    let at = 0;
    while (lines.length < offsets.length && offsets[lines.length]! < base + bytes.length) {
      const until = offsets[lines.length]! - base;
      line += newlines(bytes, at, until);
      at = Math.max(at, until);
      lines.push(line);
    }
    if (lines.length === offsets.length) return lines;
    line += newlines(bytes, at, bytes.length);
    base += bytes.length;
  }
  while (lines.length < offsets.length) lines.push(line);
  return lines;
}

function newlines(bytes: Buffer, from: number, until: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, from); at !== -1 && at < until; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
