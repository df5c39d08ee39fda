import { once } from 'node:events';
import { createWriteStream, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { csvAt, sqlText } from '../analytic-store/sql-text.ts';
import { csv, ocel, xes, type ExportFormat, type Writer } from '../case-table/export-formats.ts';
import { exportedCases } from '../case-table/exported-cases.ts';
import { TextFile } from '../case-table/text-file.ts';
import type { Config } from '../config.ts';
import { openEngine } from '../log-engine.ts';
import { counted, EXIT, progressBar } from './terminal.ts';

const WRITERS: Readonly<Record<ExportFormat, Writer>> = { xes, ocel, csv, parquet: csv };

/** Writes every case as an event log for other tools, pseudonymous, beside the running server. */
export async function exportEventsTo(
  config: Config,
  signal: AbortSignal,
  format: ExportFormat,
  file: string,
): Promise<number> {
  const target = resolve(file);
  if (existsSync(target)) throw new Error(`${target} is there already`);
  if (!existsSync(dirname(target))) throw new Error(`there is no folder ${dirname(target)}: make it first`);
  const log = await openEngine(config.log, { mode: 'read' });
  const bar = progressBar('Exporting', 'events');
  // What was stopped must not be taken for a whole.
  const unfinished = `${target}.unfinished`;
  const rows = `${target}.rows`;
  try {
    const of = await log.count();
    const unreadable: string[] = [];
    let exported = { cases: 0, events: 0 };
    const cases = exportedCases({
      log,
      signal,
      onUnreadable: (stream, reason) => unreadable.push(`${stream}: ${reason}`),
      onProgress: ({ cases, events, passed }) => {
        exported = { cases, events };
        bar(passed, of);
      },
    });
    using later = new TextFile(`${target}.later`);
    await write(WRITERS[format](cases, later), format === 'parquet' ? rows : unfinished);
    if (format === 'parquet') await toParquet(rows, unfinished);
    signal.throwIfAborted();
    renameSync(unfinished, target);
    // Of what the log holds besides cases nothing is told.
    bar(of, of);
    bar.end();
    console.error(
      `${counted(exported.cases, 'case')}, ${counted(exported.events, 'event')} in ${file}. No name and no case number stands in it.`,
    );
    for (const why of unreadable) console.error(`Left out, because it cannot be read: ${why}`);
    return unreadable.length > 0 ? EXIT.leftOut : EXIT.done;
  } finally {
    bar.end();
    for (const left of [unfinished, rows]) rmSync(left, { force: true });
    await log.close();
  }
}

async function write(texts: AsyncIterable<string>, file: string): Promise<void> {
  const to = createWriteStream(file, { mode: 0o600 });
  for await (const text of texts) if (!to.write(text)) await once(to, 'drain');
  to.end();
  await finished(to);
}

async function toParquet(rows: string, file: string): Promise<void> {
  // For its owner only, as what the other formats are written to.
  writeFileSync(file, '', { mode: 0o600 });
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '512MiB' });
  const connection = await instance.connect();
  try {
    await connection.run(`set timezone = 'UTC'`);
    await connection.run(
      `copy (select * replace ("time:timestamp"::timestamptz as "time:timestamp", "case:householdSize"::integer as "case:householdSize")
       from read_csv(${csvAt(rows)}, all_varchar = true, header = true)) to ${sqlText(file)} (format parquet, use_tmp_file false)`,
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
