import type { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import { isPassing } from '../event-sourcing/passing-faults.ts';
import type { ProcessManager } from '../event-sourcing/process-manager.ts';
import { derivedId, eventIdOf, transact, type Envelope } from '../event-sourcing/transact.ts';
import type { Keyring } from '../privacy/keyring.ts';
import type { Personal, Sealed } from '../privacy/sealed.ts';
import { caseHistory, type CaseHistory } from '../journey/case-history.ts';
import { caseStream } from '../cases/case-reading.ts';
import type { KnownCase } from '../journey/case-shape.ts';
import { casesDecider, type CaseCommand } from '../journey/cases.decider.ts';
import type { CaseFact, FactOf } from '../journey/cases.events.ts';
import { personalOf, subjectsOf } from '../cases/opening.ts';

interface Parts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly keyring: Keyring;
}

/** A split or merge that stands in the giving case. */
interface Transfer {
  /** Id of the event that first stated it. */
  readonly transferId: string;
  readonly fact: FactOf<'HouseholdSplit'> | FactOf<'HouseholdMerged'>;
}

type ReceivedMember = FactOf<'MembersReceived'>['data']['members'][number];

/** What it reacts to, for whoever asks how far it is. */
export const HOUSEHOLDS: Omit<ProcessManager, 'react'> = {
  name: 'households',
  category: 'case',
  types: ['HouseholdSplit', 'HouseholdMerged', 'FactCorrected', 'FactRetracted'],
};

/**
 * Hands over the persons of a split or merge: the target receives them, and follows when the day of the transfer is put
 * right. Handing back is the same thing the other way round.
 */
export function householdsProcess(parts: Parts): ProcessManager {
  return {
    ...HOUSEHOLDS,
    async react(event, commandId) {
      const giving = caseHistory(await parts.log.readStream(event.stream));
      const failures: unknown[] = [];
      for (const transfer of transfersOf(giving)) {
        try {
          await bringInLine(parts, giving, transfer, envelopeOf(event, derivedId(commandId, transfer.transferId)));
        } catch (error) {
          if (isPassing(error)) throw error;
          failures.push(error);
        }
      }
      // One that cannot be done keeps none of the others from being done.
      if (failures.length > 0) throw failures[0];
    },
  };
}

function transfersOf({ facts }: CaseHistory): readonly Transfer[] {
  return facts.flatMap(({ fact, eventId }) => (isTransfer(fact) ? [{ transferId: eventId, fact }] : []));
}

function isTransfer(fact: CaseFact): fact is Transfer['fact'] {
  return fact.type === 'HouseholdSplit' || fact.type === 'HouseholdMerged';
}

async function bringInLine(parts: Parts, giving: CaseHistory, transfer: Transfer, envelope: Envelope): Promise<void> {
  const { targetCaseId } = transfer.fact.data;
  const stream = caseStream(targetCaseId);
  const target = caseHistory(await parts.log.readStream(stream));
  const received = target.facts.find(
    ({ fact }) => fact.type === 'MembersReceived' && fact.data.transferId === transfer.transferId,
  );
  const occurredOn = dayOfArrival(transfer, target);
  if (received?.fact.data.occurredOn === occurredOn) return;

  // A case has a key from its first event on; one that was destroyed since is not needed to receive somebody.
  if (target.revision === -1) await parts.keyring.ensure(targetCaseId, envelope);
  const fact = await receipt(parts.keyring, giving, transfer, occurredOn, eventIdOf(envelope.commandId, 0));
  const today = amsterdamDay(parts.clock.now().toISOString());
  const command: CaseCommand = received
    ? { do: 'correct', eventId: received.eventId, fact, reason: null, today }
    : { do: 'record', fact, today };
  await transact(parts, casesDecider, stream, command, envelope);
}

/** Nobody arrives in a case before it begins. */
function dayOfArrival({ fact, transferId }: Transfer, { state, facts }: CaseHistory): string {
  const { occurredOn } = fact.data;
  const [first] = facts;
  const openedByThis = first?.fact.type === 'MembersReceived' && first.fact.data.transferId === transferId;
  if (state.kind === 'unknown' || openedByThis) return occurredOn;
  return state.openedOn > occurredOn ? state.openedOn : occurredOn;
}

async function receipt(
  keyring: Keyring,
  giving: CaseHistory,
  { fact, transferId }: Transfer,
  occurredOn: string,
  eventId: string,
): Promise<FactOf<'MembersReceived'>> {
  const state = giving.state as KnownCase;
  const { permitType, channel, permitGrantedOn, receptionCentre, members } = state;
  const open = await keyring.load(subjectsOf(giving));
  const going = members.filter(({ personId }) => fact.data.personIds.includes(personId));
  const received = going.map(async (member): Promise<ReceivedMember> => {
    const { personId, role, birthYear, unaccompaniedMinor, followingFamily } = member;
    const personal = await sealAnew(keyring, personId, eventId, personalOf(giving, personId, open));
    return {
      personId,
      role,
      birthYear,
      ...(unaccompaniedMinor ? { unaccompaniedMinor } : {}),
      personal,
      followingFamily,
    };
  });
  const permit = { permitType, channel, permitGrantedOn, receptionCentre, ...linkedBefore(state, occurredOn) };
  const data = { occurredOn, fromCaseId: giving.caseId, transferId, ...permit, members: await Promise.all(received) };
  return { type: 'MembersReceived', data };
}

function linkedBefore({ links, linkedBeforeOn }: KnownCase, on: string): { readonly firstLinkedOn?: string } {
  const firstLinkedOn = linkedBeforeOn ?? links[0]?.linkedOn;
  return firstLinkedOn !== undefined && firstLinkedOn < on ? { firstLinkedOn } : {};
}

/** A sealed value is bound to the event that holds it. */
async function sealAnew(
  keyring: Keyring,
  personId: string,
  eventId: string,
  personal: Personal | null,
): Promise<Sealed | null> {
  return personal && keyring.seal(personId, eventId, 'personal', { ...personal });
}

function envelopeOf(event: RecordedEvent, commandId: string): Envelope {
  return {
    commandId,
    name: 'receiveMembers',
    actor: 'households',
    role: 'PROCESS',
    organisation: 'WOONSPOOR',
    correlationId: event.metadata.correlationId,
    causationId: event.id,
  };
}
