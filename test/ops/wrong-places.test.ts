import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { event } from '../event-log/samples.ts';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'woonspoor-wrong-places-'));
const AS_NODE_20 = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.0.0'}})`;

function start(args: readonly string[], node: readonly string[] = []): ChildProcess {
  const env = { ...process.env, WOONSPOOR_DATA: folder, NODE_OPTIONS: '' };
  return spawn(process.execPath, [...node, 'dist/cli.js', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(args: readonly string[], node?: readonly string[]): Promise<{ code: number | null; err: string }> {
  const child = start(args, node);
  let err = '';
  child.stderr!.on('data', (text: Buffer) => (err += text.toString()));
  child.stdout!.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, err };
}

describe('the command line, given what it cannot use, says so in a sentence', () => {
  beforeAll(async () => {
    const log = SqliteEventLog.open({ file: join(folder, 'log.sqlite'), mode: 'write' });
    await log.append(
      'case-1',
      'no-stream',
      Array.from({ length: 1_500 }, () => event()),
    );
    await log.close();
    writeFileSync(join(folder, 'empty.csv'), 'case,fact,occurredOn\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['a folder to import', ['import', 'cases', folder], 1, 'is a folder, not a file'],
    ['a file with a header only', ['import', 'cases', join(folder, 'empty.csv')], 1, 'no rows below its header'],
    [
      'no folder for the file of faults',
      ['import', 'cases', join(folder, 'empty.csv'), '--errors', join(folder, 'none', 'x.csv')],
      2,
      'there is no folder',
    ],
    ['a category that is not there', ['events', '--category', 'foo'], 1, 'there are those of case'],
    ['no folder for a backup', ['backup', join(folder, 'none', 'backup.sqlite')], 1, join('none', 'backup.sqlite')],
  ])('%s', async (_, args, code, sentence) => {
    const ran = await run(args);
    expect(ran).toEqual({ code, err: expect.stringContaining(sentence) });
    expect(ran.err).not.toContain('    at ');
  });

  it('an older Node', async () => {
    expect(await run(['verify'], ['--import', AS_NODE_20])).toEqual({
      code: 1,
      err: expect.stringContaining('Node 24 is needed'),
    });
  });

  it('and ends quietly when nobody reads on', async () => {
    const child = start(['events']);
    let err = '';
    child.stderr!.on('data', (text: Buffer) => (err += text.toString()));
    child.stdout!.once('data', () => child.stdout!.destroy());
    const [code] = (await once(child, 'exit')) as [number | null];
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});
