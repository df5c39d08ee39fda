import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkingFolder } from '../../src/external-logs/working-folder.ts';

test('what a killed process has left is removed by the next, and nothing else', async () => {
  const root = mkdtempSync(join(tmpdir(), 'woonspoor-working-'));
  try {
    const prefix = join(root, 'log');
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    {
      await using mine = await WorkingFolder.make(prefix);
      const left = mine.path.replace(`-${process.pid}-`, `-${gone}-`);
      renameSync(mine.path, left);
      mkdirSync(mine.path);
      const ofOthers = [
        `${prefix}-elsewhere-${gone}-abcdef`,
        `${prefix}.duckdb`,
        left.replace(`${prefix}-`, `${prefix}s-`),
      ];
      for (const folder of ofOthers) mkdirSync(folder);
      await using next = await WorkingFolder.make(prefix);
      expect(existsSync(left)).toBe(false);
      for (const folder of [...ofOthers, mine.path, next.path]) expect(existsSync(folder)).toBe(true);
    }
    expect(readdirSync(root)).toHaveLength(3);
  } finally {
    rmSync(root, { recursive: true });
  }
});
