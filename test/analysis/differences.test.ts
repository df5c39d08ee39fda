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

  it('are of the same months, versions and rules, and of days that stand together in both', () => {
    const first = {
      cohorts: [{ month: '2017-01', cases: 4, open: { 8: 0.5 } }],
      models: [{ version: '1', ok: 3, rules: [{ rule: 'begins', activity: null, among: ['a'], ok: 2 }] }],
      days: [
        { from: '2017-01-01', day: '2017-01-03', closing: 5 },
        { from: '2017-01-04', day: '2017-01-09', closing: 9 },
      ],
    };
    const second = {
      cohorts: [{ month: '2017-01', cases: 5, open: { 8: 0.25 } }],
      models: [{ version: '1', ok: 4, rules: [{ rule: 'begins', activity: null, among: ['a'], ok: 9 }] }],
      days: [
        { from: '2017-01-01', day: '2017-01-03', closing: 6 },
        { from: '2017-01-04', day: '2017-01-05', closing: 9 },
      ],
    };
    expect(differences(first, second)).toEqual({
      cohorts: [{ month: '2017-01', cases: 1, open: { 8: -0.25 } }],
      models: [{ version: '1', ok: 1, rules: [{ rule: 'begins', activity: null, ok: 7 }] }],
      days: [{ from: '2017-01-01', day: '2017-01-03', closing: 1 }],
    });
  });

  it('hold nothing of what is withheld of one of them', () => {
    expect(differences({ cases: null, open: 7 }, { cases: 20, open: 9 })).toEqual({ open: 2 });
    expect(differences(null, { cases: 20 })).toBeNull();
  });

  it('hold no rows that have no names, such as the points of a curve', () => {
    const curve = [{ seconds: 1, survival: 0.5 }];
    expect(differences({ curve, cases: 1 }, { curve, cases: 1 })).toEqual({ cases: 0 });
    expect(differences({ curve: [], cases: 1 }, { curve: [], cases: 1 })).toEqual({ cases: 0 });
  });
});
