import { jest, test } from '@jest/globals';
import { contractOnServer } from './log-on-server.contract.ts';
import { realServer } from './real-server.ts';

jest.setTimeout(30_000);

if (realServer === undefined) {
  test.todo('the contract on a real EventStoreDB: skipped, because WOONSPOOR_EVENTSTOREDB names none');
} else {
  contractOnServer('real server', realServer);
}
