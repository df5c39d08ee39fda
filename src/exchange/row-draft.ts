import { FACT_FORMS } from '../casework/fact-drafts.ts';
import { derivedId } from '../event-sourcing/transact.ts';
import type { InputFault } from '../http/problem.ts';
import { readBody, type RequestClass } from '../http/validation.ts';
import type { CaseFactType } from '../journey/cases.events.ts';
import {
  DATA_COLUMN,
  FIELD_COLUMNS,
  isErasable,
  MEMBER_COLUMNS,
  PERSONAL_COLUMNS,
  ROW_FORMS,
  type RowForm,
} from './case-columns.ts';
import { QuickShape } from './quick-shape.ts';
import { MembersReceipt } from './received.api.ts';

/** What is wrong with a row, and where; `column` is the name of a column, `code` stable. */
export interface RowFault {
  readonly line: number;
  readonly column: string;
  readonly code: string;
  readonly reason: string;
}

/** A fact in the form of the API. */
export interface StatedFact {
  readonly type: CaseFactType;
  readonly body: Body;
  /** What the API takes from the path. */
  readonly ids: Readonly<Record<string, string>>;
}

export type Body = Record<string, unknown>;

/** The API takes these ids in the body, others in the path. */
const IDS_IN_BODY: ReadonlySet<CaseFactType> = new Set<CaseFactType>([
  'TenancySigned',
  'MovedIn',
  'IdentityItemObtained',
  'IntegrationStepReached',
  'PersonDeceased',
]);

/** Over the API these follow from who sends it; in a file nobody is there. */
const NAMED_HERE: Partial<Record<CaseFactType, readonly string[]>> = {
  CaseAssigned: ['assignee', 'organisation'],
  CaseTakenOver: ['assignee', 'organisation'],
};

/** An empty cell is a list of none. */
const MAY_BE_EMPTY: Partial<Record<CaseFactType, string>> = {
  MunicipalityLinked: 'criteria',
  InformationProfileCompleted: 'languages',
};

/** One fact on its way from cells to the form that the API checks. */
export class RowDraft {
  readonly type: CaseFactType;
  readonly form: RowForm;
  readonly body: Body = {};
  readonly #line: number;
  readonly #eventId: string;
  readonly #isCorrection: boolean;
  readonly #ids: Record<string, string> = {};
  readonly #faults: RowFault[] = [];
  #isPersonFlat = false;

  constructor(type: CaseFactType, line: number, eventId: string, isCorrection: boolean) {
    this.type = type;
    this.form = ROW_FORMS[type];
    this.#line = line;
    this.#eventId = eventId;
    this.#isCorrection = isCorrection;
  }

  takeData(text: string, personId: (reference: string) => string): void {
    if (text === '') return;
    const data = jsonObject(text);
    if (data === undefined) return this.#fault(DATA_COLUMN, 'json', 'must be a JSON object');
    for (const [name, value] of Object.entries(data)) {
      if (name !== 'why' || !this.#isCorrection) this.give(name, value, DATA_COLUMN);
    }
    if (this.form.persons !== 'members' || !Array.isArray(this.body['members'])) return;
    this.body['members'] = this.body['members'].map((member: unknown, index): unknown => {
      if (typeof member !== 'object' || member === null) return member;
      const { personId: reference } = member as Body;
      return {
        ...member,
        personId: typeof reference === 'string' ? personId(reference) : this.#newPerson(index),
      };
    });
  }

  give(name: string, value: unknown, column: string): void {
    if (name in this.body) return this.#fault(column, 'twice', `${name} is given twice`);
    this.body[name] = value;
  }

  takeSubject(reference: string, idOf: (reference: string) => string): void {
    const { subject, subjectMayBeAbsent } = this.form;
    if (reference === '') {
      if (subject !== undefined && !subjectMayBeAbsent) this.#fault('subject', 'required', 'must be given');
      return;
    }
    if (subject === undefined) return this.#unknown('subject');
    this.#name(subject, idOf(reference), 'subject');
  }

  takeOtherCase(reference: string, caseId: (reference: string) => string): void {
    if (reference === '') return;
    if (this.form.otherCase === undefined) return this.#unknown('otherCase');
    this.give(this.form.otherCase, caseId(reference), 'otherCase');
  }

  takePersons(ids: readonly string[], described: Body | undefined): void {
    const { persons } = this.form;
    if (persons !== 'members' && persons !== 'member' && persons !== 'child') {
      if (described !== undefined) this.#unknown(Object.keys(described)[0]!);
    }
    if (ids.length > 1 && persons !== 'personIds') return this.#fault('persons', 'one', 'must name one person only');
    const [id] = ids;
    switch (persons) {
      case undefined:
        if (id !== undefined) this.#unknown('persons');
        return;
      case 'personIds':
        if (id !== undefined) this.give('personIds', ids, 'persons');
        return;
      case 'personId':
        if (id === undefined) this.#fault('persons', 'required', 'must be given');
        else this.#name('personId', id, 'persons');
        return;
      case 'members':
        if (id === undefined && described === undefined) return;
        this.#isPersonFlat = true;
        this.give('members', [{ personId: id ?? this.#newPerson(0), ...described }], 'persons');
        return;
      case 'member':
        this.#isPersonFlat = true;
        Object.assign(this.body, { personId: id ?? this.#newPerson(0) });
        for (const [name, value] of Object.entries(described ?? {})) this.give(name, value, columnOfPerson(name));
        return;
      case 'child':
        this.#isPersonFlat = true;
        if (id !== undefined) this.#ids['person 0'] = id;
        for (const [name, value] of Object.entries(described ?? {})) this.give(name, value, columnOfPerson(name));
        return;
    }
  }

  checked(): StatedFact | { readonly faults: readonly RowFault[] } {
    if (this.#faults.length > 0) return { faults: this.#faults };
    for (const name of NAMED_HERE[this.type] ?? []) {
      if (this.body[name] === undefined) this.#fault(name, 'required', 'must be given');
    }
    const list = MAY_BE_EMPTY[this.type];
    if (list !== undefined) this.body[list] ??= [];
    if (!shapeOf(this.type).fits(this.body)) {
      for (const fault of faultsIn(classOf(this.type), this.body)) this.#refuse(fault);
    }
    if (!this.#isCorrection) this.#personsHaveNames();
    return this.#faults.length > 0 ? { faults: this.#faults } : { type: this.type, body: this.body, ids: this.#ids };
  }

  /** Where `personal` is null, it was erased. */
  #personsHaveNames(): void {
    const { persons } = this.form;
    const named = persons === 'members' ? (this.body['members'] as readonly Body[] | undefined) : [this.body];
    if (persons !== 'members' && persons !== 'member' && persons !== 'child') return;
    if (named?.some(({ personal }) => personal === undefined)) {
      this.#fault(this.#isPersonFlat ? 'name' : DATA_COLUMN, 'required', 'every person has a name (personal.name)');
    }
  }

  #refuse({ location, code, detail }: InputFault): void {
    const path = 'pointer' in location ? location.pointer.slice(2) : '';
    const [field = ''] = path.split('/');
    if (code === 'required' && this.body[field] === null && isErasable(this.type, path)) return;
    const column = this.#columnOf(path, field);
    this.#fault(column, code, column === path ? detail : `${path} ${detail}`);
  }

  #columnOf(path: string, field: string): string {
    const last = path.split('/').at(-1)!;
    if (this.#isPersonFlat && (field === 'members' || field === 'personal' || isPersonColumn(field))) {
      if (isPersonColumn(last)) return last;
      return last === 'personal' ? 'name' : 'persons';
    }
    if (field === 'personIds' || field === 'personId') return 'persons';
    if (field === 'sponsorPersonId') return 'sponsor';
    if (field === this.form.subject) return 'subject';
    if (field === this.form.otherCase) return 'otherCase';
    return field === 'occurredOn' || field in FIELD_COLUMNS ? field : DATA_COLUMN;
  }

  #name(field: string, id: string, column: string): void {
    this.#ids[field] = id;
    if (IDS_IN_BODY.has(this.type)) this.give(field, id, column);
  }

  #newPerson(index: number): string {
    return derivedId(this.#eventId, `person ${index}`);
  }

  #unknown(column: string): void {
    this.#fault(column, 'unknown', `is not known of ${this.type}`);
  }

  #fault(column: string, code: string, reason: string): void {
    this.#faults.push({ line: this.#line, column, code, reason });
  }
}

function classOf(type: CaseFactType): RequestClass {
  return type === 'MembersReceived' ? MembersReceipt : FACT_FORMS[type].corrects;
}

export function faultsIn(type: RequestClass, body: Body): readonly InputFault[] {
  const read = readBody(type, body);
  return 'faults' in read ? read.faults : [];
}

const shapes = new Map<CaseFactType, QuickShape>();

function shapeOf(type: CaseFactType): QuickShape {
  let shape = shapes.get(type);
  if (shape === undefined) shapes.set(type, (shape = new QuickShape(classOf(type))));
  return shape;
}

function isPersonColumn(name: string): boolean {
  return [...MEMBER_COLUMNS, ...PERSONAL_COLUMNS].some((column) => column === name);
}

function columnOfPerson(field: string): string {
  return field === 'personal' ? 'name' : field;
}

export function jsonObject(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : undefined;
  } catch {
    return undefined;
  }
}
