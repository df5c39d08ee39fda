import type { Config } from '../config.ts';
import { leftOutOf } from '../copying/origin.ts';
import { SqliteEventLog } from '../event-log/sqlite-event-log.ts';
import { integrityOf } from '../event-log/sqlite-integrity.ts';
import { verifySqliteLog } from '../event-log/sqlite-verify.ts';
import { verifyLog, type Finding } from '../event-log/verify-log.ts';
import { openEngine } from '../log-engine.ts';
import { counted, EXIT, progressBar } from './terminal.ts';

/** Checks every hash chain, and before that, where the log is a file, the database's own structure and its table of streams; runs beside the server. */
export async function verify(config: Config, signal: AbortSignal, afterStream?: string): Promise<number> {
  const log = await openEngine(config.log, { mode: 'read' });
  const total = await log.count();
  const bar = progressBar('Verifying', 'events');
  try {
    const faults = afterStream === undefined && 'file' in config.log ? await integrityOf(config.log.file, signal) : [];
    faults.forEach((fault) => console.log(`database: ${fault}`));
    const onProgress = ({ events }: { events: number }) => bar(events, total);
    const options = { afterStream, signal, onProgress };
    const found = await (log instanceof SqliteEventLog ? verifySqliteLog(log, options) : verifyLog(log, options));
    if (found.isComplete) bar(found.events, found.events);
    bar.end();
    found.findings.forEach((finding) => console.log(lineOf(finding)));
    if (signal.aborted && found.lastStream !== undefined) {
      console.error(`Stopped; go on with: woonspoor verify --after ${found.lastStream}`);
      return EXIT.interrupted;
    }
    const count = faults.length + found.findings.length;
    console.log(
      `${counted(found.events, 'event')} in ${counted(found.streams, 'stream')}: ${count === 0 ? 'all chains hold' : `${count} found`}`,
    );
    if (!found.isComplete) console.log('There was too much to tell, or to read: the rest was not looked at.');
    if (count > 0 || !found.isComplete) return EXIT.found;
    const leftOut = await leftOutOf(log);
    if (leftOut.length === 0) return EXIT.done;
    console.log(`Left out when it was copied, because it could not be read or was changed: ${leftOut.join(', ')}.`);
    return EXIT.leftOut;
  } finally {
    bar.end();
    await log.close();
  }
}

function lineOf({ stream, revision, what }: Finding): string {
  return `${stream ?? 'log'}${revision === null ? '' : `@${revision}`}: ${what}`;
}
