import { CommandRefused } from '../event-sourcing/transact.ts';
import { invalidRequest, type InputFault } from '../http/problem.ts';
import { readBody } from '../http/validation.ts';
import { factIn, membersOf, type CaseHistory } from '../journey/case-history.ts';
import { obstacle, refusal, type CaseRefusalCode } from '../journey/case-refusals.ts';
import type { Correction } from './cases.api.ts';
import type { CaseFact } from '../journey/cases.events.ts';
import { draftOf, FACT_FORMS, type CaseIntent, type Circumstances } from './fact-drafts.ts';

/** What a correction asks for: its replacement has the form of the command that records such a fact. */
export function correctionOf(body: Correction, history: CaseHistory, given: Circumstances): CaseIntent {
  const { eventId, reason, replacement } = body;
  const corrected = statement(history, eventId);
  const { type } = corrected.fact;
  if (type === 'MembersReceived') throw refused('NOT_A_FACT', eventId);

  const read = readBody(FACT_FORMS[type].corrects, replacement);
  if ('faults' in read) throw invalidRequest(read.faults.map(inReplacement));
  const faults = memberFaults(read.value, corrected.fact);
  if (faults.length > 0) throw invalidRequest(faults);
  return { do: 'correct', eventId, reason, draft: draftOf(type, read.value, { ...given, corrected }) };
}

/** What stands under this id, or was last stated by it, and the event its sealed values were sealed in. */
function statement(history: CaseHistory, eventId: string): NonNullable<Circumstances['corrected']> {
  const standing = history.facts.find((one) => one.eventId === eventId || one.correctedBy === eventId);
  if (standing) return { fact: standing.fact, inEvent: standing.correctedBy ?? standing.eventId };
  const event = history.events.find((one) => one.id === eventId);
  if (!event) throw refused('FACT_UNKNOWN', eventId);
  const fact = factIn(event);
  if (fact === null) throw refused('NOT_A_FACT', eventId);
  return { fact, inEvent: eventId };
}

/** Persons can be left out or kept, and those who were forgotten come in, with their names. */
function memberFaults(replacement: object, before: CaseFact): InputFault[] {
  const { members } = replacement as { members?: readonly { personId?: string; personal?: object | null }[] };
  const known = membersOf(before).map((one) => one.personId);
  return (members ?? []).flatMap(({ personId, personal }, index): InputFault[] => {
    const at = `#/replacement/members/${index}`;
    if (personId === undefined) {
      return personal ? [] : [bodyFault(`${at}/personal`, 'required', 'must be given for a person without personId')];
    }
    return known.includes(personId) ? [] : [bodyFault(`${at}/personId`, 'unknown', 'is nobody of the corrected fact')];
  });
}

function bodyFault(pointer: string, code: string, detail: string): InputFault {
  return { in: 'body', location: { pointer }, code, detail };
}

function inReplacement(fault: InputFault): InputFault {
  if (!('pointer' in fault.location)) return fault;
  return { ...fault, location: { pointer: `#/replacement${fault.location.pointer.slice(1)}` } };
}

function refused(code: CaseRefusalCode, eventId: string): CommandRefused {
  return new CommandRefused(refusal(obstacle(code, eventId)));
}
