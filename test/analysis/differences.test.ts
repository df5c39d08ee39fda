import { describe, expect, it } from '@jest/globals';
import { differences } from '../../src/analysis/differences.ts';

describe('The differences between two selections', () => {
  it('are second less first, row by row of the same name', () => {
    const first = {
      cases: 10,
      edges: [
        { from: 'a', to: 'b', count: 4, seconds: { median: 5 } },
        { from: 'a', to: 'c', count: 1 },
      ],
    };
    const second = { cases: 25, edges: [{ from: 'a', to: 'b', count: 9, seconds: { median: 3 } }] };
    expect(differences(first, second)).toEqual({
      cases: 15,
      edges: [{ from: 'a', to: 'b', count: 5, seconds: { median: -2 } }],
    });
  });

  it('hold nothing of what is withheld of one of them', () => {
    expect(differences({ cases: null, open: 7 }, { cases: 20, open: 9 })).toEqual({ open: 2 });
    expect(differences(null, { cases: 20 })).toBeNull();
  });

  it('hold no rows that have no names, such as the points of a curve', () => {
    const curve = [{ seconds: 1, survival: 0.5 }];
    expect(differences({ curve, cases: 1 }, { curve, cases: 1 })).toEqual({ cases: 0 });
  });
});
