import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '../../src/exchange/references.ts';
import { SeenNumbers } from '../../src/exchange/seen-numbers.ts';

describe('Numbers that were seen', () => {
  it('are known again, however many there are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4_000 }), { maxLength: 6_000 }), (numbers) => {
        const [seen, set] = [new SeenNumbers(), new Set<number>()];
        for (const number of numbers) {
          expect(seen.add(number)).toBe(!set.has(number));
          set.add(number);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('tell hundreds of thousands of references apart', () => {
    const seen = new SeenNumbers();
    for (let at = 0; at < 200_000; at++)
      if (!seen.add(digestOf(`H-${at}`))) throw new Error(`H-${at} was there already`);
    expect(seen.add(digestOf('H-7'))).toBe(false);
  });
});
