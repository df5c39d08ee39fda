import { openAll } from '../cases/opening.ts';
import type { RecordedCaseEvent } from '../journey/case-history.ts';
import type { CaseEvent, CaseFact } from '../journey/cases.events.ts';
import type { Open } from '../projecting/projection.ts';
import {
  CASE_COLUMNS,
  DATA_COLUMN,
  FIELD_COLUMNS,
  isErasable,
  MEMBER_COLUMNS,
  PERSONAL_COLUMNS,
  RETRACTION,
  ROW_FORMS,
} from './case-columns.ts';
import { csvLine } from './csv-line.ts';
import type { Body } from './row-draft.ts';

/** The header of an exported file. */
export const HEADER_LINE = csvLine(CASE_COLUMNS);

/**
 * An event of a case as a row, its sealed values opened; what was erased is null. Undefined for what is not carried: that
 * somebody was erased here says nothing about another log.
 */
export function caseLine(caseId: string, event: RecordedCaseEvent, open: Open): string | undefined {
  const told = openedEvent(event, open);
  if (told.type === 'PersonalDataErased') return undefined;
  const row = new RowCells();
  row.set('case', caseId);
  row.set('id', event.id);
  if (told.type === 'FactRetracted') {
    row.set('fact', RETRACTION);
    row.set('eventId', told.data.eventId);
    row.setWhy(told.data.reason as unknown as string | null);
  } else if (told.type === 'FactCorrected') {
    row.set('eventId', told.data.eventId);
    row.setWhy(told.data.reason as unknown as string | null);
    row.setFact(told.data.fact, true);
  } else {
    row.setFact(told, false);
  }
  return csvLine(row.cells());
}

/** Values that are sealed in the log stand open in it. */
function openedEvent(event: RecordedCaseEvent, open: Open): CaseEvent {
  return { type: event.type, data: openAll(event.data, event.id, open) } as CaseEvent;
}

type Text = string | number | boolean | null | undefined;

class RowCells {
  readonly #cells = new Map<string, string>();
  readonly #data: Body = {};

  set(column: string, value: Text): void {
    if (value !== null && value !== undefined) this.#cells.set(column, String(value));
  }

  setWhy(why: string | null): void {
    if (why === null) return;
    if (cellOf(why) === undefined) this.#data['why'] = why;
    else this.set('why', why);
  }

  /** A correction says of every field what it is, also that it is nothing: one it leaves out stays as it was. */
  setFact({ type, data }: CaseFact, isCorrection: boolean): void {
    const { subject, otherCase } = ROW_FORMS[type];
    const fields = { ...data } as Body;
    const take = (name: string) => {
      const value = fields[name];
      delete fields[name];
      return value;
    };
    this.set('fact', type);
    this.set('occurredOn', take('occurredOn') as string);
    this.#setPersons(type, take);
    this.set('sponsor', take('sponsorPersonId') as Text);
    if (subject !== undefined) this.set('subject', take(subject) as Text);
    if (otherCase !== undefined) this.set('otherCase', take(otherCase) as Text);
    // Follows from who had the case.
    if (type === 'CaseTakenOver') take('from');
    for (const [name, value] of Object.entries(fields)) {
      const cell = name in FIELD_COLUMNS ? cellOf(value) : undefined;
      if (cell !== undefined) this.#cells.set(name, cell);
      else if (value !== null || isCorrection || isErasable(type, name)) this.#data[name] = value;
    }
  }

  cells(): readonly string[] {
    if (Object.keys(this.#data).length > 0) this.#cells.set(DATA_COLUMN, JSON.stringify(this.#data));
    return CASE_COLUMNS.map((name) => this.#cells.get(name) ?? '');
  }

  #setPersons(type: CaseFact['type'], take: (name: string) => unknown): void {
    const { persons } = ROW_FORMS[type];
    switch (persons) {
      case undefined:
        return;
      case 'personId':
        return this.set('persons', take('personId') as string);
      case 'personIds':
        return this.set('persons', (take('personIds') as readonly string[]).join(' '));
      case 'member':
        return this.#setPerson(take('member') as Body, MEMBER_COLUMNS);
      case 'child':
        return this.#setPerson(take('member') as Body, []);
      case 'members': {
        const members = take('members') as readonly Body[];
        const [only] = members;
        if (members.length === 1 && type !== 'MembersReceived' && isPlain(only!))
          this.#setPerson(only!, MEMBER_COLUMNS);
        else this.#data['members'] = members;
        return;
      }
    }
  }

  #setPerson(person: Body, columns: readonly string[]): void {
    this.set('persons', person['personId'] as string);
    for (const name of columns) this.set(name, person[name] as Text);
    const { personal } = person;
    if (!isPlain(person)) this.#data['personal'] = personal;
    else for (const name of PERSONAL_COLUMNS) this.set(name, (personal as Body)[name] as Text);
  }
}

/** A name that can stand in a cell; not one that was erased. */
function isPlain({ personal }: Body): boolean {
  return personal !== null && cellOf((personal as Body)['name']) !== undefined;
}

/** Spreadsheets take a text that begins so for a formula, and run it; such a one goes into JSON. */
const LIKE_A_FORMULA = /^[=+\-@\t\r]/;

function cellOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.join(' ');
  return typeof value === 'string' && !LIKE_A_FORMULA.test(value) ? value : undefined;
}
