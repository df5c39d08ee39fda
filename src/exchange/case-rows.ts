import { Retraction } from '../casework/cases.api.ts';
import { JOURNEY_STEP, type CaseFactType } from '../journey/cases.events.ts';
import {
  DATA_COLUMN,
  FIELD_COLUMNS,
  MEMBER_COLUMNS,
  PERSONAL_COLUMNS,
  RETRACTION,
  type CellKind,
} from './case-columns.ts';
import type { CsvRow } from './csv.ts';
import type { References } from './references.ts';
import { faultsIn, jsonObject, RowDraft, type Body, type RowFault, type StatedFact } from './row-draft.ts';

/** What a row states, in the form of the API; what its references stand for is known. */
export interface Statement {
  readonly line: number;
  /** Id of the event that will state it. */
  readonly eventId: string;
  readonly says:
    | { readonly do: 'record'; readonly form: StatedFact }
    | { readonly do: 'correct'; readonly form: StatedFact; readonly eventId: string; readonly why: string | null }
    | { readonly do: 'retract'; readonly eventId: string; readonly why: string | null };
}

export type Reading = { readonly statement: Statement } | { readonly faults: readonly RowFault[] };

/** Reads the rows of one file: the header says which cell is of which column. */
export class CaseRows {
  readonly #at: ReadonlyMap<string, number>;
  readonly #fields: readonly (readonly [name: string, kind: CellKind, at: number])[];
  /** By name, so that the order of columns makes no difference to what a row says. */
  readonly #content: readonly (readonly [name: string, at: number])[];
  readonly #references: References;

  constructor(header: readonly string[], references: References) {
    this.#at = new Map(header.map((name, at) => [name, at]));
    this.#references = references;
    this.#content = [...this.#at].filter(([name]) => name !== 'case').sort(([a], [b]) => (a < b ? -1 : 1));
    this.#fields = Object.entries(FIELD_COLUMNS).flatMap(([name, kind]) => {
      const at = this.#at.get(name);
      return at === undefined ? [] : [[name, kind, at] as const];
    });
  }

  caseOf(row: CsvRow): string {
    return this.#cell(row, 'case');
  }

  /** @param like how often each row without an id has come up in this case; goes on counting */
  read(row: CsvRow, caseId: string, like: Map<string, number>): Reading {
    const { line } = row;
    const fault = (column: string, code: string, reason: string): Reading => ({
      faults: [{ line, column, code, reason }],
    });
    const type = this.#cell(row, 'fact');
    const amended = this.#cell(row, 'eventId');
    const why = this.#why(row);
    const eventId = this.#eventId(row, caseId, like);
    if (amended === '' && why !== null) return fault('why', 'unknown', 'is not known of a fact that amends no other');
    const target = amended === '' ? '' : this.#references.within(caseId, 'event', amended);
    const unclear = why === null ? [] : faultsIn(Retraction, { eventId: target, reason: why });
    if (unclear.length > 0) return fault('why', unclear[0]!.code, unclear[0]!.detail);
    if (type === RETRACTION) {
      if (amended === '') return fault('eventId', 'required', 'must name the fact that is taken back');
      const besides = this.#content.find(([name, at]) => row.cells[at] !== '' && !OF_A_RETRACTION.has(name));
      if (besides !== undefined) return fault(besides[0], 'unknown', `is not known of ${RETRACTION}`);
      return { statement: { line, eventId, says: { do: 'retract', eventId: target, why } } };
    }
    if (!isFactType(type)) return fault('fact', 'unknown', `"${type}" is no fact of the journey`);
    const draft = new RowDraft(type, line, eventId, amended !== '');
    this.#fill(draft, row, caseId);
    const form = draft.checked();
    if ('faults' in form) return form;
    const says =
      amended === '' ? { do: 'record' as const, form } : { do: 'correct' as const, form, eventId: target, why };
    return { statement: { line, eventId, says } };
  }

  /** What would be taken for a formula stands in `data`. */
  #why(row: CsvRow): string | null {
    const why = this.#cell(row, 'why');
    if (why !== '') return why;
    const data = this.#cell(row, DATA_COLUMN);
    return data.includes('"why"') ? ((jsonObject(data)?.['why'] as string | undefined) ?? null) : null;
  }

  #fill(draft: RowDraft, row: CsvRow, caseId: string): void {
    const cell = (name: string) => this.#cell(row, name);
    const within = (kind: string) => (reference: string) => this.#references.within(caseId, kind, reference);
    const { form } = draft;
    draft.body['occurredOn'] = cell('occurredOn');
    for (const [name, kind, at] of this.#fields) {
      const text = row.cells[at]!;
      if (text !== '') draft.body[name] = valueOf(text, kind);
    }
    draft.takeData(cell(DATA_COLUMN), within('person'));
    const sponsor = cell('sponsor');
    if (sponsor !== '') draft.give('sponsorPersonId', within('person')(sponsor), 'sponsor');
    draft.takeSubject(cell('subject'), within(form.subject ?? ''));
    draft.takeOtherCase(cell('otherCase'), (reference) => this.#references.caseId(reference));
    draft.takePersons(cell('persons').split(/\s+/).filter(Boolean).map(within('person')), this.#person(row));
    if (draft.type === 'MembersReceived') this.#nameTransfer(draft.body);
  }

  /** The split or merge may be named as it is in the file of the case they come from. */
  #nameTransfer(body: Body): void {
    const { fromCaseId, transferId } = body;
    if (typeof fromCaseId !== 'string' || typeof transferId !== 'string') return;
    body['transferId'] = this.#references.within(fromCaseId, 'event', transferId);
  }

  /** The one person whom columns describe; undefined if they don't. */
  #person(row: CsvRow): Body | undefined {
    const person: Body = {};
    const personal: Body = {};
    for (const name of MEMBER_COLUMNS) {
      const text = this.#cell(row, name);
      if (text !== '') person[name] = valueOf(text, MEMBER_KINDS[name]);
    }
    for (const name of PERSONAL_COLUMNS) {
      const text = this.#cell(row, name);
      if (text !== '') personal[name] = text;
    }
    if (Object.keys(personal).length > 0) person['personal'] = personal;
    return Object.keys(person).length > 0 ? person : undefined;
  }

  #eventId(row: CsvRow, caseId: string, like: Map<string, number>): string {
    const reference = this.#cell(row, 'id');
    if (reference !== '') return this.#references.within(caseId, 'event', reference);
    let content = '';
    for (const [name, at] of this.#content) {
      const cell = row.cells[at]!;
      if (cell !== '') content += `${name} ${cell.length} ${cell}\n`;
    }
    const before = like.get(content) ?? 0;
    like.set(content, before + 1);
    return this.#references.ofContent(caseId, content, before);
  }

  #cell(row: CsvRow, name: string): string {
    const at = this.#at.get(name);
    return at === undefined ? '' : row.cells[at]!;
  }
}

const OF_A_RETRACTION = new Set(['fact', 'id', 'eventId', 'why', DATA_COLUMN]);

const MEMBER_KINDS = { role: 'text', birthYear: 'whole', unaccompaniedMinor: 'flag' } as const;

function isFactType(type: string): type is CaseFactType {
  return Object.hasOwn(JOURNEY_STEP, type);
}

/** What is no number or flag stays text: the form says then what it must be. Spreadsheets write flags in capitals. */
function valueOf(text: string, kind: CellKind): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'whole':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case 'flag':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text;
    case 'words':
      return text.split(/\s+/).filter(Boolean);
  }
}
