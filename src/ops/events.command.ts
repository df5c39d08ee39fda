import type { Config } from '../config.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { comparePositions, type RecordedEvent } from '../event-sourcing/event.ts';
import { openEngine } from '../log-engine.ts';
import { EXIT, output } from './terminal.ts';

interface EventsOptions {
  readonly stream?: string;
  readonly category?: string;
  readonly tail?: number;
  readonly follow?: boolean;
}

/** Prints events, one a line; runs beside the server. */
export async function events(config: Config, signal: AbortSignal, options: EventsOptions): Promise<number> {
  const log = await openEngine(config.log, { mode: 'read' });
  try {
    const last = await printPast(log, signal, options);
    if (options.follow) await printComing(log, signal, options, last);
    return signal.aborted && !options.follow ? EXIT.interrupted : EXIT.done;
  } finally {
    await log.close();
  }
}

/** Answers the position of the last event read. */
async function printPast(log: EventLog, signal: AbortSignal, options: EventsOptions): Promise<string | undefined> {
  const { stream, tail } = options;
  if (stream !== undefined) {
    const head = await log.head();
    const all = await log.readStream(stream);
    if (all.length === 0 && !options.follow) throw new Error(`there is no stream ${stream}`);
    const past = head === undefined ? [] : all.filter(({ position }) => comparePositions(position, head) <= 0);
    await print(tail === undefined ? past : past.slice(-tail));
    return head;
  }
  const waiting: RecordedEvent[] = [];
  let last: string | undefined;
  for await (const batch of log.readAll({ ...categories(options), signal })) {
    last = batch.at(-1)?.position ?? last;
    if (tail === undefined) await print(batch);
    else waiting.splice(0, Math.max(0, waiting.push(...batch) - tail));
  }
  await print(waiting);
  if (last === undefined && !options.follow && !signal.aborted) await refuseUnknownCategory(log, options);
  return last;
}

async function refuseUnknownCategory(log: EventLog, { category }: EventsOptions): Promise<void> {
  const { categories: known } = await log.inventory();
  if (category === undefined || known.includes(category)) return;
  throw new Error(`there are no streams of the category ${category}; there are those of ${known.join(', ')}`);
}

async function printComing(
  log: EventLog,
  signal: AbortSignal,
  options: EventsOptions,
  after: string | undefined,
): Promise<void> {
  for await (const batch of log.follow({ ...categories(options), signal, ...(after === undefined ? {} : { after }) })) {
    await print(options.stream === undefined ? batch : batch.filter((event) => event.stream === options.stream));
  }
}

function categories({ category }: EventsOptions): { categories?: readonly string[] } {
  return category === undefined ? {} : { categories: [category] };
}

async function print(batch: readonly RecordedEvent[]): Promise<void> {
  if (batch.length === 0) return;
  await output(`${batch.map(lineOf).join('\n')}\n`);
}

/** Position, time of recording, stream and revision, type, who, and the data with sealed values left shut. */
function lineOf({ position, stream, revision, type, data, metadata }: RecordedEvent): string {
  const { recordedAt, actor, organisation } = metadata;
  const shown = JSON.stringify(data, (key, value: unknown) =>
    typeof value === 'object' && value !== null && 'box' in value
      ? '(sealed)'
      : key === 'wrapped'
        ? '(wrapped)'
        : value,
  );
  return `${position}  ${recordedAt}  ${stream}@${revision}  ${type}  ${actor}/${organisation}  ${shown}`;
}
