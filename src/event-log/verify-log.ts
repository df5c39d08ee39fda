import { EventLogError, LogUnavailable, StreamDamaged, type EventLog } from '../event-sourcing/event-log.ts';
import { categoryOf, comparePositions, type RecordedEvent } from '../event-sourcing/event.ts';
import { CHAIN_START, eventHashOfText } from '../event-sourcing/hash-chain.ts';
import { canonicalText } from './canonical-text.ts';

/** Something in the log that is not as it was written. */
export interface Finding {
  /** Null: more than one stream, or it cannot be told. */
  readonly stream: string | null;
  readonly revision: number | null;
  readonly what: string;
}

export interface Verification {
  readonly streams: number;
  readonly events: number;
  readonly findings: readonly Finding[];
  /** False if it was stopped, or ended because there was too much to tell. */
  readonly isComplete: boolean;
  /** The last stream that was looked at: to go on after. */
  readonly lastStream: string | undefined;
}

export interface VerifyOptions {
  readonly afterStream?: string | undefined;
  readonly signal?: AbortSignal;
  /** Called at every few streams. */
  readonly onProgress?: (progress: { readonly streams: number; readonly events: number }) => void;
}

export const MOST_FINDINGS = 1_000;
const STREAMS_A_PROGRESS = 100;

/**
 * Walks every stream: revisions without holes, each hash over its predecessor's and the event, recording times and positions
 * that never run backwards. It cannot see a stream that was cut off at its end, or is missing (ADR 0003).
 * Stopped by its signal it answers with what it found so far.
 */
export async function verifyLog(
  log: Pick<EventLog, 'readStreamByStream' | 'inventory'>,
  options: VerifyOptions = {},
): Promise<Verification> {
  const { afterStream, signal, onProgress } = options;
  const findings: Finding[] = [];
  let [streams, events] = [0, 0];
  let lastStream = afterStream;
  const result = (isComplete: boolean): Verification => ({ streams, events, findings, isComplete, lastStream });

  const categories = await categoriesOf(log, signal);
  if (categories === undefined) return result(false);
  for (const category of categoriesAfter(categories, afterStream)) {
    let after = afterStream && categoryOf(afterStream) === category ? afterStream : undefined;
    for (let isDone = false; !isDone;) {
      try {
        const reading = log.readStreamByStream({ category, ...(after ? { afterStream: after } : {}) });
        for await (const stream of reading) {
          findings.push(...flawsOf(stream));
          lastStream = stream[0]!.stream;
          streams++;
          events += stream.length;
          if (streams % STREAMS_A_PROGRESS === 0) onProgress?.({ streams, events });
          if (signal?.aborted || findings.length >= MOST_FINDINGS) return result(false);
        }
        isDone = true;
      } catch (error) {
        if (!(error instanceof LogUnavailable)) throw error;
        findings.push(findingOf(error));
        if (!(error instanceof StreamDamaged) || findings.length >= MOST_FINDINGS) return result(false);
        after = lastStream = error.stream;
        streams++;
      }
    }
  }
  onProgress?.({ streams, events });
  return result(true);
}

/** Undefined: stopped. */
async function categoriesOf(
  log: Pick<EventLog, 'inventory'>,
  signal: AbortSignal | undefined,
): Promise<readonly string[] | undefined> {
  try {
    return (await log.inventory(signal)).categories;
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

/** What is wrong with one stream, read from its beginning. */
export function flawsOf(events: readonly RecordedEvent[]): Finding[] {
  const findings: Finding[] = [];
  let [hash, recordedAt, position] = [CHAIN_START, '', ''];
  events.forEach((event, index) => {
    const { stream, revision } = event;
    const found = (what: string) => findings.push({ stream, revision, what });
    if (revision !== index) found(`stands at place ${index} of its stream`);
    if (hashOf(event, hash) !== event.hash) found('does not match its hash: it, or the hash before it, was changed');
    if (event.metadata.recordedAt < recordedAt) found(`was recorded before its predecessor (${recordedAt})`);
    if (index > 0 && comparePositions(event.position, position) <= 0) found('stands before its predecessor in the log');
    ({ hash, position } = event);
    recordedAt = event.metadata.recordedAt;
  });
  return findings;
}

function hashOf({ stream, revision, id, type, data, metadata }: RecordedEvent, previous: string): string | undefined {
  try {
    return eventHashOfText(
      previous,
      stream,
      revision,
      id,
      type,
      canonicalText(data, 'data'),
      canonicalText(metadata, 'metadata'),
    );
  } catch (error) {
    if (error instanceof EventLogError) return undefined;
    throw error;
  }
}

function findingOf(error: LogUnavailable): Finding {
  return { stream: error instanceof StreamDamaged ? error.stream : null, revision: null, what: error.message };
}

function categoriesAfter(categories: readonly string[], afterStream: string | undefined): string[] {
  const sorted = categories.toSorted();
  return afterStream === undefined ? sorted : sorted.filter((category) => category >= categoryOf(afterStream));
}
