import { on } from 'node:events';
import { rm } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { csvAt } from '../analytic-store/sql-text.ts';
import { linesOf } from './log-bytes.ts';
import { LogFaulty } from './log-faulty.ts';
import type { LogMapping } from './log-mapping.ts';
import { AttributeColumns, eventExpressions, xesKeys } from './staging.ts';
import type { StagedRows } from './staging-file.ts';
import type { FromXesThread, XesThreadData } from './xes.worker.ts';

export interface Reading {
  readonly file: string;
  /** For what is written in between. */
  readonly folder: string;
  readonly mapping: LogMapping;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** Brings a XES file into the staging tables: a thread of its own reads it, while the engine takes in what was found. @throws LogFaulty */
export async function readXes(
  store: AnalyticStore,
  { file, folder, mapping, signal, onProgress }: Reading,
): Promise<void> {
  const { encoding } = mapping;
  const name = import.meta.url.endsWith('.ts') ? './xes.worker.ts' : './xes.worker.js';
  const workerData: XesThreadData = { file, folder, ...(encoding === undefined ? {} : { encoding }) };
  const worker = new Worker(new URL(name, import.meta.url), { workerData });
  const staged = { event: new AttributeColumns(store, false), trace: new AttributeColumns(store, true) };
  try {
    const messages = on(worker, 'message', { close: ['exit'], ...(signal === undefined ? {} : { signal }) });
    for await (const [message] of messages as AsyncIterable<[FromXesThread]>) {
      switch (message.kind) {
        case 'event':
          await takeEvents(store, staged.event, message.staged, mapping);
          break;
        case 'trace':
          await takeTraces(store, staged.trace, message.staged, mapping);
          break;
        case 'progress':
          onProgress?.(message.bytes);
          continue;
        case 'faulty':
          throw await faulty(message, file, encoding);
        case 'end':
          return;
      }
      await rm(message.staged.file);
      worker.postMessage('taken');
    }
    throw new Error('reading the file has ended before its end');
  } finally {
    await worker.terminate();
  }
}

async function faulty(
  { what, offset }: FromXesThread & { kind: 'faulty' },
  file: string,
  encoding: string | undefined,
): Promise<LogFaulty> {
  return offset === undefined ? new LogFaulty(what) : new LogFaulty(what, (await linesOf(file, [offset], encoding))[0]);
}

async function takeEvents(
  store: AnalyticStore,
  columns: AttributeColumns,
  staged: StagedRows,
  mapping: LogMapping,
): Promise<void> {
  const keys = xesKeys(mapping);
  const columnOf = (key: string): string | undefined => {
    const at = staged.keys.indexOf(key);
    return at === -1 ? undefined : `c${at}`;
  };
  const known = new Set([keys.activityColumn, keys.timeColumn, keys.startColumn, keys.resourceColumn]);
  const attributes: string[] = [];
  for (const [at, key] of staged.keys.entries()) {
    if (!known.has(key)) attributes.push(`, c${at} as ${await columns.nameOf(key)}`);
  }
  const row = eventExpressions(
    {
      activity: columnOf(keys.activityColumn),
      resource: columnOf(keys.resourceColumn),
      completed: columnOf(keys.timeColumn),
      started: columnOf(keys.startColumn),
    },
    mapping.timeFormat,
  );
  await taken(
    store,
    `insert into staging.event by name select trace, place, ${row}${attributes.join('')} from ${rowsOf(staged)}`,
  );
}

async function takeTraces(
  store: AnalyticStore,
  columns: AttributeColumns,
  staged: StagedRows,
  mapping: LogMapping,
): Promise<void> {
  const { caseColumn } = xesKeys(mapping);
  const attributes: string[] = [];
  let id = 'null::varchar';
  for (const [at, key] of staged.keys.entries()) {
    if (key === caseColumn) id = `c${at}`;
    else attributes.push(`, c${at} as ${await columns.nameOf(key)}`);
  }
  await taken(
    store,
    `insert into staging.trace by name select trace, place, ${id} as id${attributes.join('')} from ${rowsOf(staged)}`,
  );
}

/** Of the engine's reader; more than it needs costs memory and time. */
const LEAST_BUFFER_BYTES = 1024 * 1024;

function rowsOf({ file, keys, longest }: StagedRows): string {
  const columns = ["'trace': 'BIGINT'", "'place': 'BIGINT'", ...keys.map((_, at) => `'c${at}': 'VARCHAR'`)];
  return `read_csv(${csvAt(file)}, auto_detect = false, header = false, delim = '\\t', quote = '"', escape = '"', new_line = '\\n',
    max_line_size = ${longest}, buffer_size = ${Math.max(2 * longest, LEAST_BUFFER_BYTES)}, columns = {${columns.join()}})`;
}

async function taken(store: AnalyticStore, sql: string): Promise<void> {
  try {
    await store.run(sql);
  } catch (error) {
    if (!/unicode|utf-8/i.test(String(error))) throw error;
    throw new LogFaulty('a text in it is not in UTF-8: give its encoding (--encoding), such as windows-1252');
  }
}
