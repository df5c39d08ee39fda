import { CsvFaulty, readCsv } from '../exchange/csv.ts';
import { csvLine } from '../exchange/csv-line.ts';
import { allocate } from '../quota/allocation.ts';
import { municipalityFacts } from '../reference/municipalities.ts';
import { EXIT } from './terminal.ts';

export interface AllocateOptions {
  /** Persons, a whole number from 0 on. */
  readonly total: number;
  /** CSV file with the columns `gm_code`, `name` and `column`. */
  readonly inhabitants: string;
  readonly column: string;
  readonly rounding: 'ceil' | 'nearest';
  readonly csv?: boolean;
}

/** Prints the quota of every municipality of a file, and their sum; needs no log. */
export async function allocateQuota(options: AllocateOptions): Promise<number> {
  const { total, column, rounding } = options;
  const municipalities = await readInhabitants(options.inhabitants, column);
  const inhabitants = new Map(municipalities.map(({ code, inhabitants: own }) => [code, own]));
  const quotas = allocate(total, inhabitants, rounding === 'ceil' ? 'UP' : 'NEAREST');
  const rows = municipalities.map(({ code, name, inhabitants: own }) => [code, name, `${own}`, `${quotas.get(code)!}`]);
  const sum = [...quotas.values()].reduce((all, quota) => all + quota, 0);
  const everybody = [...inhabitants.values()].reduce((all, own) => all + own, 0);
  const words = sumInWords(options, { sum, municipalities: rows.length });
  if (options.csv) {
    // A sum among the rows would be taken for a municipality by what reads them.
    process.stdout.write([['gm_code', 'name', 'inhabitants', 'quota'], ...rows].map(csvLine).join(''));
    console.error(words);
  } else {
    const header = ['code', 'name', 'inhabitants', 'quota'];
    const last = ['sum', `${rows.length} municipalities`, `${everybody}`, `${sum}`];
    process.stdout.write(`${table([header, ...rows, last])}\n${words}\n`);
  }
  return EXIT.done;
}

export interface MunicipalityOfFile {
  readonly code: string;
  readonly name: string;
  readonly inhabitants: number;
}

const TOLD_FAULTS = 20;

/**
 * The municipalities of a CSV file, in its order: all or none, as the quota of each rests on the inhabitants of all.
 * @param column of the numbers of inhabitants
 * @throws Error with the line and column of what is wrong with the file, or of every row that is wrong
 */
export async function readInhabitants(file: string, column: string): Promise<readonly MunicipalityOfFile[]> {
  const found = new Map<string, MunicipalityOfFile & { readonly line: number }>();
  const faults: string[] = [];
  const fault = (line: number, at: string, what: string) =>
    faults.push(new CsvFaulty(what, { line, column: at }).message);
  for await (const { header, rows } of pagesOf(file, column)) {
    const [codeAt, nameAt, at] = [CODE, NAME, column].map((name) => header.indexOf(name)) as [number, number, number];
    for (const { line, cells } of rows) {
      const [code, name, figure] = [cells[codeAt]!, cells[nameAt]!, cells[at]!];
      const earlier = code === '' ? undefined : found.get(code)?.line;
      const wrongCode = earlier === undefined ? codeFault(code) : `${code} stands on line ${earlier} already`;
      if (wrongCode !== undefined) fault(line, CODE, wrongCode);
      const wrongFigure = figureFault(figure);
      if (wrongFigure !== undefined) fault(line, column, wrongFigure);
      if (earlier === undefined) found.set(code, { code, name, inhabitants: Number(figure), line });
    }
  }
  if (faults.length > 0) throw new Error(faultsInWords(file, faults));
  const municipalities = [...found.values()];
  if (municipalities.every(({ inhabitants }) => inhabitants === 0)) {
    throw new Error(`${file}: there are no municipalities with inhabitants in it, between whom to divide`);
  }
  return municipalities;
}

const CODE = 'gm_code';
const NAME = 'name';

async function* pagesOf(file: string, column: string): ReturnType<typeof readCsv> {
  try {
    yield* readCsv(file, { required: [...new Set([CODE, NAME, column])] });
  } catch (error) {
    if (error instanceof CsvFaulty) throw new Error(`${file}, ${error.message}`, { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Error(`there is no file ${file}`, { cause: error });
    if (code === 'EISDIR') throw new Error(`${file} is a folder, not a file`, { cause: error });
    throw error;
  }
}

let known: ReadonlySet<string> | undefined;

function codeFault(code: string): string | undefined {
  if (code === '') return 'the code of the municipality is missing';
  if (!/^GM\d{4}$/.test(code)) return `"${code}" is no code of a municipality; they are written as GM0363`;
  const { lists } = municipalityFacts();
  known ??= new Set(lists.flatMap(({ municipalities }) => municipalities.map((one) => one.code)));
  if (known.has(code)) return undefined;
  return `there is no municipality ${code} in the lists known here, of ${lists.map(({ validFrom }) => validFrom.slice(0, 4)).join(', ')}`;
}

function figureFault(figure: string): string | undefined {
  if (/^\d{1,9}$/.test(figure)) return undefined;
  if (figure.trim() === '') return 'the number of inhabitants is missing';
  if (/^-\d/.test(figure)) return `the number of inhabitants is negative, ${figure}`;
  return `"${figure}" is not a whole number of inhabitants; it is written in digits only, such as 25421`;
}

function faultsInWords(file: string, faults: readonly string[]): string {
  const told = faults.slice(0, TOLD_FAULTS).map((fault) => `${file}, ${fault}`);
  const untold = faults.length - told.length;
  return [...told, ...(untold > 0 ? [`and ${untold} more`] : []), 'Nothing was allocated.'].join('\n');
}

function sumInWords(
  { total, rounding }: AllocateOptions,
  { sum, municipalities }: { readonly sum: number; readonly municipalities: number },
): string {
  const [of, all, difference] = [total, sum, Math.abs(sum - total)].map((number) => number.toLocaleString('en'));
  const rounded = rounding === 'ceil' ? 'rounded up' : 'rounded to the nearest';
  const apart = sum === total ? 'as much as' : `${difference} ${sum > total ? 'more' : 'less'} than`;
  return `The quotas of ${municipalities} municipalities are ${all} persons together: ${apart} the total of ${of}, as each is ${rounded}.`;
}

/** Texts to the left, the two numbers at the end to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at < 2 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  ');
  return rows.map((row) => `${line(row)}\n`).join('');
}
