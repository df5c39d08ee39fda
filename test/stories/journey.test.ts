import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { amsterdamDay } from '../../src/event-sourcing/days.ts';
import { HOME, StoryServer } from './server.ts';

let server: StoryServer;
beforeAll(async () => {
  server = await StoryServer.start();
});
afterAll(() => server.stop());

/** From permit to an accepted offer. */
async function untilAccepted(at: string): Promise<string> {
  await server.done(`${at}/municipality-links`, { occurredOn: '2017-01-12', municipality: 'GM0344', criteria: [] });
  await server.done(`${at}/profile-acceptances`, { occurredOn: '2017-01-14' });
  await server.done(`${at}/search-starts`, { occurredOn: '2017-01-15' });
  const { offerId } = await server.done(`${at}/housing-offers`, HOME);
  await server.done(`${at}/housing-offers/${offerId}/viewings`, { occurredOn: '2017-02-22', outcome: 'HELD' });
  await server.done(`${at}/housing-offers/${offerId}/acceptance`, { occurredOn: '2017-02-23' });
  return offerId as string;
}

describe('The journey', () => {
  it('leads a household from its permit to its counted move-in', async () => {
    const { at, personIds } = await server.household();
    const offerId = await untilAccepted(at);
    const signed = { occurredOn: '2017-03-01', offerId, tenancyStartOn: '2017-03-15' };
    await server.done(`${at}/tenancy-agreements`, signed);
    const moved = await server.done(`${at}/move-ins`, {
      occurredOn: '2017-03-20',
      personIds,
      housingKind: 'REGULAR',
      municipality: 'GM0344',
      offerId,
    });

    const dossier = await server.dossier(at);
    expect(dossier.stage).toBe('MOVED_IN');
    expect(dossier.members.map((one: { personal: { name: string } }) => one.personal.name)).toEqual([
      'Amina Example',
      'Yusuf Example',
    ]);
    expect(dossier.offers[0]).toMatchObject({ status: 'LIVED_IN', address: HOME.address, rooms: 3 });
    expect(dossier.normTerms.map((one: { term: string; outcome: string }) => [one.term, one.outcome])).toEqual([
      ['LINK', 'MET_IN_TIME'],
      ['HOME', 'MET_IN_TIME'],
      ['MOVE', 'MET_IN_TIME'],
      ['WHOLE', 'MET_IN_TIME'],
    ]);

    const counted = await server.get(
      `/v1/realisations?from=2017-01-01&until=2017-06-30&municipality=GM0344&minPosition=${moved.position}`,
    );
    expect(counted.body.figures).toEqual([
      { municipality: 'GM0344', month: '2017-03', channel: 'ASYLUM', followingFamily: false, persons: 2 },
    ]);
    const persons = await server.get('/v1/realisations/persons?from=2017-01-01&until=2017-06-30');
    expect(persons.body.items.map((one: { personId: string }) => one.personId).sort()).toEqual([...personIds].sort());
  });

  it('takes a fact that is told late, at its own date', async () => {
    const { at } = await server.household();
    await server.done(`${at}/municipality-links`, { occurredOn: '2017-01-12', municipality: 'GM0344', criteria: [] });
    await server.done(`${at}/information-profiles`, {
      occurredOn: '2017-01-08',
      languages: ['ar'],
      pendingFamilyReunification: false,
      adaptedHomeNeeded: false,
      note: 'Needs a lift.',
    });
    const { body } = await server.get(`${at}/timeline`);
    expect(body.entries.map((one: { type: string }) => one.type)).toEqual([
      'PermitGranted',
      'InformationProfileCompleted',
      'MunicipalityLinked',
    ]);
    expect(body.entries[1].fact.data.note).toBe('Needs a lift.');
    expect(amsterdamDay(body.entries[1].recordedAt)).toBe('2017-06-30');
  });

  it('offers again after a refusal that was judged justified, and not before', async () => {
    const { at } = await server.household();
    await server.done(`${at}/municipality-links`, { occurredOn: '2017-01-12', municipality: 'GM0344', criteria: [] });
    const { offerId } = await server.done(`${at}/housing-offers`, HOME);
    const refusal = { occurredOn: '2017-02-24', reason: 'MEDICAL', note: 'Third floor, no lift.' };
    await server.done(`${at}/housing-offers/${offerId}/refusal`, refusal);

    const early = await server.post(`${at}/housing-offers`, { ...HOME, occurredOn: '2017-02-25' });
    expect([early.status, early.body.code]).toEqual([409, 'REFUSAL_NOT_JUDGED']);

    await server.done(`${at}/housing-offers/${offerId}/judgement`, {
      occurredOn: '2017-02-26',
      judgement: 'JUSTIFIED',
    });
    await server.done(`${at}/housing-offers`, { ...HOME, occurredOn: '2017-02-27' });
    const { offers } = await server.dossier(at);
    expect(offers.map((one: { status: string }) => one.status)).toEqual(['REFUSED', 'STANDING']);
    expect(offers[0]).toMatchObject({ refusalReason: 'MEDICAL', refusalNote: 'Third floor, no lift.' });
  });

  it('links again after a link was revoked; the ten weeks start anew, the whole does not', async () => {
    const { at } = await server.household();
    await server.done(`${at}/municipality-links`, { occurredOn: '2017-01-12', municipality: 'GM0344', criteria: [] });
    await server.done(`${at}/link-revocations`, { occurredOn: '2017-02-01', reason: 'NO_SUITABLE_HOME' });
    await server.done(`${at}/municipality-links`, { occurredOn: '2017-02-03', municipality: 'GM0855', criteria: [] });
    const { link, links, normTerms } = await server.dossier(at);
    expect([link.municipality, links.length]).toEqual(['GM0855', 2]);
    const due = normTerms.map((one: { term: string; dueOn: string }) => [one.term, one.dueOn]);
    expect(due).toContainEqual(['HOME', '2017-04-14']);
    expect(due).toContainEqual(['WHOLE', '2017-04-10']);
  });

  it('refuses a step that is not possible, says what is missing, and records nothing', async () => {
    const { at } = await server.household();
    const before = await server.get(at);
    const refused = await server.post(`${at}/housing-offers`, HOME);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      type: '/v1/problems/not-linked',
      code: 'NOT_LINKED',
      missing: ['MunicipalityLinked'],
    });
    expect((await server.get(at)).headers.get('etag')).toBe(before.headers.get('etag'));
    const step = before.body.nextSteps.find((one: { type: string }) => one.type === 'HomeOffered');
    expect(step).toMatchObject({ possible: false, code: 'NOT_LINKED', missing: ['MunicipalityLinked'] });
  });

  it('takes in following family, who are housed with their sponsor', async () => {
    const { at, personIds } = await server.household();
    const offerId = await untilAccepted(at);
    await server.done(`${at}/tenancy-agreements`, { occurredOn: '2017-03-01', offerId, tenancyStartOn: '2017-03-15' });
    const arrival = await server.done(`${at}/following-family-arrivals`, {
      occurredOn: '2017-03-10',
      sponsorPersonId: personIds[0],
      members: [
        { role: 'CHILD', birthYear: 2009, personal: { name: 'Sara Example', birthDate: '2009-06-30' } },
        { role: 'CHILD', birthYear: 2011, personal: { name: 'Omar Example' } },
      ],
    });
    await server.done(`${at}/move-ins`, {
      occurredOn: '2017-03-20',
      personIds,
      housingKind: 'REGULAR',
      municipality: 'GM0344',
      offerId,
    });
    const { members, stage } = await server.dossier(at);
    expect(stage).toBe('MOVED_IN');
    const followed = members.filter((one: { followingFamily: boolean }) => one.followingFamily);
    expect(followed.map((one: { personId: string }) => one.personId)).toEqual(arrival.personIds);
    expect(followed[0].home).toMatchObject({ municipality: 'GM0344', kind: 'REGULAR' });
  });

  it('gives a child that was born its place and the year of its day of birth', async () => {
    const { at } = await server.household();
    const born = await server.done(`${at}/births`, {
      occurredOn: '2017-02-11',
      personal: { name: 'Nour Example', birthDate: '2017-02-11' },
    });
    const { members } = await server.dossier(at);
    expect(members[2]).toMatchObject({
      personId: born.personIds[0],
      role: 'CHILD',
      birthYear: 2017,
      joinedAs: 'BORN',
      personal: { name: 'Nour Example' },
    });
  });

  it('records the rest of the work on a case, and shows it in the dossier', async () => {
    const { at, personIds } = await server.household();
    const { impedimentId } = await server.done(`${at}/impediments`, {
      occurredOn: '2017-01-10',
      code: 'NO_BSN',
      owner: 'MUNICIPALITY',
      note: 'Appointment on Monday.',
    });
    await server.done(`${at}/impediments/${impedimentId}/resolution`, { occurredOn: '2017-01-17' });
    const item = { occurredOn: '2017-01-17', item: 'CITIZEN_SERVICE_NUMBER', personId: personIds[0] };
    await server.done(`${at}/identity-items`, item);
    await server.done(`${at}/term-suspensions`, { occurredOn: '2017-01-18', reason: 'MEDICAL' });
    await server.done(`${at}/term-resumptions`, { occurredOn: '2017-01-28' });
    await server.done(`${at}/term-extensions`, { occurredOn: '2017-01-29', term: 'WHOLE', days: 7 });
    await server.done(`${at}/notes`, { text: 'They would like to live near school.' });
    await server.done(`${at}/document-references`, { title: 'Advice', uri: 'https://archive.example/4711' });

    const dossier = await server.dossier(at);
    expect(dossier.impediments[0]).toMatchObject({ note: 'Appointment on Monday.', resolvedOn: '2017-01-17' });
    expect(dossier.identityItems).toEqual([item]);
    const whole = dossier.normTerms.find((one: { term: string }) => one.term === 'WHOLE');
    expect(whole).toMatchObject({ suspendedDays: 10, extendedDays: 7, dueOn: '2017-04-27' });
    expect(dossier.notes[0]).toMatchObject({ text: 'They would like to live near school.', actor: 'anna' });
    expect(dossier.documents[0]).toMatchObject({ title: 'Advice', uri: 'https://archive.example/4711' });
  });

  it('ends when the last person has left', async () => {
    const { at, personIds } = await server.household();
    await server.done(`${at}/departures`, { occurredOn: '2017-02-01', personIds: [personIds[1]] });
    await server.done(`${at}/permit-withdrawals`, { occurredOn: '2017-02-02', personIds: [personIds[0]] });
    expect(await server.dossier(at)).toMatchObject({ status: 'ENDED', endReason: 'PERMIT_WITHDRAWN' });
  });

  it('is closed and reopened with a reason', async () => {
    const { at } = await server.household();
    await server.done(`${at}/closures`, { reason: 'OUT_OF_SCOPE' });
    expect(await server.dossier(at)).toMatchObject({ status: 'ENDED', endReason: 'OUT_OF_SCOPE' });
    await server.done(`${at}/reopenings`, { reason: 'Too early.' });
    expect((await server.dossier(at)).status).toBe('OPEN');
    const { entries } = (await server.get(`${at}/timeline`)).body;
    expect(entries.at(-1).fact.data.reason).toBe('Too early.');
  });
});
