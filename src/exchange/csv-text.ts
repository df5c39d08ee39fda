import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { CsvFaulty } from './csv-faulty.ts';

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * The bytes of a file in pieces that hold whole characters, all of them UTF-8; without the byte order mark that spreadsheets
 * put in front.
 * @throws CsvFaulty at the first byte that is no UTF-8
 */
export async function* utf8Pieces(file: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    if (offset === 0) notUtf16(bytes);
    const end = bytes.length - unfinished(bytes);
    const piece = bytes.subarray(0, end);
    if (!isUtf8(piece)) throw await notUtf8(file, offset, piece);
    rest = bytes.subarray(end);
    if (piece.length > 0) yield offset === 0 && hasMark(piece) ? piece.subarray(BYTE_ORDER_MARK.length) : piece;
    offset += end;
  }
  if (rest.length > 0) throw await notUtf8(file, offset, rest);
}

function hasMark(bytes: Buffer): boolean {
  return BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte);
}

/** Every second byte of Latin text in UTF-16 is zero; most programs put a mark in front as well. */
function notUtf16(bytes: Buffer): void {
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  if (mark === 0xfffe || mark === 0xfeff || bytes.subarray(0, 4).includes(0)) {
    throw new CsvFaulty('the file is in UTF-16; save it as CSV in UTF-8', { line: 1, character: 1 });
  }
}

/** Bytes at the end that begin a character which goes on in the next piece. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) !== 0x80) return lengthOf(byte) > back ? back : 0;
  }
  return 0;
}

/** Length in bytes of the character that a byte begins. */
function lengthOf(byte: number): number {
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}

async function notUtf8(file: string, offset: number, piece: Buffer): Promise<CsvFaulty> {
  let at = 0;
  for (let length = 1; at < piece.length; at += length) {
    length = lengthOf(piece[at]!);
    if (!isUtf8(piece.subarray(at, at + length))) break;
  }
  const byte = piece[at]!;
  const written = new TextDecoder('windows-1252').decode(Uint8Array.of(byte));
  return new CsvFaulty(
    `the byte ${byte.toString(16).toUpperCase()} is no UTF-8 (in Windows-1252 it is "${written}"); save the file as CSV in UTF-8`,
    await placeOf(file, offset + at),
  );
}

/** Looked for only when there is something to tell: counting lines costs more than checking characters. */
async function placeOf(file: string, offset: number): Promise<{ line: number; character: number }> {
  if (offset === 0) return { line: 1, character: 1 };
  let line = 1;
  let text: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { end: offset - 1 })) {
    const bytes = chunk as Buffer;
    let from = 0;
    for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, from)) {
      line++;
      from = at + 1;
      text = Buffer.alloc(0);
    }
    text = Buffer.concat([text, bytes.subarray(from)]);
  }
  return { line, character: text.toString('utf8').length + 1 };
}
