import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { filesOf, type Config } from '../config.ts';
import { restoreLog } from '../event-log/sqlite-backup.ts';
import { copyingBars } from './backup.command.ts';
import { EXIT } from './terminal.ts';

/** Puts a backup in the place of the log. The views are thrown away: the next start builds them from what was restored. */
export async function restore(config: Config, signal: AbortSignal, backup: string): Promise<number> {
  const { copying, end } = copyingBars();
  const files = filesOf(config);
  try {
    const { bytes, aside } = await restoreLog(resolve(backup), files.log, { signal, onProgress: copying });
    rmSync(files.views, { recursive: true, force: true });
    end();
    console.log(`Restored ${bytes} bytes from ${backup}.`);
    if (aside !== undefined) console.log(`The log that stood here is kept as ${aside}.`);
    console.log('The next start applies the list of erased keys and builds the views.');
    return EXIT.done;
  } finally {
    end();
  }
}
