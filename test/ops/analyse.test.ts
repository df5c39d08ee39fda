import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { ended, start, whileServing, type Ran } from '../command-line.ts';

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'woonspoor-analyse-'));
const data = join(folder, 'data');

const run = (...args: readonly string[]): Promise<Ran> => ended(start(data, args));

// oxlint-disable-next-line typescript/no-explicit-any -- the tests look into results as another tool would
async function told(...args: readonly string[]): Promise<any> {
  const { code, out, err } = await run(...args, '--json');
  if (code !== 0) throw new Error(err);
  return JSON.parse(out);
}

function written(name: string, ...lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `${['case,activity,timestamp,case:team', ...lines].join('\n')}\n`);
  return file;
}

const SHEET = [
  'a,in,2017-01-01T00:00:00Z,north',
  'a,out,2017-01-02T00:00:00Z,north',
  'b,in,2017-01-01T00:00:00Z,south',
  'b,out,2017-01-04T00:00:00Z,south',
];

const MODEL = join(folder, 'model.json');
const FAULTY = join(folder, 'faulty.json');
writeFileSync(MODEL, JSON.stringify({ name: 'sheet', version: '1', begins: ['in'] }));
writeFileSync(FAULTY, JSON.stringify({ name: 'sheet', version: '1', requires: { out: 'in' } }));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('An event log of another system', () => {
  it('is imported under a name, and asked again and again', async () => {
    expect((await run('import', 'log', written('sheet.csv', ...SHEET), '--name', 'sheet')).code).toBe(0);
    const graph = await told('analyse', '--log', 'sheet', '--measure', 'dfg');
    expect(graph).toMatchObject({
      cases: 2,
      edges: [{ from: 'in', to: 'out', count: 2, seconds: { median: 172_800 } }],
    });
    const north = await told('analyse', '--log', 'sheet', '--measure', 'throughput', '--filter', 'team=north');
    expect(north).toMatchObject({ cases: 1, seconds: { max: 86_400 } });
  });

  it('is read for one question where it is given as a file, with the same answer', async () => {
    const [once, kept] = await Promise.all([
      told('analyse', join(folder, 'sheet.csv'), '--measure', 'dfg'),
      told('analyse', '--log', 'sheet', '--measure', 'dfg'),
    ]);
    expect(once).toEqual(kept);
  });

  it('shows two selections side by side', async () => {
    const asked = ['analyse', '--log', 'sheet', '--measure', 'throughput', '--filter', 'team=north'];
    const { first, second, differences } = await told(...asked, '--compare', 'team=south');
    expect([first.seconds.max, second.seconds.max, differences.seconds.max]).toEqual([86_400, 259_200, 172_800]);
    expect(differences.cases).toBe(0);
  });

  it('stays as it was where the file that is to replace it cannot be read', async () => {
    const mixed = written('mixed.csv', 'a,in,2017-01-01T00:00:00Z,north', 'a,out,2017-01-02T00:00:00,north');
    const { code, err } = await run('import', 'log', mixed, '--name', 'sheet');
    expect([code, err]).toEqual([1, expect.stringContaining('Nothing was imported')]);
    expect((await told('analyse', '--log', 'sheet', '--measure', 'throughput')).cases).toBe(2);
  });

  it('comes without the cases of which an event cannot be read, which a file names', async () => {
    const faulty = written('faulty.csv', ...SHEET, 'c,in,yesterday,south');
    const { code, err } = await run('import', 'log', faulty, '--name', 'other');
    expect([code, err]).toEqual([4, expect.stringContaining('1 case left out')]);
    expect(readFileSync(join(folder, 'faulty.errors.csv'), 'utf8')).toContain('c');
    expect((await told('analyse', '--log', 'other', '--measure', 'throughput')).cases).toBe(2);
  });

  it.each([
    [['--log', 'none', '--measure', 'dfg'], 1, 'no log is called none; there are other, sheet'],
    [['--log', 'sheet', '--measure', 'nothing'], 2, '--measure must be one of'],
    [['--measure', 'dfg'], 2, 'give one of a file'],
    [['--log', 'sheet', '--cases', '--measure', 'dfg'], 2, 'give one of a file'],
    [['--log', 'sheet', '--measure', 'survival'], 2, 'say it with --end-activities or --end-attribute'],
    [['--log', 'sheet', '--measure', 'dfg', '--now', '2017-01-03'], 2, 'dfg makes no use of --now: leave it out'],
    [['--log', 'sheet', '--measure', 'survival', '--end-attribute', 'team'], 2, '"team" holds none'],
    [
      ['--log', 'sheet', '--measure', 'survival', '--end-attribute', 'team', '--end-activities', 'out'],
      2,
      'leave out --end-activities or --end-attribute',
    ],
    [['--log', 'sheet', '--measure', 'dfg', '--cohort', 'START'], 2, 'ask it of cohorts'],
    [['--log', 'sheet', '--measure', 'dfg', '--model', MODEL], 2, 'dfg makes no use of --model FILE'],
    [['--log', 'sheet', '--measure', 'delay', '--without-suspended'], 2, 'of an imported log nothing does'],
    [['--log', 'sheet', '--measure', 'conformance'], 2, 'give one (--model FILE)'],
    [['--log', 'sheet', '--measure', 'conformance', '--model', FAULTY], 2, '#/requires/out must be a list'],
    [
      ['--log', 'sheet', '--measure', 'cohorts', '--end-activities', 'out', '--cohort', 'link'],
      2,
      '--cohort must be one of START, END',
    ],
    [['--cases', '--measure', 'conformance', '--model', MODEL], 2, 'leave out --model FILE'],
    [
      ['--cases', '--measure', 'throughput', '--due-attribute', 'dueOn'],
      2,
      'dates of their own: leave out --due-attribute',
    ],
    [['--log', 'sheet', '--measure', 'dfg', '--as-known-on', '2017-01-01'], 2, 'has no past'],
    [['--log', 'sheet', '--measure', 'dfg', '--filter', 'colour=red'], 2, 'nothing in the log is called "colour"'],
  ])('says what is wrong with a question: %j', async (args, exit, says) => {
    const { code, out, err } = await run('analyse', ...args);
    expect([code, out, err]).toEqual([exit, '', expect.stringContaining(says)]);
  });
});

describe('A file with an event log', () => {
  it.each([
    [['--measure', 'dfg', '--filter', 'colour'], 'a filter is written key=value'],
    [['--measure', 'dfg', '--filter', 'started=yesterday'], 'a period is written as two days'],
    [['--measure', 'dfg', '--compare', 'colour'], 'a filter is written key=value'],
    [['--measure', 'flow', '--now', 'soon'], '--now takes a time'],
    [['--measure', 'dfg', '--now', '2017-01-03'], 'makes no use of --now'],
    [['--measure', 'aging'], '--end-activities'],
    [['--measure', 'phases'], 'of the cases of this system only'],
    [['--measure', 'dfg', '--as-known-on', '2017-01-01'], 'has no past'],
    [['--measure', 'dfg', '--time-format', '%s'], '--time-format has "%s"'],
  ])('is not read for a question that cannot be asked of any: %j', async (args, says) => {
    const { code, out, err } = await run('analyse', join(folder, 'sheet.csv'), ...args);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(says)]);
    expect(err).not.toContain('events of');
  });

  it('is a file', async () => {
    const { code, err } = await run('import', 'log', folder, '--name', 'sheet');
    expect([code, err]).toEqual([2, expect.stringContaining('is no file')]);
  });
});

/** Alike whether a server runs or not. */
const REFUSED: readonly (readonly [args: readonly string[], says: string])[] = [
  [['dfg', '--filter', 'colour=red'], 'nothing in the log is called "colour"'],
  [['throughput', '--filter', 'impediment=NOPE'], 'impediment must be one of NO_BSN'],
  [['lifetime', '--end-activities', 'Nope'], '--end-activities names an activity that the log does not have'],
  [['cohorts', '--cohort', 'link'], '--cohort must be one of PERMIT, LINK, MOVE_IN'],
];

describe('The cases of this system', () => {
  const ask = ['analyse', '--cases', '--measure'];
  const past = ['--as-known-on', '2016-06-30'];
  let alone: unknown;

  beforeAll(async () => {
    expect((await run('analyse', '--cases', '--measure', 'dfg')).err).toContain('there are no cases');
    const until = ['--from', '2016-01-01', '--until', '2016-06-30', '--scale', '0.02'];
    const { code, err } = await run('simulate', ...until);
    if (code !== 0) throw new Error(err);
  });

  it('are asked where no server runs: nothing but what is asked for is printed', async () => {
    alone = await told(...ask, 'dfg', ...past);
    expect(alone).toMatchObject({ cases: expect.any(Number), start: { PermitGranted: expect.any(Number) } });
    const { first, second, differences } = await told(
      ...[...ask, 'throughput', ...past],
      ...['--filter', 'channel=ASYLUM', '--compare', 'channel!=ASYLUM'],
    );
    expect(differences.cases).toBe(second.cases - first.cases);
  });

  it.each(REFUSED)('are not asked what has no answer, which is said: %j', async (args, says) => {
    const { code, out, err } = await run(...ask, ...args);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(says)]);
  });

  const table = join(data, 'analysis', 'cases.duckdb');

  it('are answered where their event table is damaged', async () => {
    writeFileSync(table, 'no database');
    expect(await told(...ask, 'dfg', ...past)).toEqual(alone);
  });

  it('are not answered while another process has their event table open, which is said: it is not thrown away', async () => {
    const { ino } = statSync(table);
    const other = await AnalyticStore.openToRead(table);
    const { code, err } = await run(...ask, 'dfg', ...past);
    await other.closeFile();
    expect([code, err]).toEqual([1, expect.stringMatching(/cannot be filled: .*lock on file ".*cases\.duckdb"/)]);
    expect(await told(...ask, 'dfg', ...past)).toEqual(alone);
    expect(statSync(table).ino).toBe(ino);
  });

  it('have their small groups withheld, which is said', async () => {
    const { code, out, err } = await run(...ask, 'throughput', ...past, '--filter', 'case=none', '--json');
    expect([code, out.trim(), err]).toEqual([4, 'null', expect.stringContaining('Too few cases')]);
  });

  it('are asked through the running server, with the same answer', async () => {
    await whileServing(data, async () => {
      let answer: Ran;
      do answer = await run(...ask, 'dfg', ...past, '--json');
      while (answer.err.includes('case-table'));
      expect(JSON.parse(answer.out)).toEqual(alone);
      for (const [args, says] of REFUSED) {
        const { code, out, err } = await run(...ask, ...args);
        expect([code, out, err]).toEqual([2, '', expect.stringContaining(says)]);
      }
      const compared = await run(...ask, 'dfg', '--compare', 'colour');
      expect([compared.code, compared.err]).toEqual([2, expect.stringContaining('--compare must hold conditions')]);
      const future = await run(...ask, 'dfg', '--as-known-on', '2117-01-01');
      expect([future.code, future.err]).toEqual([2, expect.stringContaining('--as-known-on must not lie after')]);
    });
  });
});

describe('An imported log that is removed', () => {
  it('is gone, for a running server too; the others stay', async () => {
    expect((await run('import', 'log', join(folder, 'sheet.csv'), '--name', 'passing')).code).toBe(0);
    const served = await whileServing(data, async (url) => {
      const asked = async (path: string): Promise<Response> =>
        fetch(`${url}/v1/bottlenecks${path}`, {
          headers: { 'Development-Identity': 'actor=anna; organisation=COA; role=PROCESS_ANALYST' },
        });
      expect((await asked('/throughput?log=passing')).status).toBe(200);
      expect((await run('remove', 'log', 'passing')).code).toBe(0);
      expect((await asked('/throughput?log=passing')).status).toBe(404);
      expect((await asked('/throughput?log=sheet')).status).toBe(200);
    });
    expect(served.code).toBe(0);
    const { code, err } = await run('remove', 'log', 'passing');
    expect([code, err]).toEqual([1, expect.stringContaining('no log is called passing; there are')]);
  });
});
