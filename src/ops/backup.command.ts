import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { filesOf, type Config } from '../config.ts';
import {
  completeBackup,
  backupLog,
  inWords,
  mustBeWritable,
  removeLog,
  type CopyOptions,
} from '../event-log/sqlite-backup.ts';
import type { Finding } from '../event-log/verify-log.ts';
import { openEngine } from '../log-engine.ts';
import { copyInto, isCopied, mustBeCases } from './log-copy.command.ts';
import { counted, EXIT, progressBar } from './terminal.ts';

const SHOWN_FINDINGS = 10;

/** Copies the log beside the running server; a copy that was stopped leaves nothing that could be taken for one. */
export async function backup(
  config: Config,
  signal: AbortSignal,
  target: string,
  leaveOut: readonly string[] = [],
): Promise<number> {
  mustBeCases(leaveOut);
  if (!('file' in config.log) || leaveOut.length > 0) return backupByCopying(config, signal, target, leaveOut);
  const { copying, end } = copyingBars();
  try {
    const { bytes, findings } = await backupLog(config.log.file, resolve(target), { signal, onProgress: copying });
    end();
    const found = findings.length === 0 ? 'database and hash chains checked' : `${findings.length} found`;
    console.log(
      `${target}: ${counted(bytes, 'byte')}, ${found}. The master key and the list of erased keys are not in it.`,
    );
    return told(findings);
  } finally {
    end();
  }
}

/** Stream by stream. A log on a server becomes a log file, as it stands now: nothing of the server is needed to read it. */
async function backupByCopying(
  config: Config,
  signal: AbortSignal,
  target: string,
  leaveOut: readonly string[],
): Promise<number> {
  const file = resolve(target);
  if (existsSync(file)) throw new Error(`${target} is there already, and is not overwritten`);
  const partial = `${file}.partial`;
  const { copying, end } = copyingBars();
  const source = await openEngine(config.log, { mode: 'read' });
  removeLog(partial);
  try {
    mustBeWritable(partial);
    const lists = [filesOf(config).erasedKeys];
    const how = { config, signal, lists, leaveOut, isLive: true, name: target };
    const code = await copyInto({ file: partial }, source, how);
    if (!isCopied(code)) return code;
    const { findings } = await completeBackup(partial, file, { signal, onProgress: copying });
    end();
    console.log(
      `${target}: ${findings.length === 0 ? 'database and hash chains checked' : `${findings.length} found`}.`,
    );
    return findings.length === 0 ? code : told(findings);
  } finally {
    end();
    removeLog(partial);
    await source.close();
  }
}

function told(findings: readonly Finding[]): number {
  if (findings.length === 0) return EXIT.done;
  console.error(`The log is not as it was written, and so is its copy, which restore will refuse:`);
  for (const finding of findings.slice(0, SHOWN_FINDINGS)) console.error(inWords(finding));
  console.error('woonspoor verify tells everything.');
  return EXIT.found;
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
