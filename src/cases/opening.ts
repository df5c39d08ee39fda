import { membersOf, type CaseHistory } from '../journey/case-history.ts';
import type { Personal, Sealed } from '../privacy/sealed.ts';
import type { Open } from '../projecting/projection.ts';

/** Who a person is, by the last that was said of them. */
export function personalOf(history: CaseHistory, personId: string, open: Open): Personal | null {
  const told = history.facts.findLast(({ fact }) => membersOf(fact).some((one) => one.personId === personId));
  const sealed = told && membersOf(told.fact).find((one) => one.personId === personId)?.personal;
  return told && sealed ? ((open(sealed, told.correctedBy ?? told.eventId, 'personal') as Personal) ?? null) : null;
}

/** Whose keys are needed to open a case. */
export function subjectsOf({ events }: CaseHistory): ReadonlySet<string> {
  const subjects = new Set<string>();
  for (const event of events) for (const { sealed } of sealedIn(event.data)) subjects.add(sealed.subject);
  return subjects;
}

/** The same JSON with every sealed value opened, where it stands; what was erased is null. */
export function openAll(data: unknown, eventId: string, open: Open, field = ''): unknown {
  if (isSealed(data)) return open(data, eventId, field) ?? null;
  if (Array.isArray(data)) return data.map((one) => openAll(one, eventId, open, field));
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, openAll(value, eventId, open, name)]));
}

function* sealedIn(data: unknown): Iterable<{ readonly sealed: Sealed }> {
  if (isSealed(data)) yield { sealed: data };
  else if (typeof data === 'object' && data !== null) for (const value of Object.values(data)) yield* sealedIn(value);
}

function isSealed(value: unknown): value is Sealed {
  return typeof value === 'object' && value !== null && 'box' in value && 'subject' in value;
}
