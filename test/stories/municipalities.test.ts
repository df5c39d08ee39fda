import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoryServer } from './server.ts';

let server: StoryServer;
beforeAll(async () => {
  server = await StoryServer.start();
});
afterAll(() => server.stop());

interface Listed {
  readonly name: string;
  readonly province: string;
  readonly provinceName: string;
}
const listed = async (query = ''): Promise<readonly Listed[]> =>
  (await server.get(`/v1/municipalities${query}`)).body.municipalities;

describe('The list of municipalities', () => {
  it('is in the order of a Dutch reader, to whom capitals make no difference', async () => {
    const names = (await listed()).map(({ name }) => name);
    expect([names[0], names[names.indexOf('het Bildt') + 1], names.at(-1)]).toEqual([
      "'s-Gravenhage",
      'Heumen',
      'Zwolle',
    ]);
    const later = (await listed('?on=2023-01-01')).map(({ name }) => name);
    expect(later).toEqual([...later].sort(new Intl.Collator('nl').compare));
  });

  it('names the province of each: all twelve, on any day', async () => {
    for (const day of ['2016-01-01', '2017-02-23', '2023-01-01']) {
      const names = new Map((await listed(`?on=${day}`)).map((one) => [one.province, one.provinceName]));
      expect(names.size).toBe(12);
      expect([...names].filter(([code, name]) => code === name)).toEqual([]);
    }
  });

  it('is that of the first list before it, and of the last list after it', async () => {
    expect(await listed('?on=1950-05-05')).toEqual(await listed('?on=2016-01-01'));
    expect(await listed('?on=2040-01-01')).toEqual(await listed('?on=2023-01-01'));
  });

  it('refuses what it cannot answer', async () => {
    const refused = async (query: string) => {
      const { status, body } = await server.get(`/v1/municipalities?${query}`);
      return [status, body.type.split('/').at(-1)];
    };
    expect(await refused('asKnownOn=2017-07-01')).toEqual([400, 'invalid-request']);
    expect(await refused('on=1-1-2017')).toEqual([400, 'invalid-request']);
    expect(await refused('province=PV29')).toEqual([400, 'invalid-request']);
    expect(await refused('minPosition=other:1')).toEqual([400, 'wrong-log']);
  });
});
