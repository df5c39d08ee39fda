import { describe, expect, it } from '@jest/globals';
import { isProvisional } from '../../src/http/freshness.ts';
import type { Freshness } from '../../src/read-store/views.ts';

const DAY = '2017-06-29';
const LATER = new Date('2017-06-30T12:00:00.000Z');
const known = (more: Partial<Freshness>): Freshness => {
  const recordedAt = '2017-06-29T09:00:00.000Z';
  return { position: '10', recordedAt, parked: 0, referenceParked: false, streamParked: null, ...more };
};

describe('Figures of a day', () => {
  it('are final once it is over and the view is at the end of the log', () => {
    expect(isProvisional(DAY, { now: LATER, head: '10' }, known({}))).toBe(false);
  });

  it('are final once it is over and the view is at a later day', () => {
    const later = known({ recordedAt: '2017-06-29T22:00:00.000Z' });
    expect(isProvisional(DAY, { now: LATER, head: '12' }, later)).toBe(false);
  });

  it('are provisional while the view may have to come to more of that day', () => {
    expect(isProvisional(DAY, { now: LATER, head: '11' }, known({}))).toBe(true);
    expect(isProvisional(DAY, { now: LATER, head: '11' }, known({ position: null, recordedAt: null }))).toBe(true);
  });

  it('are provisional until a quarter past midnight of the next', () => {
    const at = (now: string) => isProvisional(DAY, { now: new Date(now), head: '10' }, known({}));
    expect([at('2017-06-29T22:14:59.999Z'), at('2017-06-29T22:15:00.000Z')]).toEqual([true, false]);
  });

  it('are provisional while a case stands still', () => {
    expect(isProvisional(DAY, { now: LATER, head: '10' }, known({ parked: 1 }))).toBe(true);
  });
});
