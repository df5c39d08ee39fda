import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { comparePositions } from '../../src/event-sourcing/event.ts';
import { LogUnavailable } from '../../src/event-sourcing/event-log.ts';
import { EventStoreDbEventLog } from '../../src/eventstoredb/eventstoredb-event-log.ts';
import { all, errorOf, event, newStream, pause } from '../event-log/samples.ts';
import { AppendLoad, Following, places } from './append-load.ts';
import { realServer } from './real-server.ts';
import { serverControl, type ServerControl } from './server-control.ts';

/** A cluster chooses another leader in about 12 seconds; nodes that all stopped take as long to be one again. */
const ANSWERS_AGAIN_MS = 60_000;
const TEST_MS = 240_000;
const CAUGHT_UP_MS = 60_000;

jest.setTimeout(TEST_MS);

if (realServer === undefined || serverControl === undefined) {
  test.todo(
    'faults of a real EventStoreDB: skipped, because WOONSPOOR_EVENTSTOREDB or WOONSPOOR_EVENTSTOREDB_CONTROL is not set',
  );
} else {
  faults(realServer, serverControl);
}

function faults(server: NonNullable<typeof realServer>, control: ServerControl): void {
  const isCluster = control.nodes.length > 1;
  const inCluster = isCluster ? it : it.skip;

  describe(`a real EventStoreDB of ${control.nodes.length} under load`, () => {
    let log: EventStoreDbEventLog;
    let reader: EventStoreDbEventLog;
    let load: AppendLoad;
    let following: Following;

    beforeAll(() => control.mend());
    afterAll(() => control.mend());
    beforeEach(async () => {
      const connectionString = server(randomUUID());
      log = await EventStoreDbEventLog.open({ connectionString, mode: 'write', patience: { totalMs: 4_000 } });
      reader = await EventStoreDbEventLog.open({ connectionString, mode: 'read' });
      load = new AppendLoad(log);
      following = new Following(reader, load.category);
      await load.moreAcknowledged(500, 30_000);
    });
    afterEach(async () => {
      await load.stop();
      await Promise.all([log.close(), reader.close()]);
      await control.mend();
    });

    /** All that was acknowledged stands there once and was given once, in order, and nothing else. */
    async function expectWhole(fault: string): Promise<void> {
      await load.moreAcknowledged(500, ANSWERS_AGAIN_MS);
      await load.stop();
      const { acknowledged, refusals, repeated, longestSilenceMs } = load;
      await following.given(acknowledged.length, CAUGHT_UP_MS);
      console.log(
        `${fault}: ${acknowledged.length} events acknowledged, ${repeated} appends answered as repeats, ` +
          `${refusals.length} times LogUnavailable, longest silence ${(longestSilenceMs / 1_000).toFixed(1)} s`,
      );
      const expected = places(acknowledged).sort();
      const standing = await all(reader.readAll({ categories: [load.category] }));
      expect(places(standing).sort()).toEqual(expected);
      expect(places(following.events)).toEqual(places(standing));
      for (let at = 1; at < standing.length; at++) {
        expect(comparePositions(standing[at - 1]!.position, standing[at]!.position)).toBeLessThan(0);
      }
      const revisions = new Map<string, number>();
      for (const { stream, revision } of following.events) {
        expect(revision).toBe((revisions.get(stream) ?? -1) + 1);
        revisions.set(stream, revision);
      }
      expect(longestSilenceMs).toBeLessThan(ANSWERS_AGAIN_MS);
    }

    it('loses and doubles nothing when the leader is killed and comes back', async () => {
      const leader = await control.leader();
      await control.kill(leader);
      if (isCluster) {
        await load.moreAcknowledged(500, ANSWERS_AGAIN_MS);
        expect(await control.leader()).not.toBe(leader);
      }
      await control.start(leader);
      await expectWhole('leader killed');
    });

    it('loses and doubles nothing when the leader is frozen for 15 seconds', async () => {
      const leader = await control.leader();
      await control.freeze(leader);
      await pause(15_000);
      await control.thaw(leader);
      // A leader that was deposed and has written what the others do not know ends, and wants to be started.
      await pause(5_000);
      await control.mend();
      await expectWhole('leader frozen for 15 s');
    });

    inCluster('goes on without a follower, and with it when it is back', async () => {
      const follower = await control.follower();
      await control.kill(follower);
      await load.moreAcknowledged(500, ANSWERS_AGAIN_MS);
      await control.start(follower);
      await expectWhole('follower killed');
    });

    it('is not available while no node runs, says so, and goes on by itself when they are back', async () => {
      await Promise.all(control.nodes.map((node) => control.kill(node)));
      expect(await errorOf(log.append(newStream(), 'no-stream', [event()]))).toBeInstanceOf(LogUnavailable);
      expect(await errorOf(log.checkReady())).toBeInstanceOf(LogUnavailable);
      expect(await errorOf(log.readStream(newStream()))).toBeInstanceOf(LogUnavailable);
      await control.mend();
      await load.moreAcknowledged(1, ANSWERS_AGAIN_MS);
      await log.checkReady();
      expect(load.refusals.length).toBeGreaterThan(0);
      await expectWhole('all nodes killed');
    });
  });
}
