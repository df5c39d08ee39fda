import { subjectsOf } from '../cases/opening.ts';
import { UnknownEvent } from '../event-sourcing/catalogue.ts';
import { StreamDamaged, type EventLog } from '../event-sourcing/event-log.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import { caseHistory } from '../journey/case-history.ts';
import type { Keyring } from '../privacy/keyring.ts';
import { PrivacyError } from '../privacy/privacy-error.ts';
import { caseLine, HEADER_LINE } from './case-lines.ts';

export interface ExportCounts {
  readonly cases: number;
  readonly rows: number;
  /** Events of the log that were passed, for progress. */
  readonly events: number;
}

export interface ExportParts {
  readonly log: EventLog;
  readonly keyring: Keyring;
}

export interface ExportOptions {
  readonly signal: AbortSignal;
  /** A case that cannot be read is left out whole. */
  readonly onUnreadable: (stream: string, reason: string) => void;
  readonly onProgress?: (counts: ExportCounts) => void;
}

/** All cases as they stand in the log when it begins, one after the other; what is recorded meanwhile is not in it. */
export async function* exportCases(
  { log, keyring }: ExportParts,
  { signal, onUnreadable, onProgress }: ExportOptions,
): AsyncGenerator<string> {
  yield HEADER_LINE;
  const counts = { cases: 0, rows: 0, events: 0 };
  const until = await log.head();
  if (until === undefined) return;
  let afterStream: string | undefined;
  for (;;) {
    const streams = log.readStreamByStream({
      category: 'case',
      until,
      signal,
      ...(afterStream ? { afterStream } : {}),
    });
    try {
      for await (const events of streams) {
        afterStream = events[0]!.stream;
        const lines = await linesOf(events, keyring);
        counts.events += events.length;
        if ('unreadable' in lines) {
          onUnreadable(afterStream, lines.unreadable);
          continue;
        }
        counts.cases++;
        counts.rows += lines.length;
        onProgress?.(counts);
        yield lines.join('');
      }
      return;
    } catch (error) {
      if (!(error instanceof StreamDamaged)) throw error;
      onUnreadable(error.stream, error.message);
      afterStream = error.stream;
    }
  }
}

async function linesOf(
  events: readonly RecordedEvent[],
  keyring: Keyring,
): Promise<readonly string[] | { readonly unreadable: string }> {
  try {
    const history = caseHistory(events);
    const open = await keyring.load(subjectsOf(history));
    return history.events.flatMap((event) => caseLine(history.caseId, event, open) ?? []);
  } catch (error) {
    if (error instanceof Error && isOfOneCase(error)) return { unreadable: error.message };
    throw error;
  }
}

/** Of a key, too, what is damaged is one stream: the other cases have theirs. */
function isOfOneCase(error: Error): boolean {
  return error instanceof UnknownEvent || error instanceof PrivacyError || error instanceof StreamDamaged;
}
