import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvLine } from '../../src/exchange/csv-line.ts';
import { readInhabitants } from '../../src/ops/allocate.command.ts';
import { defaultReference } from '../examples.ts';

jest.setTimeout(60_000);

const COLUMN = 'inhabitants_2016_01_01';
const folder = mkdtempSync(join(tmpdir(), 'woonspoor-allocate-'));
const country = join(folder, 'country.csv');

beforeAll(() => {
  const reference = defaultReference();
  const inhabitants = reference.inhabitants('2016-01-01')!;
  const rows = reference
    .municipalitiesOn('2017-01-01')
    .map(({ code, name }) => [code, name, String(inhabitants.get(code)!)]);
  writeFileSync(country, [['gm_code', 'name', COLUMN], ...rows].map((row) => csvLine(row)).join(''));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]) {
  const env = { ...process.env, WOONSPOOR_DATA: join(folder, 'none'), NODE_OPTIONS: '' };
  const command = ['dist/cli.js', 'quota', 'allocate', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { env, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}
const of = (...more: string[]) => ['--inhabitants', country, '--column', COLUMN, ...more];

describe('quota allocate', () => {
  it('prints the quota of each municipality, and their sum: 13,000 of 2017H1 become 13,194', () => {
    const { code, out } = run('--total', '13000', ...of());
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines.filter((line) => line.startsWith('GM'))).toHaveLength(388);
    expect(lines.find((line) => line.startsWith('GM0716'))).toMatch(/^GM0716 {2}Tholen +25421 +20$/);
    expect(lines.find((line) => line.startsWith('GM0777'))).toMatch(/^GM0777 {2}Etten-Leur +42832 +33$/);
    expect(lines[389]).toMatch(/^sum {5}388 municipalities +16979120 +13194$/);
    expect(out).toContain('13,194 persons together: 194 more than the total of 13,000, as each is rounded up.');
  });

  it('prints CSV without a sum among the rows, which can be allocated once more', () => {
    const { code, out, err } = run('--total', '13000', ...of('--csv'));
    expect(code).toBe(0);
    const [header, ...rows] = out.trimEnd().split('\n');
    expect(header).toBe('gm_code,name,inhabitants,quota');
    expect(rows).toHaveLength(388);
    expect(rows).toContain('GM0820,"Nuenen, Gerwen en Nederwetten",22763,18');
    expect(err).toContain('13,194 persons together');
    const again = join(folder, 'again.csv');
    writeFileSync(again, out);
    expect(run('--total', '13000', '--csv', '--inhabitants', again, '--column', 'inhabitants').out).toBe(out);
  });

  it('rounds to the nearest if told so', () => {
    const { out } = run('--total', '13000', ...of('--rounding', 'nearest'));
    expect(out).toMatch(/^GM0716 {2}Tholen +25421 +19$/m);
    expect(out).toMatch(/as each is rounded to the nearest\.$/m);
  });

  it('takes a total in whole persons, and a way of rounding that it knows', () => {
    for (const total of ['13000.5', '13.000', '-1', 'many', '']) {
      expect(run('--total', total, ...of())).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('whole number of persons'),
      });
    }
    expect(run('--total', '13000', ...of('--rounding', 'down'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('ceil, nearest'),
    });
    expect(run('--total', '13000', '--column', COLUMN)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--inhabitants'),
    });
  });

  it('says what is wrong with the file, and prints no quota', () => {
    const faulty = join(folder, 'faulty.csv');
    writeFileSync(faulty, `gm_code,name,${COLUMN}\nGM0716,Tholen,-25421\n`);
    const { code, out, err } = run('--total', '13000', '--inhabitants', faulty, '--column', COLUMN);
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      `${faulty}, line 2, column ${COLUMN}: the number of inhabitants is negative, -25421\nNothing was allocated.\n`,
    );
  });
});

describe('the file of inhabitants', () => {
  const file = join(folder, 'file.csv');
  const told = async (content: string | Buffer, column = COLUMN): Promise<string> => {
    writeFileSync(file, content);
    return readInhabitants(file, column).then(
      (municipalities) => JSON.stringify(municipalities.map(({ code, inhabitants }) => [code, inhabitants])),
      (error: Error) => error.message,
    );
  };
  const header = `gm_code,name,${COLUMN}\n`;

  it('may have other columns, and a byte order mark', async () =>
    expect(await told(`\uFEFFname,province,gm_code,${COLUMN}\r\nTholen,Zeeland,GM0716,25421\r\n`)).toBe(
      '[["GM0716",25421]]',
    ));

  it('has to have the column asked for; those that it has are named', async () =>
    expect(await told(`${header}GM0716,Tholen,25421\n`, 'inhabitants_2015_01_01')).toBe(
      `${file}, line 1: there is no column inhabitants_2015_01_01; the header is gm_code, name, ${COLUMN}`,
    ));

  it('is UTF-8', async () => {
    const latin = Buffer.concat([Buffer.from(`${header}GM1900,S`), Buffer.from([0xfa]), Buffer.from('dwest,1\n')]);
    expect(await told(latin)).toMatch(/line 2, character 9: the byte FA is no UTF-8/);
    expect(await told(Buffer.from(header, 'utf16le'))).toMatch(/in UTF-16/);
  });

  it('has commas, not semicolons', async () =>
    expect(await told(`${header}GM0716,Tholen,25421\n`.replaceAll(',', ';'))).toMatch(
      /line 1, character 8: columns are separated by semicolons/,
    ));

  it('is whole', async () => {
    expect(await told(`${header}GM0716,Tholen,254`)).toMatch(
      new RegExp(`line 2, column ${COLUMN}: the file ends in the middle`),
    );
    expect(await told(`${header}GM0716,Tho\n`)).toMatch(
      new RegExp(`line 2, column ${COLUMN}: the row ends after 2 of 3`),
    );
    expect(await told('')).toMatch(/line 1: the file is empty/);
    expect(await told(header)).toMatch(/no municipalities with inhabitants/);
    expect(await told(`${header}GM0716,Tholen,0\n`)).toMatch(/no municipalities with inhabitants/);
  });

  it('is read as a whole, so that all faults of its rows are told at once', async () => {
    const rows = ['GM0716,Tholen,', 'GM0777,Etten-Leur,-1', 'GM0716,Tholen,12.5', ',Utrecht,1', 'NL01,Nederland,1'];
    expect((await told(`${header}${[...rows, 'GM9999,Nowhere,1'].join('\n')}\n`)).split('\n')).toEqual([
      `${file}, line 2, column ${COLUMN}: the number of inhabitants is missing`,
      `${file}, line 3, column ${COLUMN}: the number of inhabitants is negative, -1`,
      `${file}, line 4, column gm_code: GM0716 stands on line 2 already`,
      `${file}, line 4, column ${COLUMN}: "12.5" is not a whole number of inhabitants; it is written in digits only, such as 25421`,
      `${file}, line 5, column gm_code: the code of the municipality is missing`,
      `${file}, line 6, column gm_code: "NL01" is no code of a municipality; they are written as GM0363`,
      `${file}, line 7, column gm_code: there is no municipality GM9999 in the lists known here, of 2016, 2017, 2023`,
      'Nothing was allocated.',
    ]);
  });

  it('tells twenty faults, and how many more there are', async () => {
    const lines = (await told(`${header}${',Nowhere,1\n'.repeat(25)}`)).split('\n');
    expect(lines.slice(19, 22)).toEqual([expect.stringContaining('line 21'), 'and 5 more', 'Nothing was allocated.']);
  });

  it('has to be there', async () => {
    await expect(readInhabitants(join(folder, 'no.csv'), COLUMN)).rejects.toThrow('there is no file');
    await expect(readInhabitants(folder, COLUMN)).rejects.toThrow('is a folder');
  });
});
