import { resolve } from 'node:path';
import { filesOf, type Config } from '../config.ts';
import { backupLog, type CopyOptions } from '../event-log/sqlite-backup.ts';
import { EXIT, progressBar } from './terminal.ts';

/** Copies the log beside the running server; a copy that was stopped leaves nothing that could be taken for one. */
export async function backup(config: Config, signal: AbortSignal, target: string): Promise<number> {
  const { copying, end } = copyingBars();
  try {
    const { bytes } = await backupLog(filesOf(config).log, resolve(target), { signal, onProgress: copying });
    end();
    console.log(`${target}: ${bytes} bytes, checked. The master key and the list of erased keys are not in it.`);
    return EXIT.done;
  } finally {
    end();
  }
}

/** A bar for the bytes that are copied, then one for the streams that are checked. */
export function copyingBars(): { copying: NonNullable<CopyOptions['onProgress']>; end: () => void } {
  const bars = { copy: progressBar('Copying', 'bytes'), check: progressBar('Checking', 'streams') };
  return {
    copying: ({ step, done, of }) => {
      if (step === 'check') bars.copy.end();
      bars[step](done, of ?? done);
    },
    end: () => {
      bars.copy.end();
      bars.check.end();
    },
  };
}
