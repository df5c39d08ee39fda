import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoryServer, type Answer } from './server.ts';

let server: StoryServer;
beforeAll(async () => {
  server = await StoryServer.start();
});
afterAll(() => server.stop());

/** Reads until it is so; a process hands persons over a moment later. */
async function untilSo(path: string, isSo: (body: Answer['body']) => boolean): Promise<Answer['body']> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const { status, body } = await server.get(path);
    if (status === 200 && isSo(body)) return body;
    await sleep(25);
  }
  throw new Error(`${path} did not get there`);
}

const hasMembers = (count: number) => (body: Answer['body']) =>
  body.members.filter((one: { left: object | null }) => one.left === null).length === count;

describe('A household that splits', () => {
  it('hands its persons over to a new case, names and permit included', async () => {
    const { at, caseId, personIds } = await server.household();
    const split = await server.done(`${at}/household-splits`, { occurredOn: '2017-03-01', personIds: [personIds[1]] });
    const target = await untilSo(`/v1/cases/${split.targetCaseId}`, hasMembers(1));
    expect(target.permit).toMatchObject({ grantedOn: '2017-01-02', channel: 'ASYLUM' });
    expect(target.members[0]).toMatchObject({
      personId: personIds[1],
      joinedAs: 'RECEIVED',
      joinedOn: '2017-03-01',
      personal: { name: 'Yusuf Example' },
    });
    const giving = await server.dossier(at);
    expect(giving.members[1].left).toMatchObject({ reason: 'HANDED_OVER', toCaseId: split.targetCaseId });

    const { entries } = (await server.get(`/v1/cases/${split.targetCaseId}/timeline`)).body;
    expect(entries[0]).toMatchObject({
      type: 'MembersReceived',
      role: 'PROCESS',
      fact: { data: { fromCaseId: caseId } },
    });
  });

  it('is undone by handing back, not by taking back', async () => {
    const { at, caseId, personIds } = await server.household();
    const split = await server.done(`${at}/household-splits`, { occurredOn: '2017-03-01', personIds: [personIds[1]] });
    const target = `/v1/cases/${split.targetCaseId}`;
    await untilSo(target, hasMembers(1));
    const retraction = { eventId: split.events[0].eventId, reason: 'They stay together.' };
    expect((await server.post(`${at}/retractions`, retraction)).body.code).toBe('UNDONE_BY_HANDING_BACK');

    const back = { occurredOn: '2017-03-05', targetCaseId: caseId };
    const asSplit = await server.post(`${target}/household-splits`, { ...back, personIds: [personIds[1]] });
    expect([asSplit.status, asSplit.body.code]).toEqual([409, 'SPLIT_TAKES_ALL']);
    await server.done(`${target}/household-merges`, back);
    const again = await untilSo(at, hasMembers(2));
    expect(again.members[1]).toMatchObject({ left: null, personal: { name: 'Yusuf Example' } });
    expect(await server.dossier(target)).toMatchObject({ status: 'ENDED', endReason: 'MERGED' });
  });

  it('is followed by the target when its day is corrected', async () => {
    const { at, personIds } = await server.household();
    const split = await server.done(`${at}/household-splits`, { occurredOn: '2017-03-01', personIds: [personIds[1]] });
    await untilSo(`/v1/cases/${split.targetCaseId}`, hasMembers(1));
    await server.done(`${at}/corrections`, {
      eventId: split.events[0].eventId,
      reason: 'A week later.',
      replacement: { occurredOn: '2017-03-08', personIds: [personIds[1]], targetCaseId: split.targetCaseId },
    });
    const isLater = (body: Answer['body']) => body.members[0].joinedOn === '2017-03-08';
    const target = await untilSo(`/v1/cases/${split.targetCaseId}`, isLater);
    expect(target.members[0].personal.name).toBe('Yusuf Example');
  });

  it('goes to no case that does not exist', async () => {
    const { at, personIds } = await server.household();
    const nowhere = { personIds: [personIds[1]], targetCaseId: '00000000-0000-8000-8000-000000000000' };
    expect((await server.post(`${at}/household-splits`, nowhere)).status).toBe(404);
  });
});

describe('A household that merges', () => {
  it('goes whole to the other case, and its own ends', async () => {
    const [one, other] = [await server.household(), await server.household()];
    await server.done(`${one.at}/household-merges`, { occurredOn: '2017-03-01', targetCaseId: other.caseId });
    await untilSo(other.at, hasMembers(4));
    expect(await server.dossier(one.at)).toMatchObject({ status: 'ENDED', endReason: 'MERGED' });
  });

  it('counts each person once, wherever they were housed first', async () => {
    const [one, other] = [await server.household(), await server.household()];
    const home = { personIds: [one.personIds[0]], housingKind: 'TRANSIT_LOCATION', municipality: 'GM0855' };
    const link = { occurredOn: '2017-01-12', municipality: 'GM0855', criteria: [] };
    await server.done(`${one.at}/municipality-links`, link);
    await server.done(`${one.at}/move-ins`, { occurredOn: '2017-02-01', ...home });
    await server.done(`${one.at}/household-merges`, { occurredOn: '2017-03-01', targetCaseId: other.caseId });
    await untilSo(other.at, hasMembers(4));
    await server.done(`${other.at}/municipality-links`, link);
    const { position } = await server.done(`${other.at}/move-ins`, { occurredOn: '2017-04-01', ...home });
    const counted = await server.get(
      `/v1/realisations/persons?from=2017-01-01&until=2017-06-30&municipality=GM0855&minPosition=${position}`,
    );
    const ofPerson = counted.body.items.filter((it: { personId: string }) => it.personId === one.personIds[0]);
    expect(ofPerson).toMatchObject([{ countedOn: '2017-02-01', caseId: one.caseId }]);
  });
});
