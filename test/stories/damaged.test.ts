import { afterAll, beforeAll, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { describeOnFile, PERMIT, StoryServer } from './server.ts';

let server: StoryServer;
beforeAll(async () => {
  server = await StoryServer.start();
});
afterAll(() => server.stop());

/** Cuts off the text of the last event of a stream while the server is down. */
async function damage(stream: string): Promise<void> {
  await server.close();
  const db = new Database(join(server.folder, 'log.sqlite'));
  db.exec('drop trigger if exists events_stand');
  const { changes } = db
    .prepare(
      `update events set data = '{' where position = (select max(e.position) from events e join streams s on s.id = e.stream
       where s.name = ?)`,
    )
    .run(stream);
  db.close();
  expect(changes).toBe(1);
  await server.open();
  while (![200, 503].includes((await server.send('/readyz', {})).status))
    await new Promise((done) => setTimeout(done, 20));
}

describeOnFile('one damaged event', () => {
  it('of a case keeps the server from nothing but that case', async () => {
    const sound = await server.household();
    const { caseId } = await server.household();
    await damage(`case-${caseId}`);
    expect((await server.get(`/v1/cases/${caseId}`)).status).toBe(503);
    expect((await server.get(sound.at)).status).toBe(200);
    expect((await server.post('/v1/cases', PERMIT)).status).toBe(201);
  });

  it('of the rules leaves the last good ones in force, and says so', async () => {
    const { at } = await server.household();
    const terms = { validFrom: '2018-01-01', linkDays: 10, homeDays: 60, moveDays: 10, wholeDays: 80 };
    await server.done('/v1/norm-terms', terms);
    await damage('reference-norm-terms');
    expect((await server.get('/v1/norm-terms')).body).toMatchObject({
      sets: [{ validFrom: '1900-01-01' }],
      parked: { stream: 'reference-norm-terms', revision: 1 },
    });
    expect((await server.get(at)).status).toBe(200);
    const link = { occurredOn: '2017-01-12', municipality: 'GM0344', criteria: [] };
    expect((await server.post(`${at}/municipality-links`, link)).status).toBe(201);
  });
});
