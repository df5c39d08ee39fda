import { resolve } from 'node:path';
import { filesOf, type Config } from '../config.ts';
import { backupLog, inWords, type CopyOptions } from '../event-log/sqlite-backup.ts';
import { EXIT, progressBar } from './terminal.ts';

const SHOWN_FINDINGS = 10;

/** Copies the log beside the running server; a copy that was stopped leaves nothing that could be taken for one. */
export async function backup(config: Config, signal: AbortSignal, target: string): Promise<number> {
  const { copying, end } = copyingBars();
  try {
    const { log } = filesOf(config);
    const { bytes, findings } = await backupLog(log, resolve(target), { signal, onProgress: copying });
    end();
    const found = findings.length === 0 ? 'database and hash chains checked' : `${findings.length} found`;
    console.log(`${target}: ${bytes} bytes, ${found}. The master key and the list of erased keys are not in it.`);
    if (findings.length === 0) return EXIT.done;
    console.error(`The log is not as it was written, and so is its copy, which restore will refuse:`);
    for (const finding of findings.slice(0, SHOWN_FINDINGS)) console.error(inWords(finding));
    console.error('woonspoor verify tells everything.');
    return EXIT.found;
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
