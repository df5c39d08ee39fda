import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCsv, type CsvRow } from '../../src/exchange/csv.ts';

const folder = mkdtempSync(join(tmpdir(), 'woonspoor-csv-'));
const file = join(folder, 'file.csv');
const COLUMNS = { required: ['code', 'name'], optional: ['note'] };

async function read(content: string | Uint8Array, columns: Parameters<typeof readCsv>[1] = COLUMNS) {
  writeFileSync(file, content);
  const rows: CsvRow[] = [];
  for await (const page of readCsv(file, columns)) rows.push(...page.rows);
  return rows;
}

const faultOf = (content: string | Uint8Array, columns = COLUMNS) =>
  read(content, columns).then(
    () => 'none',
    (error: Error) => error.message,
  );

describe('a CSV file', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is read row by row, each with the line it begins on', async () => {
    expect(await read('code,name\r\n1,"two\nlines"\r\n2,"a ""b"", c"\r\n')).toEqual([
      { line: 2, cells: ['1', 'two\nlines'] },
      { line: 4, cells: ['2', 'a "b", c'] },
    ]);
  });

  it('may begin with the mark that spreadsheets put there', async () => {
    expect(await read('\ufeffcode,name\n1,é\n')).toEqual([{ line: 2, cells: ['1', 'é'] }]);
  });

  it('may hold rows without content, which are passed over', async () => {
    expect((await read('code,name\n\n1,a\n,\n2,b\n\n')).map(({ line }) => line)).toEqual([3, 5]);
  });

  it('may hold other columns where none are named as optional', async () => {
    expect(await read('other,code,name\nx,1,a\n', { required: ['code', 'name'] })).toHaveLength(1);
  });

  it('is read in pieces that may end in the middle of a character', async () => {
    const rows = await read(`code,name\n${Array.from({ length: 60_000 }, (_, at) => `${at},€é😀\n`).join('')}`);
    expect(rows).toHaveLength(60_000);
    expect(rows.every(({ cells }) => cells[1] === '€é😀')).toBe(true);
    expect(rows.at(-1)!.line).toBe(60_001);
  });

  describe('tells where it is wrong, and what to do', () => {
    it('in Windows-1252', async () => {
      const bytes = Buffer.from('code,name\n1,Ren\u00e9e\n', 'latin1');
      expect(await faultOf(bytes)).toBe(
        'line 2, character 6: the byte E9 is no UTF-8 (in Windows-1252 it is "é"); save the file as CSV in UTF-8',
      );
    });

    it('in Windows-1252 far from its beginning', async () => {
      const many = `code,name\n${'1,€\n'.repeat(100_000)}`;
      expect(await faultOf(Buffer.concat([Buffer.from(many), Buffer.from('2,\u20ac \xe9\n', 'latin1')]))).toMatch(
        /^line 100002, character \d: the byte AC|^line 100002, character 5: the byte E9/,
      );
    });

    it('in UTF-16, with and without its mark', async () => {
      for (const mark of ['', '\ufeff']) {
        expect(await faultOf(Buffer.from(`${mark}code,name\n1,a\n`, 'utf16le'))).toMatch(
          /^line 1, character 1: .*UTF-16/,
        );
      }
    });

    it('with semicolons', async () => {
      expect(await faultOf('"code";"name"\n1;a\n')).toMatch(/semicolons.*with commas/);
      expect(await faultOf('code;name\n1;a\n')).toMatch(/^line 1, character 5: .*semicolons.*with commas/);
    });

    it('with a column missing, unknown, or twice', async () => {
      expect(await faultOf('code,nam\n1,a\n')).toMatch(/^line 1: there is no column name; the header is code, nam$/);
      expect(await faultOf('code,name,extra\n1,a,b\n')).toMatch(
        /^line 1, column 3: "extra" .* known are code, name, note$/,
      );
      expect(await faultOf('code,name,code\n1,a,b\n')).toMatch(/^line 1, column 3: the column code is there twice$/);
    });

    it('cut off in quotes, in a row, or in its last field', async () => {
      expect(await faultOf('code,name\n1,"a\n2,b\n')).toMatch(/^line 2, column name: a quote .* cut off/);
      expect(await faultOf('code,name\n1,a\n2')).toMatch(/^line 3, column code: .* cut off.*line break/);
      expect(await faultOf('code,name\n1,a\n2,b')).toMatch(/^line 3, column name: .* cut off/);
      expect(await faultOf('code,na')).toMatch(/^line 1, column na: .* cut off/);
      expect(await faultOf(Buffer.from('code,name\n1,é').subarray(0, -1))).toMatch(/^line 2, character 3: /);
    });

    it('with rows of another length', async () => {
      expect(await faultOf('code,name\n1,a\n2\n')).toBe('line 3, column name: the row ends after 1 of 2 fields');
      expect(await faultOf('code,name\n1,a,b\n')).toMatch(/^line 2, column 3: the row has 3 fields, the header 2/);
    });

    it('with a quote inside a field', async () => {
      expect(await faultOf('code,name\n1,a"b\n')).toMatch(/^line 2, column name: a quote stands inside/);
      expect(await faultOf('code,name\n"1"2,b\n')).toMatch(/^line 2, column code: a quote stands inside/);
    });

    it('with a quote that is not closed for very long', async () => {
      expect(await faultOf(`code,name\n1,"${'a\n'.repeat(600_000)}`)).toMatch(/^line 2: .* more than 1000000 bytes/);
    });

    it('when it is empty', async () => {
      expect(await faultOf('')).toBe('line 1: the file is empty; it begins with a header');
    });
  });
});
