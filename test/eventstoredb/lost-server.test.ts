import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoryServer, type Answer } from '../stories/server.ts';
import { EventStoreDouble } from './double/double.ts';

/** Long enough for a machine that is busy; a node that is well is told to be so within a second or two. */
const LONGEST_MS = 30_000;

describe('a node whose log server goes down under it', () => {
  let double: EventStoreDouble;
  let node: StoryServer;
  beforeAll(async () => {
    double = await EventStoreDouble.start();
    node = await StoryServer.start({ log: double.connectionString('lost') });
  });
  afterAll(async () => {
    await node.stop();
    double.stop();
  });

  async function readyz(status: number): Promise<Answer['body']> {
    for (const endsAtMs = Date.now() + LONGEST_MS; Date.now() < endsAtMs; await sleep(50)) {
      const answer = await node.send('/readyz', {});
      if (answer.status === status) return answer.body;
    }
    throw new Error(`/readyz was not answered ${status} within ${LONGEST_MS} ms`);
  }

  it('says so in /readyz, answers what it has read, and is well again by itself when the server is back', async () => {
    const { at, caseId } = await node.household();
    const { position } = await node.done(`${at}/notes`, { text: 'Before.' });
    expect((await node.get(`/v1/cases?minPosition=${position}`)).status).toBe(200);
    expect(await readyz(200)).toMatchObject({ status: 'ready', log: 'reachable' });

    double.stop();
    const red = await readyz(503);
    expect(red).toMatchObject({ status: 'not ready', log: expect.stringMatching(/not available|does not answer/) });
    expect((await node.send('/livez', {})).status).toBe(200);
    const list = await node.get('/v1/cases');
    expect(list.status).toBe(200);
    expect(list.body.items.map((one: { caseId: string }) => one.caseId)).toEqual([caseId]);

    await double.start();
    expect(await readyz(200)).toMatchObject({ status: 'ready', log: 'reachable' });
    const after = await node.done(`${at}/notes`, { text: 'After.' });
    expect((await node.get(`/v1/cases?minPosition=${after.position}`)).status).toBe(200);
    expect((await node.dossier(at)).notes).toMatchObject([{ text: 'Before.' }, { text: 'After.' }]);
  });
});
