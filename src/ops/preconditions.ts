import { mkdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { ConfigurationFaulty } from '../config.ts';

/**
 * Makes the data folder, for its owner only, and the folders above it. One by one: Node's own recursion never ends where a
 * file system, such as /proc, says that a folder does not exist instead of that it cannot be made.
 * @throws ConfigurationFaulty it cannot be made, or is no folder
 */
export function makeDataFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    const { code = 'unknown fault', path = folder } = error as NodeJS.ErrnoException;
    const where = path === folder ? '' : `: ${path} cannot be made`;
    throw new ConfigurationFaulty([
      `WOONSPOOR_DATA (--data): the folder ${folder} is not there and cannot be made${where} (${code})`,
    ]);
  }
}

function makeFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found !== undefined)
    throw Object.assign(new Error('a file stands in its place'), { code: 'ENOTDIR', path: folder });
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Somebody else was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process answers there already',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
  EACCES: 'this user may not listen there',
};

/** Asked before anything is written: a server that cannot answer leaves nothing behind. @throws why nothing can listen there */
export async function portMustBeFree(port: number, host: string): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen({ port, host, exclusive: true }, resolve);
    });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Error(
      `The server can't listen on port ${port} of ${host}: ${REASONS[code] ?? message}. ` +
        'Choose with --port (WOONSPOOR_PORT) and --host (WOONSPOOR_HOST).',
      { cause: error },
    );
  }
  await new Promise((resolve) => probe.close(resolve));
}
