import { expect, it } from '@jest/globals';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { ImportedLogs } from '../../src/analysis/imported-logs.ts';
import { GivenLogs } from '../external-logs/given-logs.ts';

it('An imported log that could not be opened is opened by who asks next', async () => {
  using logs = new GivenLogs();
  await logs.imported('log.csv', 'case,activity,timestamp\na,in,2017-01-01T00:00:00Z\n');
  const imported = new ImportedLogs(logs.folder, {});
  const cases = () => imported.ask('log', (store) => store.row<{ n: number }>('select count(*) as n from cases'));
  const sound = readFileSync(logs.target);
  // The same file to look at, with something else in it.
  const written = (content: string | Buffer): void => {
    writeFileSync(logs.target, content);
    utimesSync(logs.target, 1_500_000_000, 1_500_000_000);
  };
  written('no database');
  await expect(cases()).rejects.toThrow(/not a valid DuckDB/);
  written(sound);
  expect(await cases()).toEqual({ n: 1 });
  await imported.close();
});
