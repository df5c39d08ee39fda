import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Restores `backup` over `file`, and at the nth change of a name dies or fails. */
const [backup, file, how, nth] = process.argv.slice(2) as [string, string, 'dies' | 'fails', string];
const { linkSync, renameSync } = fs;
let steps = 0;
const step = () => {
  if (++steps !== Number(nth)) return;
  if (how === 'fails') throw new Error('the disk answers with an error');
  process.kill(process.pid, 'SIGKILL');
};
fs.linkSync = (from, to) => {
  step();
  linkSync(from, to);
};
fs.renameSync = (from, to) => {
  step();
  renameSync(from, to);
};
syncBuiltinESMExports();

const { restoreLog } = await import('../../src/event-log/sqlite-backup.ts');
await restoreLog(backup, file);
