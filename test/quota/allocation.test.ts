import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allocate } from '../../src/quota/allocation.ts';
import { defaultReference } from '../examples.ts';

const reference = defaultReference();
const of2017 = new Map(
  reference.municipalitiesOn('2017-01-01').map(({ code }) => [code, reference.inhabitants('2016-01-01')!.get(code)!]),
);

describe('the allocation of the national total', () => {
  it('is that of 2017H1: 13,000 becomes 13,194 over 388 municipalities, and is left so', () => {
    const quotas = allocate(13_000, of2017, 'UP');
    expect(quotas.size).toBe(388);
    expect([...quotas.values()].reduce((sum, quota) => sum + quota, 0)).toBe(13_194);
    expect([quotas.get('GM0716'), quotas.get('GM0777')]).toEqual([20, 33]);
  });

  it('rounds each for itself, halves up to the nearest', () => {
    const thirds = new Map(['A', 'B', 'C'].map((code) => [code, 1]));
    expect([...allocate(10, thirds, 'UP').values()]).toEqual([4, 4, 4]);
    expect([...allocate(10, thirds, 'NEAREST').values()]).toEqual([3, 3, 3]);
    expect([...allocate(1, new Map(['A', 'B'].map((code) => [code, 1])), 'NEAREST').values()]).toEqual([1, 1]);
    expect([...allocate(9, thirds, 'UP').values()]).toEqual([3, 3, 3]);
  });

  it('differs from the exact share by less than one person, upwards, or by half a person at most', () =>
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 50 }),
        (total, figures) => {
          const inhabitants = new Map(figures.map((figure, index) => [String(index), figure]));
          const all = BigInt(figures.reduce((sum, figure) => sum + figure, 0));
          const up = allocate(total, inhabitants, 'UP');
          const nearest = allocate(total, inhabitants, 'NEAREST');
          for (const [code, figure] of inhabitants) {
            const over = (quota: number) => BigInt(quota) * all - BigInt(total) * BigInt(figure);
            expect(over(up.get(code)!) >= 0n && over(up.get(code)!) < all).toBe(true);
            const twice = 2n * over(nearest.get(code)!);
            expect(twice > -all && twice <= all).toBe(true);
          }
        },
      ),
    ));
});
