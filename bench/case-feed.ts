import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CaseFeedRun } from './case-feed-run.ts';
import { againstReading, type BenchRow } from './row.ts';

const LEAST_PER_SECOND = 100_000;
const SCALE = 1;

/**
 * The event table of the cases filled from nothing, as a server does it, with what the simulated country has recorded: speed against
 * reading and parsing the same events alone, in one process.
 */
export async function benchCaseFeed(scale = SCALE): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bench-'));
  const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const run = async (...args: readonly string[]) => (await promisify(execFile)(process.execPath, [...args])).stdout;
  try {
    const simulate = ['--data', folder, 'simulate', '--seed', '7', '--scale', String(scale)];
    await run(script('../bin/woonspoor.mjs'), ...simulate);
    const { events, fillMs, cpuMs, readMs, readCpuMs, peakRssMiB } = JSON.parse(
      await run(script('./case-feed-run.ts'), folder),
    ) as CaseFeedRun;
    const perSecond = (ms: number): number => (events / ms) * 1_000;
    const named = `${events.toLocaleString('en')} events of cases`;
    return [
      { what: `read and parse alone, ${named}`, perSecond: perSecond(readMs) },
      { what: `event table of the cases filled, ${named}`, perSecond: perSecond(fillMs), peakRssMiB },
      // Says something also on a machine that has more to do.
      {
        what: 'the same, for a second of processor time of all threads',
        perSecond: perSecond(cpuMs),
        of: 'read and parse alone',
        ratio: readCpuMs / cpuMs,
      },
      againstReading('event table of the cases', perSecond(fillMs), perSecond(readMs), LEAST_PER_SECOND),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
