import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { benchAnalytics } from './analytics.ts';
import { benchEventStoreDb } from './eventstoredb.ts';
import { benchCaseFeed } from './case-feed.ts';
import { benchCommands } from './http.ts';
import { benchLargeImports } from './large-imports.ts';
import { benchLog } from './log.ts';
import { benchOwnCases } from './own-cases.ts';
import { benchReading } from './reading.ts';
import { benchRebuild, benchRebuildOfTenMillion } from './rebuild.ts';
import { holds, type BenchRow } from './row.ts';
import { benchUnderQuestions } from './under-questions.ts';
import { benchWriting } from './writing.ts';

/**
 * `npm run bench [log|commands|reading|rebuild|writing|under-questions|analytics|case-feed|own-cases|rebuild-10M|import-10M|eventstoredb …]`: prints a
 * table and keeps it as JSON in bench/results. The bounds are ratios taken in one run, because machines differ; a missed one is
 * shown, and is no failure of the run.
 */
const BENCHES: Readonly<Record<string, () => Promise<readonly BenchRow[]>>> = {
  log: () => benchLog(),
  commands: () => benchCommands(),
  reading: () => benchReading(),
  rebuild: () => benchRebuild(),
  'rebuild-10M': () => benchRebuildOfTenMillion(),
  writing: () => benchWriting(),
  'under-questions': () => benchUnderQuestions(),
  analytics: async () => [
    ...(await benchAnalytics(process.env.WOONSPOOR_PM4PY)),
    ...(await benchOwnCases()),
    ...(await benchCaseFeed()),
  ],
  'case-feed': () => benchCaseFeed(),
  'own-cases': () => benchOwnCases(),
  'import-10M': () => Promise.resolve(benchLargeImports()),
  eventstoredb: () => benchEventStoreDb(process.env.WOONSPOOR_EVENTSTOREDB),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}

const rows: BenchRow[] = [];
/** Takes half an hour, or a server that somebody started: only when it is asked for. */
const ONLY_ASKED = ['rebuild-10M', 'import-10M', 'case-feed', 'own-cases', 'eventstoredb'];
for (const name of asked.length > 0 ? asked : Object.keys(BENCHES).filter((one) => !ONLY_ASKED.includes(one))) {
  console.error(`${name} …`);
  rows.push(...(await BENCHES[name]!()));
}
console.log(table(rows));

const results = fileURLToPath(new URL('./results', import.meta.url));
mkdirSync(results, { recursive: true });
const machine = `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, Node ${process.version}`;
const file = `${results}/${new Date().toISOString().replaceAll(':', '')}.json`;
writeFileSync(file, JSON.stringify({ machine, rows }, undefined, 2));
console.error(`${machine}; kept as ${file}`);

function table(lines: readonly BenchRow[]): string {
  const cells = lines.map((row) => [
    row.what,
    number(row.perSecond, 0),
    number(row.p50Ms, 2),
    number(row.p95Ms, 2),
    number(row.p99Ms, 2),
    number(row.peakRssMiB, 0),
    row.ratio === undefined ? '' : `${number(row.ratio, 2)} of ${row.of}`,
    promise(row),
    { true: 'yes', false: 'NO', undefined: '' }[String(holds(row))] ?? '',
  ]);
  const header = ['what', 'per second', 'p50 ms', 'p95 ms', 'p99 ms', 'MiB', 'ratio', 'bound', 'holds'];
  const line = (parts: readonly string[]) => `| ${parts.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...cells.map(line)].join('\n');
}

function promise({ target, limit, ratio }: BenchRow): string {
  if (target !== undefined) return `≥ ${target}`;
  return limit === undefined ? '' : `≤ ${limit}${ratio === undefined ? ' ms' : ''}`;
}

function number(value: number | undefined, digits: number): string {
  return value === undefined
    ? ''
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
