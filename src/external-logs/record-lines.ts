import { createReadStream } from 'node:fs';

/** A CSV file that the engine can read, and what its columns hold. */
export interface CsvSource {
  /** The file itself, or a copy in UTF-8 that is not packed. */
  readonly plain: string;
  readonly delimiter: string;
  readonly quote: string;
  /** Lines before the names of the columns. */
  readonly skippedLines: number;
}

const NEWLINE = 10;
const RETURN = 13;

/** Lines, from 1, on which records begin. The header is record 1; empty lines are no records. @param records in rising order */
export async function recordLines(
  { plain, delimiter, quote, skippedLines }: CsvSource,
  records: readonly number[],
): Promise<number[]> {
  const mark = quote.charCodeAt(0);
  const between = Buffer.from(delimiter).at(-1);
  const lines: number[] = [];
  let line = 1;
  let record = 0;
  let quoted = false;
  let begun = false;
  let closed = false;
  let last = NEWLINE;
  for await (const chunk of createReadStream(plain) as AsyncIterable<Buffer>) {
    for (const byte of chunk) {
      const before = last;
      last = byte;
      if (byte === NEWLINE || byte === RETURN) {
        if (byte === RETURN || before !== RETURN) line++;
        if (!quoted) begun = false;
        closed = false;
        continue;
      }
      if (line <= skippedLines) continue;
      // A value begins here, or goes on after a mark that stands twice; elsewhere it is a mark like any other.
      const opens = !begun || before === between || closed;
      if (!begun) {
        begun = true;
        record++;
        while (records[lines.length] === record) lines.push(line);
        if (lines.length === records.length) return lines;
      }
      closed = quoted && byte === mark;
      if (closed) quoted = false;
      else if (byte === mark && opens) quoted = true;
    }
  }
  while (lines.length < records.length) lines.push(line);
  return lines;
}
