import { readFileSync } from 'node:fs';

/** What one process measures of one log, so that its memory is that of the import and of nothing else. */
export interface ImportRun {
  readonly events: number;
  readonly importMs: number;
  /** VmHWM where the system tells it, which is what was resident at most. */
  readonly peakRssMiB: number;
  /** Reading the bytes of the file alone, in the same process afterwards. */
  readonly readMs: number;
}

/** As it is built: what it takes to turn TypeScript into JavaScript is no part of an import. */
const built = (file: string): string => new URL(`../dist/external-logs/${file}.js`, import.meta.url).href;
const { importLog } = (await import(built('import-log'))) as typeof import('../src/external-logs/import-log.ts');
const { logBytes } = (await import(built('log-bytes'))) as typeof import('../src/external-logs/log-bytes.ts');

const [file, target] = process.argv.slice(2) as [string, string];
const began = performance.now();
const { events } = await importLog({ file, target });
const importMs = performance.now() - began;
const peakRssMiB = peakMiB();
const readBegan = performance.now();
let lines = 0;
for await (const bytes of logBytes(file))
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
const readMs = performance.now() - readBegan;
if (lines < events) throw new Error(`${lines} lines were read of ${events} events`);
const run: ImportRun = { events, importMs, peakRssMiB, readMs };
console.log(JSON.stringify(run));

function peakMiB(): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
