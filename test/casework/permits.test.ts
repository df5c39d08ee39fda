import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { InlineApp } from '../http/inline-app.ts';
import { PERMIT } from '../stories/server.ts';

let app: InlineApp;
beforeAll(async () => {
  app = await InlineApp.start();
});
afterAll(() => app.stop());

const [holder, partner] = PERMIT.members;
const permit = (more: object) => app.post('/v1/cases', { ...PERMIT, ...more });

describe('A household', () => {
  it.each([
    ['nobody', [partner]],
    ['two', [holder, { ...partner, role: 'HOLDER' }]],
  ])('of which %s holds the permit is refused', async (_count, members) => {
    const { status, body } = await permit({ members });
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ location: { pointer: '#/members' }, code: 'holder' }]);
  });

  it('that comes to join a sponsor need hold none of its own', async () => {
    const { caseId } = (await permit({})).body;
    expect((await permit({ members: [partner], sponsorCaseId: caseId })).status).toBe(201);
    expect((await permit({ members: [partner], channel: 'FAMILY_REUNIFICATION' })).status).toBe(201);
  });

  it('is not corrected to one that nobody holds the permit of', async () => {
    const { caseId, personIds, events } = (await permit({})).body;
    const { role, birthYear } = partner!;
    const replacement = { ...PERMIT, members: [{ personId: personIds[1], role, birthYear }] };
    const correction = { eventId: events[0].eventId, reason: 'One too many.', replacement };
    const { status, body } = await app.post(`/v1/cases/${caseId}/corrections`, correction);
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ location: { pointer: '#/replacement/members' }, code: 'holder' }]);
  });

  it('joins no sponsor whose case there is not, not by correction either', async () => {
    const sponsorCaseId = randomUUID();
    const opened = await permit({ sponsorCaseId });
    expect([opened.status, opened.body.code]).toEqual([409, 'SPONSOR_CASE_UNKNOWN']);
    expect(opened.body.inTheWay).toEqual([sponsorCaseId]);

    const { caseId, personIds, events } = (await permit({})).body;
    const members = PERMIT.members.map(({ role, birthYear }, index) => ({
      role,
      birthYear,
      personId: personIds[index],
    }));
    for (const unknown of [sponsorCaseId, caseId]) {
      const replacement = { ...PERMIT, members, sponsorCaseId: unknown };
      const correction = { eventId: events[0].eventId, reason: 'To whom they come.', replacement };
      const { status, body } = await app.post(`/v1/cases/${caseId}/corrections`, correction);
      expect([status, body.code]).toEqual([409, 'SPONSOR_CASE_UNKNOWN']);
    }
  });
});
