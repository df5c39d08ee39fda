import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEngine } from '../../src/log-engine.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { BRAM, StoryServer, type Answer } from '../stories/server.ts';
import { logOnServer } from './log-server.ts';

/** On the server that WOONSPOOR_EVENTSTOREDB names, else on the double. */
describe('two nodes on one log', () => {
  let here: StoryServer;
  let there: StoryServer;
  beforeAll(async () => {
    here = await StoryServer.start({ log: await logOnServer(randomUUID().replaceAll('-', '')) });
    there = await StoryServer.beside(here);
  });
  afterAll(async () => {
    await there.stop();
    await here.stop();
  });

  async function eventsOf(...streams: readonly string[]): Promise<readonly RecordedEvent[]> {
    const log = await openEngine(here.place, { mode: 'read' });
    try {
      return (await Promise.all(streams.map((stream) => log.readStream(stream)))).flat();
    } finally {
      await log.close();
    }
  }

  async function untilSo(what: () => Promise<boolean>): Promise<void> {
    for (let waitedMs = 0; !(await what()); waitedMs += 25) {
      if (waitedMs > 20_000) throw new Error('it did not get there');
      await sleep(25);
    }
  }

  it('are ready both, each with views of its own', async () => {
    for (const node of [here, there]) {
      const { body } = await node.send('/readyz', {});
      expect(body).toMatchObject({ status: 'ready', log: 'reachable' });
    }
  });

  it('a command on one can be read on the other by the position it was answered with', async () => {
    for (const [writer, reader] of [
      [here, there],
      [there, here],
    ] as const) {
      const { at, caseId } = await writer.household();
      const { position } = await writer.done(`${at}/notes`, { text: 'Seen from both sides.' });
      const list = await reader.get(`/v1/cases?limit=200&minPosition=${position}`);
      expect(list.status).toBe(200);
      expect(list.body.items.map((one: { caseId: string }) => one.caseId)).toContain(caseId);
      const dossier = await reader.dossier(at);
      expect(dossier.notes).toMatchObject([{ text: 'Seen from both sides.' }]);
      expect(dossier.members[0].personal).toMatchObject({ name: 'Amina Example' });
    }
  });

  it('lets one win of two that claim the same case at the same time, every time', async () => {
    for (let round = 0; round < 10; round++) {
      const { at, caseId } = await here.household();
      const claims = await Promise.all([
        here.post(`${at}/assignments`, {}),
        there.post(`${at}/assignments`, {}, { as: BRAM }),
      ]);
      expect(claims.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 409]);
      expect(claims.find(({ status }) => status === 409)!.body.code).toBe('ALREADY_ASSIGNED');
      const events = await eventsOf(`case-${caseId}`);
      expect(events.filter(({ type }) => type === 'CaseAssigned')).toHaveLength(1);
    }
  });

  it('answers a command that is sent to both under one key as one, and records it once', async () => {
    const { at, caseId } = await here.household();
    const sent = await Promise.all(
      [here, there, here, there].map((node) => node.post(`${at}/notes`, { text: 'Once.' }, { key: 'one-key' })),
    );
    expect(sent.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(sent.map(({ body }) => body.position)).size).toBe(1);
    expect((await eventsOf(`case-${caseId}`)).filter(({ type }) => type === 'NoteAdded')).toHaveLength(1);
  });

  it('lets the process of both hand over each person once', async () => {
    const splits: { giving: string; target: string }[] = [];
    for (let count = 0; count < 6; count++) {
      const node = count % 2 === 0 ? here : there;
      const { at, caseId, personIds } = await node.household();
      const split: Answer['body'] = await node.done(`${at}/household-splits`, {
        occurredOn: '2017-03-01',
        personIds: [personIds[1]],
      });
      splits.push({ giving: caseId, target: split.targetCaseId });
    }
    const received = async () => {
      const events = await eventsOf(...splits.map(({ target }) => `case-${target}`));
      return events.filter(({ type }) => type === 'MembersReceived');
    };
    await untilSo(async () => (await received()).length >= splits.length);
    await sleep(500);
    expect(await received()).toHaveLength(splits.length);
    const [checkpoint] = await eventsOf('checkpoint-households');
    expect(checkpoint!.data.parked).toEqual([]);
  });

  it('forgets a key here that was destroyed there, before its time, and lists it here too', async () => {
    const { at, caseId, personIds } = await here.household();
    expect((await here.dossier(at)).members[0].personal).toMatchObject({ name: 'Amina Example' });
    const token = readFileSync(join(there.folder, 'operations.token'), 'utf8').trim();
    const erased = await there.send('/operations/erasures', {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ caseId, subjects: [personIds[0]] }),
    });
    expect(erased.status).toBe(200);
    const list = () => readFileSync(join(here.folder, 'erased-keys.txt'), 'utf8');
    await untilSo(async () => (await here.dossier(at)).members[0].personal === null);
    await untilSo(() => Promise.resolve(list().includes(personIds[0]!)));
    expect(list().split(personIds[0]!).length - 1).toBe(1);
    for (const node of [here, there]) {
      const { body } = await node.post('/v1/person-searches', { name: 'Amina' });
      expect(body.found.map((one: { caseId: string }) => one.caseId)).not.toContain(caseId);
    }
  });

  it('knows on one node what was laid down on the other, in the next command', async () => {
    const { at } = await here.household();
    await there.done('/v1/norm-terms', {
      validFrom: '2018-01-01',
      linkDays: 10,
      homeDays: 60,
      moveDays: 10,
      wholeDays: 80,
    });
    const terms = (await here.get('/v1/norm-terms')).body;
    expect(terms.sets.map((one: { validFrom: string }) => one.validFrom)).toContain('2018-01-01');
    expect((await here.get(at)).status).toBe(200);
  });

  it('goes on where it was when one node is away for a while', async () => {
    await there.close();
    const { at, caseId } = await here.household();
    const { position } = await here.done(`${at}/notes`, { text: 'While you were away.' });
    await there.open();
    await there.ready();
    const list = await there.get(`/v1/cases?limit=200&minPosition=${position}`);
    expect(list.body.items.map((one: { caseId: string }) => one.caseId)).toContain(caseId);
  });
});
