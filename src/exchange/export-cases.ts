import { subjectsOf } from '../cases/opening.ts';
import { UnknownEvent } from '../event-sourcing/catalogue.ts';
import { StreamDamaged, type EventLog } from '../event-sourcing/event-log.ts';
import { caseHistory } from '../journey/case-history.ts';
import type { Keyring } from '../privacy/keyring.ts';
import { caseLine, HEADER_LINE } from './case-lines.ts';

export interface ExportCounts {
  readonly cases: number;
  readonly rows: number;
  /** Events of the log that were passed, for progress. */
  readonly events: number;
}

export interface ExportOptions {
  readonly signal: AbortSignal;
  /** A case that cannot be read is left out whole. */
  readonly onUnreadable: (caseId: string, reason: string) => void;
  readonly onProgress?: (counts: ExportCounts) => void;
}

/** All cases as they stand in the log now, one after the other; what is recorded meanwhile is not in it. */
export async function* exportCases(
  { log, keyring }: { readonly log: EventLog; readonly keyring: Keyring },
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
        const history = unlessUnknown(() => caseHistory(events), afterStream, onUnreadable);
        counts.events += events.length;
        if (history === undefined) continue;
        const open = await keyring.load(subjectsOf(history));
        const lines = history.events.flatMap((event) => caseLine(history.caseId, event, open) ?? []);
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

function unlessUnknown<T>(read: () => T, stream: string, onUnreadable: ExportOptions['onUnreadable']): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UnknownEvent)) throw error;
    onUnreadable(stream, error.message);
    return undefined;
  }
}
