import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HOME, PERMIT, StoryServer } from './server.ts';

let server: StoryServer;
beforeAll(async () => {
  server = await StoryServer.start();
});
afterAll(() => server.stop());

const LINK = { occurredOn: '2017-01-12', municipality: 'GM0344', criteria: [] };

describe('Putting right what was recorded', () => {
  it('corrects a fact; the timeline keeps both, who and why, and the term standing follows', async () => {
    const { at } = await server.household();
    const linked = await server.done(`${at}/municipality-links`, LINK);
    const eventId = linked.events[0].eventId;
    const replacement = { ...LINK, occurredOn: '2017-01-19' };
    await server.done(`${at}/corrections`, { eventId, reason: 'It was the nineteenth.', replacement });

    const { normTerms, link } = await server.dossier(at);
    expect(link.linkedOn).toBe('2017-01-19');
    expect(normTerms[0]).toMatchObject({ term: 'LINK', metOn: '2017-01-19', outcome: 'MET_LATE' });
    const { entries } = (await server.get(`${at}/timeline`)).body;
    const first = entries.find((one: { eventId: string }) => one.eventId === eventId);
    expect(first).toMatchObject({
      standing: 'CORRECTED',
      occurredOn: '2017-01-12',
      amendedBy: { actor: 'anna', reason: 'It was the nineteenth.' },
    });
  });

  it('keeps the day, the names and the texts that a correction does not give', async () => {
    const { at, personIds } = await server.household();
    const { entries } = (await server.get(`${at}/timeline`)).body;
    const { occurredOn: _day, ...permit } = PERMIT;
    await server.done(`${at}/corrections`, {
      eventId: entries[0].eventId,
      reason: 'Year of birth.',
      replacement: {
        ...permit,
        members: [
          { personId: personIds[0], role: 'HOLDER', birthYear: 1981 },
          { personId: personIds[1], role: 'PARTNER', birthYear: 1978, personal: { name: 'Yousef Example' } },
        ],
      },
    });
    const dossier = await server.dossier(at);
    expect(dossier.permit.grantedOn).toBe('2017-01-02');
    expect(dossier.members).toMatchObject([
      { birthYear: 1981, personal: { name: 'Amina Example', alienNumber: '2012345678' } },
      { birthYear: 1978, personal: { name: 'Yousef Example' } },
    ]);

    const noted = await server.done(`${at}/impediments`, {
      occurredOn: '2017-01-10',
      code: 'NO_BSN',
      owner: 'IND',
      note: 'Still waiting.',
    });
    await server.done(`${at}/corrections`, {
      eventId: noted.events[0].eventId,
      reason: 'The municipality is to act.',
      replacement: { code: 'NO_BSN', owner: 'MUNICIPALITY' },
    });
    const { impediments } = await server.dossier(at);
    expect(impediments).toMatchObject([
      { impedimentId: noted.impedimentId, owner: 'MUNICIPALITY', note: 'Still waiting.', reportedOn: '2017-01-10' },
    ]);
  });

  it('brings in, by correction, a person who was forgotten, and leaves out one who was not there', async () => {
    const { at, personIds } = await server.household();
    const { entries } = (await server.get(`${at}/timeline`)).body;
    const { personIds: corrected } = await server.done(`${at}/corrections`, {
      eventId: entries[0].eventId,
      reason: 'Another partner.',
      replacement: {
        ...PERMIT,
        members: [
          { personId: personIds[0], role: 'HOLDER', birthYear: 1980 },
          { role: 'PARTNER', birthYear: 1983, personal: { name: 'Idris Example' } },
        ],
      },
    });
    const { members } = await server.dossier(at);
    expect(members.map((one: { personal: { name: string } }) => one.personal.name)).toEqual([
      'Amina Example',
      'Idris Example',
    ]);
    expect(corrected[0]).toBe(personIds[0]);
    expect(corrected[1]).not.toBe(personIds[1]);
  });

  it('judges the replacement by the form of what it replaces, all faults at once', async () => {
    const { at } = await server.household();
    const linked = await server.done(`${at}/municipality-links`, LINK);
    const { status, body } = await server.post(`${at}/corrections`, {
      eventId: linked.events[0].eventId,
      reason: 'Wrong.',
      replacement: { occurredOn: '2017-02-30', municipality: 'Utrecht', colour: 'red' },
    });
    expect(status).toBe(400);
    expect(body.errors.map((one: { location: { pointer: string } }) => one.location.pointer).sort()).toEqual([
      '#/replacement/colour',
      '#/replacement/criteria',
      '#/replacement/municipality',
      '#/replacement/occurredOn',
    ]);
  });

  it('takes a fact back, and takes the taking back back', async () => {
    const { at } = await server.household();
    const linked = await server.done(`${at}/municipality-links`, LINK);
    const eventId = linked.events[0].eventId;
    const retracted = await server.done(`${at}/retractions`, { eventId, reason: 'Wrong household.' });
    expect((await server.dossier(at)).link).toBeNull();
    await server.done(`${at}/retractions`, { eventId: retracted.events[0].eventId, reason: 'It was right.' });
    expect((await server.dossier(at)).link.municipality).toBe('GM0344');
  });

  it('refuses to take back what a later fact builds on, and names that fact', async () => {
    const { at } = await server.household();
    const linked = await server.done(`${at}/municipality-links`, LINK);
    const offered = await server.done(`${at}/housing-offers`, HOME);
    const { status, body } = await server.post(`${at}/retractions`, {
      eventId: linked.events[0].eventId,
      reason: 'Wrong.',
    });
    expect([status, body.code]).toEqual([409, 'LATER_FACT_IMPOSSIBLE']);
    expect(body.detail).toContain('HomeOffered');
    expect(body.inTheWay[0]).toBe(offered.events[0].eventId);
  });

  it('does not know events of other cases', async () => {
    const [one, other] = [await server.household(), await server.household()];
    const linked = await server.done(`${one.at}/municipality-links`, LINK);
    const eventId = linked.events[0].eventId;
    const correction = { eventId, reason: 'Wrong.', replacement: LINK };
    expect((await server.post(`${other.at}/corrections`, correction)).body.code).toBe('FACT_UNKNOWN');
    expect((await server.post(`${other.at}/retractions`, { eventId, reason: 'Wrong.' })).body.code).toBe(
      'FACT_UNKNOWN',
    );
  });

  it('shows a case as it was known on a past day', async () => {
    const { at } = await server.household();
    expect((await server.get(`${at}?asKnownOn=2017-06-29`)).status).toBe(404);
    expect((await server.get(`${at}?asKnownOn=2017-06-30`)).body.stage).toBe('AWAITING_LINK');
  });
});
