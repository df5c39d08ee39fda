import { createHash } from 'node:crypto';
import type { Clock } from '../event-sourcing/clock.ts';
import type { Decider } from '../event-sourcing/decider.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import { transact, type Outcome } from '../event-sourcing/transact.ts';
import { positionToken } from '../read-store/views.ts';
import { CommandAnswer, type Sent } from './command.ts';

/** Decides and records a command in whose body nothing personal stands: no key is needed to tell one body from another. */
export async function record<Command, State>(
  parts: { readonly log: EventLog; readonly clock: Clock },
  decider: Decider<Command, State, RecordedEvent, { readonly type: string; readonly data: object }>,
  stream: string,
  command: Command,
  { envelope, text }: Sent,
): Promise<CommandAnswer> {
  const fingerprint = createHash('sha256').update(text).digest('base64url');
  const outcome = await transact(parts, decider, stream, command, { ...envelope, fingerprint });
  return answerOf(outcome, parts.log.id);
}

/** What is told of a command that was done, with the ids the caller needs to go on. */
export function answerOf(
  { revision, position, events }: Outcome,
  logId: string,
  { ids = {}, location }: { readonly ids?: Readonly<Record<string, unknown>>; readonly location?: string } = {},
): CommandAnswer {
  const token = position === null ? null : positionToken(logId, position);
  const recorded = events.map((event) => ({ eventId: event.id, type: event.type, revision: event.revision }));
  return new CommandAnswer(revision, token, { ...ids, revision, position: token, events: recorded }, location);
}
