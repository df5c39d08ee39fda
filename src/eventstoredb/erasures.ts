import { jsonEvent } from '@eventstore/db-client';
import type { LogOnServer } from './opening.ts';
import { isOfType } from './server-faults.ts';
import type { ServerStreams } from './server-streams.ts';
import { ERASED_STREAM } from './stream-names.ts';

/** Which key streams are erased: a tombstone ends each, and their names stand in a stream of our own. */
export class Erasures {
  readonly #log: LogOnServer;
  readonly #streams: ServerStreams;
  readonly #erased = new Set<string>();
  /** Revision in the list up to which it was read, exclusive. */
  #listRead = 0n;

  constructor(log: LogOnServer, streams: ServerStreams) {
    this.#log = log;
    this.#streams = streams;
  }

  /** As far as it is known. */
  has(stream: string): boolean {
    return this.#erased.has(stream);
  }

  /** Its tombstone was seen. */
  saw(stream: string): void {
    this.#erased.add(stream);
  }

  /** Reads what was listed since. */
  async readList(endsAtMs?: number): Promise<void> {
    for (const { data, revision } of await this.#streams.readOwn(ERASED_STREAM, this.#listRead, endsAtMs)) {
      const { stream } = data as { stream?: unknown };
      if (typeof stream === 'string') this.#erased.add(stream);
      if (revision >= this.#listRead) this.#listRead = revision + 1n;
    }
  }

  /** @param endsAtMs when patience ends, over all calls that it takes */
  async erase(stream: string, endsAtMs: number): Promise<void> {
    const { server, names } = this.#log;
    try {
      await server.call((client, options) => client.tombstoneStream(names.onServer(stream), options), endsAtMs);
    } catch (error) {
      if (!isOfType(error, 'stream-deleted')) throw this.#streams.fault(error, stream);
    }
    this.#streams.heads.forget(stream);
    await this.readList(endsAtMs);
    if (this.#erased.has(stream)) return;
    const event = jsonEvent({ type: 'StreamErased', data: { stream } });
    await server.call(
      (client, options) => client.appendToStream(names.onServer(ERASED_STREAM), event, options),
      endsAtMs,
    );
    this.#erased.add(stream);
  }
}
