import type { StreamHead } from '../event-sourcing/event-log.ts';

const MOST = 20_000;

/**
 * Where streams ended when they were last read or appended to. The server checks the revision an append builds on, not the hash;
 * an event never changes, so a head that was seen once need not be read again for that.
 */
export class KnownHeads {
  readonly #heads = new Map<string, StreamHead>();

  get(stream: string): StreamHead | undefined {
    return this.#heads.get(stream);
  }

  saw(stream: string, { revision, hash }: StreamHead): void {
    const known = this.#heads.get(stream);
    if (known && known.revision > revision) return;
    this.#heads.delete(stream);
    this.#heads.set(stream, { revision, hash });
    if (this.#heads.size > MOST) this.#heads.delete(this.#heads.keys().next().value!);
  }

  forget(stream: string): void {
    this.#heads.delete(stream);
  }
}
