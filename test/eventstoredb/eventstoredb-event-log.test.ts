import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { EventStoreDbEventLog } from '../../src/eventstoredb/eventstoredb-event-log.ts';
import { eventLogContract } from '../event-log.contract.ts';
import { EventStoreDouble } from './double/double.ts';

jest.setTimeout(30_000);

let server: EventStoreDouble | undefined;

eventLogContract('EventStoreDB, double', async () => {
  const isFirst = server === undefined;
  const double = (server ??= await EventStoreDouble.start());
  const connectionString = double.connectionString(randomUUID().replaceAll('-', ''));
  const log = await EventStoreDbEventLog.open({ connectionString, mode: 'write' });
  const again = await EventStoreDbEventLog.open({ connectionString, mode: 'write' });
  return {
    log,
    again,
    dispose: async () => {
      await log.close();
      await again.close();
      if (isFirst) double.stop();
    },
  };
});
