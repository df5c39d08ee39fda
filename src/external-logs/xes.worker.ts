import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { logBytes } from './log-bytes.ts';
import { LogFaulty } from './log-faulty.ts';
import { StagingFile, type StagedRows } from './staging-file.ts';
import { XesFaulty, XesScanner } from './xes-scanner.ts';

/** What the thread is started with. */
export interface XesThreadData {
  readonly file: string;
  /** Where files of rows are put, for the other thread to take. */
  readonly folder: string;
  readonly encoding?: string;
}

/** What the thread tells: rows of events or traces, how far it is, or what is wrong with the file. */
export type FromXesThread =
  | { readonly kind: 'event' | 'trace'; readonly staged: StagedRows }
  | { readonly kind: 'progress'; readonly bytes: number }
  | { readonly kind: 'faulty'; readonly what: string; readonly offset?: number }
  | { readonly kind: 'end' };

/** The engine takes rows as fast as they are found; where it does not, so many files may wait. */
const FILES_AHEAD = 4;

const { file, folder, encoding } = workerData as XesThreadData;
const tell = (message: FromXesThread): void => parentPort!.postMessage(message);
let ahead = 0;
let resume: (() => void) | undefined;
parentPort!.on('message', () => {
  ahead--;
  resume?.();
});

function rowsOf(kind: 'event' | 'trace'): StagingFile {
  return new StagingFile(
    (number) => join(folder, `${kind}-${number}.tsv`),
    (staged) => {
      ahead++;
      tell({ kind, staged });
    },
  );
}

const events = rowsOf('event');
const traces = rowsOf('trace');
const scanner = new XesScanner({
  event: (trace, offset, bytes, attributes) => events.add(trace, offset, bytes, attributes),
  trace: (trace, offset, attributes) => traces.addTexts(trace, offset, attributes),
});
try {
  const options = { ...(encoding === undefined ? {} : { encoding }), onProgress: (bytes: number) => (read = bytes) };
  let read = 0;
  for await (const bytes of logBytes(file, options)) {
    scanner.push(bytes);
    tell({ kind: 'progress', bytes: read });
    while (ahead > FILES_AHEAD) await new Promise<void>((resolve) => (resume = resolve));
  }
  scanner.end();
  events.flush();
  traces.flush();
  tell({ kind: 'end' });
} catch (error) {
  if (error instanceof XesFaulty) tell({ kind: 'faulty', what: error.message, offset: error.offset });
  else if (error instanceof LogFaulty) tell({ kind: 'faulty', what: error.message });
  else throw error;
}
parentPort!.close();
