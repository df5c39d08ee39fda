import { expect, test } from '@jest/globals';
import { kaplanMeier } from '../../src/bottlenecks/survival.ts';

/**
 * Weeks in remission of 21 children under 6-MP (Freireich et al., Blood 21, 1963), the example of many textbooks; the curve as
 * published by Gehan (Biometrika 52, 1965) and after him.
 */
test('the curve is the published one', () => {
  const ended: Readonly<Record<number, number>> = { 6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1 };
  const stillInRemission = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
  const weeks = [...new Set([...Object.keys(ended).map(Number), ...stillInRemission])].sort((a, b) => a - b);
  const { cases, events, censored, curve, seconds } = kaplanMeier({
    us: weeks.map((week) => week * 1e6),
    events: weeks.map((week) => ended[week] ?? 0),
    censored: weeks.map((week) => stillInRemission.filter((one) => one === week).length),
  });
  expect({ cases, events, censored }).toEqual({ cases: 21, events: 9, censored: 12 });
  expect(curve.map(({ seconds: week, atRisk, survival }) => [week, atRisk, survival.toFixed(4)])).toEqual([
    [6, 21, '0.8571'],
    [7, 17, '0.8067'],
    [10, 15, '0.7529'],
    [13, 12, '0.6902'],
    [16, 11, '0.6275'],
    [22, 7, '0.5378'],
    [23, 6, '0.4482'],
  ]);
  expect(seconds).toEqual({ median: 23, p75: null, p90: null, p95: null });
});
