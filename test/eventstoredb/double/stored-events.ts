import { randomUUID } from 'node:crypto';

/** A record of the double's whole log. */
export interface Stored {
  readonly position: bigint;
  readonly stream: string;
  readonly revision: bigint;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export type Proposed = Omit<Stored, 'position' | 'stream' | 'revision'>;
export type Expected = bigint | 'any' | 'no-stream' | 'stream-exists';

/** What an append comes to: written now or long ago, or refused with where the stream ends. */
export type Outcome =
  { readonly revision: bigint; readonly position: bigint } | { readonly endsAt: bigint | undefined } | 'deleted';

export const TOMBSTONE_REVISION = 9_223_372_036_854_775_807n;
const EMPTY = new Uint8Array();

/** What all nodes of the double hold together: the events, as EventStoreDB 23.10.8 was seen to keep and show them. */
export class StoredEvents {
  readonly all: Stored[] = [];
  readonly #streams = new Map<string, Stored[]>();
  readonly #deleted = new Set<string>();
  readonly #scavenged = new Set<bigint>();
  readonly #listeners = new Set<() => void>();
  #position = 0n;

  isDeleted(stream: string): boolean {
    return this.#deleted.has(stream.replace(/^\$\$/, ''));
  }

  /** What reading a stream shows: of streams with `$maxCount` the newest only. Undefined: there is none. */
  stream(name: string): readonly Stored[] | undefined {
    const events = this.#streams.get(name);
    const maxCount = this.#metadata(name).$maxCount;
    return typeof maxCount === 'number' ? events?.slice(-maxCount) : events;
  }

  append(stream: string, expected: Expected, events: readonly Proposed[]): Outcome {
    if (this.isDeleted(stream)) return 'deleted';
    const standing = this.#streams.get(stream) ?? [];
    const end = BigInt(standing.length) - 1n;
    const from = expected === 'no-stream' ? -1n : expected;
    if (typeof from === 'bigint' && from < end) {
      const there = standing.slice(Number(from) + 1, Number(from) + 1 + events.length);
      const isRepeat = there.length === events.length && events.every(({ id }, at) => there[at]!.id === id);
      const last = there.at(-1);
      return isRepeat && last ? last : { endsAt: end };
    }
    if (typeof from === 'bigint' ? from !== end : from === 'stream-exists' && end < 0n) {
      return { endsAt: end < 0n ? undefined : end };
    }
    let last: Stored | undefined;
    for (const event of events) last = this.#add(stream, BigInt(standing.length), standing, event);
    this.#streams.set(stream, standing);
    this.#tell();
    return last ?? { revision: end, position: this.#position };
  }

  /** Undefined: it was deleted before. */
  tombstone(stream: string): bigint | undefined {
    if (this.isDeleted(stream)) return undefined;
    this.#deleted.add(stream);
    const event = { id: randomUUID(), type: '$streamDeleted', contentType: 'application/octet-stream', data: EMPTY };
    this.#add(stream, TOMBSTONE_REVISION, [], { ...event, metadata: EMPTY });
    this.#tell();
    return this.#position;
  }

  /** Takes out of the whole log what reading the streams does not show any more. Positions stay what they were. */
  scavenge(): void {
    for (const [name, events] of this.#streams) {
      const shown = new Set(this.stream(name));
      const gone = events.filter((event) => !shown.has(event));
      for (const event of gone) {
        this.all.splice(this.all.indexOf(event), 1);
        this.#scavenged.add(event.position);
      }
    }
  }

  /** Whether a record stands there, or stood there once. */
  isPosition(position: bigint): boolean {
    return this.#scavenged.has(position) || this.all[this.indexOf(position)]?.position === position;
  }

  /** Index in `all` of the first record at or after a position. */
  indexOf(position: bigint): number {
    let [low, high] = [0, this.all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.all[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Calls back after every write. @returns how to end that */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Writes other bytes over the data of an event, as a fault of a disk or a hand at the files would. */
  overwrite(stream: string, revision: number, data: string): void {
    const event = this.#streams.get(stream)![revision]!;
    const changed = { ...event, data: new TextEncoder().encode(data) };
    this.#streams.get(stream)![revision] = changed;
    this.all[this.all.indexOf(event)] = changed;
  }

  #add(stream: string, revision: bigint, to: Stored[], event: Proposed): Stored {
    // Positions are places in a file: they are not dense.
    const position = this.#position + BigInt(86 + event.data.length + event.metadata.length);
    const stored: Stored = { ...event, position, stream, revision };
    this.#position = position;
    to.push(stored);
    this.all.push(stored);
    return stored;
  }

  #metadata(stream: string): { readonly $maxCount?: unknown } {
    const last = this.#streams.get(`$$${stream}`)?.at(-1);
    return last ? (JSON.parse(new TextDecoder().decode(last.data)) as object) : {};
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
