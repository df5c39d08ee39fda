import { afterAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultFile, isForeign } from '../../src/exchange/fault-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'woonspoor-faults-'));
const file = join(folder, 'faults.csv');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FAULT = { line: 7, column: 'name', code: 'required', reason: 'is "empty", and must not be' };

describe('A file of faults', () => {
  it('has a line for each fault', () => {
    const faults = new FaultFile(file);
    faults.add('A', [FAULT]);
    faults.close();
    expect(faults.faults).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe(
      'line,column,case,code,reason\n7,name,A,required,"is ""empty"", and must not be"\n',
    );
  });

  it('takes the place of an earlier one, and is gone where nothing is wrong', () => {
    expect(isForeign(file)).toBe(false);
    new FaultFile(file).close();
    expect(existsSync(file)).toBe(false);
    expect(isForeign(file)).toBe(false);
  });

  it('is told from what belongs to somebody', () => {
    for (const text of ['my notes', 'line,column,case,code,reason,done by\n', 'line,column']) {
      writeFileSync(file, text);
      expect(isForeign(file)).toBe(true);
    }
    mkdirSync(join(folder, 'a folder'));
    expect(isForeign(join(folder, 'a folder'))).toBe(true);
  });
});
