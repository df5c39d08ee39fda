import {
  ADDED_BYTES_AN_EVENT,
  AppendTooLarge,
  EmptyAppend,
  InvalidEvent,
  LATEST_ONLY_CATEGORIES,
  MAX_APPEND_BYTES,
  type ExpectedHead,
} from '../event-sourcing/event-log.ts';
import { categoryOf, type NewEvent } from '../event-sourcing/event.ts';
import { CHAIN_START, eventHashOfText } from '../event-sourcing/hash-chain.ts';
import { canonicalText } from './canonical-text.ts';

/** Revision of a stream that is not there. */
export const NO_REVISION = -1;

/** An append as it travels to its engine: flat, so that it is cheap to hand to another thread. */
export interface AppendRequest {
  readonly stream: string;
  /** The head it builds on; NO_REVISION for no stream. */
  readonly revision: number;
  readonly hash: string;
  /** Five a event: id, type, data, metadata (canonical JSON), hash (over `hash` above). */
  readonly events: readonly string[];
}

/**
 * Canonical text and hashes are made here, where the event is: an event that cannot be stored fails before anything is
 * sent, and the engine is left with what only it can do.
 * @throws EmptyAppend · AppendTooLarge · InvalidEvent
 */
export function appendRequest(stream: string, expected: ExpectedHead, events: readonly NewEvent[]): AppendRequest {
  if (events.length === 0) throw new EmptyAppend(stream);
  if (stream === '' || stream.includes('\n')) throw new InvalidEvent('a stream has a name of one line');
  const base = expected === 'no-stream' ? { revision: NO_REVISION, hash: CHAIN_START } : expected;
  const isChained = !LATEST_ONLY_CATEGORIES.includes(categoryOf(stream));
  const texts: string[] = [];
  let { revision, hash } = base;
  let characters = 0;
  // Events of one append mostly share who, when and why.
  let shared: NewEvent['metadata'] | undefined;
  let metadataText = '';
  for (const { id, type, data, metadata } of events) {
    if (!id || !type || id.includes('\n') || type.includes('\n')) {
      throw new InvalidEvent(`an event for ${stream} has an id and a type of one line each`);
    }
    const dataText = canonicalText(data, `${type}.data`);
    if (metadata !== shared) metadataText = canonicalText(metadata, `${type}.metadata`);
    shared = metadata;
    if (isChained) hash = eventHashOfText(hash, stream, ++revision, id, type, dataText, metadataText);
    texts.push(id, type, dataText, metadataText, hash);
    characters += ADDED_BYTES_AN_EVENT + id.length + type.length + dataText.length + metadataText.length;
  }
  // A character is at most three bytes: only near the limit it is worth counting.
  if (characters * 3 > MAX_APPEND_BYTES) {
    const bytes = texts.reduce(
      (sum, text, at) => sum + (at % 5 === 4 ? ADDED_BYTES_AN_EVENT : Buffer.byteLength(text)),
      0,
    );
    if (bytes > MAX_APPEND_BYTES) throw new AppendTooLarge(stream, bytes);
  }
  return { stream, revision: base.revision, hash: base.hash, events: texts };
}

export function named(revision: number): number | 'no-stream' {
  return revision === NO_REVISION ? 'no-stream' : revision;
}
