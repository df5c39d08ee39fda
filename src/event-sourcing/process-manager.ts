import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './clock.ts';
import { WrongExpectedHead, type EventLog } from './event-log.ts';
import { comparePositions, streamName, type Json, type NewEvent, type Position, type RecordedEvent } from './event.ts';
import { isPassing } from './passing-faults.ts';
import { CommandRefused, metadataOf } from './transact.ts';

/** Reacts to events with commands. Any node may run it, also twice: its command ids follow from the event. */
export interface ProcessManager {
  /** kebab-case; its checkpoint stands in `checkpoint-<name>`. */
  readonly name: string;
  readonly category: string;
  readonly types: readonly string[];
  /** Sends its commands under `commandId` (and ids derived from it). What is thrown here and does not pass parks the event. */
  react(event: RecordedEvent, commandId: string): Promise<void>;
}

/** An event whose reaction was refused or failed for good: shown to operators, and tried again ever more seldom, and at every start. */
export interface ParkedReaction {
  readonly stream: string;
  readonly revision: number;
  readonly reason: string;
}

export interface Checkpoint {
  /** Everything up to it that the process reacts to is done, or parked; null: nothing yet. */
  readonly position: Position | null;
  readonly parked: readonly ParkedReaction[];
}

export const PROCESS_CHECKPOINTED = 'ProcessCheckpointed';

/** Of a process manager, by its name. */
export function checkpointStream(name: string): string {
  return streamName('checkpoint', name);
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 60 * 60_000;

/** Runs one process manager until `stop`; never gives up on a fault that can pass, never skips one that can't silently. */
export class ProcessRunner {
  private readonly log: EventLog;
  private readonly clock: Clock;
  private readonly process: ProcessManager;
  private readonly onFault: (error: unknown) => void;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private checkpoint: Checkpoint = { position: null, parked: [] };
  private readonly firstRetryMs: number;
  private retryMs: number;
  private retryDue = new AbortController();
  private retryTimer: NodeJS.Timeout | undefined;
  private retryAt: Date | null = null;

  constructor(
    parts: { readonly log: EventLog; readonly clock: Clock; readonly firstRetryMs?: number },
    process: ProcessManager,
    onFault: (error: unknown) => void,
  ) {
    this.log = parts.log;
    this.clock = parts.clock;
    this.process = process;
    this.onFault = onFault;
    this.firstRetryMs = parts.firstRetryMs ?? FIRST_RETRY_MS;
    this.retryMs = this.firstRetryMs;
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.forgetRetry();
  }

  get name(): string {
    return this.process.name;
  }

  /** Up to which event it has reacted, and what it could not do. */
  status(): Checkpoint {
    return this.checkpoint;
  }

  /** When what is parked is tried again, by the machine's clock; null: nothing is parked. */
  get nextRetryAt(): string | null {
    return this.retryAt?.toISOString() ?? null;
  }

  private async run(): Promise<void> {
    const signal = this.stopping.signal;
    let delayMs = FIRST_DELAY_MS;
    while (!signal.aborted) {
      try {
        this.retryDue = new AbortController();
        this.checkpoint = (await this.load()).checkpoint;
        await this.retryParked();
        await this.passQuietHistory();
        const after = this.checkpoint.position ?? undefined;
        const untilRetry = AbortSignal.any([signal, this.retryDue.signal]);
        const categories = [this.process.category];
        for await (const batch of this.log.follow({ categories, after, signal: untilRetry })) {
          for (const event of batch) {
            if (this.process.types.includes(event.type)) await this.handle(event);
            if (signal.aborted) return;
          }
          delayMs = FIRST_DELAY_MS;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.onFault(error);
        await sleep(delayMs, undefined, { signal }).catch(() => undefined);
        delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
      }
    }
  }

  /** Moves the checkpoint over history that asks for nothing, so that a later start needn't read it again. */
  private async passQuietHistory(): Promise<void> {
    const head = await this.log.head();
    if (head === undefined) return;
    const { position } = this.checkpoint;
    if (position !== null && comparePositions(position, head) >= 0) return;
    const categories = [this.process.category];
    const signal = this.stopping.signal;
    for await (const batch of this.log.readAll({ categories, after: position ?? undefined, until: head, signal })) {
      for (const event of batch) {
        if (this.process.types.includes(event.type)) await this.handle(event);
        if (signal.aborted) return;
      }
    }
    await this.save(head, (parked) => parked);
  }

  private async handle(event: RecordedEvent): Promise<void> {
    const refused = await this.react(event);
    await this.settle(event, refused);
    if (refused) this.scheduleRetry(this.firstRetryMs);
  }

  private settle({ position, stream, revision }: RecordedEvent, refused: ParkedReaction | undefined): Promise<void> {
    return this.save(position, (parked) => [
      ...parked.filter((it) => it.stream !== stream || it.revision !== revision),
      ...(refused ? [refused] : []),
    ]);
  }

  private async react(event: RecordedEvent): Promise<ParkedReaction | undefined> {
    try {
      await this.process.react(event, reactionId(this.process.name, event.id));
      return undefined;
    } catch (error) {
      if (isPassing(error)) throw error;
      this.onFault(error);
      return { stream: event.stream, revision: event.revision, reason: reasonOf(error) };
    }
  }

  private async retryParked(): Promise<void> {
    for (const it of this.checkpoint.parked) {
      const event = await this.parkedEvent(it);
      if (!event) continue;
      const refused = await this.react(event);
      // Nothing new is not worth an event each time.
      if (refused?.reason !== it.reason) await this.settle(event, refused);
    }
    if (this.checkpoint.parked.length > 0) this.scheduleRetry(this.retryMs);
    else this.forgetRetry();
  }

  /** Following ends when the time has come, and begins again with what is parked. An earlier time that is set stays. */
  private scheduleRetry(delayMs: number): void {
    const at = new Date(Date.now() + delayMs);
    this.retryMs = delayMs;
    if (this.retryAt !== null && this.retryAt <= at) return;
    clearTimeout(this.retryTimer);
    this.retryAt = at;
    this.retryTimer = setTimeout(() => {
      this.retryAt = null;
      this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
      this.retryDue.abort();
    }, delayMs);
    this.retryTimer.unref();
  }

  private forgetRetry(): void {
    clearTimeout(this.retryTimer);
    this.retryAt = null;
    this.retryMs = this.firstRetryMs;
  }

  /** Undefined if its stream cannot be read: it stays parked. */
  private async parkedEvent({ stream, revision }: ParkedReaction): Promise<RecordedEvent | undefined> {
    try {
      return (await this.log.readStream(stream, { from: revision, until: revision }))[0];
    } catch (error) {
      if (isPassing(error)) throw error;
      this.onFault(error);
      return undefined;
    }
  }

  private async load(): Promise<{ checkpoint: Checkpoint; last: RecordedEvent | undefined }> {
    const last = (await this.log.readStream(this.checkpointStream())).at(-1);
    const checkpoint = last ? (last.data as unknown as Checkpoint) : { position: null, parked: [] };
    return { checkpoint, last };
  }

  /** Another node may have saved meanwhile: the farther position stays, and what it parked stays parked. */
  private async save(
    position: Position,
    parked: (stored: readonly ParkedReaction[]) => readonly ParkedReaction[],
  ): Promise<void> {
    for (;;) {
      const { checkpoint: stored, last } = await this.load();
      const ahead = stored.position !== null && comparePositions(stored.position, position) > 0;
      const merged: Checkpoint = { position: ahead ? stored.position : position, parked: parked(stored.parked) };
      // What another node has saved already is not worth an event.
      const isSaved =
        merged.position === stored.position && JSON.stringify(merged.parked) === JSON.stringify(stored.parked);
      if (last && isSaved) {
        this.checkpoint = merged;
        return;
      }
      const expected = last ? { revision: last.revision, hash: last.hash } : 'no-stream';
      try {
        await this.log.append(this.checkpointStream(), expected, [this.checkpointEvent(merged, last)]);
        this.checkpoint = merged;
        return;
      } catch (error) {
        if (!(error instanceof WrongExpectedHead)) throw error;
      }
    }
  }

  private checkpointStream(): string {
    return checkpointStream(this.process.name);
  }

  private checkpointEvent(checkpoint: Checkpoint, last: RecordedEvent | undefined): NewEvent {
    const id = reactionId(this.process.name, `${last?.id ?? ''} ${JSON.stringify(checkpoint)}`);
    return {
      id,
      type: PROCESS_CHECKPOINTED,
      data: { position: checkpoint.position, parked: checkpoint.parked as unknown as Json },
      metadata: metadataOf(
        {
          actor: this.process.name,
          role: 'PROCESS',
          organisation: 'WOONSPOOR',
          name: 'saveCheckpoint',
          commandId: id,
          correlationId: id,
          causationId: id,
        },
        this.clock.now().toISOString(),
      ),
    };
  }
}

/** It is kept in the log and shown: the message only where it is ours, of a refusal or an error with a code, and so quotes nobody. */
function reasonOf(error: unknown): string {
  if (error instanceof CommandRefused) return error.message;
  if (!(error instanceof Error)) return 'an unknown fault';
  return 'code' in error ? error.message : error.name;
}

/** Command id of a process manager's reaction to an event: the same on every node, at every repeat. */
function reactionId(process: string, eventId: string): string {
  return createHash('sha256').update(`process ${process}\n${eventId}`).digest('hex');
}
