import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { openServer } from '../../src/main.ts';

describe('The development identity', () => {
  it('refuses to run in production, says why, and touches nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'woonspoor-production-'));
    try {
      const key = Buffer.alloc(32, 7).toString('base64');
      const config = loadConfig({ NODE_ENV: 'production', WOONSPOOR_DATA: folder, WOONSPOOR_MASTER_KEY: key });
      await expect(openServer(config)).rejects.toThrow(/NODE_ENV=production.*Development-Identity/s);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
