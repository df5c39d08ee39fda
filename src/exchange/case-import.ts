import { seal } from '../casework/sealing.ts';
import { isUnsealed, membersIn, type FactDraft } from '../casework/fact-drafts.ts';
import { caseStream } from '../cases/case-reading.ts';
import type { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import { AppendTooLarge, WrongExpectedHead, type EventLog } from '../event-sourcing/event-log.ts';
import type { JsonObject, NewEvent } from '../event-sourcing/event.ts';
import { derivedId, metadataOf, type Envelope } from '../event-sourcing/transact.ts';
import { caseCatalogue } from '../journey/case-history.ts';
import type { CaseEvent } from '../journey/cases.events.ts';
import { SubjectKeyDestroyed, type Keyring } from '../privacy/keyring.ts';
import type { Sealed } from '../privacy/sealed.ts';
import type { PlannedEvent } from './case-plan.ts';
import type { PlannedCase, PlannedHead } from './planned-cases.ts';
import type { RowFault } from './row-draft.ts';

export interface ImportParts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly keyring: Keyring;
}

/** On whose behalf: stands in the metadata of every event. */
export type Importer = Pick<Envelope, 'actor' | 'role' | 'organisation'>;

export type CaseOutcome =
  { readonly recorded: number; readonly known: number } | { readonly faults: readonly RowFault[] };

/** Records what was planned for a case, in one append: all of it, or nothing. */
export async function recordCase(parts: ImportParts, planned: PlannedCase, importer: Importer): Promise<CaseOutcome> {
  const { caseId, line, outcome } = planned;
  if ('faults' in outcome) return outcome;
  const { events, known, head } = outcome;
  if (events.length === 0) return { recorded: 0, known };
  try {
    await record(parts, caseId, events, head, envelopeOf(importer, caseId, events));
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    return { faults: [{ line, column: 'case', ...fault }] };
  }
  return { recorded: events.length, known };
}

function faultOf(error: unknown): Pick<RowFault, 'code' | 'reason'> | undefined {
  if (error instanceof AppendTooLarge) return { code: error.code, reason: error.message };
  return error instanceof WrongExpectedHead ? { code: error.code, reason: CHANGED_MEANWHILE } : undefined;
}

/** One process writes: only another name of the same case, of which nothing tells before it is an id, comes between. */
const CHANGED_MEANWHILE =
  'Other rows of the file, under another name of this case, were recorded after these were read: name a case in one way, and put its rows together.';

async function record(
  { log, clock, keyring }: ImportParts,
  caseId: string,
  planned: readonly PlannedEvent[],
  head: PlannedHead | null,
  envelope: Envelope,
): Promise<void> {
  const gone = await keysOf(keyring, caseId, planned, head === null, envelope);
  const now = clock.now().toISOString();
  const recordedAt = head !== null && head.recordedAt > now ? head.recordedAt : now;
  const metadata = metadataOf(envelope, recordedAt);
  const events: NewEvent[] = [];
  for (const { id, type, ...said } of planned) {
    const data = await sealedData(keyring, caseId, id, said, gone, recordedAt);
    const { typeVersion, ...written } = caseCatalogue.write({ type, data } as unknown as CaseEvent);
    events.push({ id, ...written, metadata: typeVersion ? { ...metadata, typeVersion } : metadata });
  }
  const expected = head ? { revision: head.revision, hash: head.hash } : 'no-stream';
  await log.append(caseStream(caseId), expected, events);
}

/** Makes the keys that are lacking; answers whose have been destroyed: nothing is sealed for them again. */
async function keysOf(
  keyring: Keyring,
  caseId: string,
  planned: readonly PlannedEvent[],
  isNew: boolean,
  envelope: Envelope,
): Promise<ReadonlySet<string>> {
  const subjects = new Set<string>();
  for (const { draft, amends } of planned) {
    // A case has a key from its first event on.
    if (isNew || amends?.why || (draft && hasTexts(draft))) subjects.add(caseId);
    for (const one of draft ? membersIn(draft) : []) if (one.personal) subjects.add(one.personId);
  }
  const gone = new Set<string>();
  const ensured = [...subjects].map(async (subject) => {
    try {
      await keyring.ensure(subject, envelope);
    } catch (error) {
      if (!(error instanceof SubjectKeyDestroyed)) throw error;
      gone.add(subject);
    }
  });
  await Promise.all(ensured);
  return gone;
}

function hasTexts({ data }: FactDraft): boolean {
  return Object.values(data).some(isUnsealed);
}

async function sealedData(
  keyring: Keyring,
  caseId: string,
  eventId: string,
  { draft, amends }: Pick<PlannedEvent, 'draft' | 'amends'>,
  gone: ReadonlySet<string>,
  recordedAt: string,
): Promise<JsonObject> {
  const fact = draft && (await sealedFact(keyring, caseId, eventId, withoutGone(draft, caseId, gone)));
  if (amends === undefined) return fact!.data as unknown as JsonObject;
  const { why } = amends;
  const reason: Sealed | null =
    why === null || gone.has(caseId) ? null : await keyring.seal(caseId, eventId, 'reason', why);
  const data = { occurredOn: amsterdamDay(recordedAt), eventId: amends.eventId, reason };
  return (fact ? { ...data, fact } : data) as unknown as JsonObject;
}

async function sealedFact(
  keyring: Keyring,
  caseId: string,
  eventId: string,
  draft: FactDraft,
): Promise<{ type: string; data: object }> {
  if (!hasTexts(draft) && membersIn(draft).length === 0) return draft;
  const intent = await seal(keyring, { do: 'record', draft }, caseId, eventId);
  if (intent.do !== 'record') throw new Error('what is recorded is a fact');
  return intent.fact;
}

function withoutGone(draft: FactDraft, caseId: string, gone: ReadonlySet<string>): FactDraft {
  if (gone.size === 0) return draft;
  const known = <M extends { readonly personId: string }>(one: M): M =>
    gone.has(one.personId) ? { ...one, personal: null } : one;
  const data = Object.entries(draft.data).map(([name, value]: [string, unknown]): [string, unknown] => {
    if (gone.has(caseId) && isUnsealed(value)) return [name, null];
    if (name === 'members') return [name, membersIn(draft).map((one) => known(one))];
    return [name, name === 'member' ? known(membersIn(draft)[0]!) : value];
  });
  return { type: draft.type, data: Object.fromEntries(data) } as unknown as FactDraft;
}

function envelopeOf(importer: Importer, caseId: string, events: readonly PlannedEvent[]): Envelope {
  const commandId = derivedId(`import ${caseId}`, events.map(({ id }) => id).join());
  return { ...importer, commandId, name: 'importCases', correlationId: commandId, causationId: commandId };
}
