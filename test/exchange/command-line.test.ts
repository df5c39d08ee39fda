import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { sqlText } from '../../src/analytic-store/sql-text.ts';
import { ended, start, whileServing, type Ran } from '../command-line.ts';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'woonspoor-import-'));
const file = (name: string) => join(folder, name);

const run = (data: string, ...args: string[]): Promise<Ran> => ended(start(file(data), args));

/** Cuts off the text of the event of this category that was recorded last. */
function damageLast(category: 'key' | 'case', data: string): void {
  const log = new Database(join(folder, data, 'log.sqlite'));
  log.exec('DROP TRIGGER IF EXISTS events_stand');
  const last = `SELECT max(e.position) FROM events e JOIN streams s ON s.id = e.stream WHERE s.category = ?`;
  expect(log.prepare(`UPDATE events SET data = '{' WHERE position = (${last})`).run(category).changes).toBe(1);
  log.close();
}

const HEADER = 'case,fact,occurredOn,persons,role,birthYear,name,permitType,channel,municipality,data\n';
const household = (of: string) =>
  `${of},PermitGranted,2017-01-02,1,HOLDER,1980,Canary ${of},ASYLUM_TEMPORARY,ASYLUM,,\n` +
  `${of},MunicipalityLinked,2017-01-11,,,,,,,GM0344,\n`;
const households = (count: number) => Array.from({ length: count }, (_, at) => household(`H-${at}`)).join('');

describe('import and export on the command line', () => {
  beforeAll(() => {
    writeFileSync(file('good.csv'), HEADER + households(3));
    writeFileSync(
      file('faulty.csv'),
      `${HEADER}${households(2)}X,MunicipalityLinked,2017-01-11,,,,,,,Utrecht,\n${household('Y').replace('GM0344', 'GM9999')}`,
    );
    writeFileSync(file('many.csv'), HEADER + households(6_000));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('import a file once, however often it comes', async () => {
    expect(await run('a', 'import', 'cases', file('good.csv'))).toMatchObject({
      code: 0,
      out: expect.stringContaining('6 facts recorded, of 3 cases. 0 rows'),
    });
    expect(await run('a', 'import', 'cases', file('good.csv'))).toMatchObject({
      code: 0,
      out: expect.stringContaining('0 facts recorded, of 0 cases. 6 rows'),
    });
    expect(existsSync(file('good.errors.csv'))).toBe(false);
  });

  it('leave out a faulty case, say why in a file, and end with a code of its own', async () => {
    const { code, out } = await run('b', 'import', 'cases', file('faulty.csv'));
    expect(code).toBe(4);
    expect(out).toMatch(/4 facts recorded, of 2 cases[\s\S]*2 cases were left out/);
    const [header, fault, other] = readFileSync(file('faulty.errors.csv'), 'utf8').split('\n');
    expect(header).toBe('line,column,case,code,reason');
    expect(other).toBe('8,municipality,Y,MUNICIPALITY_UNKNOWN,There is no municipality GM9999.');
    expect(fault).toMatch(/^6,municipality,X,text,"must be a municipality code/);
  });

  it('import nothing of a file that is faulty itself, and say where', async () => {
    writeFileSync(file('cut.csv'), (HEADER + households(3)).slice(0, -5));
    const { code, err } = await run('c', 'import', 'cases', file('cut.csv'));
    expect(code).toBe(1);
    expect(err).toMatch(/cut\.csv, line 7, column municipality: .* Nothing was imported/);
    expect(existsSync(join(folder, 'c', 'log.sqlite'))).toBe(false);
    expect(await run('c', 'import', 'cases', file('nowhere.csv'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no file'),
    });
    expect(await run('c', 'import', 'cases', file('good.csv'), '--actor', 'no one')).toMatchObject({ code: 2 });
    const same = ['--errors', file('good.csv')];
    expect(await run('c', 'import', 'cases', file('good.csv'), ...same)).toMatchObject({ code: 2 });
    expect(readFileSync(file('good.csv'), 'utf8')).toContain('H-2');
  });

  it('leave a file alone that is no file of faults, and import nothing', async () => {
    writeFileSync(file('notes.csv'), 'my notes\n');
    const { code, err } = await run('g', 'import', 'cases', file('good.csv'), '--errors', file('notes.csv'));
    expect(code).toBe(2);
    expect(err).toContain(`${file('notes.csv')} is there already, and is no file of faults`);
    expect(readFileSync(file('notes.csv'), 'utf8')).toBe('my notes\n');
    expect(existsSync(join(folder, 'g'))).toBe(false);
  });

  it('leave no empty file of faults where importing fails, and say of another that it has only begun', async () => {
    await run('h', 'import', 'cases', file('good.csv'));
    damageLast('case', 'h');
    expect(await run('h', 'import', 'cases', file('good.csv'))).toMatchObject({ code: 1 });
    expect(existsSync(file('good.errors.csv'))).toBe(false);
    const faulty = household('X').replace('GM0344', 'GM9999');
    writeFileSync(file('ends.csv'), HEADER + faulty + households(2_000).replaceAll('H-', 'I-') + households(3));
    const { code, err } = await run('h', 'import', 'cases', file('ends.csv'));
    expect(code).toBe(1);
    expect(err).toMatch(/ends\.errors\.csv holds only the faults found until it ended:\n[^\n]* is damaged[^\n]*\n$/);
    expect(readFileSync(file('ends.errors.csv'), 'utf8')).toContain('MUNICIPALITY_UNKNOWN');
  });

  it('export what another log takes as the same cases', async () => {
    expect(await run('a', 'export', 'cases', file('out.csv'))).toMatchObject({
      code: 0,
      err: expect.stringContaining('3 cases, 6 rows'),
    });
    expect(await run('a', 'export', 'cases', file('out.csv'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('is there already'),
    });
    expect(await run('d', 'import', 'cases', file('out.csv'))).toMatchObject({ code: 0 });
    const { out } = await run('d', 'export', 'cases');
    expect(out).toBe(readFileSync(file('out.csv'), 'utf8'));
    expect(out).toContain('Canary H-1');
  });

  it('export every case as an event log for other tools, in the format that is asked for', async () => {
    expect(await run('a', 'export', file('events.xes'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('say --format'),
    });
    expect(await run('a', 'export', '--format', 'xes', file('events.xes'))).toMatchObject({ code: 0 });
    const written = readFileSync(file('events.xes'), 'utf8');
    expect(written.match(/<trace>/g)).toHaveLength(3);
    expect(await run('a', 'export', '--format', 'csv', file('events.xes'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('is there already'),
    });
    expect(await run('a', 'export', '--format', 'csv', file('nowhere/events.csv'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/there is no folder .*nowhere: make it first/),
    });
    for (const format of ['csv', 'parquet', 'ocel'])
      expect(await run('a', 'export', '--format', format, file(`events[1].${format}`))).toMatchObject({ code: 0 });
    expect(readdirSync(folder).filter((name) => name.startsWith('events'))).toHaveLength(4);
    const { events, objects } = JSON.parse(readFileSync(file('events[1].ocel'), 'utf8')) as Record<string, object[]>;
    expect(objects!.filter((one) => 'type' in one && one.type === 'case')).toHaveLength(3);
    const [header, ...lines] = readFileSync(file('events[1].csv'), 'utf8').trim().split('\n');
    expect(events).toHaveLength(lines.length);
    await using store = await AnalyticStore.create(file('reader.duckdb'));
    const packed = `read_parquet(${sqlText(file('events[[]1].parquet'))})`;
    const columns = await store.rows<{ name: string; type: string }>(
      `select column_name as name, column_type as type from (describe from ${packed})`,
    );
    expect(columns.map(({ name }) => name)).toEqual(header!.split(','));
    expect(columns.find(({ name }) => name === 'time:timestamp')).toMatchObject({ type: 'TIMESTAMP WITH TIME ZONE' });
    const rows = await store.rows<{ line: string }>(
      `select concat_ws(',', "concept:name", strftime("time:timestamp", '%Y-%m-%dT%H:%M:%SZ')) as line from ${packed}`,
    );
    expect(rows.map(({ line }) => line)).toEqual(lines.map((line) => line.split(',').slice(1, 3).join()));
  });

  it('export all cases but one whose key cannot be read, say which, and end with a code of its own', async () => {
    await run('f', 'import', 'cases', file('good.csv'));
    const whole = await run('f', 'export', 'cases');
    damageLast('key', 'f');
    const { code, out, err } = await run('f', 'export', 'cases');
    expect(code).toBe(4);
    expect(err).toMatch(
      /2 cases, 4 rows[\s\S]*\nLeft out, because it cannot be read: case-[-0-9a-f]{36}: key-.* is damaged/,
    );
    expect(out.trim().split('\n')).toHaveLength(5);
    expect(whole.out.split('\n')).toEqual(expect.arrayContaining(out.split('\n')));
  });

  it('export nothing with another master key, and say so in a sentence', async () => {
    const other = { WOONSPOOR_MASTER_KEY: randomBytes(32).toString('base64') };
    const { code, out, err } = await ended(start(file('a'), ['export', 'cases'], other));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^the key of [^\n]* the master key \(version 1\) is another one[^\n]*\n$/);
  });

  it('ask for the server to be stopped before importing, and show afterwards what came in', async () => {
    await whileServing(file('a'), async (url) => {
      expect(await run('a', 'import', 'cases', file('good.csv'))).toMatchObject({
        code: 1,
        err: expect.stringContaining('stop the server'),
      });
      expect(await run('a', 'export', 'cases')).toMatchObject({ code: 0 });
      while ((await fetch(`${url}/readyz`)).status !== 200) await sleep(50);
      const headers = { 'Development-Identity': 'actor=anna; organisation=COA' };
      const list = (await (await fetch(`${url}/v1/cases`, { headers })).json()) as { items: unknown[] };
      expect(list.items).toHaveLength(3);
    });
  });

  it('go on where they were killed or stopped, and record everything once', async () => {
    const killed = start(file('e'), ['import', 'cases', file('many.csv')], {
      WOONSPOOR_CRASH_AT: 'log:after-commit@40',
    });
    expect(await ended(killed)).toMatchObject({ code: null });
    const stopped = start(file('e'), ['import', 'cases', file('many.csv')]);
    stopped.stderr!.on('data', (text: Buffer) => {
      if (text.toString().includes('Importing')) stopped.kill('SIGINT');
    });
    expect([0, 130]).toContain((await ended(stopped)).code);
    expect(await run('e', 'import', 'cases', file('many.csv'))).toMatchObject({ code: 0 });
    expect(await run('e', 'import', 'cases', file('many.csv'))).toMatchObject({
      out: expect.stringContaining('0 facts recorded, of 0 cases. 12,000 rows'),
    });
    expect(await run('e', 'verify')).toMatchObject({ code: 0 });
  });
});
