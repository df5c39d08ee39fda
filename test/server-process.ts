import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const IDENTITY = 'actor=anna; organisation=COA; role=PLACEMENT_COORDINATOR';

/** What a command answers, as far as the tests look. */
export interface Answer {
  readonly caseId: string;
  readonly personIds?: readonly string[];
  readonly targetCaseId?: string;
  readonly position: string | null;
  readonly events: readonly { readonly eventId: string; readonly revision: number }[];
}

/** The built server on a data folder, as a process that can be killed. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly exit: Promise<unknown>,
    readonly url: string,
  ) {}

  /** Undefined if it died before it answered. */
  static async start(folder: string, settings: NodeJS.ProcessEnv = {}): Promise<ServerProcess | undefined> {
    rmSync(join(folder, 'server.url'), { force: true });
    const own = { WOONSPOOR_DATA: folder, WOONSPOOR_PORT: '0', NODE_OPTIONS: '', ...settings };
    const env = { ...process.env, ...own };
    const child = spawn(process.execPath, ['dist/cli.js', 'serve', '--empty'], { env, stdio: 'ignore' });
    const exit = once(child, 'exit');
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) return undefined;
      if (existsSync(join(folder, 'server.url'))) {
        return new ServerProcess(child, exit, readFileSync(join(folder, 'server.url'), 'utf8'));
      }
      await sleep(20);
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.exit;
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  wake(): void {
    this.child.kill('SIGCONT');
  }

  get isDead(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Undefined if it died before it answered, or did not answer in time. */
  async post(
    path: string,
    body: object,
    key: string,
    signal?: AbortSignal,
  ): Promise<{ status: number; answer: Answer } | undefined> {
    try {
      const response = await fetch(`${this.url}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Development-Identity': IDENTITY, 'Idempotency-Key': key },
        body: JSON.stringify(body),
        ...(signal ? { signal } : {}),
      });
      return { status: response.status, answer: (await response.json()) as Answer };
    } catch {
      return undefined;
    }
  }

  async get(path: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
    const headers = { 'Development-Identity': IDENTITY };
    const response = await fetch(`${this.url}${path}`, { headers, ...(signal ? { signal } : {}) });
    return (await response.json()) as Record<string, unknown>;
  }

  /** Waits until every view has reached the end of the log. */
  async caughtUp(withinMs = 20_000): Promise<void> {
    for (let waitedMs = 0; waitedMs < withinMs; waitedMs += 50) {
      const { views } = (await this.get('/readyz')) as { views?: { state: string }[] };
      if (views?.every((view) => view.state === 'ready')) return;
      await sleep(50);
    }
    throw new Error('the views did not catch up');
  }

  /** Case → revision, as the case list has it. */
  async listed(): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    let after = '';
    for (;;) {
      const page = (await this.get(`/v1/cases?list=all&limit=200${after}`)) as {
        items: { caseId: string; revision: number }[];
        next: string | null;
      };
      page.items.forEach((item) => found.set(item.caseId, item.revision));
      if (page.next === null) return found;
      after = `&cursor=${encodeURIComponent(page.next)}`;
    }
  }
}
