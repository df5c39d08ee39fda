/** JSON as it stands in the log: no undefined, no bigint, no Date. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Who said so, for which organisation, when we were told, and through which command. */
export interface EventMetadata {
  /** UTC instant from our own clock (ISO 8601, milliseconds, `Z`); never runs backwards within a stream. */
  readonly recordedAt: string;
  readonly actor: string;
  readonly role: string;
  readonly organisation: string;
  /** Name of the command, as in the API's operationId. */
  readonly command: string;
  readonly commandId: string;
  readonly correlationId: string;
  readonly causationId: string;
  /** Version of the event type's shape; absent means 1. */
  readonly typeVersion?: number;
  /** HMAC of the request body with a key of the case: tells a repeat from another body under the same key. */
  readonly fingerprint?: string;
}

export interface NewEvent {
  /** UUID, derived from the command id, so that a repeat carries the same ids. */
  readonly id: string;
  /** Noun + past tense. */
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: EventMetadata;
}

export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  /** 0-based and contiguous within the stream. */
  readonly revision: number;
  readonly position: Position;
  /** Lower-case hex SHA-256 over the predecessor's hash and this event (see hash-chain.ts); '' in latest-only streams. */
  readonly hash: string;
}

/** Opaque place in the whole log: decimal text, increasing, not dense. Compare with `comparePositions` only. */
export type Position = string;

export function comparePositions(a: Position, b: Position): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether a position stands before another one; undefined stands before all. */
export function isBefore(position: Position | undefined, other: Position): boolean {
  return position === undefined || comparePositions(position, other) < 0;
}

/** `case` + `8d1f…` → `case-8d1f…`. A category is one word; the first dash splits. */
export function streamName(category: string, id: string): string {
  return `${category}-${id}`;
}

export function categoryOf(stream: string): string {
  const dash = stream.indexOf('-');
  return dash === -1 ? stream : stream.slice(0, dash);
}

export function idOf(stream: string): string {
  return stream.slice(stream.indexOf('-') + 1);
}
