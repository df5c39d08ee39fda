import { describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Tells of the first signal; ends at the second, or by itself a while later. */
const PROGRAM = `
  const { interruptible } = await import('./dist/ops/terminal.js');
  interruptible().addEventListener('abort', () => {
    console.log('told');
    setTimeout(() => process.exit(0), 1_500);
  });
  setTimeout(() => process.exit(1), 15_000);
  console.log('runs');
`;

const WRAPPED = ['bin/node24.mjs', '--input-type=module', '-e'];

/** By the starter, as it is on a machine whose own Node is older; in a group of its own, as a terminal makes one for a command. */
async function started(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...WRAPPED, PROGRAM], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '' },
    detached: true,
  });
  await said(child, 'runs');
  return child;
}

async function said(child: ChildProcess, word: string): Promise<void> {
  for (let text = ''; !text.includes(word);) {
    const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
    text += chunk.toString();
  }
}

async function codeOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

describe('a command under the Node that the project brings', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('hears of a %s to its starter', async (signal) => {
    const child = await started();
    child.kill(signal);
    await said(child, 'told');
    expect(await codeOf(child)).toBe(0);
  });

  it('hears once of a Ctrl-C, which a terminal sends to both', async () => {
    const child = await started();
    process.kill(-child.pid!, 'SIGINT');
    await said(child, 'told');
    expect(await codeOf(child)).toBe(0);
  });

  it('ends at the second Ctrl-C', async () => {
    const child = await started();
    process.kill(-child.pid!, 'SIGINT');
    await said(child, 'told');
    await sleep(400);
    process.kill(-child.pid!, 'SIGINT');
    expect(await codeOf(child)).toBe(130);
  });

  it('ends with its starter when the terminal is closed, and the starter as it did', async () => {
    const child = await started();
    child.kill('SIGHUP');
    expect(await codeOf(child)).toBe(129);
  });
});
