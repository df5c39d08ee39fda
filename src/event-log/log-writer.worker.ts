import { BroadcastChannel, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
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
}

/** Requests in one text, or no text: write what came before and end. */
export type ToWriter = string;
/** In the order of the requests. */
export type FromWriter = readonly WriterAnswer[];

/** Larger transactions gain nothing, and make the first of them wait. */
const REQUESTS_PER_COMMIT = 512;
const IDLE_MS = 1_000;

const port = parentPort!;
const { file, logId, crashAt } = workerData as WriterThreadData;
const db = openToWrite(file);
if (logIdOf(db) !== logId) throw new LogUnavailable(`the event log ${file} was replaced while it was being opened`);
const writer = new SqliteLogWriter(db, crashPoint(crashAt));
const followers = new BroadcastChannel(channelOf(logId));
let idle: NodeJS.Timeout | undefined;

port.on('message', (first: ToWriter) => {
  const requests: WriterRequest[] = [];
  let isClosing = false;
  for (let message: ToWriter | undefined = first; message !== undefined; message = nextMessage()) {
    isClosing = message === '';
    if (isClosing) break;
    requests.push(...unpacked(message));
    if (requests.length >= REQUESTS_PER_COMMIT) break;
  }
  if (requests.length > 0) write(requests);
  if (isClosing) close();
});

function nextMessage(): ToWriter | undefined {
  return receiveMessageOnPort(port)?.message as ToWriter | undefined;
}

function write(requests: readonly WriterRequest[]): void {
  clearTimeout(idle);
  const answers: FromWriter = writer.write(requests);
  port.postMessage(answers);
  if (answers.some((answer) => typeof answer === 'number')) followers.postMessage(0);
  writer.checkpointIfDue(false);
  idle = setTimeout(() => writer.checkpointIfDue(true), IDLE_MS).unref();
}

function close(): void {
  clearTimeout(idle);
  writer.close();
  followers.close();
  port.close();
}
