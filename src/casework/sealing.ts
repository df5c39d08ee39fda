import type { Json } from '../event-sourcing/event.ts';
import type { Open } from '../projecting/projection.ts';
import { SubjectKeyDestroyed, type Keyring } from '../privacy/keyring.ts';
import type { Sealed } from '../privacy/sealed.ts';
import type { CaseFact } from '../journey/cases.events.ts';
import {
  isUnsealed,
  membersIn,
  type CaseIntent,
  type DraftMember,
  type FactDraft,
  type Unsealed,
} from './fact-drafts.ts';

/** What is asked for, as it will stand in the log. */
export type SealedIntent =
  | { readonly do: 'record'; readonly fact: CaseFact }
  | { readonly do: 'correct'; readonly fact: CaseFact; readonly eventId: string; readonly reason: Sealed | null }
  | { readonly do: 'retract'; readonly eventId: string; readonly reason: Sealed | null };

/** Seals all personal values of an intent for the event that will hold them: persons' under theirs, texts under the case's key. */
export async function seal(
  keyring: Keyring,
  intent: CaseIntent,
  caseId: string,
  eventId: string,
): Promise<SealedIntent> {
  const place = { keyring, caseId, eventId };
  if (intent.do === 'record') return { do: 'record', fact: await sealFact(intent.draft, place) };
  const reason = await sealReason(keyring, caseId, eventId, intent.reason);
  if (intent.do === 'retract') return { ...intent, reason };
  return { do: 'correct', eventId: intent.eventId, reason, fact: await sealFact(intent.draft, place) };
}

/** What is wrong in a case can be put right also when its texts have been erased; why is then not kept. */
async function sealReason(keyring: Keyring, caseId: string, eventId: string, reason: string): Promise<Sealed | null> {
  try {
    return await keyring.seal(caseId, eventId, 'reason', reason);
  } catch (error) {
    if (error instanceof SubjectKeyDestroyed) return null;
    throw error;
  }
}

/** For the rules, which look at open fields only: to know whether it is worth sealing. */
export function unsealed(intent: CaseIntent): SealedIntent {
  if (intent.do === 'retract') return { ...intent, reason: null };
  const fact = intent.draft as unknown as CaseFact;
  return intent.do === 'record'
    ? { do: 'record', fact }
    : { do: 'correct', fact, eventId: intent.eventId, reason: null };
}

interface Place {
  readonly keyring: Keyring;
  readonly caseId: string;
  readonly eventId: string;
}

async function sealFact(draft: FactDraft, place: Place): Promise<CaseFact> {
  const open = await place.keyring.load(alreadySealed(draft).map(({ sealed }) => sealed.subject));
  const entries = Object.entries(draft.data).map(async ([name, value]: [string, unknown]) => {
    if (name === 'member') return [name, await sealMember(value as DraftMember, place, open)];
    if (name === 'members') {
      return [name, await Promise.all((value as DraftMember[]).map((one) => sealMember(one, place, open)))];
    }
    return [name, isUnsealed(value) ? await sealValue(value, place.caseId, name, place, open) : value];
  });
  return { type: draft.type, data: Object.fromEntries(await Promise.all(entries)) } as CaseFact;
}

async function sealMember(member: DraftMember, place: Place, open: Open): Promise<object> {
  const { personal, personId } = member;
  return { ...member, personal: personal && (await sealValue(personal, personId, 'personal', place, open)) };
}

/** What was sealed in another event is opened there and sealed here; what can't be opened any more is gone. */
async function sealValue(
  value: Unsealed,
  subject: string,
  field: string,
  { keyring, eventId }: Place,
  open: Open,
): Promise<Sealed | null> {
  const plain = 'plain' in value ? value.plain : (open(value.sealed, value.inEvent, field) as Json | undefined);
  return plain === undefined ? null : keyring.seal(subject, eventId, field, plain);
}

function alreadySealed(draft: FactDraft): readonly (Unsealed & { readonly sealed: Sealed })[] {
  const values = [...Object.values(draft.data), ...membersIn(draft).map((member) => member.personal)];
  return values.filter((value): value is Unsealed & { sealed: Sealed } => isUnsealed(value) && 'sealed' in value);
}
