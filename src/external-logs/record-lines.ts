import { createReadStream } from 'node:fs';

/** A CSV file that the engine can read, and what its columns hold. */
export interface CsvSource {
  /** The file itself, or a copy in UTF-8 that is not packed. */
  readonly plain: string;
  readonly delimiter: string;
  readonly quote: string;
}

const NEWLINE = 10;
const RETURN = 13;

/** Lines, from 1, on which records begin. The header is record 1; empty lines are no records. @param records in rising order */
export async function recordLines(
  { plain, quote }: Pick<CsvSource, 'plain' | 'quote'>,
  records: readonly number[],
): Promise<number[]> {
  const mark = quote.charCodeAt(0);
  const lines: number[] = [];
  let line = 1;
  let record = 0;
  let quoted = false;
  let begun = false;
  for await (const chunk of createReadStream(plain) as AsyncIterable<Buffer>) {
    for (const byte of chunk) {
      if (byte === NEWLINE) {
        line++;
        if (!quoted) begun = false;
        continue;
      }
      if (byte === RETURN) continue;
      if (!begun) {
        begun = true;
        record++;
        while (records[lines.length] === record) lines.push(line);
        if (lines.length === records.length) return lines;
      }
      if (byte === mark) quoted = !quoted;
    }
  }
  while (lines.length < records.length) lines.push(line);
  return lines;
}
