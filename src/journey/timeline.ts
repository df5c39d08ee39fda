import type { Sealed } from '../privacy/sealed.ts';
import {
  caseAmendments,
  factIn,
  membersOf,
  type CaseHistory,
  type EffectiveFact,
  type RecordedCaseEvent,
} from './case-history.ts';
import { JOURNEY_STEP, type CaseFact, type ImpedimentCode, type Member } from './cases.events.ts';
import { said, type Bilingual } from './code-words.ts';
import { inDayMonthYear, inWords, list, named, type Names } from './fact-words.ts';

/** Who put right or took back an event, and why. */
interface Amended {
  readonly eventId: string;
  readonly actor: string;
  readonly organisation: string;
  readonly recordedAt: string;
  readonly reason: Sealed | null;
}

/** One event of a case, as it was recorded. */
interface TimelineEntry {
  readonly eventId: string;
  readonly revision: number;
  readonly type: RecordedCaseEvent['type'];
  /** Business date, as it was recorded. */
  readonly occurredOn: string;
  readonly recordedAt: string;
  readonly actor: string;
  readonly role: string;
  readonly organisation: string;
  /** What it says, sealed values left out. */
  readonly text: Bilingual;
  /** `CORRECTED`: another statement stands in its place. `RETRACTED`: taken back. */
  readonly standing: 'STANDS' | 'CORRECTED' | 'RETRACTED';
  readonly amendedBy: Amended | null;
  /** Of a correction or retraction: the event it is about. */
  readonly about: string | null;
  /** What was stated, by a fact or by a correction; its sealed values were sealed with this event's id. */
  readonly fact: CaseFact | null;
  /** Why a correction or retraction was made. */
  readonly reason: Sealed | null;
}

/** After everything that happened on the day it was put right. */
const AMENDMENT_STEP = 1 + Math.max(...Object.values(JOURNEY_STEP));

/** Every event of a case once, in order of business date, step and recording: the order of the effective history. */
export function timeline({ events, facts }: Pick<CaseHistory, 'events' | 'facts'>): readonly TimelineEntry[] {
  const { retractions, corrections } = caseAmendments(events);
  const standing = new Map(facts.map((one) => [one.eventId, one.fact]));
  const dayOpeners = new Set(
    facts.filter((one, index) => opensItsDay(one, facts[index - 1])).map((one) => one.eventId),
  );
  const names = namesIn(events);
  const placed = events.map((event) => {
    const retractedBy = retractions.get(event.id);
    const amendedBy = retractedBy ?? corrections.get(event.id);
    const entry: TimelineEntry = {
      eventId: event.id,
      revision: event.revision,
      type: event.type,
      occurredOn: event.data.occurredOn,
      recordedAt: event.metadata.recordedAt,
      actor: event.metadata.actor,
      role: event.metadata.role,
      organisation: event.metadata.organisation,
      text: eventInWords(event, events, names),
      standing: amendedBy === undefined ? 'STANDS' : retractedBy === undefined ? 'CORRECTED' : 'RETRACTED',
      amendedBy: amendedBy === undefined ? null : amended(amendedBy),
      about: event.type === 'FactCorrected' || event.type === 'FactRetracted' ? event.data.eventId : null,
      fact: bare(factIn(event)),
      reason: reasonOf(event),
    };
    // A corrected fact stands where it happened by what is known now.
    const on = standing.get(event.id)?.data.occurredOn ?? event.data.occurredOn;
    const step = dayOpeners.has(event.id) ? -1 : (JOURNEY_STEP[event.type as CaseFact['type']] ?? AMENDMENT_STEP);
    return { entry, on, step };
  });
  return placed
    .sort((a, b) => (a.on === b.on ? a.step - b.step || a.entry.revision - b.entry.revision : a.on < b.on ? -1 : 1))
    .map(({ entry }) => entry);
}

function opensItsDay({ fact }: EffectiveFact, before: EffectiveFact | undefined): boolean {
  return fact.type === 'CaseReopened' && before?.fact.data.occurredOn !== fact.data.occurredOn;
}

/** Without what the log says of the event that stated it. */
function bare(fact: CaseFact | null): CaseFact | null {
  return fact && ({ type: fact.type, data: fact.data } as CaseFact);
}

function amended(event: RecordedCaseEvent): Amended {
  const { actor, organisation, recordedAt } = event.metadata;
  return { eventId: event.id, actor, organisation, recordedAt, reason: reasonOf(event) };
}

function reasonOf(event: RecordedCaseEvent): Sealed | null {
  return event.type === 'FactCorrected' || event.type === 'FactRetracted' ? event.data.reason : null;
}

function eventInWords(event: RecordedCaseEvent, events: readonly RecordedCaseEvent[], names: Names): Bilingual {
  if (event.type === 'FactCorrected') {
    const now = inWords(event.data.fact, names);
    const on = inDayMonthYear(event.data.fact.data.occurredOn);
    return said(`Corrected; it now says, for ${on}: ${now.en}`, `Gecorrigeerd; er staat nu, voor ${on}: ${now.nl}`);
  }
  if (event.type === 'FactRetracted') {
    const target = events.find((one) => one.id === event.data.eventId && one.revision < event.revision);
    const taken = target === undefined ? said('', '') : eventInWords(target, events, names);
    return said(`Taken back: ${taken.en}`, `Teruggenomen: ${taken.nl}`);
  }
  if (event.type === 'PersonalDataErased') {
    const persons = names.who(event.data.subjects);
    return said(`Personal data erased: ${persons.en}.`, `Persoonsgegevens gewist: ${persons.nl}.`);
  }
  return inWords(event, names);
}

/** Whoever and whatever was ever named in the case, by the last that was said of it; the free text of the case has no person. */
function namesIn(events: readonly RecordedCaseEvent[]): Names {
  const members = new Map<string, Member>();
  const impediments = new Map<string, ImpedimentCode>();
  for (const event of events) {
    for (const one of membersOf(event)) members.set(one.personId, one);
    const fact = factIn(event);
    if (fact?.type === 'ImpedimentReported') impediments.set(fact.data.impedimentId, fact.data.code);
  }
  const who = (personIds: readonly string[]) =>
    list(
      personIds.map((personId) => {
        const one = members.get(personId);
        return one === undefined ? said('free text of the case', 'vrije tekst van het dossier') : named([one]);
      }),
    );
  return { who, impediment: (impedimentId) => impediments.get(impedimentId) };
}
