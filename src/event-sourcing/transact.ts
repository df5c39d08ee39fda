import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Written } from './catalogue.ts';
import type { Clock } from './clock.ts';
import { isRefusal, type Decider, type Refusal, type Writer } from './decider.ts';
import { LogBusy, WrongExpectedHead, type EventLog } from './event-log.ts';
import type { EventMetadata, JsonObject, NewEvent, Position, RecordedEvent } from './event.ts';

/** Who sends a command, on whose behalf, and what makes a repeat of it recognisable. */
export interface Envelope {
  readonly commandId: string;
  /** Name of the command, as in the API's operationId. */
  readonly name: string;
  readonly actor: string;
  readonly role: string;
  readonly organisation: string;
  readonly correlationId: string;
  readonly causationId: string;
  /** Keyed hash of the request's body: the same command id with another fingerprint is refused. */
  readonly fingerprint?: string;
  /** From `If-Match`: the command is meant for exactly this revision. */
  readonly expectedRevision?: number;
}

export interface Outcome {
  readonly stream: string;
  /** Revision the stream has after this command (-1: there is no such stream). */
  readonly revision: number;
  /** Position of the last event this command recorded; null if it recorded none. */
  readonly position: Position | null;
  /** What this command recorded, now or at its first time; empty: there was nothing to do. */
  readonly events: readonly OutcomeEvent[];
  readonly repeated: boolean;
}

export type OutcomeEvent = NewEvent & { readonly revision: number };

/** The rules say no; nothing was written. */
export class CommandRefused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.name = 'CommandRefused';
    this.refusal = refusal;
  }
}

/** The stream has moved on since the caller read it. */
export class StaleRevision extends Error {
  readonly expected: number;
  readonly actual: number;
  constructor(expected: number, actual: number) {
    super(`meant for revision ${expected}, but the case is at revision ${actual}`);
    this.name = 'StaleRevision';
    this.expected = expected;
    this.actual = actual;
  }
}

/** The same command id came with another body. */
export class KeyReused extends Error {
  constructor() {
    super('this Idempotency-Key was used before with another body');
    this.name = 'KeyReused';
  }
}

const ATTEMPTS = 20;
/** Pauses between attempts while the one that was faster cannot be read yet (ms): some four seconds in all. */
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 400;

/**
 * The one way to change a stream: load it, answer a repeat as the first time, decide, append to exactly what was loaded.
 * When another writer was faster, the whole is done again on what stands there now.
 * @param known the stream as it was just read, to save reading it again
 * @throws CommandRefused · StaleRevision · KeyReused · errors of the log
 */
export async function transact<Command, State>(
  parts: { readonly log: EventLog; readonly clock: Clock },
  decider: Decider<Command, State, RecordedEvent, { readonly type: string; readonly data: object }>,
  stream: string,
  command: Command,
  envelope: Envelope,
  known?: readonly RecordedEvent[],
): Promise<Outcome> {
  let pauseMs = FIRST_PAUSE_MS;
  let lostAt: number | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const recorded = attempt === 0 && known ? known : await parts.log.readStream(stream);
    const repeat = outcomeOfRepeat(stream, recorded, envelope);
    if (repeat) return repeat;

    const last = recorded.at(-1);
    const revision = last?.revision ?? -1;
    if (envelope.expectedRevision !== undefined && envelope.expectedRevision !== revision) {
      throw new StaleRevision(envelope.expectedRevision, revision);
    }

    const state = recorded.reduce((before, event) => decider.evolve(before, event), decider.initial);
    const decision = decider.decide(command, state);
    if (isRefusal(decision)) throw new CommandRefused(decision);
    if (decision.length === 0) return { stream, revision, position: null, events: [], repeated: false };

    const recordedAt = notBefore(parts.clock.now().toISOString(), last?.metadata.recordedAt);
    const events = decision.map((event, index): NewEvent => {
      const { type, data, typeVersion } = written(event, decider);
      const { commandId, fingerprint } = envelope;
      const own = { ...(fingerprint ? { fingerprint } : {}), ...(typeVersion ? { typeVersion } : {}) };
      return { id: eventIdOf(commandId, index), type, data, metadata: { ...metadataOf(envelope, recordedAt), ...own } };
    });
    try {
      const appended = await parts.log.append(stream, last ? { revision, hash: last.hash } : 'no-stream', events);
      return {
        stream,
        revision: appended.revision,
        position: appended.position,
        events: events.map((event, index) => ({ ...event, revision: revision + 1 + index })),
        repeated: appended.repeated,
      };
    } catch (error) {
      if (!(error instanceof WrongExpectedHead)) throw error;
      // A cluster refuses before all its nodes have what was faster, and gives it to readers only after that.
      if (lostAt === revision) {
        await sleep(pauseMs);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
      lostAt = revision;
    }
  }
  throw new LogBusy(`${stream} is changed by many at once; try again`);
}

/** UUID of the n-th event of a command: a repeat of the command carries the same ids. */
export function eventIdOf(commandId: string, index: number): string {
  return derivedId(commandId, `event ${index}`);
}

/** UUID that follows from a command id and what it is for; the same at every repeat. */
export function derivedId(commandId: string, what: string): string {
  const hex = hash('sha256', `${commandId}\n${what}`, 'hex');
  const variant = ((parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** What a command answered at its first time, if it stands in the stream already. @throws KeyReused */
export function outcomeOfRepeat(
  stream: string,
  recorded: readonly RecordedEvent[],
  envelope: Envelope,
): Outcome | undefined {
  const firstId = eventIdOf(envelope.commandId, 0);
  if (!recorded.some((event) => event.id === firstId)) return undefined;
  const events = recorded.filter((event) => event.metadata.commandId === envelope.commandId);
  const last = events.at(-1)!;
  // An earlier fingerprint can be missing, when the key it was made with has been destroyed since.
  if (envelope.fingerprint && last.metadata.fingerprint && envelope.fingerprint !== last.metadata.fingerprint) {
    throw new KeyReused();
  }
  return { stream, revision: last.revision, position: last.position, events, repeated: true };
}

/** Who sent a command, and which it was. */
export type Sender = Pick<
  Envelope,
  'commandId' | 'name' | 'actor' | 'role' | 'organisation' | 'correlationId' | 'causationId'
>;

/** What stands with every event that a command records. */
export function metadataOf(sender: Sender, recordedAt: string): EventMetadata {
  const { commandId, name, actor, role, organisation, correlationId, causationId } = sender;
  // In order of their names, as they are stored: then nothing has to be put in order.
  return { actor, causationId, command: name, commandId, correlationId, organisation, recordedAt, role };
}

function written<Event extends { readonly type: string; readonly data: object }>(
  event: Event,
  { catalogue }: { readonly catalogue?: Writer<Event> },
): Written {
  return catalogue?.write(event) ?? { type: event.type, data: event.data as JsonObject };
}

function notBefore(now: string, last: string | undefined): string {
  return last !== undefined && last > now ? last : now;
}
