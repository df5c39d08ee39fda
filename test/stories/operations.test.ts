import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEngine } from '../../src/log-engine.ts';
import { StoryServer, type Answer } from './server.ts';

let server: StoryServer;
beforeAll(async () => {
  server = await StoryServer.start();
});
afterAll(() => server.stop());

const tokenFile = (): string => join(server.folder, 'operations.token');

function operate(path: string, body?: object, token = readFileSync(tokenFile(), 'utf8').trim()): Promise<Answer> {
  return server.send(`/operations/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { Authorization: `Bearer ${token}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

async function metric(name: string): Promise<number> {
  const { body } = await server.send('/metrics', {});
  const line = String(body)
    .split('\n')
    .find((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1));
}

describe('A platform', () => {
  it('sees that the server lives and takes work', async () => {
    expect((await server.send('/livez', {})).body).toEqual({ status: 'alive' });
    const { status, body } = await server.send('/readyz', {});
    expect([status, body.status, body.log]).toEqual([200, 'ready', 'reachable']);
    expect(body.views.map((one: { view: string }) => one.view).sort()).toEqual([
      'case-list',
      'integration',
      'norm-terms',
      'realisation',
      'search',
    ]);
  });

  it('reads how the server is doing', async () => {
    const { at } = await server.household();
    await server.done(`${at}/notes`, { text: 'One more append.' });
    expect(await metric('woonspoor_append_duration_seconds_count')).toBeGreaterThanOrEqual(2);
    expect(await metric('woonspoor_log_waiting_appends')).toBe(0);
    const ofItsLog = server.log === undefined ? 'woonspoor_log_wal_bytes' : 'woonspoor_log_copy_lag_seconds';
    expect(await metric(ofItsLog)).toBeGreaterThanOrEqual(server.log === undefined ? 1 : 0);
    expect(await metric('woonspoor_projection_lag_events{view="case-list"}')).toBeGreaterThanOrEqual(0);
    expect(await metric('woonspoor_projection_lag_seconds{view="search"}')).toBeGreaterThanOrEqual(0);
    expect(await metric('woonspoor_parked_streams{view="case-list"}')).toBe(0);
    expect(await metric('woonspoor_parked_reactions')).toBe(0);
  });

  it('reads how many cases are overdue', async () => {
    const before = await metric('woonspoor_overdue_cases');
    const { at } = await server.household();
    const { position } = await server.done(`${at}/notes`, { text: 'Overdue since January.' });
    await server.get(`/v1/cases?minPosition=${position}`);
    expect(await metric('woonspoor_overdue_cases')).toBe(before + 1);
  });

  it('sees neither case nor caller nor organisation in a metric', async () => {
    const { at, caseId } = await server.household();
    await server.get(at);
    const { body } = await server.send('/metrics', {});
    expect(body).toContain('/v1/cases/:caseId');
    for (const secret of [caseId, 'anna', 'COA', 'GM0344']) expect(body).not.toContain(secret);
  });
});

describe('An operator', () => {
  it('is whoever can read a file that is the server’s own', async () => {
    expect(statSync(tokenFile()).mode & 0o777).toBe(0o600);
    expect((await operate('views')).status).toBe(200);
    expect((await operate('views', undefined, 'f'.repeat(64))).status).toBe(404);
    expect((await server.get('/operations/views')).status).toBe(404);
  });

  it('rebuilds views beside those that answer, and follows it line by line', async () => {
    const { body } = await operate('rebuilds', { view: 'case-list' });
    const lines = String(body).trim().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toEqual({ done: true });
    expect(lines.slice(0, -1).map((line) => JSON.parse(line).views)).toContainEqual(['case-list']);
    expect((await server.get('/v1/cases')).status).toBe(200);
  });

  it('is told why a rebuild failed', async () => {
    const { body } = await operate('rebuilds', { view: 'nothing' });
    expect(JSON.parse(String(body).trim())).toEqual({
      failed: expect.stringContaining('nothing'),
    });
  });
});

describe('An event that a newer program wrote', () => {
  let at: string;
  let position: string;
  let other: { at: string; caseId: string };

  beforeAll(async () => {
    const { at: path, caseId } = await server.household();
    at = path;
    other = await server.household();
    await server.done(`${at}/notes`, { text: 'The last that can be read.' });
    await server.close();
    const log = await openEngine(server.place, { mode: 'write' });
    const last = (await log.readStream(`case-${caseId}`)).at(-1)!;
    const newer = { ...last, id: '11111111-1111-4111-8111-111111111111', type: 'HolographRecorded', data: {} };
    const { id, type, data, metadata } = newer;
    const appended = await log.append(`case-${caseId}`, last, [{ id, type, data, metadata }]);
    position = `${log.id}:${appended.position}`;
    await log.close();
    await server.open();
    while ((await server.send('/readyz', {})).status !== 200) await sleep(20);
  });

  it('leaves the case readable up to it, and says so', async () => {
    const dossier = (await server.get(at)).body;
    expect(dossier.notes).toMatchObject([{ text: 'The last that can be read.' }]);
    expect(dossier.parked).toEqual({ revision: 2, reason: expect.stringContaining('HolographRecorded') });
    expect(dossier.nextSteps).toEqual([]);
    expect((await server.get(`${at}/timeline`)).body.entries).toHaveLength(2);
  });

  it('is what a reader who asks for it is refused with, and a command too', async () => {
    const asked = await server.get(`${at}?minPosition=${position}`);
    expect([asked.status, asked.body.type]).toEqual([503, '/v1/problems/stream-parked']);
    expect(asked.body.detail).toContain('HolographRecorded');
    const command = await server.post(`${at}/notes`, { text: 'More.' });
    expect([command.status, command.body.type]).toEqual([503, '/v1/problems/stream-parked']);
  });

  it('leaves the last good row in the list, which says that it is not complete', async () => {
    const { body } = await server.get(`/v1/cases?limit=200&minPosition=${position}`);
    expect(body.items.some((one: { caseId: string }) => at.endsWith(one.caseId))).toBe(true);
    expect(body.freshness.parked).toBe(1);
  });

  it('leaves other cases alone', async () => {
    await server.done(`${other.at}/notes`, { text: 'Life goes on.' });
    expect((await server.get(other.at)).body.parked).toBeNull();
  });

  it('is shown to operators, who can have it tried again', async () => {
    const parked = (await operate('parked-streams')).body;
    const stream = `case-${at.split('/').at(-1)}`;
    expect(parked).toContainEqual(expect.objectContaining({ view: 'case-list', stream, revision: 2 }));
    const replayed = await operate('parked-streams/replays', { stream });
    expect(replayed.body).toContainEqual(expect.objectContaining({ view: 'case-list', stream }));
    expect(await metric('woonspoor_parked_streams{view="case-list"}')).toBe(1);
  });
});

describe('A server that stops', () => {
  it('answers what is under way, and has lost nothing after its restart', async () => {
    const { at } = await server.household();
    const answers = Array.from({ length: 30 }, (_, number) =>
      server.post(`${at}/notes`, { text: String(number) }).then(
        (answer) => answer.status,
        () => 0,
      ),
    );
    await sleep(5);
    await server.close();
    const recorded = (await Promise.all(answers)).filter((status) => status === 201).length;
    await server.open();
    const { notes } = await server.dossier(at);
    expect(notes.length).toBeGreaterThanOrEqual(recorded);
  });
});
