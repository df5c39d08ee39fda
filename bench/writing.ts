import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SqliteEventLog } from '../src/event-log/sqlite-event-log.ts';
import { againstReading, type BenchRow } from './row.ts';

const LEAST_PER_SECOND = 20_000;
const SCALE = 0.5;
const COMMAND_LINE = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/**
 * Half a country simulated into an empty log, and the same cases exported and imported into another: by the command line, from
 * its start to its end, all of it durable.
 */
export async function benchWriting(scale = SCALE): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bench-'));
  const file = join(folder, 'cases.csv');
  const run = (data: string, ...command: readonly string[]) => timed(['--data', join(folder, data), ...command]);
  try {
    const simulation = await run('simulated', 'simulate', '--seed', '7', '--scale', String(scale));
    const facts = Number(/^([\d,]+) facts/m.exec(simulation.printed)![1]!.replaceAll(',', ''));
    const exporting = await run('simulated', 'export', 'cases', file);
    const readPerSecond = await readingOf(join(folder, 'simulated', 'log.sqlite'));
    const importing = await run('imported', 'import', 'cases', file);
    return [
      row(`simulation, ${facts.toLocaleString('en')} facts`, facts / simulation.ms, LEAST_PER_SECOND),
      row('export of the same', facts / exporting.ms),
      row('import of the same, its check included', facts / importing.ms, LEAST_PER_SECOND),
      row('read and parse alone, events of the same', readPerSecond / 1_000),
      againstReading('simulation', (facts / simulation.ms) * 1_000, readPerSecond, LEAST_PER_SECOND),
      againstReading('import', (facts / importing.ms) * 1_000, readPerSecond, LEAST_PER_SECOND),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Events a second, the best of three times. */
async function readingOf(file: string): Promise<number> {
  const log = SqliteEventLog.open({ file, mode: 'read' });
  let best = 0;
  for (let round = 0; round < 3; round++) {
    const began = performance.now();
    let events = 0;
    for await (const stream of log.readStreamByStream({ category: 'case' })) events += stream.length;
    best = Math.max(best, (events / (performance.now() - began)) * 1_000);
  }
  await log.close();
  return best;
}

async function timed(command: readonly string[]): Promise<{ readonly printed: string; readonly ms: number }> {
  const began = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [COMMAND_LINE, ...command]);
  return { printed: stdout, ms: performance.now() - began };
}

function row(what: string, perMs: number, least?: number): BenchRow {
  const perSecond = perMs * 1_000;
  if (least === undefined) return { what, perSecond };
  return { what, perSecond, of: `${least.toLocaleString('en')} facts/s`, ratio: perSecond / least, target: 1 };
}
