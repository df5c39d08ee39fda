import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { filesOf, loadConfig } from '../src/config.ts';

/** What one process measures on a data folder. */
export interface CaseFeedRun {
  readonly events: number;
  readonly fillMs: number;
  /** Of all threads, the engine's too, meanwhile. */
  readonly cpuMs: number;
  readonly peakRssMiB: number;
  /** Reading and parsing the same events, alone, in the same process: the best of several times, before and after. */
  readonly readMs: number;
  readonly readCpuMs: number;
}

const ROUNDS = 3;

/** As it is built: what a thread takes to turn TypeScript into JavaScript is no part of a filling. */
const built = (file: string): string => new URL(`../dist/${file}.js`, import.meta.url).href;
const { KeptCases } = (await import(built('kept-cases'))) as typeof import('../src/kept-cases.ts');
const { openEngine } = (await import(built('log-engine'))) as typeof import('../src/log-engine.ts');

const config = loadConfig({ WOONSPOOR_DATA: process.argv[2]! });
const files = filesOf(config);
rmSync(dirname(files.caseStore), { recursive: true, force: true });
const log = await openEngine({ file: files.log }, { mode: 'read' });

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

let events = 0;
let readMs = Infinity;
let readCpuMs = Infinity;
async function read(): Promise<void> {
  events = 0;
  const [began, cpuBefore] = [performance.now(), cpuMs()];
  for await (const stream of log.readStreamByStream({ category: 'case' })) events += stream.length;
  readMs = Math.min(readMs, performance.now() - began);
  readCpuMs = Math.min(readCpuMs, cpuMs() - cpuBefore);
}

for (let round = 0; round < ROUNDS; round++) await read();
const kept = new KeptCases(config, log, { onFailure: (reason) => console.error(reason) });
const [began, cpuBefore] = [performance.now(), cpuMs()];
kept.start();
await kept.caughtUp();
const [fillMs, cpuAfter] = [performance.now() - began, cpuMs()];
const peakRssMiB = process.resourceUsage().maxRSS / 1024;
for (let round = 0; round < ROUNDS; round++) await read();
const parked = (await kept.knowledge())?.parked ?? 0;
if (parked > 0) throw new Error(`${parked} cases were parked`);
await kept.stop();
await log.close();
const run: CaseFeedRun = { events, fillMs, cpuMs: cpuAfter - cpuBefore, peakRssMiB, readMs, readCpuMs };
console.log(JSON.stringify(run));
