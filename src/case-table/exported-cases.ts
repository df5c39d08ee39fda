import { createHmac, randomBytes } from 'node:crypto';
import { UnknownEvent } from '../event-sourcing/catalogue.ts';
import { dateOfEpochDay } from '../event-sourcing/days.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { caseHistory, caseModel, type CaseHistory } from '../journey/case-history.ts';
import { streamsOrDamage } from '../event-sourcing/streams-or-damage.ts';
import { knownReference } from '../projecting/load-views.ts';
import type { Row } from '../projecting/projection.ts';
import type { Reference } from '../reference/reference.ts';
import { caseTableProjection } from './case-table.projection.ts';

/** A case as it leaves the house: nothing tells who it is, nor which case it was in another export. */
export interface ExportedCase {
  readonly id: string;
  readonly attributes: Readonly<Record<(typeof EXPORTED_ATTRIBUTES)[number], string>>;
  readonly events: readonly ExportedEvent[];
}

export interface ExportedEvent {
  readonly id: string;
  readonly activity: string;
  /** Business date, as the beginning of that day in UTC. */
  readonly time: string;
  readonly organisation: string;
  readonly municipality: string | null;
  readonly dwelling: string | null;
}

/** Empty where a case has none. */
export const EXPORTED_ATTRIBUTES = ['channel', 'permitType', 'municipality', 'province', 'householdSize'] as const;

export interface ExportCounts {
  readonly cases: number;
  readonly events: number;
  /** Events of the log that were passed, for progress. */
  readonly passed: number;
}

export interface CaseExport {
  readonly log: EventLog;
  readonly signal: AbortSignal;
  /** A case that cannot be read is left out whole. */
  readonly onUnreadable: (stream: string, reason: string) => void;
  readonly onProgress: (counts: ExportCounts) => void;
}

/** Every case as it stands in the log when it begins, one after the other, under numbers that no other export has. */
export async function* exportedCases({
  log,
  signal,
  onUnreadable,
  onProgress,
}: CaseExport): AsyncGenerator<ExportedCase> {
  const key = randomBytes(32);
  const pseudonym = (id: string): string => createHmac('sha256', key).update(id).digest('hex').slice(0, 20);
  const until = await log.head();
  if (until === undefined) return;
  const known = await knownReference({ log, model: caseModel }, until);
  const reference = known.at(known.days.length - 1);
  const counts = { cases: 0, events: 0, passed: 0 };
  for await (const read of streamsOrDamage(log, { category: 'case', until, signal })) {
    if ('damage' in read) {
      onUnreadable(read.stream, read.damage.message);
      continue;
    }
    counts.passed += read.events.length;
    try {
      const exported = exportedCase(caseHistory(read.events), reference, pseudonym);
      if (exported === undefined) continue;
      counts.cases++;
      counts.events += exported.events.length;
      onProgress(counts);
      yield exported;
    } catch (error) {
      if (!(error instanceof UnknownEvent)) throw error;
      onUnreadable(read.stream, error.message);
    }
  }
}

function exportedCase(
  history: CaseHistory,
  reference: Reference,
  pseudonym: (id: string) => string,
): ExportedCase | undefined {
  const { attributes = [], activities = [] } = caseTableProjection.rows(history, reference, () => undefined);
  const [own] = attributes;
  if (own === undefined) return undefined;
  const facts = new Map(history.facts.map(({ eventId, fact }) => [eventId, fact.data]));
  const id = pseudonym(history.caseId);
  return {
    id,
    attributes: Object.fromEntries(
      EXPORTED_ATTRIBUTES.map((name) => [name, text(own[name])]),
    ) as ExportedCase['attributes'],
    events: activities.map((row: Row, place): ExportedEvent => {
      const data: object = facts.get(String(row.eventId)) ?? {};
      const offerId = 'offerId' in data && typeof data.offerId === 'string' ? data.offerId : null;
      return {
        id: `${id}-${place}`,
        activity: String(row.activity),
        time: `${dateOfEpochDay(Number(row.day))}T00:00:00Z`,
        organisation: text(row.organisation),
        municipality: 'municipality' in data ? String(data.municipality) : null,
        dwelling: offerId === null ? null : pseudonym(offerId),
      };
    }),
  };
}

function text(value: Row[string] | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}
