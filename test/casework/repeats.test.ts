import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InlineApp } from '../http/inline-app.ts';
import { PERMIT } from '../stories/server.ts';

let app: InlineApp;
beforeAll(async () => {
  app = await InlineApp.start();
});
afterAll(() => app.stop());

async function household(): Promise<{ at: string; caseId: string; personIds: string[] }> {
  const { caseId, personIds } = (await app.post('/v1/cases', PERMIT)).body;
  return { at: `/v1/cases/${caseId}`, caseId, personIds };
}

describe('A repeat', () => {
  it('gets the first answer also where the same command would now be refused', async () => {
    const { at } = await household();
    const noted = await app.post(`${at}/notes`, { text: 'One.' });
    const { eventId } = noted.body.events[0];
    const correction = { eventId, reason: 'A slip.', replacement: { text: 'Two.' } };
    const first = await app.post(`${at}/corrections`, correction, 'correction-1');
    expect(first.status).toBe(201);
    expect((await app.post(`${at}/retractions`, { eventId, reason: 'Not of this case.' })).status).toBe(201);
    expect(await app.post(`${at}/corrections`, correction, 'correction-1')).toEqual(first);
  });

  it('with a correction of a person gets the first answer though that person has been left out since', async () => {
    const { at, personIds } = await household();
    const opening = (await app.get(`${at}/timeline`)).body.entries[0].eventId;
    const members = PERMIT.members.map(({ role, birthYear }, index) => ({
      role,
      birthYear,
      personId: personIds[index],
    }));
    const replacement = { ...PERMIT, members };
    const correction = {
      eventId: opening,
      reason: 'The day.',
      replacement: { ...replacement, occurredOn: '2017-01-03' },
    };
    const first = await app.post(`${at}/corrections`, correction, 'correction-2');
    expect(first.status).toBe(201);
    const without = {
      eventId: opening,
      reason: 'One too many.',
      replacement: { ...replacement, members: members.slice(0, 1) },
    };
    expect((await app.post(`${at}/corrections`, without)).status).toBe(201);
    expect(await app.post(`${at}/corrections`, correction, 'correction-2')).toEqual(first);
  });

  it('gets the first answer though the texts of the case have been erased since', async () => {
    const { at, caseId } = await household();
    const first = await app.post(`${at}/notes`, { text: 'Gone.' }, 'note-1');
    await app.keyring.destroy(caseId);
    expect(await app.post(`${at}/notes`, { text: 'Gone.' }, 'note-1')).toEqual(first);
  });
});

describe('A case whose texts have been erased', () => {
  it('can still be put right, without the reason', async () => {
    const { at, caseId } = await household();
    const link = { occurredOn: '2017-01-12', municipality: 'GM0344', criteria: [] };
    const linked = await app.post(`${at}/municipality-links`, link);
    const noted = await app.post(`${at}/notes`, { text: 'Gone.' });
    await app.keyring.destroy(caseId);
    const corrected = await app.post(`${at}/corrections`, {
      eventId: linked.body.events[0].eventId,
      reason: 'Another municipality.',
      replacement: { ...link, municipality: 'GM0855' },
    });
    const retracted = await app.post(`${at}/retractions`, {
      eventId: noted.body.events[0].eventId,
      reason: 'Wrong case.',
    });
    expect([corrected.status, retracted.status]).toEqual([201, 201]);
    expect((await app.get(at)).body).toMatchObject({ link: { municipality: 'GM0855' }, notes: [] });
    const { entries } = (await app.get(`${at}/timeline`)).body;
    expect(entries.filter((one: { reason: string | null }) => one.reason !== null)).toEqual([]);
  });
});
