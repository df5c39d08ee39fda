import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BenchServer } from './http.ts';
import type { BenchRow } from './row.ts';

const COMMAND_LINE = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const OPEN_LOAD = fileURLToPath(new URL('./http-open-load.ts', import.meta.url));
const ANALYST = { 'Development-Identity': 'actor=analyst; organisation=COA; role=PROCESS_ANALYST' };
const QUESTIONS = [
  'dfg',
  'phases',
  'delay',
  'dfg?channel=ASYLUM',
  'phases?province=PV26',
  'delay?impediment=NO_SINGLE_HOME',
];
/** One is worked out while the other waits for its turn. */
const ASKERS = 2;

/** How long each took, in milliseconds. */
type Round = readonly number[];

interface UnderQuestions {
  readonly scale?: number;
  readonly rounds?: number;
  readonly seconds?: number;
  readonly perSecond?: number;
}

/**
 * Commands at a rate that leaves the server room, alone and under questions about a simulated country that follow each other
 * without a pause. The two take turns in short rounds, so that noise falls on both, and of all rounds the middle one is told, so that
 * a burst of it does not decide.
 */
export async function benchUnderQuestions({
  scale = 1,
  rounds = 10,
  seconds = 5,
  perSecond = 50,
}: UnderQuestions = {}): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bench-'));
  try {
    const simulating = ['--data', folder, 'simulate', '--seed', '7', '--scale', String(scale)];
    await promisify(execFile)(process.execPath, [COMMAND_LINE, ...simulating]);
    const server = await BenchServer.on(folder, { WOONSPOOR_CLOCK: '2017-02-23' });
    try {
      while (!(await answers(server.url))) await sleep(200);
      const alone: Round[] = [];
      const beside: Round[] = [];
      const asked: Round[] = [];
      await load(server.url, perSecond, 2);
      for (let round = 0; round < rounds; round++) {
        alone.push(await load(server.url, perSecond, seconds));
        const asking = new AbortController();
        const questions = Array.from({ length: ASKERS }, () => ask(server.url, asking.signal));
        beside.push(await load(server.url, perSecond, seconds));
        asking.abort();
        asked.push((await Promise.all(questions)).flat());
      }
      const what = `commands, ${perSecond} a second`;
      return [
        { what, ...timesOf(alone) },
        {
          what: `${what}, beside questions (dfg, phases, delay)`,
          ...timesOf(beside),
          of: 'p99 without them',
          ratio: middle(beside, 0.99) / middle(alone, 0.99),
          limit: 1.2,
        },
        { what: 'those questions', perSecond: asked.flat().length / (rounds * seconds), ...timesOf(asked) },
      ];
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function answers(url: string): Promise<boolean> {
  const { status } = await fetch(`${url}/readyz`);
  return status === 200 && (await fetch(`${url}/v1/bottlenecks/throughput`, { headers: ANALYST })).ok;
}

async function load(url: string, perSecond: number, seconds: number): Promise<Round> {
  const { stdout } = await promisify(execFile)(process.execPath, [OPEN_LOAD, url, String(perSecond), String(seconds)], {
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout) as number[];
}

/** One question after the other, until told to stop. */
async function ask(url: string, signal: AbortSignal): Promise<number[]> {
  const took: number[] = [];
  for (let at = 0; !signal.aborted; at++) {
    const began = performance.now();
    const answer = await fetch(`${url}/v1/bottlenecks/${QUESTIONS[at % QUESTIONS.length]}`, { headers: ANALYST });
    const { withheld } = (await answer.json()) as { readonly withheld?: string | null };
    if (!answer.ok || withheld !== null) throw new Error(`not answered: ${answer.status} ${withheld}`);
    took.push(performance.now() - began);
  }
  return took;
}

function timesOf(rounds: readonly Round[]): Pick<BenchRow, 'p50Ms' | 'p95Ms' | 'p99Ms'> {
  return { p50Ms: middle(rounds, 0.5), p95Ms: middle(rounds, 0.95), p99Ms: middle(rounds, 0.99) };
}

/** A percentile of every round, and the middle one of those. */
function middle(rounds: readonly Round[], part: number): number {
  return percentile(
    rounds.map((round) => percentile(round, part)),
    0.5,
  );
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
}
