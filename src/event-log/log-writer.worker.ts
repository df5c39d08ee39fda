import { BroadcastChannel, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { LogUnavailable } from '../event-sourcing/event-log.ts';
import { crashPoint } from '../event-sourcing/crash-point.ts';
import { channelOf, logIdOf, openToWrite } from './sqlite-file.ts';
import { SqliteLogWriter, type WriterAnswer, type WriterRequest } from './sqlite-log-writer.ts';
import { unpacked } from './writer-message.ts';

/** What the thread is started with. */
export interface WriterThreadData {
  readonly file: string;
  readonly logId: string;
  readonly crashAt?: string | undefined;
  readonly port: MessagePort;
  /** One 32-bit number, counted up and notified after every message. */
  readonly bell: SharedArrayBuffer;
}

/** Requests in one text, or no text: write what came before and end. */
export type ToWriter = string;
/** In the order of the requests. */
export type FromWriter = readonly WriterAnswer[];

/** Larger transactions gain nothing, and make the first of them wait. */
const REQUESTS_PER_COMMIT = 512;
const IDLE_MS = 1_000;

const { file, logId, crashAt, port, bell } = workerData as WriterThreadData;
const db = openToWrite(file);
if (logIdOf(db) !== logId) throw new LogUnavailable(`the event log ${file} was replaced while it was being opened`);
const writer = new SqliteLogWriter(db, crashPoint(crashAt));
const followers = new BroadcastChannel(channelOf(logId));
const rung = new Int32Array(bell);

// Waits by itself instead of in the event loop, whose way to a message takes longer than the rest of the trip.
for (let isClosing = false; !isClosing;) {
  const before = Atomics.load(rung, 0);
  const requests: WriterRequest[] = [];
  while (requests.length < REQUESTS_PER_COMMIT && !isClosing) {
    const message = receiveMessageOnPort(port)?.message as ToWriter | undefined;
    if (message === undefined) break;
    isClosing = message === '';
    if (!isClosing) requests.push(...unpacked(message));
  }
  if (requests.length > 0) write(requests);
  else if (!isClosing && Atomics.wait(rung, 0, before, IDLE_MS) === 'timed-out') writer.checkpointIfDue(true);
}
writer.close();
followers.close();
port.close();

function write(requests: readonly WriterRequest[]): void {
  const answers: FromWriter = writer.write(requests);
  port.postMessage(answers);
  if (answers.some((answer) => typeof answer === 'number')) followers.postMessage(0);
  writer.checkpointIfDue(false);
}
