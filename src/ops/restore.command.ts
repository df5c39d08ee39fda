import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { filesOf, type Config } from '../config.ts';
import { restoreLog } from '../event-log/sqlite-backup.ts';
import { SqliteEventLog } from '../event-log/sqlite-event-log.ts';
import { SystemClock } from '../event-sourcing/clock.ts';
import { ErasedKeys } from '../privacy/erased-keys.ts';
import { Keyring } from '../privacy/keyring.ts';
import { openMasterKey } from '../privacy/master-key.ts';
import { copyingBars } from './backup.command.ts';
import { makeDataFolder } from './preconditions.ts';
import { EXIT } from './terminal.ts';

/** Puts a backup in the place of the log. The views are thrown away: the next start builds them from what was restored. */
export async function restore(config: Config, signal: AbortSignal, backup: string): Promise<number> {
  const { copying, end } = copyingBars();
  const files = filesOf(config);
  makeDataFolder(config.dataFolder);
  try {
    const { bytes, aside } = await restoreLog(resolve(backup), files.log, { signal, onProgress: copying });
    rmSync(files.views, { recursive: true, force: true });
    end();
    console.log(`Restored ${bytes} bytes from ${backup}.`);
    if (aside !== undefined) console.log(`The log that stood here is kept as ${aside}.`);
    const erased = await eraseAgain(config);
    console.log(`${erased} keys that were destroyed since are destroyed again. The next start builds the views.`);
    return EXIT.done;
  } finally {
    end();
  }
}

/** A backup brings nobody back: what was destroyed after it was made is destroyed in it too, before anybody reads it. */
async function eraseAgain(config: Config): Promise<number> {
  const files = filesOf(config);
  const log = SqliteEventLog.open({ file: files.log, mode: 'write' });
  try {
    const masterKey = await openMasterKey(config.masterKey, log);
    const erasedKeys = new ErasedKeys(files.erasedKeys);
    return await new Keyring({ log, masterKey, clock: new SystemClock(), erasedKeys }).applyErasedKeys();
  } finally {
    await log.close();
  }
}
