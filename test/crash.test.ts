import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteEventLog } from '../src/event-log/sqlite-event-log.ts';
import { verifyLog } from '../src/event-log/verify-log.ts';
import { ServerProcess, type Answer } from './server-process.ts';

/** The built server, killed by SIGKILL while it works; and what stands there afterwards. */

const WRITERS = 8;

interface Acknowledged {
  readonly caseId: string;
  readonly eventId: string;
  readonly revision: number;
}

interface Sending {
  readonly path: string;
  readonly body: object;
  readonly key: string;
}

/** Opens households, notes something on each, and splits some: until the server dies or enough was sent. */
async function work(server: ServerProcess, acknowledged: Acknowledged[], unanswered: Sending[], forMs: number) {
  const until = Date.now() + forMs;
  const send = async (path: string, body: object): Promise<Answer | undefined> => {
    const sending = { path, body, key: randomUUID() };
    const got = await server.post(path, body, sending.key);
    if (got === undefined) {
      unanswered.push(sending);
      return undefined;
    }
    if (got.status !== 201) throw new Error(JSON.stringify(got));
    for (const { eventId, revision } of got.answer.events) {
      acknowledged.push({ caseId: got.answer.caseId, eventId, revision });
    }
    return got.answer;
  };
  const writer = async () => {
    while (Date.now() < until) {
      const opened = await send('/v1/cases', {
        occurredOn: '2017-01-02',
        permitType: 'ASYLUM_TEMPORARY',
        channel: 'ASYLUM',
        members: ['HOLDER', 'PARTNER'].map((role) => ({ role, birthYear: 1985, personal: { name: 'Example Person' } })),
      });
      if (!opened) return;
      const path = `/v1/cases/${opened.caseId}`;
      if (!(await send(`${path}/notes`, { text: 'called' }))) return;
      if (Math.random() < 0.5) {
        const personIds = opened.personIds!.slice(1);
        if (!(await send(`${path}/household-splits`, { personIds }))) return;
      }
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

/** Everything the log and the views must still say, whatever happened. */
async function expectWhole(folder: string, acknowledged: readonly Acknowledged[]): Promise<void> {
  const server = (await ServerProcess.start(folder))!;
  const log = SqliteEventLog.open({ file: join(folder, 'log.sqlite'), mode: 'read' });
  try {
    // Households that were on their way to another case when the server died arrive first.
    for (let waitedMs = 0; (await handedOver(log)).waiting.length > 0 && waitedMs < 10_000; waitedMs += 50)
      await sleep(50);
    expect((await handedOver(log)).waiting).toEqual([]);
    await server.caughtUp();

    const { findings, isComplete } = await verifyLog(log);
    expect({ findings, isComplete }).toEqual({ findings: [], isComplete: true });
    const stored = new Map<string, string>();
    const revisions = new Map<string, number>();
    for await (const events of log.readStreamByStream({ category: 'case' })) {
      const caseId = events[0]!.stream.slice('case-'.length);
      for (const event of events) stored.set(event.id, `${caseId}@${event.revision}`);
      revisions.set(caseId, events.length - 1);
    }
    for (const { caseId, eventId, revision } of acknowledged) expect(stored.get(eventId)).toBe(`${caseId}@${revision}`);
    expect(await server.listed()).toEqual(revisions);
  } finally {
    await log.close();
    await server.stop();
  }
}

/** Transfers of persons to another case: those that have not arrived, and how often the others did. */
async function handedOver(log: SqliteEventLog): Promise<{ waiting: string[]; arrivals: ReadonlyMap<string, number> }> {
  const sent: string[] = [];
  const arrivals = new Map<string, number>();
  for await (const batch of log.readAll({ categories: ['case'] })) {
    for (const { type, id, data } of batch) {
      if (type === 'HouseholdSplit') sent.push(id);
      const transferId = data['transferId'] as string;
      if (type === 'MembersReceived') arrivals.set(transferId, (arrivals.get(transferId) ?? 0) + 1);
    }
  }
  return { waiting: sent.filter((id) => !arrivals.has(id)), arrivals };
}

describe('a server that is killed', () => {
  let folder: string;
  const acknowledged: Acknowledged[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'woonspoor-crash-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const points = [
    'rebuild:before-swap',
    'rebuild:after-swap',
    'log:before-commit@30',
    'log:after-commit@30',
    'view:before-commit@10',
    'view:after-commit@10',
  ];
  it.each(points)(
    'at %s has kept every acknowledged event, and goes on without help',
    async (point) => {
      // Views are made anew, so that the points of a rebuild are passed too.
      rmSync(join(folder, 'views'), { recursive: true, force: true });
      const unanswered: Sending[] = [];
      const server = await ServerProcess.start(folder, { WOONSPOOR_CRASH_AT: point });
      if (server) {
        await work(server, acknowledged, unanswered, 20_000);
        for (let waitedMs = 0; !server.isDead && waitedMs < 5_000; waitedMs += 20) await sleep(20);
        expect(server.isDead).toBe(true);
      }
      await expectWhole(folder, acknowledged);
    },
    60_000,
  );

  it('at random moments, again and again, loses nothing, and what is sent again is done once', async () => {
    for (let round = 0; round < 5; round++) {
      const unanswered: Sending[] = [];
      const server = (await ServerProcess.start(folder))!;
      const working = work(server, acknowledged, unanswered, 20_000);
      await sleep(200 + Math.random() * 800);
      await server.kill();
      await working;

      const again = (await ServerProcess.start(folder))!;
      for (const { path, body, key } of unanswered) {
        const first = await again.post(path, body, key);
        const second = await again.post(path, body, key);
        expect(first!.status).toBe(201);
        expect(second).toEqual(first);
        first!.answer.events.forEach(({ eventId, revision }) =>
          acknowledged.push({ caseId: first!.answer.caseId, eventId, revision }),
        );
      }
      await again.stop();
    }
    await expectWhole(folder, acknowledged);
  }, 120_000);

  it('has handed over every household that was split, once', async () => {
    const log = SqliteEventLog.open({ file: join(folder, 'log.sqlite'), mode: 'read' });
    const { waiting, arrivals } = await handedOver(log);
    await log.close();
    expect(waiting).toEqual([]);
    expect(arrivals.size).toBeGreaterThan(10);
    expect([...arrivals.values()].filter((times) => times !== 1)).toEqual([]);
  });
});
