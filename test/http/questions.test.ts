import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoryServer, TODAY } from '../stories/server.ts';

let server: StoryServer;
let at: string;
beforeAll(async () => {
  server = await StoryServer.start();
  ({ at } = await server.household());
});
afterAll(() => server.stop());

const faultsOf = async (path: string) => {
  const { status, body } = await server.get(path);
  const names = (body.errors ?? []).map((one: { location: { name: string } }) => one.location.name);
  return [status, ...names];
};
const PERIOD = 'from=2017-01-01&until=2017-06-30';

describe('A question', () => {
  it.each([
    ['a dossier', () => at],
    ['a timeline', () => `${at}/timeline`],
    ['next steps', () => `${at}/next-steps`],
    ['standings', () => '/v1/norm-term-standings'],
    ['realisations', () => `/v1/realisations?${PERIOD}`],
    ['norm terms', () => '/v1/norm-terms'],
  ])('about %s as they will be known tomorrow is refused', async (_what, path) => {
    const ask = (day: string) => faultsOf(`${path()}${path().includes('?') ? '&' : '?'}asKnownOn=${day}`);
    expect(await ask('2017-07-01')).toEqual([400, 'asKnownOn']);
    expect(await ask(TODAY)).toEqual([200]);
  });

  it.each([
    ['/v1/realisations?from=2017-02-01&until=2017-01-31', 'until'],
    ['/v1/norm-term-standings?dueFrom=2017-02-01&dueUntil=2017-01-31', 'dueUntil'],
    ['/v1/cases?householdSizeMin=3&householdSizeMax=2', 'householdSizeMax'],
  ])('about a range that ends before it begins is refused: %s', async (path, name) => {
    expect(await faultsOf(path)).toEqual([400, name]);
  });

  it('about one day, or one number, is none of those', async () => {
    expect(await faultsOf('/v1/realisations?from=2017-02-01&until=2017-02-01')).toEqual([200]);
    expect(await faultsOf('/v1/cases?householdSizeMin=2&householdSizeMax=2')).toEqual([200]);
  });

  it('or a command with a day before anything is known is told from when on', async () => {
    const { status, body } = await server.post(`${at}/notes`, { occurredOn: '1899-12-31', text: 'x' });
    expect(status).toBe(400);
    expect(body.errors[0].detail).toContain('from 1900-01-01 on');
    const early = await server.post(`${at}/notes`, { occurredOn: '1900-01-01', text: 'x' });
    expect([early.status, early.body.code]).toEqual([409, 'BEFORE_THE_PERMIT']);
    expect(early.body.detail).toContain('2017-01-02');
  });
});
