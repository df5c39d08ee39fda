import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HOME, PERMIT, StoryServer } from './server.ts';

const PERIODS = '/v1/quota/periods';
const HALF = `${PERIODS}/2017H1`;
const TOTAL = { kind: 'FIXED', persons: 13_000, occurredOn: '2016-09-29' };

const folder = mkdtempSync(join(tmpdir(), 'woonspoor-quota-'));
let server: StoryServer;
beforeAll(async () => {
  server = await StoryServer.start({ folder, today: '2017-03-31' });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The same register on another day. */
async function onDay(today: string): Promise<void> {
  await server.close();
  server = await StoryServer.start({ folder, today });
}

/** Two persons, housed in Utrecht. */
async function moved(on: string): Promise<{ at: string; eventId: string; position: string; move: object }> {
  const { caseId, personIds } = await server.done('/v1/cases', { ...PERMIT, occurredOn: '2016-10-01' });
  const at = `/v1/cases/${caseId}`;
  await server.done(`${at}/municipality-links`, { occurredOn: '2016-10-05', municipality: 'GM0344', criteria: [] });
  const { offerId } = await server.done(`${at}/housing-offers`, { ...HOME, occurredOn: '2016-11-01' });
  await server.done(`${at}/housing-offers/${offerId}/acceptance`, { occurredOn: '2016-11-02' });
  await server.done(`${at}/tenancy-agreements`, { occurredOn: '2016-11-03', offerId, tenancyStartOn: '2016-11-20' });
  const move = { occurredOn: on, personIds, housingKind: 'REGULAR', municipality: 'GM0344', offerId };
  const { events, position } = await server.done(`${at}/move-ins`, move);
  return { at, eventId: events[0].eventId, position, move };
}

async function utrecht(period: string, more = '') {
  const { body } = await server.get(`${PERIODS}/${period}/municipalities/GM0344?${more}`);
  const half = body.periods.at(-1);
  return { ...half, provisional: body.provisional };
}

describe('What is published of the quota', () => {
  it('is recorded once, however often it is sent, and by one who saw what stands there', async () => {
    const first = await server.post(
      `${HALF}/totals`,
      { ...TOTAL, kind: 'FORECAST', persons: 14_000 },
      { key: 'total' },
    );
    expect([first.status, first.headers.get('etag')]).toEqual([201, '"0"']);
    const again = await server.post(
      `${HALF}/totals`,
      { ...TOTAL, kind: 'FORECAST', persons: 14_000 },
      { key: 'total' },
    );
    expect(again.body).toEqual(first.body);
    const other = await server.post(`${HALF}/totals`, TOTAL, { key: 'total' });
    expect([other.status, other.body.type]).toEqual([409, expect.stringContaining('idempotency-key-reused')]);

    const stale = await server.post(`${HALF}/totals`, TOTAL, { headers: { 'If-Match': '"7"' } });
    expect([stale.status, stale.body.expected, stale.body.actual]).toEqual([412, 7, 0]);
    const seen = (await server.get(HALF)).headers.get('etag')!;
    await server.done(`${HALF}/totals`, TOTAL, { headers: { 'If-Match': seen } });
    expect((await server.post(`${HALF}/totals`, TOTAL)).status).toBe(200);
    expect((await server.get(HALF)).body).toMatchObject({ revision: 1, statutoryTotal: { persons: 13_000 } });
  });

  it('is kept when it is taken back, with who did so and why, and can be brought back', async () => {
    const mistake = await server.done(`${HALF}/exemptions`, { municipality: 'GM0344', reason: 'Wrong municipality' });
    const { eventId } = mistake.events[0];
    const taken = await server.done(`${HALF}/retractions`, { eventId, reason: 'A mistake' });
    expect((await server.get(HALF)).body.exemptions).toEqual([]);
    const { events, revision } = (await server.get(`${HALF}/history`)).body;
    expect(revision).toBe(3);
    expect(events[2]).toMatchObject({
      eventId,
      type: 'QuotaExempted',
      standing: 'RETRACTED',
      retractedBy: { actor: 'anna', reason: 'A mistake' },
      fact: { municipality: 'GM0344' },
    });
    await server.done(`${HALF}/retractions`, { eventId: taken.events[0].eventId, reason: 'It was right' });
    expect((await server.get(HALF)).body.exemptions).toHaveLength(1);
    await server.done(`${HALF}/retractions`, { eventId, reason: 'It was not' });
    expect((await server.get(`${PERIODS}/2016H1/history`)).status).toBe(404);
  });

  it('names each municipality once', async () => {
    const twice = [1, 2].map((persons) => ({ municipality: 'GM0344', persons }));
    const { status, body } = await server.post(`${HALF}/official-quotas`, { quotas: twice });
    expect([status, body.errors[0].detail]).toEqual([400, 'must not name a municipality twice']);
  });

  it('is divided over the municipalities by their inhabitants, each rounded up', async () => {
    const { body } = await server.get(`${HALF}/allocation`);
    expect(body).toMatchObject({
      provisional: true,
      rules: { rounding: 'UP', inhabitantsOn: '2016-01-01' },
      inhabitants: 16_979_120,
      quota: 13_194,
    });
    expect(body.municipalities).toHaveLength(388);
    const tholen = body.municipalities.find((one: { code: string }) => one.code === 'GM0716');
    expect(tholen).toEqual({
      code: 'GM0716',
      name: 'Tholen',
      province: 'PV29',
      inhabitants: 25_421,
      computed: 20,
      quota: 20,
      origin: 'COMPUTED',
    });
  });
});

describe('A half-year as known on a day', () => {
  let onTheDay: object;

  it('counts a person in the half-year of the move, known from the day it is recorded', async () => {
    await server.done(`${PERIODS}/2016H2/totals`, { kind: 'FIXED', persons: 23_000, occurredOn: '2016-03-31' });
    await server.done(`${PERIODS}/2016H2/rules`, { rounding: 'NEAREST', inhabitantsOn: '2016-01-01' });
    const { position } = await moved('2016-12-28');
    const before = await utrecht('2016H2', `minPosition=${position}`);
    expect(before).toMatchObject({ realised: 2, provisional: true });
    expect((await utrecht('2016H2', 'asKnownOn=2017-03-30')).realised).toBe(0);
    expect((await utrecht('2017H1')).arrears).toBe(before.balance);
    onTheDay = (await server.get(`${PERIODS}/2016H2/standings?asKnownOn=2017-03-31`)).body.rows;
  });

  it('never changes afterwards: not by late moves, nor by corrections, retractions or revised totals', async () => {
    await onDay('2017-04-10');
    const late = await moved('2016-12-30');
    const wrong = await moved('2016-12-29');
    const { at, eventId, move } = wrong;
    const replacement = { ...move, occurredOn: '2017-01-04' };
    await server.done(`${at}/corrections`, { eventId, reason: 'It was in January', replacement });
    await server.done(`${PERIODS}/2016H2/totals`, { kind: 'REVISED', persons: 20_000, occurredOn: '2017-04-10' });
    const { position } = await server.done(`${late.at}/retractions`, { eventId: late.eventId, reason: 'Not moved' });

    await onDay('2017-04-11');
    const now = await utrecht('2016H2', `minPosition=${position}`);
    const then = await utrecht('2016H2', 'asKnownOn=2017-03-31');
    expect([then.realised, then.provisional]).toEqual([2, false]);
    expect([now.realised, now.quota < then.quota]).toEqual([2, true]);
    const rows = (await server.get(`${PERIODS}/2016H2/standings?asKnownOn=2017-03-31`)).body.rows;
    expect(rows).toEqual(onTheDay);
    expect((await utrecht('2017H1')).months[0]).toMatchObject({ month: '2017-01', realised: 2 });
  });
});
