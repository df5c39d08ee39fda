import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { summedByGroup, type Place, type Slices } from '../../src/bottlenecks/slices.ts';

interface Value {
  readonly key: number;
  readonly slice: number;
  readonly us: number;
}

describe('Values counted by slice', () => {
  const slices = columns([
    { key: 1, slice: 0, n: 2, low: 1, high: 3, sum: 4, variance: 1 },
    { key: 2, slice: 3, n: 1, low: 30, high: 30, sum: 30, variance: 0 },
    { key: 1, slice: 3, n: 2, low: 31, high: 33, sum: 64, variance: 1 },
    { key: 2, slice: 7, n: 1, low: 70, high: 70, sum: 70, variance: 0 },
  ]);

  it('are put together by key, with the slices in which percentiles lie', () => {
    expect(summedByGroup(slices, (key) => key, [0.5, 0.9])).toEqual(
      new Map([
        [
          1,
          {
            n: 4,
            low: 1,
            high: 33,
            sum: 68,
            stdev: expect.closeTo(Math.sqrt((16 ** 2 + 14 ** 2 + 14 ** 2 + 16 ** 2) / 3), 12),
            places: [
              [
                { slice: 0, low: 1, high: 3, n: 2, inSlice: 1 },
                { slice: 3, low: 31, high: 33, n: 2, inSlice: 0 },
              ],
              [
                { slice: 3, low: 31, high: 33, n: 2, inSlice: 0 },
                { slice: 3, low: 31, high: 33, n: 2, inSlice: 1 },
              ],
            ],
          },
        ],
        [
          2,
          {
            n: 2,
            low: 30,
            high: 70,
            sum: 100,
            stdev: Math.sqrt(20 ** 2 + 20 ** 2),
            places: Array(2).fill([
              { slice: 3, low: 30, high: 30, n: 1, inSlice: 0 },
              { slice: 7, low: 70, high: 70, n: 1, inSlice: 0 },
            ]),
          },
        ],
      ]),
    );
  });

  it('of one slice are one, whichever of their keys they came by', () => {
    const { n, places } = summedByGroup(slices, () => 0, [0.5]).get(0)!;
    const place = { slice: 3, low: 30, high: 33, n: 3 };
    expect({ n, places }).toEqual({
      n: 6,
      places: [
        [
          { ...place, inSlice: 0 },
          { ...place, inSlice: 1 },
        ],
      ],
    });
  });

  it('of a key without a group are left out, and a single one has no deviation', () => {
    const byGroup = summedByGroup(slices, (key) => (key === 1 ? undefined : key), []);
    expect([...byGroup.keys()]).toEqual([2]);
    const one = columns([{ key: 5, slice: 4, n: 1, low: 40, high: 40, sum: 40, variance: 0 }]);
    const place = { slice: 4, low: 40, high: 40, n: 1, inSlice: 0 };
    expect(summedByGroup(one, (key) => key, [0.9])).toEqual(
      new Map([[5, { n: 1, low: 40, high: 40, sum: 40, stdev: null, places: [[place, place]] }]]),
    );
    expect(summedByGroup(columns([]), (key) => key, [0.9])).toEqual(new Map());
  });

  it('long and alike, keep the digits in which they differ', () => {
    const long = 1e15;
    const alike = columns([
      { key: 1, slice: 0, n: 1, low: long, high: long, sum: long, variance: 0 },
      { key: 1, slice: 1, n: 1, low: long + 2, high: long + 2, sum: long + 2, variance: 0 },
    ]);
    expect(summedByGroup(alike, (key) => key, []).get(1)!.stdev).toBe(Math.SQRT2);
  });

  it('are as they are when all are sorted', () => {
    const PERCENTILES = [0.9, 0, 0.5, 0.85, 1] as const;
    const value = fc.record({ key: fc.integer({ min: 0, max: 5 }), us: fc.integer({ min: 0, max: 40 }) });
    const width = fc.integer({ min: 1, max: 50 });
    const groups = fc.array(fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }), {
      minLength: 6,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), width, groups, (all, wide, groupOf) => {
        const values = all.map(({ key, us }) => ({ key, us, slice: Math.floor(us / wide) }));
        const found = summedByGroup(counted(values), (key) => groupOf[key], PERCENTILES);
        const byGroup = Map.groupBy(values, ({ key }) => groupOf[key]);
        byGroup.delete(undefined);
        expect(new Set(found.keys())).toEqual(new Set(byGroup.keys()));
        for (const [group, { places, ...summed }] of found) {
          const sorted = sortedUs(byGroup.get(group)!);
          const mean = sum(sorted) / sorted.length;
          const squares = sum(sorted.map((us) => (us - mean) ** 2));
          expect(summed).toEqual({
            n: sorted.length,
            low: sorted[0],
            high: sorted.at(-1),
            sum: sum(sorted),
            stdev: sorted.length > 1 ? expect.closeTo(Math.sqrt(squares / (sorted.length - 1)), 9) : null,
          });
          const told = places.flat().map((place) => {
            const within = sortedUs(byGroup.get(group)!.filter(({ slice }) => slice === place.slice));
            expect(place).toMatchObject({
              low: within[0],
              high: within.at(-1),
              n: within.length,
            } satisfies Partial<Place>);
            return within[place.inSlice];
          });
          const ranks = PERCENTILES.map((part) => part * (sorted.length - 1));
          expect(told).toEqual(ranks.flatMap((rank) => [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]]));
        }
      }),
      { numRuns: 50 },
    );
  });
});

function columns(rows: readonly Readonly<Record<keyof Slices, number>>[]): Slices {
  const column = (name: keyof Slices): Float64Array => Float64Array.from(rows, (row) => row[name]);
  return {
    key: column('key'),
    slice: column('slice'),
    n: column('n'),
    low: column('low'),
    high: column('high'),
    sum: column('sum'),
    variance: column('variance'),
  };
}

function counted(values: readonly Value[]): Slices {
  const rows = [...Map.groupBy(values, ({ key, slice }) => `${key} ${slice}`).values()].map((same) => {
    const us = sortedUs(same);
    const { key, slice } = same[0]!;
    const mean = sum(us) / us.length;
    const variance = sum(us.map((one) => (one - mean) ** 2)) / us.length;
    return { key, slice, n: us.length, low: us[0]!, high: us.at(-1)!, sum: sum(us), variance };
  });
  return columns(rows.toSorted((one, other) => one.slice - other.slice));
}

function sortedUs(values: readonly Value[]): number[] {
  return values.map(({ us }) => us).toSorted((one, other) => one - other);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((so, one) => so + one, 0);
}
