import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HOME, StoryServer } from './server.ts';

/** Values that stand nowhere else: whoever finds one has found a leak. */
const CANARIES = {
  name: 'Zephyrine Quandlebury',
  other: 'Ottokar Quandlebury',
  alienNumber: '2998877665',
  birthDate: '1979-11-23',
  note: 'Xanthippe prefers the ground floor',
  contact: 'Extension 4242 Wolfeschlegel',
  street: 'Kwikzilverpad',
  uri: 'https://archive.example/kwikzilver-dossier',
  reason: 'Because Balthazar said so',
};

let server: StoryServer;
let at: string;
let personIds: string[];
beforeAll(async () => {
  server = await StoryServer.start();
  const opened = await server.done('/v1/cases', {
    occurredOn: '2017-01-02',
    permitType: 'ASYLUM_TEMPORARY',
    channel: 'ASYLUM',
    members: [
      {
        role: 'HOLDER',
        birthYear: 1979,
        personal: { name: CANARIES.name, alienNumber: CANARIES.alienNumber, birthDate: CANARIES.birthDate },
      },
      { role: 'PARTNER', birthYear: 1981, personal: { name: CANARIES.other } },
    ],
  });
  at = `/v1/cases/${opened.caseId}`;
  personIds = opened.personIds;
  const noted = await server.done(`${at}/notes`, { text: CANARIES.note });
  await server.done(`${at}/municipality-links`, { occurredOn: '2017-01-12', municipality: 'GM0344', criteria: [] });
  await server.done(`${at}/profile-acceptances`, { occurredOn: '2017-01-13', contact: CANARIES.contact });
  await server.done(`${at}/housing-offers`, { ...HOME, address: { ...HOME.address, street: CANARIES.street } });
  await server.done(`${at}/document-references`, { title: 'Advice', uri: CANARIES.uri });
  await server.done(`${at}/corrections`, {
    eventId: noted.events[0].eventId,
    reason: CANARIES.reason,
    replacement: { text: CANARIES.note },
  });
  const split = await server.done(`${at}/household-splits`, { occurredOn: '2017-06-01', personIds: [personIds[1]] });
  while ((await server.get(`/v1/cases/${split.targetCaseId}`)).status !== 200);
  // What goes wrong must not tell either.
  await server.post(`${at}/notes`, { text: CANARIES.note, name: CANARIES.name });
  await server.post(`${at}/moves`, { name: CANARIES.name });
  await server.get(`/v1/cases?name=${encodeURIComponent(CANARIES.name)}`);
  await server.get(`/v1/cases/${encodeURIComponent(CANARIES.name)}`);
  await server.send('/v1/person-searches', { method: 'POST', body: `{"name": "${CANARIES.name}`, headers: {} });
});
afterAll(() => server.stop());

/** Forms in which a value could stand: as it is, as JSON escapes it, in another code page, in base64. */
function formsOf(value: string): readonly Buffer[] {
  return [Buffer.from(value), Buffer.from(value, 'utf16le'), Buffer.from(Buffer.from(value).toString('base64'))];
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}

describe('Who a person is', () => {
  it('is shown to who asks for the case', async () => {
    const dossier = await server.dossier(at);
    expect(dossier.members[0].personal).toEqual({
      name: CANARIES.name,
      alienNumber: CANARIES.alienNumber,
      birthDate: CANARIES.birthDate,
    });
    expect(dossier.offers[0].address.street).toBe(CANARIES.street);
    expect(JSON.stringify((await server.get(`${at}/timeline`)).body)).toContain(CANARIES.reason);
  });

  it.each(Object.entries(CANARIES))('stands readable in no file of the server (%s)', async (_what, value) => {
    // What is still being worked up comes and goes in files.
    await server.ready();
    await server.analysed();
    const files = filesIn(server.folder);
    expect(files.some((file) => file.endsWith('.duckdb'))).toBe(true);
    expect(files.some((file) => /log(-copy)?\.sqlite$/.test(file))).toBe(true);
    expect(files.some((file) => file.includes('views'))).toBe(true);
    for (const file of files) {
      const bytes = readFileSync(file);
      for (const form of formsOf(value)) expect([file, bytes.includes(form)]).toEqual([file, false]);
    }
  });

  it.each(Object.entries(CANARIES))('stands in nothing that is logged (%s)', (_what, value) => {
    expect(server.logged.length).toBeGreaterThan(10);
    const logged = server.logged.join('');
    expect(logged).not.toContain(value);
    expect(logged).not.toContain(encodeURIComponent(value));
    for (const word of value.split(/[^\p{L}\p{N}]+/u).filter((it) => it.length > 7)) expect(logged).not.toContain(word);
  });

  it('stands in no metric, list or figure', async () => {
    for (const path of ['/metrics', '/readyz', '/v1/cases', '/v1/openapi.json', '/v1/norm-term-standings']) {
      const { body } = await server.get(path);
      for (const value of Object.values(CANARIES)) expect(JSON.stringify(body)).not.toContain(value);
    }
  });
});

describe('A person', () => {
  const caseIds = (body: { found: readonly { caseId: string }[] }) => body.found.map((one) => one.caseId);

  it.each([
    ['by the whole name', { name: 'zephyrine quandlebury' }],
    ['by the beginning of words', { name: 'Zeph Quandle' }],
    ['by the alien number', { alienNumber: '2998 877 665' }],
  ])('is found %s', async (_how, search) => {
    const { status, body } = await server.post('/v1/person-searches', search);
    expect(status).toBe(200);
    expect(caseIds(body)).toContain(at.split('/').at(-1));
    expect(body.found[0].personal.name).toBe(CANARIES.name);
  });

  it('is found by the address of a home that was offered', async () => {
    const { body } = await server.post('/v1/person-searches', { address: 'kwikzilverpad 12' });
    expect(caseIds(body)).toEqual([at.split('/').at(-1)]);
  });

  it('is not found by a single letter, and the answer says why', async () => {
    const { body } = await server.post('/v1/person-searches', { name: 'Z Quandle' });
    expect(body).toMatchObject({ found: [], onlyWhole: ['z'] });
  });

  it('is asked for in one way at a time', async () => {
    expect((await server.post('/v1/person-searches', {})).status).toBe(400);
    expect((await server.post('/v1/person-searches', { name: 'x', address: 'y' })).status).toBe(400);
  });
});
