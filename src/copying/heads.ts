import { hash } from 'node:crypto';
import type { RecordedEvent } from '../event-sourcing/event.ts';

export interface HeadsCounted {
  readonly streams: number;
  readonly events: number;
  /** Lower-case hex, 64 digits. */
  readonly heads: string;
}

const MODULUS = 2n ** 256n;
const DIGITS = 64;

/**
 * Counts streams and events, and adds up a SHA-256 over each stream's name, last revision and last hash, modulo 2²⁵⁶: the same
 * for the same streams in any order (engines give them in different ones), and no larger for more of them.
 */
export class Heads {
  #streams: number;
  #events: number;
  #sum: bigint;

  /** @param earlier what was counted before: goes on from there */
  constructor(earlier?: HeadsCounted) {
    this.#streams = earlier?.streams ?? 0;
    this.#events = earlier?.events ?? 0;
    this.#sum = BigInt(`0x${earlier?.heads ?? '0'}`);
  }

  /** @param events a whole stream, not empty */
  add(events: readonly RecordedEvent[]): void {
    const last = events.at(-1)!;
    this.#streams++;
    this.#events += events.length;
    const own = hash('sha256', JSON.stringify([last.stream, last.revision, last.hash]), 'hex');
    this.#sum = (this.#sum + BigInt(`0x${own}`)) % MODULUS;
  }

  counted(): HeadsCounted {
    return { streams: this.#streams, events: this.#events, heads: this.#sum.toString(16).padStart(DIGITS, '0') };
  }
}
