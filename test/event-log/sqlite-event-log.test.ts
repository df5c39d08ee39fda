import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { eventLogContract } from '../event-log.contract.ts';

eventLogContract('SQLite in memory', async () => {
  const log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  return { log, dispose: () => log.close() };
});

eventLogContract('SQLite file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-log-'));
  const file = join(folder, 'log.sqlite');
  const log = SqliteEventLog.open({ file, mode: 'write' });
  const again = SqliteEventLog.open({ file, mode: 'read' });
  return {
    log,
    again,
    dispose: async () => {
      await again.close();
      await log.close();
      rmSync(folder, { recursive: true });
    },
  };
});
