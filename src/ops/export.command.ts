import { once } from 'node:events';
import { createWriteStream, existsSync, renameSync, rmSync, type WriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { filesOf, type Config } from '../config.ts';
import { SystemClock } from '../event-sourcing/clock.ts';
import { exportCases } from '../exchange/export-cases.ts';
import { openEngine } from '../log-engine.ts';
import { ErasedKeys } from '../privacy/erased-keys.ts';
import { Keyring } from '../privacy/keyring.ts';
import { openMasterKey } from '../privacy/master-key.ts';
import { counted, EXIT, output, progressBar } from './terminal.ts';

/** Writes all cases in the form in which they are imported, beside the running server; to standard output if there is no file. */
export async function exportCasesTo(config: Config, signal: AbortSignal, file?: string): Promise<number> {
  const target = file === undefined ? undefined : resolve(file);
  if (target !== undefined && existsSync(target)) throw new Error(`${target} is there already`);
  const files = filesOf(config);
  const log = await openEngine(config.log, { mode: 'read' });
  const bar = progressBar('Exporting', 'events');
  // What was stopped must not be taken for a whole.
  const unfinished = target === undefined ? undefined : `${target}.unfinished`;
  try {
    const masterKey = await openMasterKey(config.masterKey, log);
    const erasedKeys = new ErasedKeys(files.erasedKeys);
    const keyring = new Keyring({ log, masterKey, clock: new SystemClock(), erasedKeys });
    const of = await log.count();
    const unreadable: string[] = [];
    let exported = { cases: 0, rows: 0 };
    const lines = exportCases(
      { log, keyring },
      {
        signal,
        onUnreadable: (stream, reason) => unreadable.push(`${stream}: ${reason}`),
        onProgress: ({ events, cases, rows }) => {
          exported = { cases, rows };
          bar(events, of);
        },
      },
    );
    if (unfinished === undefined) for await (const text of lines) await output(text);
    else await write(lines, createWriteStream(unfinished, { mode: 0o600 }));
    if (target !== undefined) renameSync(unfinished!, target);
    bar.end();
    console.error(
      `${counted(exported.cases, 'case')}, ${counted(exported.rows, 'row')}${file === undefined ? '' : ` in ${file}`}.`,
    );
    console.error('Names and texts stand open in it: keep it as you keep the master key.');
    for (const why of unreadable) console.error(`Left out, because it cannot be read: ${why}`);
    return unreadable.length > 0 ? EXIT.leftOut : EXIT.done;
  } finally {
    bar.end();
    if (unfinished !== undefined) rmSync(unfinished, { force: true });
    await log.close();
  }
}

async function write(lines: AsyncIterable<string>, to: WriteStream): Promise<void> {
  for await (const text of lines) if (!to.write(text)) await once(to, 'drain');
  to.end();
  await finished(to);
}
