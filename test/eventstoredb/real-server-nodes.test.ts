import { afterAll, beforeAll, describe, expect, it, jest, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyLog } from '../../src/event-log/verify-log.ts';
import { EventStoreDbEventLog } from '../../src/eventstoredb/eventstoredb-event-log.ts';
import { pause } from '../event-log/samples.ts';
import { ServerProcess } from '../server-process.ts';
import { HouseholdLoad } from './household-load.ts';
import { realServer } from './real-server.ts';
import { serverControl } from './server-control.ts';

/** From a fault on: nodes that start again included, on a machine that has more to do. */
const GOES_ON_MS = 60_000;
const CAUGHT_UP_MS = 60_000;

jest.setTimeout(240_000);

if (realServer === undefined) {
  test.todo('two application nodes on a real EventStoreDB: skipped, because WOONSPOOR_EVENTSTOREDB names none');
} else {
  twoNodes(realServer);
}

function twoNodes(server: NonNullable<typeof realServer>): void {
  describe('Two application nodes on one real EventStoreDB', () => {
    const connectionString = server(randomUUID());
    const masterKey = randomBytes(32).toString('base64');
    const folders = ['a', 'b'].map((name) => mkdtempSync(join(tmpdir(), `woonspoor-node-${name}-`)));
    let nodes: [ServerProcess, ServerProcess];
    let load: HouseholdLoad;

    async function start(node: 0 | 1): Promise<ServerProcess> {
      const settings = { WOONSPOOR_LOG: connectionString, WOONSPOOR_MASTER_KEY: masterKey };
      const started = await ServerProcess.start(folders[node]!, settings);
      if (started === undefined) throw new Error('the application node ended before it answered');
      return started;
    }

    beforeAll(async () => {
      await serverControl?.mend();
      // Both begin the log at once.
      nodes = await Promise.all([start(0), start(1)]);
    });
    afterAll(async () => {
      await load?.stop().catch(() => {});
      await Promise.all((nodes ?? []).map((node) => node.kill()));
      folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));
      await serverControl?.mend();
    });

    async function underLoad(fault: string, happens: () => Promise<unknown>): Promise<void> {
      load = new HouseholdLoad(() => nodes);
      await load.moreAcknowledged(50, GOES_ON_MS);
      const began = performance.now();
      await happens();
      await load.moreAcknowledged(50, GOES_ON_MS);
      await load.stop();
      const { acknowledged, counts, longestAnswerMs } = load;
      const seconds = ((performance.now() - began) / 1_000).toFixed(0);
      console.log(
        `${fault}: ${acknowledged.length} events acknowledged, ${JSON.stringify(counts)}, in ${seconds} s from the fault on; ` +
          `longest until acknowledged ${(longestAnswerMs / 1_000).toFixed(1)} s`,
      );
      done.acknowledged.push(...acknowledged);
      done.opened += counts.opened;
      done.splits += counts.splits;
      done.merges += counts.merges;
      await expectWhole();
    }
    const done = { acknowledged: [] as HouseholdLoad['acknowledged'], opened: 0, splits: 0, merges: 0 };

    /** Every acknowledged event stands in the log once, nothing else does but what process managers did once, and both nodes list it. */
    async function expectWhole(): Promise<void> {
      const log = await EventStoreDbEventLog.open({ connectionString, mode: 'read' });
      try {
        for (let waitedMs = 0; (await transfers(log)).waiting > 0 && waitedMs < CAUGHT_UP_MS; waitedMs += 500) {
          await pause(500);
        }
        const { waiting, arrivals } = await transfers(log);
        expect(waiting).toBe(0);
        expect(arrivals.size).toBe(done.splits + done.merges);
        expect([...arrivals.values()].filter((times) => times !== 1)).toEqual([]);

        const { findings, isComplete } = await verifyLog(log);
        expect({ findings, isComplete }).toEqual({ findings: [], isComplete: true });
        const places = new Map<string, string>();
        const revisions = new Map<string, number>();
        let events = 0;
        for await (const history of log.readStreamByStream({ category: 'case' })) {
          const caseId = history[0]!.stream.slice('case-'.length);
          for (const event of history) places.set(event.id, `${caseId}@${event.revision}`);
          revisions.set(caseId, history.length - 1);
          events += history.length;
        }
        const lost = done.acknowledged.filter(
          ({ caseId, eventId, revision }) => places.get(eventId) !== `${caseId}@${revision}`,
        );
        expect(lost).toEqual([]);
        expect(places.size).toBe(events);
        expect(events).toBe(done.acknowledged.length + arrivals.size);
        expect(revisions.size).toBe(done.opened + done.splits);
        for (const node of nodes) {
          await node.caughtUp(CAUGHT_UP_MS);
          expect(await node.listed()).toEqual(revisions);
        }
      } finally {
        await log.close();
      }
    }

    it('lose and double nothing when one of them is killed, which comes back by itself', () =>
      underLoad('application node killed', async () => {
        await nodes[0].kill();
        await load.moreAcknowledged(50, GOES_ON_MS);
        nodes[0] = await start(0);
      }));

    it('lose and double nothing when one of them is frozen and wakes up', () =>
      underLoad('application node frozen for 15 s', async () => {
        nodes[1].freeze();
        await pause(15_000);
        nodes[1].wake();
      }));

    (serverControl ? it : it.skip)('lose and double nothing when the leader of the server is killed', () =>
      underLoad('leader killed', async () => {
        const leader = await serverControl!.leader();
        await serverControl!.kill(leader);
        if (serverControl!.nodes.length > 1) await load.moreAcknowledged(20, GOES_ON_MS);
        await serverControl!.start(leader);
      }),
    );
  });
}

/** Households that are on their way to another case, and how often those that arrived did. */
async function transfers(
  log: EventStoreDbEventLog,
): Promise<{ readonly waiting: number; readonly arrivals: ReadonlyMap<string, number> }> {
  const sent: string[] = [];
  const arrivals = new Map<string, number>();
  for await (const batch of log.readAll({ categories: ['case'] })) {
    for (const { type, id, data } of batch) {
      if (type === 'HouseholdSplit' || type === 'HouseholdMerged') sent.push(id);
      const transferId = data['transferId'] as string;
      if (type === 'MembersReceived') arrivals.set(transferId, (arrivals.get(transferId) ?? 0) + 1);
    }
  }
  return { waiting: sent.filter((id) => !arrivals.has(id)).length, arrivals };
}
