import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { LogUnavailable } from '../event-sourcing/event-log.ts';
import type { Connection } from './connection-string.ts';
import { asksForNewClient, isAccessFault, isPassingFault, NoAnswer, reasonOf } from './server-faults.ts';

export interface Patience {
  /** For one answer, or the next piece of one. */
  readonly attemptMs: number;
  /** For all attempts together, of all calls that one append or reading takes. */
  readonly totalMs: number;
  /** So long without a word a follower looks whether there is more. */
  readonly silenceMs: number;
}

/** A leader that is frozen is replaced after some 12 seconds. */
export const USUAL_PATIENCE: Patience = { attemptMs: 5_000, totalMs: 25_000, silenceMs: 10_000 };

export interface CallOptions {
  /** Also where the server asks for none: with them the client takes the path that honours deadlines (ADR 0018). */
  readonly credentials: { readonly username: string; readonly password: string };
  readonly deadline: number;
  readonly requiresLeader: true;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2_000;
/** The client's own deadline comes first; this is for what it forgets. */
const GRACE_MS = 500;
const CLOSING_MS = 1_000;

/** The way to the server, which outlives its clients: one that failed is replaced. */
export class Server {
  readonly patience: Patience;
  readonly words: string;
  readonly #connection: Connection;
  readonly #credentials: CallOptions['credentials'];
  #client: Client;
  #replaced = 0;
  #isClosed = false;

  constructor(connection: Connection, patience: Patience) {
    this.patience = patience;
    this.words = connection.words;
    this.#connection = connection;
    this.#credentials = connection.credentials ?? { username: 'nobody', password: 'nothing' };
    this.#client = new Client(connection, patience);
  }

  /** How often the client was replaced. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Readings have no deadline: they may take as long as something comes. */
  get readOptions(): Omit<CallOptions, 'deadline'> {
    return { credentials: this.#credentials, requiresLeader: true };
  }

  /** When patience ends with what begins now, by `performance.now()`. */
  endsAtMs(totalMs: number = this.patience.totalMs): number {
    return performance.now() + totalMs;
  }

  /** Calls until it is answered: nothing may change if it is called twice. @throws LogUnavailable · faults that stay */
  async call<Answer>(
    what: (client: EventStoreDBClient, options: CallOptions) => Promise<Answer>,
    endsAtMs: number = this.endsAtMs(),
  ): Promise<Answer> {
    return this.trying(
      (client, attemptMs) =>
        inTime(what(client, { ...this.readOptions, deadline: Math.ceil(attemptMs) }), attemptMs + GRACE_MS),
      { endsAtMs },
    );
  }

  /**
   * Goes on trying while the fault is one that passes, with growing pauses, as long as patience lasts.
   * @param step is told how long it may take
   * @throws LogUnavailable · faults that stay
   */
  async trying<Answer>(
    step: (client: EventStoreDBClient, attemptMs: number) => Promise<Answer>,
    { endsAtMs, signal }: { readonly endsAtMs: number; readonly signal?: AbortSignal },
  ): Promise<Answer> {
    for (let failures = 0; ;) {
      const leftMs = endsAtMs - performance.now();
      if (leftMs <= 0) throw this.unavailable(new NoAnswer());
      const client = this.#client;
      try {
        return await step(client, Math.min(leftMs, this.patience.attemptMs));
      } catch (error) {
        const delayMs = this.failed(client, error, ++failures);
        if (performance.now() + delayMs > endsAtMs) throw this.unavailable(error);
        await pause(delayMs, undefined, signal ? { signal } : {});
      }
    }
  }

  get client(): EventStoreDBClient {
    return this.#client;
  }

  /**
   * How long to wait before the next attempt.
   * @param failures one after the other, this one included
   * @throws the fault, if it is one that stays
   */
  failed(client: EventStoreDBClient, error: unknown, failures: number): number {
    if (this.#isClosed) throw this.closed();
    if (isAccessFault(error)) throw this.unavailable(error);
    if (!isPassingFault(error)) throw error;
    if (asksForNewClient(error) && client === this.#client) {
      this.#client.shutDown();
      this.#client = new Client(this.#connection, this.patience);
      this.#replaced++;
    }
    return backOffMs(failures);
  }

  unavailable(cause: unknown): LogUnavailable {
    if (cause instanceof LogUnavailable) return cause;
    const reason = isAccessFault(cause)
      ? 'it refuses this user: look at user, password and rights'
      : `it does not answer (${reasonOf(cause)})`;
    return new LogUnavailable(`the event log at ${this.words} is not available: ${reason}`, { cause });
  }

  closed(): LogUnavailable {
    return new LogUnavailable(`the event log at ${this.words} is closed`);
  }

  close(): void {
    this.#isClosed = true;
    this.#client.shutDown();
  }
}

/** After so many failures. Half of it by chance, so that nodes that failed together do not come back together. */
export function backOffMs(failures: number): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));
  return longest / 2 + (Math.random() * longest) / 2;
}

/** A call may hang without end when its connection is taken away under it. */
async function inTime<Answer>(answer: Promise<Answer>, ms: number): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer()), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => {});
  }
}

/** The real client, whose channel can be closed: by itself it only cancels calls, and leaves the connection behind. */
class Client extends EventStoreDBClient {
  #channel: { close(): void } | undefined;
  #isShutDown = false;

  constructor({ hosts, isDiscovered, isSecure, rootCertificate, credentials, client }: Connection, patience: Patience) {
    const settings = {
      // Three rounds over all hosts: our own retries come on top.
      maxDiscoverAttempts: 3,
      discoveryInterval: 100,
      gossipTimeout: 2,
      defaultDeadline: patience.attemptMs,
      ...client,
    };
    const secured = {
      insecure: !isSecure,
      ...(rootCertificate ? { rootCertificate } : {}),
    };
    const [first, ...others] = hosts as unknown as [(typeof hosts)[number], ...typeof hosts];
    if (!isDiscovered) super({ ...settings, endpoint: first }, secured, credentials);
    else if (others.length === 0) super({ ...settings, discover: first }, secured, credentials);
    else super({ ...settings, endpoints: [...hosts] }, secured, credentials);
    const { getChannel, handleError } = this;
    // A call that fails waits for the channel that others are looking for, and nobody looks at what becomes of that: where none
    // is found, it would end the process.
    this.handleError = (...given) => handleError(...given).catch(() => {});
    this.getChannel = async () => {
      const channel = await getChannel();
      if (channel !== this.#channel) {
        this.#channel = channel;
        const close = channel.close.bind(channel);
        // Calls that were just about to begin on it must find it open: an append that does not ends the process, because
        // the client lets go of the error. So what is closed, by us or by the client, is closed a little later.
        channel.close = () => void setTimeout(close, CLOSING_MS).unref();
        if (this.#isShutDown) channel.close();
      }
      return channel;
    };
  }

  /** Takes no new calls; those under way go on to their end. */
  shutDown(): void {
    this.#isShutDown = true;
    this.#channel?.close();
  }
}
