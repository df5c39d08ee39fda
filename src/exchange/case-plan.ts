import { draftOf, isUnsealed, membersIn, type Circumstances, type FactDraft } from '../casework/fact-drafts.ts';
import { isRefusal, type Refusal } from '../event-sourcing/decider.ts';
import { derivedId } from '../event-sourcing/transact.ts';
import { canonicalJson } from '../event-sourcing/hash-chain.ts';
import { caseHistory, effectiveFacts, factIn, type RecordedCaseEvent } from '../journey/case-history.ts';
import type { CaseState } from '../journey/case-state.ts';
import { decide, type CaseCommand, type TermLimits } from '../journey/cases.decider.ts';
import type { CaseEvent, CaseFact, FactOf } from '../journey/cases.events.ts';
import type { Sealed } from '../privacy/sealed.ts';
import type { Statement } from './case-rows.ts';
import type { Body, RowFault, StatedFact } from './row-draft.ts';

/** An event to be recorded, its personal values not sealed yet. */
export interface PlannedEvent {
  readonly id: string;
  readonly line: number;
  readonly type: CaseEvent['type'];
  /** Undefined in a retraction. */
  readonly draft: FactDraft | undefined;
  /** Of an amendment: which event it is about, and why. */
  readonly amends: { readonly eventId: string; readonly why: string | null } | undefined;
}

export interface Plan {
  readonly events: readonly PlannedEvent[];
  /** Rows that state what is recorded already. */
  readonly known: number;
}

export interface Given {
  readonly caseId: string;
  /** The present calendar day in the Netherlands. */
  readonly today: string;
  limitsOn(day: string): TermLimits;
  /** What is wrong with a fact besides the rules of the journey. */
  faultOf?(fact: FactDraft): { readonly column: string; readonly code: string; readonly reason: string } | undefined;
}

/**
 * Decides row by row, each on what the rows before it made of the case, by the rules that hold for everybody. The first row
 * that is refused ends it: what follows would be judged on a case that never was.
 * @param recorded the case as it stands
 */
export function planCase(
  statements: readonly Statement[],
  recorded: readonly RecordedCaseEvent[],
  given: Given,
): Plan | { readonly faults: readonly RowFault[] } {
  const record = [...recorded];
  const byId = new Map(record.map((event) => [event.id, event]));
  const events: PlannedEvent[] = [];
  let known = 0;
  for (const statement of statements) {
    const fault = (column: string, code: string, reason: string) => ({
      faults: [{ line: statement.line, column, code, reason }],
    });
    const { says, eventId, line } = statement;
    const draft = says.do === 'retract' ? undefined : draftFor(statement, says, record, given);
    const standing = byId.get(eventId);
    if (standing !== undefined) {
      if (!statesTheSame(statement, draft, standing, record)) return fault('id', 'FACT_DIFFERS', FACT_DIFFERS);
      known++;
      continue;
    }
    const wrong = draft && given.faultOf?.(draft);
    if (wrong !== undefined) return fault(wrong.column, wrong.code, wrong.reason);
    const decision = decide(commandFor(statement, draft, given), record);
    if (isRefusal(decision)) return fault(columnOf(decision.refused), decision.refused, reasonOf(decision));
    if (decision.length === 0) known++;
    for (const { type, data } of decision) {
      const amends = says.do === 'record' ? undefined : { eventId: says.eventId, why: says.why };
      events.push({ id: eventId, line, type, draft, amends });
      const event = { ...RECORDED, id: eventId, type, data, stream: `case-${given.caseId}`, revision: record.length };
      record.push(event as unknown as RecordedCaseEvent);
      byId.set(eventId, record.at(-1)!);
    }
  }
  return { events, known };
}

const RECORDED = { position: '', hash: '', metadata: {} } as const;

const FACT_DIFFERS =
  'A fact with this id is recorded with other contents. What has been recorded is not changed by changing its row: add one that corrects it.';

function commandFor({ says, eventId }: Statement, draft: FactDraft | undefined, given: Given): CaseCommand {
  const fact = draft as unknown as CaseFact;
  const limited = fact?.type === 'TermExtended' || fact?.type === 'TermSuspended';
  const limits = limited ? { limits: given.limitsOn(fact.data.occurredOn) } : {};
  if (says.do === 'record') return { do: 'record', fact, today: given.today, ...limits };
  const reason = says.why === null ? null : ({ plain: says.why, of: eventId } as unknown as Sealed);
  if (says.do === 'retract') return { do: 'retract', eventId: says.eventId, reason, today: given.today };
  return { do: 'correct', eventId: says.eventId, fact, reason, today: given.today, ...limits };
}

function draftFor(
  { eventId }: Statement,
  says: Exclude<Statement['says'], { do: 'retract' }>,
  record: readonly RecordedCaseEvent[],
  given: Given,
): FactDraft {
  const corrected = says.do === 'correct' ? statedUnder(says.eventId, says.form, record) : undefined;
  const draft = draftOfForm(says.form, eventId, record, given, corrected);
  return marked(draft, eventId);
}

function draftOfForm(
  { type, body, ids }: StatedFact,
  eventId: string,
  record: readonly RecordedCaseEvent[],
  given: Given,
  corrected: Circumstances['corrected'],
): FactDraft {
  if (type === 'MembersReceived') return receivedDraft(body);
  const circumstances: Circumstances = {
    ids,
    caller: { actor: '', organisation: '' },
    today: given.today,
    get state(): CaseState {
      return caseHistory(record).state;
    },
    newId: (what) => ids[what] ?? derivedId(eventId, what),
    ...(corrected ? { corrected } : {}),
  };
  return draftOf(type, body, circumstances);
}

type Received = FactOf<'MembersReceived'>['data'];

function receivedDraft(body: Body): FactDraft {
  const { members, receptionCentre, firstLinkedOn, ...others } = body as unknown as Received;
  const drafts = members.map(({ personId, role, birthYear, unaccompaniedMinor, followingFamily, personal }) => ({
    personId,
    role,
    birthYear,
    ...(unaccompaniedMinor ? { unaccompaniedMinor } : {}),
    personal: personal && { plain: personal },
    followingFamily,
  }));
  const where = { receptionCentre: receptionCentre ?? null, ...(firstLinkedOn ? { firstLinkedOn } : {}) };
  const data = { ...others, ...where, members: drafts };
  return { type: 'MembersReceived', data } as unknown as FactDraft;
}

/** What stands under this id, or was last stated by it, if it is of the same type: the rules refuse all else. */
function statedUnder(
  eventId: string,
  { type }: StatedFact,
  record: readonly RecordedCaseEvent[],
): Circumstances['corrected'] {
  const standing = effectiveFacts(record).find(
    ({ original, statedBy }) => original.id === eventId || statedBy.id === eventId,
  );
  const event = record.find((one) => one.id === eventId);
  const fact = standing?.fact ?? (event && factIn(event));
  return fact?.type === type ? { fact, inEvent: standing?.statedBy.id ?? eventId } : undefined;
}

/**
 * Two values that will be sealed are never the same, as two boxes are not: the rules must not take them for one. What
 * came from a row further up is kept as that row gave it.
 */
function marked(draft: FactDraft, eventId: string): FactDraft {
  if (membersIn(draft).length === 0 && !Object.values(draft.data).some(isUnsealed)) return draft;
  const mark = (value: unknown): unknown => {
    if (!isUnsealed(value)) return value;
    if ('sealed' in value) return isUnsealed(value.sealed) ? value.sealed : value;
    return { of: eventId, ...value };
  };
  const data = Object.entries(draft.data).map(([name, value]: [string, unknown]): [string, unknown] => {
    if (name === 'members') return [name, membersIn(draft).map((one) => ({ ...one, personal: mark(one.personal) }))];
    if (name === 'member') return [name, { ...membersIn(draft)[0], personal: mark(membersIn(draft)[0]!.personal) }];
    return [name, mark(value)];
  });
  return { type: draft.type, data: Object.fromEntries(data) } as unknown as FactDraft;
}

/** In all that is not sealed; a fact that was corrected since may also be told as it stands now. */
function statesTheSame(
  { says }: Statement,
  draft: FactDraft | undefined,
  standing: RecordedCaseEvent,
  record: readonly RecordedCaseEvent[],
): boolean {
  if (says.do === 'retract') return standing.type === 'FactRetracted' && standing.data.eventId === says.eventId;
  if (says.do === 'correct' && (standing.type !== 'FactCorrected' || standing.data.eventId !== says.eventId))
    return false;
  if (says.do === 'record' && standing.type === 'FactCorrected') return false;
  const text = (data: object) => canonicalJson(openFields(without(reckoned(says.form), data)));
  const said = text(draft!.data);
  const states = (event: RecordedCaseEvent): boolean => {
    const fact = factIn(event);
    return fact?.type === draft!.type && text(fact.data) === said;
  };
  return states(standing) || record.some((event) => event.type === 'FactCorrected' && states(event));
}

/** What a row leaves to be reckoned from the case as it is then. */
function reckoned({ type, body }: StatedFact): string | undefined {
  if (type === 'CaseTakenOver') return 'from';
  return type === 'HouseholdMerged' && body['personIds'] === undefined ? 'personIds' : undefined;
}

function without(name: string | undefined, data: object): object {
  return name === undefined ? data : { ...data, [name]: null };
}

/** Without what is sealed or will be, and without what is absent: some logs say so of who is no unaccompanied minor. */
function openFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(openFields);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(
    ([name, one]) =>
      one !== null &&
      one !== undefined &&
      !isUnsealed(one) &&
      !isBox(one) &&
      !(name === 'unaccompaniedMinor' && one === false),
  );
  return Object.fromEntries(fields.map(([name, one]) => [name, openFields(one)]));
}

function isBox(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'box' in value;
}

function reasonOf({ detail, missing = [], inTheWay = [] }: Refusal): string {
  const first = missing.length > 0 ? ` To be recorded first: ${missing.join(', ')}.` : '';
  return `${detail}${first}${inTheWay.length > 0 ? ` In the way: ${inTheWay.join(', ')}.` : ''}`;
}

/** Which column most likely has to be put right. */
function columnOf(code: string): string {
  if (code === 'IN_THE_FUTURE' || code === 'BEFORE_THE_PERMIT' || code === 'TENANCY_NOT_STARTED') return 'occurredOn';
  if (/^FACT_|^NOT_A_FACT$|^NOT_RETRACTABLE$|^CORRECTION_/.test(code)) return 'eventId';
  if (/MUNICIPALITY/.test(code)) return 'municipality';
  if (/^(OFFER|IMPEDIMENT|NOTE|DOCUMENT)_.*(UNKNOWN|KNOWN)$/.test(code)) return 'subject';
  if (/PERSON|YEAR_OF_BIRTH|BORN_AFTER/.test(code)) return 'persons';
  return 'fact';
}
