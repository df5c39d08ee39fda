import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RebuildRun } from './rebuild-run.ts';
import { againstReading, type BenchRow } from './row.ts';
import { openSeeded } from './seed.ts';

const LEAST_PER_SECOND = 50_000;
/** Case events per case are some eight; with the keys, these are about 100,000 and 1,000,000 events. */
const SMALL_CASES = 10_000;
const LARGE_CASES = 100_000;

/**
 * Rebuild of all views of the product from nothing, until they answer: speed against reading and parsing the same events
 * alone, memory and time at about a million events against a tenth of them. Each in a process of its own.
 */
export async function benchRebuild(
  smallCases = SMALL_CASES,
  largeCases = LARGE_CASES,
  slowestAnEvent = 1.3,
): Promise<BenchRow[]> {
  const small = await run(smallCases);
  const large = await run(largeCases);
  const perSecond = ({ events }: RebuildRun, ms: number): number => (events / ms) * 1_000;
  const named = ({ events }: RebuildRun): string => `${events.toLocaleString('en')} events`;
  const row = (its: RebuildRun): BenchRow => ({
    what: `rebuild of all views, ${named(its)}`,
    perSecond: perSecond(its, its.rebuildMs),
    peakRssMiB: its.peakRssMiB,
    of: `${LEAST_PER_SECOND.toLocaleString('en')} events/s`,
    ratio: perSecond(its, its.rebuildMs) / LEAST_PER_SECOND,
    target: 1,
  });
  return [
    { what: `read and parse alone, ${named(large)}`, perSecond: perSecond(large, large.readMs) },
    row(small),
    row(large),
    againstReading('rebuild', perSecond(large, large.rebuildMs), perSecond(large, large.readMs), LEAST_PER_SECOND),
    {
      what: `rebuild: peak memory at ${named(large)}`,
      peakRssMiB: large.peakRssMiB,
      of: `peak memory at ${named(small)}`,
      ratio: large.peakRssMiB / small.peakRssMiB,
      limit: 1.3,
    },
    {
      what: `rebuild: time an event at ${named(large)}`,
      of: `time an event at ${named(small)}`,
      ratio: large.rebuildMs / large.events / (small.rebuildMs / small.events),
      limit: slowestAnEvent,
    },
  ];
}

/** Ten times the events take at most eleven times as long. */
export function benchRebuildOfTenMillion(): Promise<BenchRow[]> {
  return benchRebuild(LARGE_CASES, 10 * LARGE_CASES, 1.1);
}

async function run(cases: number): Promise<RebuildRun> {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bench-'));
  try {
    await openSeeded(folder, cases, (log) => log.close());
    const script = fileURLToPath(new URL('./rebuild-run.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, folder]);
    return JSON.parse(stdout) as RebuildRun;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
