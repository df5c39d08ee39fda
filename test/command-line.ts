import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a command left behind when it ended; no code: it was killed. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The built command line, as its users start it, on a data folder. */
export function start(data: string, args: readonly string[], own: NodeJS.ProcessEnv = {}): ChildProcess {
  const env = { ...process.env, WOONSPOOR_DATA: data, WOONSPOOR_PORT: '0', NODE_OPTIONS: '', ...own };
  return spawn(process.execPath, ['dist/cli.js', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** @param stopAt what it says on standard error when it is to be stopped */
export async function ended(child: ChildProcess, stopAt?: RegExp): Promise<Ran> {
  let [out, err, isTold] = ['', '', false];
  child.stdout!.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr!.on('data', (text: Buffer) => {
    err += text.toString();
    // Once: the second time ends it without more ado.
    if (!isTold && stopAt?.test(err)) isTold = child.kill('SIGTERM');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

/** Runs `work` while a server runs on the data folder; answers how that ended. */
export async function whileServing(
  data: string,
  work: (url: string) => Promise<void>,
  { args = [], own = {} }: { readonly args?: readonly string[]; readonly own?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  const url = join(data, 'server.url');
  rmSync(url, { force: true });
  const child = start(data, ['serve', '--empty', ...args], own);
  const end = ended(child);
  for (let waitedMs = 0; !existsSync(url); waitedMs += 20) {
    if (child.exitCode !== null || waitedMs > 30_000) throw new Error((await end).err);
    await sleep(20);
  }
  try {
    await work(readFileSync(url, 'utf8'));
  } finally {
    child.kill('SIGTERM');
  }
  return end;
}
