import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HOME, StoryServer, type Answer } from './server.ts';

let server: StoryServer;
beforeAll(async () => {
  server = await StoryServer.start();
});
afterAll(() => server.stop());

/** As an operator of the machine, who can read the token in the data folder. */
function eraseSubjects(caseId: string, subjects: readonly string[]): Promise<Answer> {
  const token = readFileSync(join(server.folder, 'operations.token'), 'utf8').trim();
  return server.send('/operations/erasures', {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ caseId, subjects }),
  });
}

const search = async (name: string, minPosition?: string) =>
  (await server.post(`/v1/person-searches${minPosition ? `?minPosition=${minPosition}` : ''}`, { name })).body;

describe('destroying the key of a person', () => {
  it('leaves nobody who can read or find them, and every figure as it was', async () => {
    const { at, caseId, personIds } = await server.household();
    await server.done(`${at}/municipality-links`, { occurredOn: '2017-01-12', municipality: 'GM0344', criteria: [] });
    const { offerId } = await server.done(`${at}/housing-offers`, HOME);
    await server.done(`${at}/housing-offers/${offerId}/acceptance`, { occurredOn: '2017-02-22' });
    await server.done(`${at}/tenancy-agreements`, { occurredOn: '2017-03-01', offerId, tenancyStartOn: '2017-03-15' });
    const moved = await server.done(`${at}/move-ins`, {
      occurredOn: '2017-03-20',
      personIds,
      housingKind: 'REGULAR',
      municipality: 'GM0344',
      offerId,
    });
    const figures = async (minPosition: string) =>
      (await server.get(`/v1/realisations?from=2017-01-01&until=2017-06-30&minPosition=${minPosition}`)).body.figures;
    const before = await figures(moved.position);
    expect(before).toMatchObject([{ municipality: 'GM0344', month: '2017-03', persons: 2 }]);
    expect((await search('Amina', moved.position)).found).toHaveLength(1);

    const erased = await eraseSubjects(caseId, [personIds[0]!]);
    expect(erased.status).toBe(200);
    const dossier = await server.dossier(at);
    expect(dossier.members.map((one: { personal: unknown }) => one.personal)).toEqual([
      null,
      { name: 'Yusuf Example' },
    ]);
    for (let tries = 0; (await search('Amina')).found.length > 0 && tries < 100; tries++);
    expect((await search('Amina')).found).toEqual([]);
    expect(await figures(moved.position)).toEqual(before);

    expect(await eraseSubjects(caseId, [personIds[0]!])).toMatchObject({ status: 200, body: erased.body });
  });

  it('stands on the list of every node, also of one that ended before it had noted it', async () => {
    const { caseId, personIds } = await server.household();
    expect(await eraseSubjects(caseId, [personIds[0]!])).toMatchObject({ status: 200 });
    await server.close();
    const list = join(server.folder, 'erased-keys.txt');
    rmSync(list);
    await server.open();
    expect(readFileSync(list, 'utf8')).toContain(personIds[0]);
  });

  it('is refused for somebody who is not of that case, and for whoever is no operator', async () => {
    const one = await server.household();
    const other = await server.household();
    expect(await eraseSubjects(one.caseId, [other.personIds[0]!])).toMatchObject({ status: 409 });
    expect(await server.post('/operations/erasures', { caseId: one.caseId, subjects: one.personIds })).toMatchObject({
      status: 404,
    });
    expect((await server.dossier(other.at)).members[0].personal).toMatchObject({ name: 'Amina Example' });
  });
});
