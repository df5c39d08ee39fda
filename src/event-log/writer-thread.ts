import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { LogBusy, LogUnavailable } from '../event-sourcing/event-log.ts';
import { reasonOf } from './sqlite-errors.ts';
import type { FromWriter, ToWriter, WriterThreadData } from './log-writer.worker.ts';
import type { WriterAnswer, WriterRequest } from './sqlite-log-writer.ts';
import { packed } from './writer-message.ts';

/** Where appends and erasures go: a thread of its own, or (in memory) straight on. */
export interface Writing {
  /** @throws LogBusy · LogUnavailable */
  send(request: WriterRequest): Promise<WriterAnswer>;
  /** Requests not yet answered. */
  readonly waiting: number;
  /** Ends when all that was sent is answered. */
  close(): Promise<void>;
}

const MOST_WAITING = 8_192;
const MOST_WAITING_CHARACTERS = 64 * 1024 * 1024;
/** Sent on as soon as so many wait, so that the writer begins while others are still being made. */
const REQUESTS_PER_MESSAGE = 256;

interface Waiting {
  readonly characters: number;
  readonly resolve: (answer: WriterAnswer) => void;
  readonly reject: (error: LogUnavailable) => void;
}

/** The near end of the writer's thread: a bounded queue. Answers come back in the order of the requests. */
export class WriterThread implements Writing {
  readonly #worker: Worker;
  /** A channel of its own: the one that comes with a worker passes every message on twice. */
  readonly #port: MessagePort;
  readonly #bell = new Int32Array(new SharedArrayBuffer(4));
  readonly #file: string;
  readonly #onWritten: () => void;
  readonly #exited: Promise<void>;
  /** Answered from the front; `#answered` of them are done and not yet dropped. */
  #waiting: Waiting[] = [];
  #answered = 0;
  #characters = 0;
  #outbox: WriterRequest[] = [];
  #failure: LogUnavailable | undefined;

  constructor(data: Omit<WriterThreadData, 'port' | 'bell'>, onWritten: () => void) {
    this.#file = data.file;
    this.#onWritten = onWritten;
    const url = new URL(
      import.meta.url.endsWith('.ts') ? './log-writer.worker.ts' : './log-writer.worker.js',
      import.meta.url,
    );
    const { port1, port2 } = new MessageChannel();
    const workerData: WriterThreadData = { ...data, port: port2, bell: this.#bell.buffer };
    this.#worker = new Worker(url, { workerData, transferList: [port2] });
    this.#port = port1;
    this.#port.on('message', (answers: FromWriter) => this.#take(answers));
    this.#worker.on('error', (cause) => this.#fail(cause));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        // The thread's last answers can be overtaken by the news of its end.
        for (let last = receiveMessageOnPort(port1); last; last = receiveMessageOnPort(port1)) {
          this.#take(last.message as FromWriter);
        }
        this.#fail(undefined);
        resolve();
      });
    });
    // A log that is merely open keeps no process alive; an append under way does.
    this.#worker.unref();
    this.#port.unref();
  }

  get waiting(): number {
    return this.#waiting.length - this.#answered;
  }

  send(request: WriterRequest): Promise<WriterAnswer> {
    if (this.#failure) return Promise.reject(this.#failure);
    const characters = 'erase' in request ? 0 : request.events.reduce((sum, text) => sum + text.length, 0);
    if (this.waiting >= MOST_WAITING || this.#characters + characters > MOST_WAITING_CHARACTERS) {
      return Promise.reject(new LogBusy(`${this.waiting} appends are waiting to be written; try again`));
    }
    if (this.waiting === 0) this.#port.ref();
    this.#characters += characters;
    const answered = new Promise<WriterAnswer>((resolve, reject) => {
      this.#waiting.push({ characters, resolve, reject });
    });
    this.#outbox.push(request);
    if (this.#outbox.length >= REQUESTS_PER_MESSAGE) this.#flush();
    // After all promises that are being answered now, so that their appends travel together.
    else if (this.#outbox.length === 1) process.nextTick(() => this.#flush());
    return answered;
  }

  async close(): Promise<void> {
    this.#flush();
    this.#worker.ref();
    this.#post('');
    await this.#exited;
  }

  #flush(): void {
    if (this.#outbox.length === 0) return;
    this.#post(packed(this.#outbox));
    this.#outbox = [];
  }

  #post(message: ToWriter): void {
    this.#port.postMessage(message);
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  #take(answers: FromWriter): void {
    let isWritten = false;
    for (const answer of answers) {
      const { characters, resolve } = this.#waiting[this.#answered++]!;
      this.#characters -= characters;
      if (typeof answer === 'number') isWritten = true;
      resolve(answer);
    }
    if (this.waiting === 0) this.#port.unref();
    if (this.#answered > 1_000 || this.waiting === 0) {
      this.#waiting.splice(0, this.#answered);
      this.#answered = 0;
    }
    if (isWritten) this.#onWritten();
  }

  #fail(cause: unknown): void {
    this.#failure ??= new LogUnavailable(
      cause === undefined ? `the writer of the event log ${this.#file} has ended` : reasonOf(cause),
      { cause },
    );
    for (const { reject } of this.#waiting.splice(0).slice(this.#answered)) reject(this.#failure);
    this.#answered = 0;
  }
}
