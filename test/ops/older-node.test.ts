import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Ends with the number of signals that came within half a second of the first. */
const COUNTS_SIGNALS = `
  let count = 0;
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => ++count === 1 && setTimeout(() => process.exit(10 + count), 500));
  setTimeout(() => process.exit(1), 20_000);
  console.log('ready');`;
const AS_NODE_20 = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.0.0'}})`;

describe('started by an older Node, the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bin-'));
  beforeAll(() => {
    for (const name of ['bin', 'dist', 'node_modules/.bin']) mkdirSync(join(folder, name), { recursive: true });
    copyFileSync('bin/woonspoor.mjs', join(folder, 'bin/woonspoor.mjs'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'dist/cli.js'), COUNTS_SIGNALS);
    symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function afterSignal(send: (pid: number) => void): Promise<unknown> {
    const child = spawn(process.execPath, ['--import', AS_NODE_20, join(folder, 'bin/woonspoor.mjs')], {
      detached: true,
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    send(child.pid!);
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  }

  it('hears Ctrl-C once, which the terminal sends to the whole group', async () => {
    expect(await afterSignal((pid) => process.kill(-pid, 'SIGINT'))).toBe(11);
  }, 30_000);

  it('hears SIGTERM, which is sent to the one process that was started', async () => {
    expect(await afterSignal((pid) => process.kill(pid, 'SIGTERM'))).toBe(11);
  }, 30_000);
});
