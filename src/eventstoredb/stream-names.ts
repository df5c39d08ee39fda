import { streamNameFilter, type EventStoreDBClient } from '@eventstore/db-client';
import { ERASABLE_CATEGORIES, LATEST_ONLY_CATEGORIES } from '../event-sourcing/event-log.ts';
import { categoryOf } from '../event-sourcing/event.ts';
import { AFTER_NAMESPACE } from './connection-string.ts';

type ServerFilter = Exclude<NonNullable<Parameters<EventStoreDBClient['subscribeToAll']>[0]>['filter'], undefined>;

/** Streams of our own: no stream of the log is called so. */
const OWN = 'woonspoor:';
/** Holds one event, the beginning of the log: its id is the log's. */
export const LOG_STREAM = `${OWN}log`;
/** The names of all erased streams. What was in them stands in the whole log until the server is scavenged. */
export const ERASED_STREAM = `${OWN}erased`;

/** What streams of one log are called on its server, which holds others too. */
export class StreamNames {
  readonly #prefix: string;

  /** @param prefix of all names; '' for none */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  onServer(stream: string): string {
    return this.#prefix + stream;
  }

  /** Of a name on the server. */
  streamOf(name: string): string {
    return name.slice(this.#prefix.length);
  }

  /** Whether the server, we ourselves, or another log there have names like this for other things than streams of the log. */
  isTaken(stream: string): boolean {
    return stream.startsWith('$') || stream.startsWith(OWN) || categoryOf(stream).includes(AFTER_NAMESPACE);
  }

  /** Which names on the server are of these categories of the log; without any: of chained ones. */
  wanted(categories: readonly string[] | undefined): (name: string) => boolean {
    const prefix = this.#prefix;
    return (name) => {
      if (!name.startsWith(prefix)) return false;
      const stream = name.slice(prefix.length);
      if (this.isTaken(stream)) return false;
      const category = categoryOf(stream);
      return categories ? categories.includes(category) : !LATEST_ONLY_CATEGORIES.includes(category);
    };
  }

  /** As `wanted`, as far as the server can tell. */
  filter(categories: readonly string[] | undefined, checkpointReached: () => Promise<void>): ServerFilter {
    if (!categories && this.#prefix === '') return streamNameFilter({ regex: '^[^$]', checkpointReached });
    const prefixes = categories?.map((category) => this.#prefix + category) ?? [this.#prefix];
    return streamNameFilter({ prefixes, checkpointReached });
  }
}

export function isLatestOnly(stream: string): boolean {
  return LATEST_ONLY_CATEGORIES.includes(categoryOf(stream));
}

export function isErasable(stream: string): boolean {
  return ERASABLE_CATEGORIES.includes(categoryOf(stream));
}
