import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BRAM, PERMIT, StoryServer } from './server.ts';

let server: StoryServer;
beforeAll(async () => {
  server = await StoryServer.start();
});
afterAll(() => server.stop());

const LINK = { occurredOn: '2017-01-12', municipality: 'GM0344', criteria: [] };

describe('A command', () => {
  it('that is repeated gets the same answer, and records nothing twice', async () => {
    const first = await server.post('/v1/cases', PERMIT, { key: 'open-1' });
    const at = `/v1/cases/${first.body.caseId}`;
    await server.done(`${at}/municipality-links`, LINK);
    const again = await server.post('/v1/cases', PERMIT, { key: 'open-1' });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    expect((await server.get(`${at}/timeline`)).body.entries).toHaveLength(2);
  });

  it('that names a municipality that does not exist is refused', async () => {
    const { at } = await server.household();
    const answer = await server.post(`${at}/municipality-links`, { ...LINK, municipality: 'GM9999' });
    expect([answer.status, answer.body.code, answer.body.inTheWay]).toEqual([409, 'MUNICIPALITY_UNKNOWN', ['GM9999']]);
    expect((await server.dossier(at)).link).toBeNull();
  });

  it('that is repeated by several at once is recorded once', async () => {
    const { at } = await server.household();
    const sending = { key: 'note-1' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => server.post(`${at}/notes`, { text: 'Once.' }, sending)),
    );
    expect(new Set(answers.map((one) => JSON.stringify([one.status, one.body])))).toHaveProperty('size', 1);
    expect((await server.dossier(at)).notes).toHaveLength(1);
  });

  it('under a key that was used with another body is refused', async () => {
    const { at } = await server.household();
    await server.done(`${at}/notes`, { text: 'One.' }, { key: 'note-2' });
    const other = await server.post(`${at}/notes`, { text: 'Two.' }, { key: 'note-2' });
    expect([other.status, other.body.type]).toEqual([409, '/v1/problems/idempotency-key-reused']);

    await server.post('/v1/cases', PERMIT, { key: 'open-2' });
    const more = { ...PERMIT, members: [...PERMIT.members, { ...PERMIT.members[1], role: 'SIBLING' }] };
    expect((await server.post('/v1/cases', more, { key: 'open-2' })).status).toBe(409);
  });

  it('of somebody else under the same key is another command', async () => {
    const { at } = await server.household();
    await server.done(`${at}/notes`, { text: 'Of Anna.' }, { key: 'note-3' });
    await server.done(`${at}/notes`, { text: 'Of Bram.' }, { key: 'note-3', as: BRAM });
    expect((await server.dossier(at)).notes).toHaveLength(2);
  });

  it('that was refused can be sent again under its key once it is possible', async () => {
    const { at } = await server.household();
    const acceptance = { occurredOn: '2017-01-20' };
    expect((await server.post(`${at}/profile-acceptances`, acceptance, { key: 'accept' })).status).toBe(409);
    await server.done(`${at}/municipality-links`, LINK);
    expect((await server.post(`${at}/profile-acceptances`, acceptance, { key: 'accept' })).status).toBe(201);
  });

  it('meant for an older revision is refused with both revisions', async () => {
    const { at } = await server.household();
    const etag = (await server.get(at)).headers.get('etag')!;
    await server.done(`${at}/municipality-links`, LINK, { headers: { 'If-Match': etag } });
    const stale = await server.post(`${at}/notes`, { text: 'Late.' }, { headers: { 'If-Match': etag } });
    expect(stale.status).toBe(412);
    expect(stale.body).toMatchObject({
      type: '/v1/problems/stale-revision',
      code: 'STALE_REVISION',
      expected: 0,
      actual: 1,
    });
    expect(stale.headers.get('etag')).toBe('"1"');
    expect((await server.dossier(at)).notes).toEqual([]);
  });

  it('repeated with its If-Match gets its first answer, though the case has moved on', async () => {
    const { at } = await server.household();
    const sending = { key: 'link', headers: { 'If-Match': '"0"' } };
    const first = await server.post(`${at}/municipality-links`, LINK, sending);
    await server.done(`${at}/notes`, { text: 'Meanwhile.' });
    expect((await server.post(`${at}/municipality-links`, LINK, sending)).body).toEqual(first.body);
  });

  it('for what is so already is answered 200, with nothing recorded', async () => {
    const { at } = await server.household();
    await server.done(`${at}/assignments`, {});
    const again = await server.post(`${at}/assignments`, {});
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ events: [], position: null, revision: 1 });
  });

  it('that is refused leaves nothing in the log, keys neither', async () => {
    const before = await server.household();
    const { position } = await server.done(`${before.at}/notes`, { text: 'Before.' });
    const future = await server.post('/v1/cases', { ...PERMIT, occurredOn: '2017-07-01' });
    expect([future.status, future.body.code]).toEqual([409, 'IN_THE_FUTURE']);
    const { at } = await server.household();
    const { revision } = await server.dossier(at);
    const member = { role: 'SIBLING', birthYear: 2100, personal: { name: 'Nobody Yet' } };
    expect((await server.post(`${at}/members`, member)).status).toBe(409);
    const after = await server.done(`${at}/notes`, { text: 'Next.' });
    expect(after.revision).toBe(revision + 1);
    // A case takes a key of its own and one of each person before its first event, a note none.
    expect(await server.recordedBetween(position, after.position)).toBe(3 + 1 + 1);
  });
});

describe('A case', () => {
  it('is claimed by one of two who try at once; the other sees who has it', async () => {
    const { at } = await server.household();
    const claims = await Promise.all([
      server.post(`${at}/assignments`, {}),
      server.post(`${at}/assignments`, {}, { as: BRAM }),
    ]);
    expect(new Set(claims.map((one) => one.status))).toEqual(new Set([201, 409]));
    const { assignment } = await server.dossier(at);
    const loser = claims.find((one) => one.status === 409)!;
    expect(loser.body.code).toBe('ALREADY_ASSIGNED');
    expect(loser.body.inTheWay).toEqual([assignment.assignee]);
  });

  it('is taken over with a reason, which the timeline shows, and not without one', async () => {
    const { at } = await server.household();
    await server.done(`${at}/assignments`, {});
    expect((await server.post(`${at}/assignments`, {}, { as: BRAM })).body.code).toBe('ALREADY_ASSIGNED');
    await server.done(`${at}/assignments`, { reason: 'Anna is away.' }, { as: BRAM });
    expect((await server.dossier(at)).assignment).toMatchObject({ assignee: 'bram', organisation: 'GM0344' });
    const { entries } = (await server.get(`${at}/timeline`)).body;
    expect(entries.at(-1)).toMatchObject({
      type: 'CaseTakenOver',
      fact: { data: { from: 'anna', reason: 'Anna is away.' } },
    });
  });

  it('stands in the lists it belongs to, as soon as the list knows it', async () => {
    const { at, caseId } = await server.household();
    const as = 'actor=cem; organisation=GM0855';
    const { position } = await server.done(`${at}/assignments`, {}, { as });
    const lists = ['mine', 'team', 'unassigned', 'overdue', 'all'].map(async (list) => {
      const answer = await server.get(`/v1/cases?list=${list}&limit=200&minPosition=${position}`, { as });
      return [list, answer.body.items.some((one: { caseId: string }) => one.caseId === caseId)];
    });
    expect(await Promise.all(lists)).toEqual([
      ['mine', true],
      ['team', true],
      ['unassigned', false],
      ['overdue', true],
      ['all', true],
    ]);
  });

  it('is found page by page, each once', async () => {
    for (let count = 0; count < 5; count++) await server.household();
    const { position } = await server.done('/v1/cases', PERMIT);
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`;
      const page = await server.get(`/v1/cases?sort=-changedAt&limit=2&minPosition=${position}${cursor}`);
      seen.push(...page.body.items.map((one: { caseId: string }) => one.caseId));
      next = page.body.next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(6);
  });
});
