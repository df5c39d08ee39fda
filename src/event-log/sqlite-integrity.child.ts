import { openToRead } from './sqlite-file.ts';
import { reasonOf } from './sqlite-errors.ts';

process.stdout.write(JSON.stringify(flaws(process.argv[2]!)));

function flaws(file: string): string[] {
  try {
    const db = openToRead(file);
    const found = db.prepare<[], string>('PRAGMA integrity_check(100)').pluck().all();
    db.close();
    return found.length === 1 && found[0] === 'ok' ? [] : found;
  } catch (error) {
    return [reasonOf(error)];
  }
}
