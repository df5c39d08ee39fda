import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HOME, StoryServer, type Answer } from './server.ts';

let server: StoryServer;
beforeAll(async () => {
  server = await StoryServer.start();
});
afterAll(() => server.stop());

const STRICTER = { validFrom: '2017-05-01', linkDays: 7, homeDays: 42, moveDays: 14, wholeDays: 63 };
const dueOf = (dossier: Answer['body'], term: string): string =>
  dossier.normTerms.find((one: { term: string }) => one.term === term).dueOn;

describe('The rules that cases are reckoned with', () => {
  it('are known from the first event on', async () => {
    const { sets } = (await server.get('/v1/norm-terms')).body;
    expect(sets).toMatchObject([{ validFrom: '1900-01-01', linkDays: 14, homeDays: 70, moveDays: 14, wholeDays: 98 }]);
    expect((await server.get('/v1/counting-rules?asKnownOn=2017-01-01')).body.sets).toHaveLength(1);
  });

  it('hold from a day on, for what starts on that day or later', async () => {
    const before = await server.household({ occurredOn: '2017-04-30' });
    const after = await server.household({ occurredOn: '2017-05-01' });
    const answer = await server.post('/v1/norm-terms', STRICTER, { key: 'stricter' });
    expect([answer.status, answer.body.events[0].type]).toEqual([201, 'NormTermsSet']);
    expect(dueOf(await server.dossier(before.at), 'LINK')).toBe('2017-05-14');
    expect(dueOf(await server.dossier(after.at), 'LINK')).toBe('2017-05-08');

    const list = await server.get(`/v1/cases?limit=200&minPosition=${answer.body.position}`);
    const listed = list.body.items.find((one: { caseId: string }) => one.caseId === after.caseId);
    expect(listed.dueOn).toBe('2017-05-08');
    expect((await server.post('/v1/norm-terms', STRICTER, { key: 'stricter' })).body).toEqual(answer.body);
    expect((await server.post('/v1/norm-terms', STRICTER)).status).toBe(200);
  });

  it('must make sense', async () => {
    const { status, body } = await server.post('/v1/norm-terms', { ...STRICTER, linkDays: 70 });
    expect([status, body.code, body.inTheWay]).toEqual([409, 'WHOLE_SHORTER_THAN_PART', ['linkDays']]);
    expect((await server.post('/v1/counting-rules', { validFrom: '2017-01-01' })).body.errors).toHaveLength(4);
  });

  it('say how far a term can be extended', async () => {
    const { at } = await server.household();
    const beyond = await server.post(`${at}/term-extensions`, { occurredOn: '2017-01-05', term: 'LINK', days: 99 });
    expect([beyond.status, beyond.body.code, beyond.body.inTheWay]).toEqual([409, 'EXTENSION_LIMIT', ['98']]);
    await server.done(`${at}/term-extensions`, { occurredOn: '2017-01-05', term: 'LINK', days: 98 });
  });

  it('say who counts as realised', async () => {
    const { at, personIds } = await server.household();
    await server.done(`${at}/municipality-links`, { occurredOn: '2017-01-12', municipality: 'GM0014', criteria: [] });
    const stay = { occurredOn: '2017-02-01', personIds, housingKind: 'HOST_STAY', municipality: 'GM0014' };
    const moved = await server.done(`${at}/move-ins`, stay);
    const counted = (position: string): Promise<Answer> =>
      server.get(`/v1/realisations?from=2017-01-01&until=2017-06-30&municipality=GM0014&minPosition=${position}`);
    expect((await counted(moved.position)).body.figures).toEqual([]);
    const set = await server.done('/v1/counting-rules', {
      validFrom: '2017-01-01',
      countedHousing: ['REGULAR', 'HOST_STAY'],
      countedChannels: ['ASYLUM'],
      followingFamilyCounts: true,
      bornAfterMoveInCounts: false,
    });
    expect((await counted(set.position)).body.figures).toMatchObject([{ month: '2017-02', persons: 2 }]);
  });
});

describe('The figures of the norm terms', () => {
  it('count terms by municipality, and list exactly those', async () => {
    const { at } = await server.household();
    await server.done(`${at}/municipality-links`, { occurredOn: '2017-01-30', municipality: 'GM1680', criteria: [] });
    const { position } = await server.done(`${at}/housing-offers`, { ...HOME, municipality: 'GM1680' });
    const query = `municipality=GM1680&minPosition=${position}`;
    const { body } = await server.get(`/v1/norm-term-standings?${query}`);
    expect(body.figures).toEqual([
      expect.objectContaining({ term: 'HOME', overdue: 1, fellDue: 1 }),
      expect.objectContaining({ term: 'LINK', metLate: 1, fellDue: 1 }),
      expect.objectContaining({ term: 'WHOLE', overdue: 1, fellDue: 1 }),
    ]);
    expect([body.asKnownOn, body.provisional]).toEqual(['2017-06-30', true]);
    const late = await server.get(`/v1/norm-term-standings/terms?${query}&outcome=MET_LATE`);
    expect(late.body.items).toMatchObject([{ term: 'LINK', metOn: '2017-01-30', dueOn: '2017-01-16' }]);
    const before = await server.get(`/v1/norm-term-standings?${query}&asKnownOn=2017-06-28`);
    expect([before.body.figures, before.body.provisional]).toEqual([[], false]);
  });

  it('are asked for whole periods', async () => {
    const { status, body } = await server.get('/v1/norm-term-standings?dueFrom=2017-01-01');
    expect([status, body.errors[0].location.name]).toEqual([400, 'dueUntil']);
  });
});

describe('The municipalities', () => {
  const list = async (query = ''): Promise<Answer['body']> => (await server.get(`/v1/municipalities${query}`)).body;

  it('are those of today, by name, with the inhabitants of every reference date that is known', async () => {
    const { on, validFrom, source, municipalities, parked } = await list();
    expect([on, validFrom, source, parked]).toEqual(['2017-06-30', '2017-01-01', 'CBS, CC BY 4.0', null]);
    expect(municipalities).toHaveLength(388);
    const names = municipalities.map(({ name }: { name: string }) => name);
    expect(names.slice(-3)).toEqual(['Zwartewaterland', 'Zwijndrecht', 'Zwolle']);
    expect(municipalities.find(({ code }: { code: string }) => code === 'GM0716')).toEqual({
      code: 'GM0716',
      name: 'Tholen',
      province: 'PV29',
      provinceName: 'Zeeland',
      inhabitants: [
        { referenceDate: '2016-01-01', persons: 25_421 },
        { referenceDate: '2017-01-01', persons: 25_527 },
        { referenceDate: '2022-01-01', persons: 26_401 },
      ],
    });
  });

  it('can be asked for of another day', async () => {
    const codes = async (query: string) =>
      (await list(query)).municipalities.map(({ code }: { code: string }) => code) as readonly string[];
    expect(await codes('?on=2016-12-31')).toContain('GM0860');
    expect(await codes('?asKnownOn=2016-12-31')).toHaveLength(390);
    expect(await codes('?on=2017-01-01&asKnownOn=2016-12-31')).not.toContain('GM0860');
    expect(await codes('?on=2023-01-01')).toHaveLength(342);
    expect((await server.get('/v1/municipalities?on=2017-02-29')).status).toBe(400);
  });
});
