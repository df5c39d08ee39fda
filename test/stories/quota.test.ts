import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addDays } from '../../src/event-sourcing/days.ts';
import { StoryServer } from './server.ts';

const PERIODS = '/v1/quota/periods';

let server: StoryServer;
let position: string;

beforeAll(async () => {
  server = await StoryServer.start({ today: '2017-03-31' });
});
afterAll(() => server.stop());

/** Houses so many persons in a municipality, in households of at most eight. */
async function house(municipality: string, movedOn: string, persons: number): Promise<void> {
  for (let left = persons; left > 0; left -= 8) await houseOne(municipality, movedOn, Math.min(8, left));
}

async function houseOne(municipality: string, movedOn: string, persons: number): Promise<void> {
  const on = (days: number) => addDays(movedOn, days);
  const members = Array.from({ length: persons }, (_, index) => ({
    role: index === 0 ? 'HOLDER' : index === 1 ? 'PARTNER' : 'CHILD',
    birthYear: index < 2 ? 1985 : 2010,
    personal: { name: `Person ${index}` },
  }));
  const permit = { permitType: 'ASYLUM_TEMPORARY', channel: 'ASYLUM', receptionCentre: 'Ter Apel', members };
  const { caseId, personIds } = await server.done('/v1/cases', { occurredOn: on(-90), ...permit });
  const at = `/v1/cases/${caseId}`;
  await server.done(`${at}/municipality-links`, { occurredOn: on(-80), municipality, criteria: [] });
  const home = { municipality, kind: 'HOUSE', rooms: 5, rentCents: 60_000, availableFrom: on(-10) };
  const { offerId } = await server.done(`${at}/housing-offers`, { occurredOn: on(-30), ...home });
  await server.done(`${at}/housing-offers/${offerId}/acceptance`, { occurredOn: on(-28) });
  await server.done(`${at}/tenancy-agreements`, { occurredOn: on(-20), offerId, tenancyStartOn: on(-10) });
  const moved = { occurredOn: movedOn, personIds, housingKind: 'REGULAR', municipality, offerId };
  ({ position } = await server.done(`${at}/move-ins`, moved));
}

async function ledgerOf(municipality: string, period: string, more = '') {
  const { status, body } = await server.get(
    `${PERIODS}/${period}/municipalities/${municipality}?minPosition=${position}${more}`,
  );
  expect([status, body.inhabitantsMissing]).toEqual([200, null]);
  return body.periods;
}

const total = (period: string, persons: number, kind = 'FIXED') =>
  server.done(`${PERIODS}/${period}/totals`, { kind, persons, occurredOn: '2016-03-01' });

describe('the ledger of Etten-Leur and Tholen, as published', () => {
  beforeAll(async () => {
    // Its 2016 quotas rest on figures of 1-1-2015: the official ones are recorded; the basis of the others does not matter here.
    for (const [period, persons, official] of [
      ['2016H1', 20_000, 50],
      ['2016H2', 23_000, 58],
    ] as const) {
      await total(period, persons);
      await server.done(`${PERIODS}/${period}/rules`, { rounding: 'NEAREST', inhabitantsOn: '2016-01-01' });
      await server.done(`${PERIODS}/${period}/official-quotas`, {
        quotas: [{ municipality: 'GM0777', persons: official }],
      });
    }
    await total('2017H1', 13_000);
    await server.done(`${PERIODS}/2016H1/opening-balances`, { balances: [{ municipality: 'GM0777', arrears: 7 }] });
    await house('GM0777', '2016-04-12', 50);
    await house('GM0777', '2016-11-03', 45);
  }, 120_000);

  it('is that of Etten-Leur: 57 to do and 50 done, 65 to do and 45 done, 20 carried over and 53 to do', async () => {
    const rows = (await ledgerOf('GM0777', '2017H1')).map(
      ({ period, quota, arrears, correctedQuota, realised, balance, origin }: Record<string, unknown>) =>
        [period, quota, arrears, correctedQuota, realised, balance, origin].join(' '),
    );
    expect(rows).toEqual([
      '2016H1 50 7 57 50 7 OFFICIAL',
      '2016H2 58 7 65 45 20 OFFICIAL',
      '2017H1 33 20 53 0 53 COMPUTED',
    ]);
  });

  it('keeps every total, and says which one obliges', async () => {
    await total('2017H2', 19_000, 'FORECAST');
    const { body } = await server.get(`${PERIODS}/2017H2`);
    expect(body).toMatchObject({ statutoryTotal: { kind: 'FORECAST', persons: 19_000 }, politicalTarget: null });
    await server.done(`${PERIODS}/2017H2/totals`, { kind: 'FIXED', persons: 10_000, occurredOn: '2017-03-30' });
    const { body: now } = await server.get(`${PERIODS}/2017H2`);
    expect(now.statutoryTotal).toMatchObject({ kind: 'FIXED', persons: 10_000 });
    expect(now.totals).toHaveLength(2);
  });
});

describe('the ledger of Tholen, as published', () => {
  let empty: StoryServer;
  beforeAll(async () => {
    empty = server;
    server = await StoryServer.start({ today: '2017-03-31' });
    await total('2017H1', 13_000);
    await server.done(`${PERIODS}/2017H1/opening-balances`, { balances: [{ municipality: 'GM0716', arrears: 17 }] });
    await house('GM0716', '2017-01-20', 5);
    await house('GM0716', '2017-02-14', 1);
    await house('GM0716', '2017-03-08', 7);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    server = empty;
  });

  it('enters 2017H1 with 17 arrears and a quota of 20, and after 5, 1 and 7 persons has 24 to go', async () => {
    const [half] = await ledgerOf('GM0716', '2017H1');
    expect(half).toMatchObject({ name: 'Tholen', quota: 20, arrears: 17, advance: 0, correctedQuota: 37, balance: 24 });
    expect(half.months.map((month: { realised: number; toGo: number }) => [month.realised, month.toGo])).toEqual([
      [5, 32],
      [1, 31],
      [7, 24],
      [0, 24],
      [0, 24],
      [0, 24],
    ]);
    // Half of 37 is expected; 13 is further behind than 5 %.
    expect(half.pace).toEqual({ completedMonths: 3, expected: 18.5, realised: 13, pace: 'BEHIND' });
  });

  it('shows the country by the statutory total, and apart from it the sum of the rounded quotas', async () => {
    const { body } = await server.get(`${PERIODS}/2017H1/standings?level=country&minPosition=${position}`);
    expect(body.national).toMatchObject({ statutoryTotal: 13_000, quota: 13_000, arrears: 17, correctedQuota: 13_017 });
    expect(body.rows).toMatchObject([{ code: 'NL', quota: 13_194, arrears: 17, realised: 13, balance: 13_198 }]);
  });

  it('adds up to the same over provinces and municipalities', async () => {
    const [country] = (await server.get(`${PERIODS}/2017H1/standings?level=country`)).body.rows;
    for (const [level, count] of [
      ['province', 12],
      ['municipality', 388],
    ] as const) {
      const { rows } = (await server.get(`${PERIODS}/2017H1/standings?level=${level}`)).body;
      expect(rows).toHaveLength(count);
      for (const figure of ['quota', 'arrears', 'advance', 'correctedQuota', 'realised', 'balance']) {
        const sum = rows.reduce((before: number, row: Record<string, number>) => before + row[figure]!, 0);
        expect([level, figure, sum]).toEqual([level, figure, country[figure]]);
      }
    }
  });

  it('was not known the day before', async () => {
    const { body } = await server.get(`${PERIODS}/2017H1/municipalities/GM0716?asKnownOn=2017-03-30`);
    expect(body.periods).toMatchObject([{ quota: 0, arrears: 0, realised: 0, origin: 'NONE' }]);
  });

  it('follows a move that is put right', async () => {
    const { events, position: known } = await server.done(`${PERIODS}/2017H1/transfers`, {
      from: 'GM0716',
      to: 'GM0777',
      persons: 4,
      reason: 'Agreed',
    });
    position = known;
    expect((await ledgerOf('GM0716', '2017H1'))[0]).toMatchObject({ quota: 16, correctedQuota: 33, balance: 20 });
    const wrong = { eventId: events[0].eventId, reason: 'Not agreed after all' };
    ({ position } = await server.done(`${PERIODS}/2017H1/retractions`, wrong));
    expect((await ledgerOf('GM0716', '2017H1'))[0]).toMatchObject({ quota: 20, balance: 24 });
  });

  it('refuses what cannot be, with its reason', async () => {
    const balances = { balances: [{ municipality: 'GM0716', arrears: 3 }] };
    expect((await server.post(`${PERIODS}/2017H2/opening-balances`, balances)).body).toMatchObject({
      status: 409,
      code: 'QUOTA_NOT_THE_FIRST_PERIOD',
      inTheWay: ['2017H1'],
    });
    const earlier = { kind: 'FIXED', persons: 1, occurredOn: '2016-03-01' };
    expect((await server.post(`${PERIODS}/2016H2/totals`, earlier)).body).toMatchObject({
      code: 'QUOTA_BEFORE_THE_FIRST_PERIOD',
    });
    const tooMuch = { from: 'GM0716', to: 'GM0777', persons: 21 };
    expect((await server.post(`${PERIODS}/2017H1/transfers`, tooMuch)).body).toMatchObject({
      status: 409,
      code: 'QUOTA_TRANSFER_TOO_LARGE',
      inTheWay: ['GM0716', '20'],
    });
    const nowhere = { municipality: 'GM0844', reason: 'It is part of Meierijstad by now' };
    expect((await server.post(`${PERIODS}/2017H1/exemptions`, nowhere)).body).toMatchObject({
      code: 'QUOTA_MUNICIPALITY_UNKNOWN',
      inTheWay: ['GM0844'],
    });
    expect((await server.post(`${PERIODS}/2017H3/totals`, earlier)).status).toBe(404);
    expect((await server.post(`${PERIODS}/2017H1/totals`, { ...earlier, persons: 1.5 })).status).toBe(400);
  });
});
