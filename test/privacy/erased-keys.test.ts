import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ErasedKeys } from '../../src/privacy/erased-keys.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'erased-keys-'));
  file = join(directory, 'deeper', 'erased-keys.jsonl');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function subjects(): Promise<string[]> {
  const found: string[] = [];
  for await (const subject of new ErasedKeys(file).subjects()) found.push(subject);
  return found;
}

describe('List of erased keys', () => {
  it('is empty as long as there is no file', async () => {
    expect(await subjects()).toEqual([]);
  });

  it('keeps every subject, in order, over restarts', async () => {
    new ErasedKeys(file).add('a', '2017-03-01T00:00:00.000Z');
    new ErasedKeys(file).add('b', '2017-03-02T00:00:00.000Z');
    expect(await subjects()).toEqual(['a', 'b']);
  });

  it('is readable by its owner only', () => {
    new ErasedKeys(file).add('a', '2017-03-01T00:00:00.000Z');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('goes on after a crash in the middle of a line', async () => {
    new ErasedKeys(file).add('a', '2017-03-01T00:00:00.000Z');
    appendFileSync(file, '{"subject":"b","era');
    expect(await subjects()).toEqual(['a']);
    new ErasedKeys(file).add('c', '2017-03-03T00:00:00.000Z');
    expect(await subjects()).toEqual(['a', 'c']);
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
  });

  it('is refused when a whole line cannot be read, even the last', async () => {
    new ErasedKeys(file).add('a', '2017-03-01T00:00:00.000Z');
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"sub\n`);
    await expect(subjects()).rejects.toMatchObject({ code: 'ERASED_KEYS_DAMAGED' });
  });
});
