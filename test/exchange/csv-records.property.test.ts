import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CsvRecords, type CsvRow } from '../../src/exchange/csv-records.ts';

const cell = fc.oneof(
  fc.constant(''),
  fc.string({ maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n', '€'), maxLength: 6 }),
);
const lineBreak = fc.constantFrom('\n', '\r\n', '\r');
const rows = fc.array(fc.tuple(fc.array(cell, { minLength: 1, maxLength: 4 }), lineBreak, fc.boolean()), {
  maxLength: 8,
});

/** As RFC 4180 writes it; in quotes also where it need not be. */
function written(cells: readonly string[], always: boolean): string {
  return cells.map((one) => (always || /[",\r\n]/.test(one) ? `"${one.replaceAll('"', '""')}"` : one)).join(',');
}

function read(pieces: readonly string[]): readonly CsvRow[] {
  const reading = new CsvRecords(1_000);
  const records: CsvRow[] = [];
  for (const piece of pieces) reading.take(piece, records);
  reading.end(records);
  return records;
}

describe('the records of a CSV text', () => {
  it('are those that were written, with any line breaks, and wherever the text is cut into pieces', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.nat(200)), (given, cuts) => {
        const text = given.map(([cells, end, always]) => written(cells, always) + end).join('');
        const places = [...new Set([0, ...cuts.filter((at) => at < text.length), text.length])].sort((a, b) => a - b);
        const pieces = places.slice(1).map((at, index) => text.slice(places[index], at));
        expect(read(pieces)).toEqual(read([text]));
        if (isClear(given)) expect(read(pieces).map(({ cells }) => cells)).toEqual(given.map(([cells]) => cells));
      }),
      { numRuns: 500 },
    );
  });

  it('begin on the lines on which they stand', () => {
    expect(read(['a,"b\nc"\r\n', 'd\re\n\n"f\r', '\ng"\nh'])).toEqual([
      { line: 1, cells: ['a', 'b\nc'] },
      { line: 3, cells: ['d'] },
      { line: 4, cells: ['e'] },
      { line: 5, cells: [''] },
      { line: 6, cells: ['f\r\ng'] },
      { line: 8, cells: ['h'] },
    ]);
  });
});

/** A return that ends a row, before an empty row that a line feed ends, is one line break together with it. */
function isClear(given: readonly (readonly [readonly string[], string, boolean])[]): boolean {
  return given.every(([, end], index) => {
    const next = given[index + 1];
    return end !== '\r' || next === undefined || written(next[0], next[2]) !== '' || next[1] !== '\n';
  });
}
