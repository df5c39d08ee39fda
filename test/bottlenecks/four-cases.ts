import { afterAll, beforeAll } from '@jest/globals';
import type { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { GivenLogs } from '../external-logs/given-logs.ts';

/**
 * Four cases: two closed, one of which went round twice; two open. Times are whole hours of one week (Monday 20 February 2017 on).
 */
export const FOUR_CASES = `case:concept:name,concept:name,time:timestamp,org:resource,case:channel,case:due
k1,permit,2017-02-20T00:00:00Z,anna,ASYLUM,2017-02-25
k1,offer,2017-02-20T10:00:00Z,anna,ASYLUM,2017-02-25
k1,moved,2017-02-21T00:00:00Z,bob,ASYLUM,2017-02-25
k2,permit,2017-02-20T00:00:00Z,anna,RESETTLEMENT,2017-02-21
k2,offer,2017-02-20T20:00:00Z,bob,RESETTLEMENT,2017-02-21
k2,offer,2017-02-21T00:00:00Z,bob,RESETTLEMENT,2017-02-21
k2,permit,2017-02-21T06:00:00Z,anna,RESETTLEMENT,2017-02-21
k2,offer,2017-02-21T12:00:00Z,bob,RESETTLEMENT,2017-02-21
k2,moved,2017-02-22T00:00:00Z,bob,RESETTLEMENT,2017-02-21
k3,permit,2017-02-21T00:00:00Z,anna,ASYLUM,2017-02-22
k4,permit,2017-02-21T00:00:00Z,anna,ASYLUM,2017-03-22
k4,offer,2017-02-23T00:00:00Z,,ASYLUM,2017-03-22
`;

/** Imports them for all tests of a file. */
export function withFourCases(take: (store: AnalyticStore) => void): void {
  const logs = new GivenLogs();
  let store: AnalyticStore;
  beforeAll(async () => {
    await logs.imported('log.csv', FOUR_CASES);
    take((store = await logs.store()));
  });
  afterAll(async () => {
    await store.closeFile();
    logs[Symbol.dispose]();
  });
}
