import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const program = process.env.WOONSPOOR_EVENTSTOREDB_CONTROL ?? '';
const connectionString = process.env.WOONSPOOR_EVENTSTOREDB ?? '';
/** Long enough for a program that answers when a node it started takes part again. */
const LONGEST_CALL_MS = 120_000;

/** The processes of the server, through the program that WOONSPOOR_EVENTSTOREDB_CONTROL names (see README.md beside this). */
export class ServerControl {
  /** Numbers of the nodes, from 1. */
  readonly nodes: readonly number[];

  /** @param hosts how many the connection string names */
  constructor(hosts: number) {
    this.nodes = Array.from({ length: hosts }, (_, index) => index + 1);
  }

  /** Waits for one. */
  async leader(): Promise<number> {
    for (let attempt = 0; attempt < 60; attempt++) {
      const node = Number(await call('leader').catch(() => 'none'));
      if (this.nodes.includes(node)) return node;
      await sleep(500);
    }
    throw new Error('the server has no leader');
  }

  async follower(): Promise<number> {
    const leader = await this.leader();
    return this.nodes.find((node) => node !== leader)!;
  }

  async kill(node: number): Promise<void> {
    await call('kill', node);
  }

  async freeze(node: number): Promise<void> {
    await call('freeze', node);
  }

  async thaw(node: number): Promise<void> {
    await call('thaw', node);
  }

  async start(node: number): Promise<void> {
    await call('start', node);
  }

  /** All nodes as they should be, whatever a test left of them; one that runs already is no fault. */
  async mend(): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.thaw(node).catch(() => {})));
    await Promise.all(this.nodes.map((node) => this.start(node).catch(() => {})));
    await this.leader();
  }
}

/** Undefined: nothing was named by which nodes can be stopped. */
export const serverControl =
  program === '' || connectionString === ''
    ? undefined
    : new ServerControl(/\/\/(?:[^@]*@)?([^/?]*)/.exec(connectionString)![1]!.split(',').length);

async function call(what: string, node?: number): Promise<string> {
  const args = node === undefined ? [what] : [what, String(node)];
  const { stdout } = await promisify(execFile)(program, args, { timeout: LONGEST_CALL_MS });
  return stdout.trim();
}
