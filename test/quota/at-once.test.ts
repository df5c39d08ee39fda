import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InlineApp } from '../http/inline-app.ts';

const PERIODS = '/v1/quota/periods';
const TOTAL = { kind: 'FIXED', persons: 13_000, occurredOn: '2016-03-01' };
const BALANCES = { balances: [{ municipality: 'GM0716', arrears: 17 }] };

let app: InlineApp;
beforeAll(async () => {
  app = await InlineApp.start();
});
afterAll(() => app.stop());

describe('Commands on several half-years that are sent at once', () => {
  it('are decided one after another: what the ledger begins with, and a fact before it, cannot both be', async () => {
    const answers = await Promise.all([
      app.post(`${PERIODS}/2017H1/opening-balances`, BALANCES),
      app.post(`${PERIODS}/2016H1/totals`, TOTAL),
      app.post(`${PERIODS}/2016H2/opening-balances`, BALANCES),
    ]);
    const recorded = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 409).map(({ body }) => body.code as string);
    expect([recorded.length, refused.length]).toEqual([1, 2]);
    for (const code of refused) expect(code).toMatch(/^QUOTA_(NOT|BEFORE)_THE_FIRST_PERIOD$/);
  });

  it('do not wait for one that is refused', async () => {
    const [refused, recorded] = await Promise.all([
      app.post(`${PERIODS}/2017H3/totals`, TOTAL),
      app.post(`${PERIODS}/2018H1/totals`, TOTAL),
    ]);
    expect([refused.status, recorded.status]).toEqual([404, 201]);
  });
});
