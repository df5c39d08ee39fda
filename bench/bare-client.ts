import {
  EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  streamNameFilter,
  type JSONEventType,
} from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import type { NewEvent, Position } from '../src/event-sourcing/event.ts';

/** What one would write with the client alone: no hashes, no retries, no look at what is read. */
export class BareClient {
  readonly #client: EventStoreDBClient;
  readonly #credentials: { readonly username: string; readonly password: string };
  readonly #prefix = `bare${randomUUID().replaceAll('-', '')}.`;

  constructor(connectionString: string) {
    this.#client = EventStoreDBClient.connectionString(connectionString);
    const [, username = 'nobody', password = 'nothing'] = /\/\/([^:@/]+):([^@]+)@/.exec(connectionString) ?? [];
    this.#credentials = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  }

  /** On the path that the product takes, where credentials are given, or on the client's own choice. @returns the revision */
  async append(stream: string, after: number | undefined, event: NewEvent, path: 'plain' | 'batch'): Promise<number> {
    const proposed = jsonEvent<JSONEventType>({
      id: event.id,
      type: event.type,
      data: event.data,
      metadata: { hash: HASH, id: event.id, metadata: event.metadata },
    });
    const { nextExpectedRevision } = await this.#client.appendToStream(this.#prefix + stream, proposed, {
      expectedRevision: after === undefined ? NO_STREAM : BigInt(after),
      ...(path === 'plain' ? { credentials: this.#credentials, deadline: 10_000 } : {}),
    });
    return Number(nextExpectedRevision);
  }

  /** Events of streams with a prefix, from a position to the end. @returns how many */
  async readAll(prefix: string, from: Position): Promise<number> {
    let events = 0;
    const reading = this.#client.readAll({
      direction: FORWARDS,
      fromPosition: positionAt(from),
      maxCount: Number.MAX_SAFE_INTEGER,
      credentials: this.#credentials,
    });
    for await (const { event } of reading) if (event?.streamId.startsWith(prefix)) events++;
    return events;
  }

  /** So many of them, by a subscription that filters. */
  async catchUp(prefix: string, from: Position, events: number): Promise<void> {
    const subscription = this.#client.subscribeToAll({
      fromPosition: positionAt(from),
      filter: streamNameFilter({ prefixes: [prefix] }),
      credentials: this.#credentials,
    });
    let left = events;
    for await (const _ of subscription) if (--left <= 0) break;
    await subscription.unsubscribe().catch(() => {});
  }

  close(): Promise<void> {
    return this.#client.dispose();
  }
}

const HASH = 'a1b2c3d4'.repeat(8);

function positionAt(position: Position): { commit: bigint; prepare: bigint } {
  return { commit: BigInt(position), prepare: BigInt(position) };
}
