import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Lengths, medianOfAll } from '../../src/bottlenecks/lengths.ts';

it('the median of lengths that stand apart is that of all of them together', () => {
  const counted = fc.array(fc.record({ us: fc.integer({ min: -5, max: 40 }), times: fc.integer({ min: 1, max: 4 }) }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(fc.array(counted, { maxLength: 4 }), (groups) => {
      const all: number[] = [];
      const lengths = groups.map((group) => {
        const one = new Lengths();
        for (const { us, times } of group.toSorted((a, b) => a.us - b.us)) {
          one.add(us, times);
          all.push(...Array<number>(times).fill(us));
        }
        return one;
      });
      all.sort((a, b) => a - b);
      const expected = all.length === 0 ? null : (all[(all.length - 1) >> 1]! + all[all.length >> 1]!) / 2;
      expect(medianOfAll(lengths)).toBe(expected);
    }),
  );
});
