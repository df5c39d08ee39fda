import { amsterdamDay } from '../event-sourcing/days.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { streamName, type RecordedEvent } from '../event-sourcing/event.ts';
import { caseCatalogue, caseHistory, type CaseHistory } from '../journey/case-history.ts';

export function caseStream(caseId: string): string {
  return streamName('case', caseId);
}

/** What is known of a case, read from its own stream. */
export interface CaseReading {
  readonly history: CaseHistory;
  /** The first event that cannot be read, and why; the history ends before it. */
  readonly parked: { readonly revision: number; readonly reason: string } | null;
}

/** @param knownOn ISO day: only what had been recorded by its end. Undefined: there is no such case (then). */
export async function readCase(log: EventLog, caseId: string, knownOn?: string): Promise<CaseReading | undefined> {
  const events = knownBy(await log.readStream(caseStream(caseId)), knownOn);
  if (events.length === 0) return undefined;
  const unreadable = firstUnreadable(events);
  if (unreadable === null) return { history: caseHistory(events), parked: null };
  const { index, ...parked } = unreadable;
  return { history: caseHistory(events.slice(0, index)), parked };
}

function knownBy(events: readonly RecordedEvent[], knownOn: string | undefined): readonly RecordedEvent[] {
  if (knownOn === undefined) return events;
  return events.filter((event) => amsterdamDay(event.metadata.recordedAt) <= knownOn);
}

function firstUnreadable(
  events: readonly RecordedEvent[],
): { readonly index: number; readonly revision: number; readonly reason: string } | null {
  for (const [index, event] of events.entries()) {
    try {
      caseCatalogue.read(event);
    } catch (error) {
      return { index, revision: event.revision, reason: (error as Error).message };
    }
  }
  return null;
}
