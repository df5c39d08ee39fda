import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { NewEvent } from './event.ts';

/** Hash before the first event of a stream. */
export const CHAIN_START = '';

/** RFC 8785 text of any JSON value. @throws TypeError for what JSON cannot hold */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}

/**
 * Hash of an event in its stream: SHA-256 over `{previous hash, stream, revision, id, type, data, metadata}` in canonical JSON.
 * Position and the engine's own stamps are left out, so that the chain survives a copy to another engine.
 */
export function eventHash(previousHash: string, stream: string, revision: number, event: NewEvent): string {
  return eventHashOfText(
    previousHash,
    stream,
    revision,
    event.id,
    event.type,
    canonicalJson(event.data),
    canonicalJson(event.metadata),
  );
}

/** The same, where data and metadata are canonical text already (keys stand in canonical order below). */
export function eventHashOfText(
  previousHash: string,
  stream: string,
  revision: number,
  id: string,
  type: string,
  data: string,
  metadata: string,
): string {
  return hash(
    'sha256',
    `{"data":${data},"id":${JSON.stringify(id)},"metadata":${metadata},"previous":"${previousHash}",` +
      `"revision":${revision},"stream":${JSON.stringify(stream)},"type":${JSON.stringify(type)}}`,
    'hex',
  );
}
