import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Names the machine (a container has a name of its own) and the process that works in a folder. */
const MACHINE = hostname().replaceAll(/[^A-Za-z0-9-]/g, '_');

/** A folder for as long as something is worked on. One that a killed process has left is removed by the next that works there. */
export class WorkingFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @param prefix path of the folder, to which the name of its process is added */
  static async make(prefix: string): Promise<WorkingFolder> {
    await removeAbandoned(prefix);
    return new WorkingFolder(await mkdtemp(`${prefix}-${MACHINE}-${process.pid}-`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Removes what killed processes have left. Only those of this machine: whether a process of another still runs is not known here. */
export async function removeAbandoned(prefix: string): Promise<void> {
  const beginning = `${basename(prefix)}-${MACHINE}-`;
  for (const name of await readdir(dirname(prefix))) {
    const pid = name.startsWith(beginning) ? /^(\d+)-\w{6}$/.exec(name.slice(beginning.length))?.[1] : undefined;
    if (pid === undefined || isRunning(Number(pid))) continue;
    // What belongs to another user is theirs to remove.
    await rm(join(dirname(prefix), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
