import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImportRun } from './import-run.ts';
import { csvRows, EVENTS_A_CASE, writtenLog, xesRows } from './made-logs.ts';
import type { BenchRow } from './row.ts';

const SMALL_CASES = 100_000;
const LARGE_CASES = 1_000_000;
/** What the engine may take, and as much again for its reader, the scanner and Node. */
const MOST_MIB = 4_096;

/**
 * Logs of ten million events beside those of a million: how fast they come in beside finding the lines of the file alone, and the
 * memory they take. Each in a process of its own.
 */
export function benchLargeImports(): BenchRow[] {
  return [...importing('CSV', csvRows), ...importing('XES', xesRows)];
}

function importing(format: string, rows: (cases: number) => Generator<string>): BenchRow[] {
  const small = importOf(format, rows(SMALL_CASES), SMALL_CASES);
  const large = importOf(format, rows(LARGE_CASES), LARGE_CASES);
  const named = ({ events }: ImportRun): string => `${events.toLocaleString('en')} events`;
  const row = (run: ImportRun): BenchRow => ({
    what: `import of ${format}, ${named(run)}`,
    perSecond: (run.events / run.importMs) * 1_000,
    peakRssMiB: run.peakRssMiB,
    of: 'finding the lines of the file alone',
    ratio: run.readMs / run.importMs,
  });
  return [
    row(small),
    row(large),
    {
      what: `import of ${format}: peak memory at ${named(large)}`,
      peakRssMiB: large.peakRssMiB,
      of: `peak memory at ${named(small)}`,
      ratio: large.peakRssMiB / small.peakRssMiB,
    },
    {
      what: `import of ${format}: peak memory at ${named(large)}`,
      of: `${MOST_MIB.toLocaleString('en')} MiB`,
      ratio: large.peakRssMiB / MOST_MIB,
      limit: 1,
    },
  ];
}

function importOf(format: string, rows: Generator<string>, cases: number): ImportRun {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bench-'));
  try {
    const file = writtenLog(folder, format, rows);
    const script = fileURLToPath(new URL('./import-run.ts', import.meta.url));
    const args = ['--disable-warning=ExperimentalWarning', script, file, join(folder, 'imported.duckdb')];
    const ran = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`the import of ${format} failed: ${ran.stderr}`);
    const run = JSON.parse(ran.stdout) as ImportRun;
    if (run.events !== cases * EVENTS_A_CASE)
      throw new Error(`${run.events} events came in of ${cases * EVENTS_A_CASE}`);
    return run;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
