import { caseStream } from '../cases/case-reading.ts';
import type { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { transact, type Envelope, type Outcome } from '../event-sourcing/transact.ts';
import { casesDecider } from '../journey/cases.decider.ts';
import type { Keyring } from '../privacy/keyring.ts';

/**
 * Destroys the keys of persons of a case (or of the case itself, for its free text): nobody can read again who they were,
 * all figures stay. First the case says so, then the keys go; broken off in between, it is done by doing it again.
 * @throws CommandRefused for who is not of this case
 */
export async function erase(
  parts: { readonly log: EventLog; readonly clock: Clock; readonly keyring: Keyring },
  caseId: string,
  subjects: readonly string[],
  envelope: Envelope,
): Promise<Outcome> {
  const today = amsterdamDay(parts.clock.now().toISOString());
  const outcome = await transact(parts, casesDecider, caseStream(caseId), { do: 'erase', subjects, today }, envelope);
  for (const subject of subjects) await parts.keyring.destroy(subject);
  return outcome;
}
