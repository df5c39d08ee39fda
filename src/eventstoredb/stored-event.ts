import {
  jsonEvent,
  type AllStreamRecordedEvent,
  type JSONEventType,
  type RecordedEvent as ServerEvent,
} from '@eventstore/db-client';
import { hash as digest } from 'node:crypto';
import { LogUnavailable, StreamDamaged } from '../event-sourcing/event-log.ts';
import type { EventMetadata, JsonObject, RecordedEvent } from '../event-sourcing/event.ts';
import type { AppendRequest } from '../event-log/append-request.ts';

/** What stands in the server's metadata of an event: ours, and what the server has no place for. */
interface StoredMetadata {
  readonly hash: string;
  readonly id: string;
  readonly metadata: EventMetadata;
}

type StoredEvent = JSONEventType<string, JsonObject, StoredMetadata>;
export type ProposedEvent = ReturnType<typeof jsonEvent<StoredEvent>>;

const FIELDS = 5;
/** Its type in the whole log, at the place where a stream was erased. */
export const TOMBSTONE = '$streamDeleted';

/**
 * The events of an append as the server gets them. It knows a repeat by its ids; ours are made of the hash, so that it takes for
 * a repeat only what is the same to the last letter: two nodes that answer one command under the same ids a millisecond apart
 * are told that they conflict, and the second finds its own ids in the stream, with the hash that stands there.
 */
export function proposedEvents({ events }: AppendRequest): ProposedEvent[] {
  const proposed: ProposedEvent[] = [];
  for (let at = 0; at < events.length; at += FIELDS) {
    const [id, type, data, metadata, hash] = events.slice(at, at + FIELDS) as [string, string, string, string, string];
    proposed.push(
      jsonEvent<StoredEvent>({
        id: uuidOf(hash === '' ? digest('sha256', id, 'hex') : hash),
        type,
        // Read again: what the caller holds may change while it is being sent.
        data: JSON.parse(data) as JsonObject,
        metadata: { hash, id, metadata: JSON.parse(metadata) as EventMetadata },
      }),
    );
  }
  return proposed;
}

export function idsOf({ events }: AppendRequest): string[] {
  return events.filter((_, at) => at % FIELDS === 0);
}

/** @throws StreamDamaged where it is not as we write it */
export function recordedEvent(server: ServerEvent | AllStreamRecordedEvent, stream: string): RecordedEvent {
  const position = positionOf(server);
  const revision = Number(server.revision);
  const stored = server.metadata as Partial<StoredMetadata> | undefined;
  const data = server.data as unknown;
  if (!isObject(data) || data instanceof Uint8Array || !isObject(stored) || !isWhole(stored)) {
    throw new StreamDamaged(stream, { event: { revision, position: String(position) } });
  }
  return {
    id: stored.id,
    type: server.type,
    data: data as JsonObject,
    metadata: stored.metadata,
    stream,
    revision,
    position: String(position),
    hash: stored.hash,
  };
}

/** @throws LogUnavailable servers before 22.10 do not tell it when they read a stream */
export function positionOf({ position }: { readonly position?: ServerEvent['position'] }): bigint {
  if (position === undefined)
    throw new LogUnavailable('this server is too old for an event log: 22.10 is the first that fits');
  return position.commit;
}

function isWhole(stored: Partial<StoredMetadata>): stored is StoredMetadata {
  return typeof stored.hash === 'string' && typeof stored.id === 'string' && isObject(stored.metadata);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
