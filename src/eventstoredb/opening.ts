import { randomUUID } from 'node:crypto';
import { FORWARDS, jsonEvent, NO_STREAM, START } from '@eventstore/db-client';
import { LogUnavailable, NoLog } from '../event-sourcing/event-log.ts';
import { readConnectionString } from './connection-string.ts';
import { connectionFault, isAccessFault, isOfType, lastingFault } from './server-faults.ts';
import { lastRecord, readServerStream } from './server-readings.ts';
import { Server, USUAL_PATIENCE, type Patience } from './server.ts';
import { positionOf } from './stored-event.ts';
import { LOG_STREAM, StreamNames } from './stream-names.ts';

export interface Opening {
  readonly connectionString: string;
  /** `write` begins the log if need be; any number of nodes may write. */
  readonly mode: 'write' | 'read';
  readonly patience?: Partial<Patience>;
}

/** A log where it was found, or begun. */
export interface LogOnServer {
  readonly id: string;
  readonly server: Server;
  readonly names: StreamNames;
  /** Position of the log's own first event. */
  readonly begin: bigint;
}

/** @throws NoLog (to read) · LogUnavailable what is wrong with the connection string, the server, its certificate, the user */
export async function openOnServer({ connectionString, mode, patience }: Opening): Promise<LogOnServer> {
  const connection = readConnectionString(connectionString);
  const lasting = await lastingFault(connection);
  if (lasting !== undefined) throw new LogUnavailable(`the event log cannot be opened: ${lasting}`);
  const server = new Server(connection, { ...USUAL_PATIENCE, ...patience });
  try {
    const log = await findOrBegin(server, connection.prefix, mode);
    // Whether all may be read is better known now than at the first reading.
    await lastRecord(server);
    return log;
  } catch (error) {
    server.close();
    if (!(error instanceof Error)) throw error;
    const cause = error instanceof LogUnavailable ? error.cause : error;
    // What we have found out ourselves: there is no log, it is damaged, the server is too old.
    if (cause === undefined) throw error;
    const reason = isAccessFault(cause)
      ? 'the server refuses this user; look at user and password, and that it may read $all, as members of $admins may'
      : await connectionFault(connection);
    throw new LogUnavailable(`the event log at ${server.words} cannot be opened: ${reason}`, { cause });
  }
}

/** Of two nodes that begin a log at once one wins, and the other reads what it began. */
async function findOrBegin(server: Server, prefix: string, mode: Opening['mode']): Promise<LogOnServer> {
  const names = new StreamNames(prefix);
  const name = names.onServer(LOG_STREAM);
  const find = () => readServerStream(server, name, { fromRevision: START, direction: FORWARDS, maxCount: 1 });
  let [first] = await find();
  if (!first) {
    if (mode === 'read')
      throw new NoLog(`there is no event log at ${server.words} yet${prefix && `, under ${prefix}`}`);
    await begin(server, name);
    [first] = await find();
  }
  const { logId } = (first?.data ?? {}) as { logId?: unknown };
  if (!first || typeof logId !== 'string') {
    throw new LogUnavailable(`the event log at ${server.words} is damaged: its first event cannot be read`);
  }
  return { id: logId, server, names, begin: positionOf(first) };
}

async function begin(server: Server, name: string): Promise<void> {
  const event = jsonEvent({ type: 'LogBegun', data: { logId: randomUUID() } });
  try {
    await server.call((client, options) =>
      client.appendToStream(name, event, { expectedRevision: NO_STREAM, ...options }),
    );
  } catch (error) {
    if (!isOfType(error, 'wrong-expected-version')) throw error;
  }
}
