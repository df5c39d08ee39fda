import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { filesOf, type Config } from '../config.ts';
import { mustBeWhole, restoreLog } from '../event-log/sqlite-backup.ts';
import { SystemClock } from '../event-sourcing/clock.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { ErasedKeys } from '../privacy/erased-keys.ts';
import { Keyring } from '../privacy/keyring.ts';
import { openMasterKey } from '../privacy/master-key.ts';
import { openEngine } from '../log-engine.ts';
import type { LogPlace } from '../log-place.ts';
import { copyingBars } from './backup.command.ts';
import { copyInto, isCopied } from './log-copy.command.ts';
import { makeDataFolder } from './preconditions.ts';
import { counted, EXIT } from './terminal.ts';

/** Puts a backup in the place of the log. The views are thrown away: the next start builds them from what was restored. */
export async function restore(config: Config, signal: AbortSignal, backup: string): Promise<number> {
  makeDataFolder(config.dataFolder);
  return 'file' in config.log
    ? restoreToFile(config, config.log.file, { signal, backup })
    : restoreToServer(config, config.log, { signal, backup });
}

/** Without its master key nobody could start on what was restored, nor read a name in it. */
async function mustHaveItsKey({ masterKey }: Config, backup: EventLog): Promise<void> {
  await openMasterKey(masterKey, backup);
}

interface Restoring {
  readonly signal: AbortSignal;
  readonly backup: string;
}

async function restoreToFile(config: Config, file: string, { signal, backup }: Restoring): Promise<number> {
  const { copying, end } = copyingBars();
  try {
    const { bytes, aside } = await restoreLog(resolve(backup), file, {
      signal,
      onProgress: copying,
      mustFit: (log) => mustHaveItsKey(config, log),
    });
    rmSync(filesOf(config).views, { recursive: true, force: true });
    end();
    console.log(`Restored ${counted(bytes, 'byte')} from ${backup}.`);
    if (aside !== undefined) console.log(`The log that stood here is kept as ${aside}.`);
    const erased = await eraseAgain(config, file);
    const again = `${counted(erased, 'key')} destroyed since ${erased === 1 ? 'is' : 'are'} destroyed again`;
    console.log(`${again}. The next start builds the views.`);
    return EXIT.done;
  } finally {
    end();
  }
}

/** Into an empty log on a server, or the same restoring that was stopped. Keys that were destroyed since are left out. */
async function restoreToServer(config: Config, place: LogPlace, { signal, backup }: Restoring): Promise<number> {
  const { copying, end } = copyingBars();
  const file = resolve(backup);
  await mustBeWhole(file, { signal, onProgress: copying }).finally(end);
  const source = await openEngine({ file }, { mode: 'read' });
  try {
    await mustHaveItsKey(config, source);
    const { erasedKeys, views } = filesOf(config);
    const code = await copyInto(place, source, { config, signal, lists: [erasedKeys], isLive: true });
    if (isCopied(code)) rmSync(views, { recursive: true, force: true });
    return code;
  } finally {
    await source.close();
  }
}

/** A backup brings nobody back: what was destroyed after it was made is destroyed in it too, before anybody reads it. */
async function eraseAgain(config: Config, file: string): Promise<number> {
  const log = await openEngine({ file }, { mode: 'write' });
  try {
    const masterKey = await openMasterKey(config.masterKey, log);
    const erasedKeys = new ErasedKeys(filesOf(config).erasedKeys);
    return await new Keyring({ log, masterKey, clock: new SystemClock(), erasedKeys }).applyErasedKeys();
  } finally {
    await log.close();
  }
}
