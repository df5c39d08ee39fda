import { afterAll, jest } from '@jest/globals';
import { EventStoreDouble } from './double/double.ts';
import { contractOnServer } from './log-on-server.contract.ts';

jest.setTimeout(30_000);

const double = await EventStoreDouble.start();
afterAll(() => double.stop());

contractOnServer('double', (log) => double.connectionString(log));
