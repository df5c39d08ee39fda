import { jsonEvent } from '@eventstore/db-client';
import type { LogOnServer } from './opening.ts';
import { isOfType } from './server-faults.ts';
import type { ServerStreams } from './server-streams.ts';
import { ERASED_STREAM } from './stream-names.ts';

/** Which key streams are erased: a tombstone ends each, and their names stand in a stream of our own. */
export class Erasures {
  readonly #log: LogOnServer;
  readonly #streams: ServerStreams;
  readonly #listed = new Set<string>();
  readonly #ended = new Set<string>();
  /** Revision in the list up to which it was read, exclusive. */
  #listRead = 0n;

  constructor(log: LogOnServer, streams: ServerStreams) {
    this.#log = log;
    this.#streams = streams;
  }

  /** As far as it is known. */
  has(stream: string): boolean {
    return this.#listed.has(stream) || this.#ended.has(stream);
  }

  /** Its tombstone was seen. */
  saw(stream: string): void {
    this.#ended.add(stream);
  }

  /** Reads what was listed since. */
  async readList(endsAtMs?: number): Promise<void> {
    for (const { data, revision } of await this.#streams.readOwn(ERASED_STREAM, this.#listRead, endsAtMs)) {
      const { stream } = data as { stream?: unknown };
      if (typeof stream === 'string') this.#listed.add(stream);
      if (revision >= this.#listRead) this.#listRead = revision + 1n;
    }
  }

  /**
   * Listed first: whoever is cut off in between leaves a stream that is not read with the others any more, and is found not to be
   * erased when it is looked at, instead of one that is erased and still read with the others.
   * @param endsAtMs when patience ends, over all calls that it takes
   */
  async erase(stream: string, endsAtMs: number): Promise<void> {
    const { server, names } = this.#log;
    await this.#list(stream, endsAtMs);
    try {
      await server.call((client, options) => client.tombstoneStream(names.onServer(stream), options), endsAtMs);
    } catch (error) {
      if (!isOfType(error, 'stream-deleted')) throw this.#streams.fault(error, stream);
    }
    this.#streams.heads.forget(stream);
    this.#ended.add(stream);
  }

  async #list(stream: string, endsAtMs: number): Promise<void> {
    const { server, names } = this.#log;
    await this.readList(endsAtMs);
    if (this.#listed.has(stream)) return;
    const event = jsonEvent({ type: 'StreamErased', data: { stream } });
    await server.call(
      (client, options) => client.appendToStream(names.onServer(ERASED_STREAM), event, options),
      endsAtMs,
    );
    this.#listed.add(stream);
  }
}
