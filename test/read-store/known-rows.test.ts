import { describe, expect, it } from '@jest/globals';
import {
  difference,
  Intervals,
  keyedRows,
  tableShape,
  type KeyedRow,
  type KnownRow,
} from '../../src/projecting/known-rows.ts';
import type { Table } from '../../src/projecting/projection.ts';

const row = (key: string, value: number): KeyedRow => ({ key, values: [value] });
const known = (key: string, value: number, from: string, until: string | null): KnownRow => ({
  ...row(key, value),
  from,
  until,
});

function intervals(...days: readonly (readonly [string, ...KeyedRow[]])[]): readonly KnownRow[] {
  const built = new Intervals();
  for (const [day, ...rows] of days) built.at(day, rows);
  return built.all();
}

describe('intervals', () => {
  it('go on as long as the row stays equal', () => {
    expect(intervals(['d1', row('a', 1)], ['d2', row('a', 1)], ['d3', row('a', 2)])).toEqual([
      known('a', 1, 'd1', 'd3'),
      known('a', 2, 'd3', null),
    ]);
  });

  it('end on the day a row is gone, and begin anew when it comes back', () => {
    expect(intervals(['d1', row('a', 1), row('b', 1)], ['d2', row('b', 1)], ['d3', row('a', 1), row('b', 1)])).toEqual([
      known('a', 1, 'd1', 'd2'),
      known('b', 1, 'd1', null),
      known('a', 1, 'd3', null),
    ]);
  });
});

describe('the difference to what is stored', () => {
  it('is nothing when nothing changed', () => {
    const stored = [known('a', 1, 'd1', 'd3'), known('a', 2, 'd3', null)];
    expect(difference(stored, [known('a', 2, 'd3', null)], 'd3')).toEqual({ removed: [], added: [] });
  });

  it('lets an interval go on that is equal to what comes after', () => {
    const stored = [known('a', 1, 'd1', 'd3'), known('a', 2, 'd3', null)];
    expect(difference(stored, [known('a', 1, 'd3', null)], 'd3')).toEqual({
      removed: stored,
      added: [known('a', 1, 'd1', null)],
    });
  });

  it('ends an open interval where something else begins', () => {
    const stored = [known('a', 1, 'd1', null)];
    expect(difference(stored, [known('a', 2, 'd2', null)], 'd2')).toEqual({
      removed: stored,
      added: [known('a', 2, 'd2', null), known('a', 1, 'd1', 'd2')],
    });
  });

  it('ends an open interval of a row that is gone', () => {
    const stored = [known('a', 1, 'd1', null)];
    expect(difference(stored, [], 'd2')).toEqual({ removed: stored, added: [known('a', 1, 'd1', 'd2')] });
  });

  it('takes away what began later', () => {
    const stored = [known('a', 1, 'd3', null), known('b', 1, 'd2', 'd4')];
    expect(difference(stored, [], 'd2').added).toEqual([]);
    expect(new Set(difference(stored, [], 'd2').removed)).toEqual(new Set(stored));
  });

  it('keeps what was known before, also inside one long interval', () => {
    const stored = [known('a', 1, 'd1', 'd9')];
    expect(difference(stored, [known('a', 1, 'd3', 'd5'), known('a', 1, 'd7', null)], 'd3')).toEqual({
      removed: stored,
      added: [known('a', 1, 'd1', 'd5'), known('a', 1, 'd7', null)],
    });
  });
});

describe('a row of a projection', () => {
  const table: Table = {
    columns: { name: 'text', count: 'integer', share: 'real' },
    key: ['name', 'count'],
    keeps: 'latest',
  };
  const keyed = (...rows: object[]) => keyedRows(tableShape('things', table), rows as never);

  it('is kept in the order of the columns', () => {
    expect(keyed({ share: 0.5, count: 2, name: 'a' })[0]!.values).toEqual(['a', 2, 0.5]);
  });

  it.each([
    ['a missing column', { name: 'a', count: 1 }, /things.share is real, not missing/],
    ['a column that the table lacks', { name: 'a', count: 1, share: 1, colour: 'red' }, /no column colour/],
    ['text for a number', { name: 'a', count: '1', share: 1 }, /things.count is integer, not string/],
    ['a fraction for an integer', { name: 'a', count: 1.5, share: 1 }, /things.count is integer/],
    ['what is no number', { name: 'a', count: 1, share: Number.NaN }, /things.share is real/],
    ['a boolean', { name: 'a', count: true, share: 1 }, /things.count is integer, not boolean/],
    ['null in the key', { name: null, count: 1, share: 1 }, /things.name is part of the key/],
  ])('may not have %s', (_, wrong, message) => {
    expect(() => keyed(wrong)).toThrow(message);
  });

  it('may not have the key of another', () => {
    const one = { name: 'a', count: 1, share: 1 };
    expect(() => keyed(one, { ...one, share: 2 })).toThrow(/two rows of things have the same name, count/);
  });

  it('is told apart from one whose key only reads the same when written in a row', () => {
    const texts: Table = { columns: { a: 'text', b: 'text' }, key: ['a', 'b'], keeps: 'latest' };
    const rows = [
      { a: 'x', b: 'yz' },
      { a: 'xy', b: 'z' },
      { a: '1:x', b: '' },
      { a: '', b: '1:x' },
    ];
    expect(new Set(keyedRows(tableShape('texts', texts), rows).map(({ key }) => key)).size).toBe(4);
  });
});
