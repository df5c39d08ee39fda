import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Tells each signal it hears, and ends half a second after the first. */
const TELLS_SIGNALS = `
  const end = () => setTimeout(() => process.exit(7), 500);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (console.log(signal), end()));
  setTimeout(() => process.exit(1), 20_000);
  console.log('ready');`;
const AS_NODE_20 = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.0.0'}})`;

describe('started by an older Node, the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bin-'));
  beforeAll(() => {
    const own = `node_modules/node-${process.platform}-${process.arch}/bin`;
    for (const name of ['bin', 'dist', own]) mkdirSync(join(folder, name), { recursive: true });
    for (const name of ['bin/woonspoor.mjs', 'bin/node24.mjs']) copyFileSync(name, join(folder, name));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'dist/cli.js'), TELLS_SIGNALS);
    symlinkSync(process.execPath, join(folder, own, 'node'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is sent what only the first process hears', async () => {
    const child = spawn(process.execPath, ['--import', AS_NODE_20, join(folder, 'bin/woonspoor.mjs')], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let heard = '';
    child.stdout.on('data', (text: Buffer) => (heard += text.toString()));
    const ended = once(child, 'close');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    await sleep(300);
    child.kill('SIGTERM');
    expect(await ended).toEqual([7, null]);
    expect(heard).toBe('ready\nSIGINT\nSIGTERM\n');
  }, 30_000);
});
