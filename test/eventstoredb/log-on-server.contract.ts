import { randomUUID } from 'node:crypto';
import { EventStoreDbEventLog } from '../../src/eventstoredb/eventstoredb-event-log.ts';
import { eventLogContract } from '../event-log.contract.ts';

/** The whole contract on a server; each log under a name of its own, by two nodes. */
export function contractOnServer(name: string, connectionStringOf: (log: string) => string | Promise<string>): void {
  eventLogContract(`EventStoreDB, ${name}`, async () => {
    const connectionString = await connectionStringOf(randomUUID().replaceAll('-', ''));
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
