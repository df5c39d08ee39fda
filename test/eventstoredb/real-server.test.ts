import { jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { EventStoreDbEventLog } from '../../src/eventstoredb/eventstoredb-event-log.ts';
import { eventLogContract } from '../event-log.contract.ts';
import { realServer } from './real-server.ts';

jest.setTimeout(30_000);

/** The whole contract on a server that somebody else started; each log under a name of its own. */
if (realServer === undefined) {
  test.todo('the contract on a real EventStoreDB: skipped, because WOONSPOOR_EVENTSTOREDB names none');
} else {
  const server = realServer;
  eventLogContract('EventStoreDB, real server', async () => {
    const connectionString = server(randomUUID());
    const log = await EventStoreDbEventLog.open({ connectionString, mode: 'write' });
    const again = await EventStoreDbEventLog.open({ connectionString, mode: 'write' });
    return {
      log,
      again,
      dispose: async () => {
        await log.close();
        await again.close();
      },
    };
  });
}
