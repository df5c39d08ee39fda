import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StreamDamaged, type EventLog } from '../../src/event-sourcing/event-log.ts';
import { QuotaKnowledge } from '../../src/quota/quota-knowledge.ts';
import { quotaStream } from '../../src/quota/quota.events.ts';
import { metadata, uuid } from '../examples.ts';
import { InlineApp } from '../http/inline-app.ts';

const PERIODS = '/v1/quota/periods';
const TOTAL = { kind: 'FIXED', persons: 13_000, occurredOn: '2016-09-29' };
const MUNICIPALITIES = 'reference-municipalities-2017';

let app: InlineApp;
beforeAll(async () => {
  app = await InlineApp.start();
});
afterAll(() => app.stop());

/** A newer program has written to a half-year. */
async function newer(period: string): Promise<void> {
  const last = (await app.log.readStream(quotaStream(period))).at(-1);
  const own = { id: uuid('newer', Number(period.at(-1))), type: 'QuotaAuctioned', data: { period } };
  const when = last?.metadata ?? metadata('2017-06-30T08:00:00.000Z', uuid('newer command'));
  await app.log.append(quotaStream(period), last ?? 'no-stream', [{ ...own, metadata: when }]);
}

describe('A half-year in which a newer program has written', () => {
  const parked = { period: '2019H2', revision: 1, reason: expect.stringContaining('QuotaAuctioned') };
  beforeAll(async () => {
    await app.post(`${PERIODS}/2017H1/totals`, TOTAL);
    await app.post(`${PERIODS}/2019H2/totals`, { ...TOTAL, persons: 9_000 });
    await newer('2019H2');
    await newer('2020H1');
    await app.caughtUp();
  });

  it('counts up to there, and says so', async () => {
    const { status, body } = await app.get(`${PERIODS}/2019H2`);
    expect([status, body.statutoryTotal.persons, body.parked]).toEqual([200, 9_000, parked]);
    const history = (await app.get(`${PERIODS}/2019H2/history`)).body;
    expect([history.events.length, history.parked]).toEqual([1, parked]);
    const allocation = (await app.get(`${PERIODS}/2019H2/allocation`)).body;
    expect([allocation.provisional, allocation.parked]).toEqual([true, parked]);
  });

  it('is told in every figure it has a part in, and in no other', async () => {
    const of = async (period: string) => (await app.get(`${PERIODS}/${period}/standings?level=country`)).body;
    const [before, own] = [await of('2017H1'), await of('2019H2')];
    expect([before.parked, own.parked, own.provisional]).toEqual([[], [parked], true]);
    expect(before.national.quota).toBe(13_000);
    expect((await app.get(`${PERIODS}/2017H1`)).body.parked).toBeNull();
  });

  it('is listed also where nothing of it can be read, and is then not said to be nothing', async () => {
    const { periods, parked: all } = (await app.get(PERIODS)).body;
    expect(periods.map(({ period }: { period: string }) => period)).toEqual(['2017H1', '2019H2']);
    expect(all).toEqual([parked, { ...parked, period: '2020H1', revision: 0 }]);
    const { status, body } = await app.get(`${PERIODS}/2020H1`);
    expect([status, body.type]).toEqual([503, '/v1/problems/stream-parked']);
  });

  it('takes no commands; the others do', async () => {
    const { status, body } = await app.post(`${PERIODS}/2019H2/totals`, TOTAL);
    expect([status, body.type]).toEqual([503, '/v1/problems/stream-parked']);
    expect((await app.post(`${PERIODS}/2017H2/totals`, TOTAL)).status).toBe(201);
  });
});

describe('Municipalities of which a newer program wrote', () => {
  const day = '2017-06-02';

  it('are told in what is reckoned from them, which stays provisional', async () => {
    const standings = async () => {
      await app.caughtUp();
      const { status, body } = await app.get(`${PERIODS}/2017H1/standings?asKnownOn=${day}`);
      return [status, body.provisional, body.referenceParked];
    };
    expect(await standings()).toEqual([200, false, null]);
    const last = (await app.log.readStream(MUNICIPALITIES)).at(-1)!;
    const when = { ...last.metadata, recordedAt: `${day}T09:00:00.000Z` };
    const own = { id: uuid('twinned'), type: 'MunicipalityTwinned', data: {}, metadata: when };
    await app.log.append(MUNICIPALITIES, last, [own]);
    const parked = {
      stream: last.stream,
      revision: last.revision + 1,
      reason: expect.stringContaining('MunicipalityTwinned'),
    };
    expect(await standings()).toEqual([200, true, parked]);
    expect((await app.get(`${PERIODS}/2017H1/allocation`)).body.referenceParked).toEqual(parked);
  });
});

describe('A half-year with a damaged event', () => {
  it('counts up to the damage, and is told', async () => {
    const { log } = app;
    const stream = quotaStream('2017H1');
    const [event] = await log.readStream(stream);
    const damaged = new Proxy(log, {
      get(target, name) {
        if (name === 'readStreamByStream') return throwing;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    async function* throwing(question: Parameters<EventLog['readStreamByStream']>[0]) {
      if (question?.afterStream !== undefined || question?.category !== 'quota')
        return yield* log.readStreamByStream(question);
      throw new StreamDamaged(stream, { event: { revision: 1, position: event!.position } });
    }
    const { book, parked } = await new QuotaKnowledge(damaged).asKnownOn(null);
    expect(book.get('2017H1')?.statutoryTotal?.persons).toBe(13_000);
    expect(parked[0]).toEqual({ period: '2017H1', revision: 1, reason: expect.stringContaining('damaged') });
  });
});
