import { seal } from '../casework/sealing.ts';
import { membersIn, type FactDraft } from '../casework/fact-drafts.ts';
import { caseStream } from '../cases/case-reading.ts';
import type { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import { AppendTooLarge, type EventLog } from '../event-sourcing/event-log.ts';
import type { JsonObject, NewEvent, RecordedEvent } from '../event-sourcing/event.ts';
import { derivedId, metadataOf, type Envelope } from '../event-sourcing/transact.ts';
import { caseCatalogue } from '../journey/case-history.ts';
import type { CaseEvent } from '../journey/cases.events.ts';
import { SubjectKeyDestroyed, type Keyring } from '../privacy/keyring.ts';
import type { Sealed } from '../privacy/sealed.ts';
import { isUnsealed, planCase, type Given, type PlannedEvent } from './case-plan.ts';
import type { CaseRows, Statement } from './case-rows.ts';
import type { CsvRow } from './csv.ts';
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

/** The rows of one case, which stand together in the file. */
export interface CaseOfFile {
  readonly caseId: string;
  readonly rows: readonly CsvRow[];
}

/** Rows of one case are weighed against each other: many of them take longer than anyone would wait. */
export const MOST_ROWS_OF_A_CASE = 1_000;

/** Records what a case's rows state and the log does not hold yet, in one append: all of it, or nothing. */
export async function importCase(
  parts: ImportParts,
  rules: CaseRows,
  { caseId, rows }: CaseOfFile,
  importer: Importer,
  given: Omit<Given, 'caseId'>,
): Promise<CaseOutcome> {
  const [first] = rows;
  if (rows.length > MOST_ROWS_OF_A_CASE) {
    return onlyFault(first!, 'TOO_MANY_ROWS', `A case has at most ${MOST_ROWS_OF_A_CASE} rows in a file.`);
  }
  const statements = statementsIn(rows, rules, caseId);
  if ('faults' in statements) return statements;
  const stream = caseStream(caseId);
  const recorded = await parts.log.readStream(stream);
  const plan = planCase(
    statements,
    recorded.map((event) => caseCatalogue.read(event)),
    { ...given, caseId },
  );
  if ('faults' in plan) return plan;
  const { events, known } = plan;
  if (events.length === 0) return { recorded: 0, known };
  try {
    await record(parts, caseId, events, recorded.at(-1), envelopeOf(importer, caseId, events));
  } catch (error) {
    if (!(error instanceof AppendTooLarge)) throw error;
    return onlyFault(first!, error.code, error.message);
  }
  return { recorded: events.length, known };
}

function onlyFault({ line }: CsvRow, code: string, reason: string): CaseOutcome {
  return { faults: [{ line, column: 'case', code, reason }] };
}

/** All rows are read, so that everything that is wrong with their form is told at once. */
function statementsIn(
  rows: readonly CsvRow[],
  rules: CaseRows,
  caseId: string,
): readonly Statement[] | { readonly faults: readonly RowFault[] } {
  const faults: RowFault[] = [];
  const statements: Statement[] = [];
  const like = new Map<string, number>();
  for (const row of rows) {
    const reading = rules.read(row, caseId, like);
    if ('faults' in reading) faults.push(...reading.faults);
    else statements.push(reading.statement);
  }
  return faults.length > 0 ? { faults } : statements;
}

async function record(
  { log, clock, keyring }: ImportParts,
  caseId: string,
  planned: readonly PlannedEvent[],
  last: RecordedEvent | undefined,
  envelope: Envelope,
): Promise<void> {
  const gone = await keysOf(keyring, caseId, planned, last === undefined, envelope);
  const now = clock.now().toISOString();
  const recordedAt = last !== undefined && last.metadata.recordedAt > now ? last.metadata.recordedAt : now;
  const metadata = metadataOf(envelope, recordedAt);
  const events: NewEvent[] = [];
  for (const { id, type, ...said } of planned) {
    const data = await sealedData(keyring, caseId, id, said, gone, recordedAt);
    const { typeVersion, ...written } = caseCatalogue.write({ type, data } as unknown as CaseEvent);
    events.push({ id, ...written, metadata: typeVersion ? { ...metadata, typeVersion } : metadata });
  }
  const head = last ? { revision: last.revision, hash: last.hash } : 'no-stream';
  await log.append(caseStream(caseId), head, events);
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
