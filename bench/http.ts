import { execFile, fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchRow } from './row.ts';

interface Loaded {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}
interface Ready {
  readonly views: readonly {
    readonly view: string;
    readonly eventsBehind: number | null;
    readonly secondsBehind: number;
  }[];
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** The built server on a data folder, in its own process. */
export class BenchServer {
  readonly url: string;
  readonly #process: ChildProcess;
  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  static async on(folder: string, settings: NodeJS.ProcessEnv = {}): Promise<BenchServer> {
    const env = { ...process.env, WOONSPOOR_DATA: folder, WOONSPOOR_PORT: '0', ...settings };
    const server = fork(here('./http-server.ts'), { env });
    const died = once(server, 'exit').then(([code]) => Promise.reject(new Error(`the server ended (${code})`)));
    const [{ url }] = (await Promise.race([once(server, 'message'), died])) as [{ url: string }];
    died.catch(() => undefined);
    return new BenchServer(server, url);
  }

  /** Events by which the slowest view is behind, and seconds. */
  async lag(): Promise<{ events: number; seconds: number }> {
    const { views } = (await (await fetch(`${this.url}/readyz`)).json()) as Ready;
    return {
      events: Math.max(...views.map((view) => view.eventsBehind ?? 0)),
      seconds: Math.max(...views.map((view) => view.secondsBehind)),
    };
  }

  /** From a process of its own. @throws if a request failed */
  async load(what: 'no-op' | 'journey', connections: number, seconds: number): Promise<Loaded> {
    const args = [here('./http-load.ts'), this.url, what, String(connections), String(seconds)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const loaded = JSON.parse(stdout) as Loaded;
    if (loaded.failed > 0) throw new Error(`${loaded.failed} requests failed (${what})`);
    return loaded;
  }

  async stop(): Promise<void> {
    const exit = once(this.#process, 'exit');
    this.#process.send('stop');
    await exit;
  }
}

/**
 * Durable commands (whole journeys, eight commands each) against a no-op that is validated like them, on one server, with
 * all views following; load from a process of its own. The two take turns, so that noise falls on both.
 */
export async function benchCommands(rounds = 3, seconds = 5, connections = 64): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bench-'));
  const server = await BenchServer.on(folder);
  const load = (what: 'no-op' | 'journey', forSeconds = seconds) => server.load(what, connections, forSeconds);
  try {
    const noOps: Loaded[] = [];
    const journeys: Loaded[] = [];
    let mostBehind = { events: 0, seconds: 0 };
    await load('no-op', 2);
    await load('journey', 2);
    for (let round = 0; round < rounds; round++) {
      noOps.push(await load('no-op'));
      journeys.push(await load('journey'));
      const lag = await server.lag();
      if (lag.events > mostBehind.events) mostBehind = lag;
    }
    const noOp = mean(noOps);
    const journey = mean(journeys);
    const what = `commands over HTTP, ${connections} connections`;
    return [
      { what: NO_OP, ...noOp },
      { what, ...journey, of: NO_OP, ratio: journey.perSecond / noOp.perSecond, target: 0.15 },
      { what: 'slowest view behind, right after the load: events', perSecond: mostBehind.events },
      { what: 'slowest view behind, right after the load: seconds', perSecond: mostBehind.seconds },
    ];
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const NO_OP = 'validated no-op over HTTP';

function mean(loads: readonly Loaded[]): { perSecond: number; p50Ms: number; p99Ms: number } {
  const of = (pick: (load: Loaded) => number) => loads.reduce((sum, load) => sum + pick(load), 0) / loads.length;
  return { perSecond: of((load) => load.perSecond), p50Ms: of((load) => load.p50), p99Ms: of((load) => load.p99) };
}
