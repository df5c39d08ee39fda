import { setTimeout as sleep } from 'node:timers/promises';
import { LogCopy } from '../event-log/log-copy.ts';
import { isDamaged } from '../event-log/sqlite-errors.ts';
import { CopyOfAnother } from '../event-log/sqlite-file.ts';
import { LogUnavailable, StreamDamaged, StreamErased, type EventLog } from '../event-sourcing/event-log.ts';
import { isBefore, type Position } from '../event-sourcing/event.ts';
import { backOffMs } from '../projecting/patience.ts';

/** How the copy stands to its log. */
export interface CopyStatus {
  /** Since when it has not been at the end of the log, by the machine's clock (ms); null: it is. */
  readonly behindSinceMs: number | null;
  /** Why it can't be kept up at the moment. */
  readonly failure: string | null;
}

export interface CopyListener {
  /** Something was written that can be read. */
  moved(): void;
  /** Key streams were erased, here or by another node. */
  erased(streams: readonly string[]): void;
  /** At every look at the end of the log. */
  status(status: CopyStatus): void;
}

export interface KeeperTimes {
  /** Between looks at the end of the log. */
  readonly lookMs: number;
  /** Behind for so long without a move, following begins anew: something on the way may have fallen asleep. */
  readonly stalledMs: number;
}

const MISFIT =
  'the event log is not the one that this server has read: an older copy of it may have come back; start the server again';
const TIMES: KeeperTimes = { lookMs: 1_000, stalledMs: 15_000 };

/** Keeps the copy of a log up with it, and never gives up: what ends or fails begins anew where the copy ends. */
export class CopyKeeper {
  private readonly log: EventLog;
  private readonly copy: LogCopy;
  private readonly listener: CopyListener;
  private readonly times: KeeperTimes;
  private readonly stopping = new AbortController();
  /** Aborted when following must begin anew. */
  private following = new AbortController();
  private running: Promise<unknown> = Promise.resolve();
  /** Up to where nothing is missing: at or after the copy's last event. */
  private reached: Position | undefined;
  private movedAtMs = Date.now();
  private behindSinceMs: number | null = null;
  private misfit: string | null = null;
  private followFailure: string | null = null;
  private lookFailure: string | null = null;

  private constructor(log: EventLog, copy: LogCopy, listener: CopyListener, times: KeeperTimes) {
    this.log = log;
    this.copy = copy;
    this.listener = listener;
    this.times = times;
    this.reached = copy.head();
  }

  /**
   * Goes on with the copy in `file` if it fits the log, else begins anew.
   * @param isRead there are readers of it: they would go on with the file that was removed, so it is not made anew
   * @throws LogUnavailable
   */
  static async open(
    log: EventLog,
    file: string,
    listener: CopyListener,
    { isRead = false, times = TIMES }: { readonly isRead?: boolean; readonly times?: KeeperTimes } = {},
  ): Promise<CopyKeeper> {
    let copy = isRead ? LogCopy.open({ file, logId: log.id }) : openOrAnew(file, log.id);
    try {
      if (!(await fits(copy, log))) {
        if (isRead) throw new LogUnavailable(MISFIT);
        copy.close();
        LogCopy.remove(file);
        copy = LogCopy.open({ file, logId: log.id });
      }
      return new CopyKeeper(log, copy, listener, times);
    } catch (error) {
      copy.close();
      throw error;
    }
  }

  /** Reads all that stands in the log by now. @param onProgress events read, of about so many */
  async catchUp(onProgress: (events: number, of: number) => void): Promise<void> {
    const missing = (await this.log.count()) - this.copy.count();
    const signal = this.stopping.signal;
    let events = 0;
    await this.copy.fill(
      (from) => this.log.readAll({ ...from, signal, onErased: this.erase }),
      (written) => {
        this.moved();
        events += written;
        onProgress(events, Math.max(events, missing));
      },
    );
  }

  start(): void {
    this.running = Promise.all([this.follow(), this.look()]);
  }

  /** Erases a key stream at once, for the node that erased it. */
  readonly erase = (stream: string): void => {
    this.copy.erase(stream);
    this.listener.erased([stream]);
  };

  async stop(): Promise<void> {
    this.stopping.abort();
    this.following.abort();
    await this.running;
    this.copy.close();
  }

  private async follow(): Promise<void> {
    const { signal: stopped } = this.stopping;
    for (let failures = 0; !stopped.aborted; failures++) {
      this.following = new AbortController();
      const signal = AbortSignal.any([stopped, this.following.signal]);
      try {
        await this.mustFit();
        await this.copy.fill(
          (from) => this.log.follow({ ...from, signal, onErased: this.erase }),
          () => {
            this.moved();
            failures = 0;
            this.followFailure = null;
          },
        );
      } catch (error) {
        if (!stopped.aborted) this.followFailure = reasonOf(error);
      }
      await sleep(backOffMs(failures + 1), undefined, { signal: stopped }).catch(() => {});
    }
  }

  private async mustFit(): Promise<void> {
    this.misfit = this.copy.head() === undefined || (await fits(this.copy, this.log)) ? null : MISFIT;
    if (this.misfit === null) return;
    this.following.abort();
    throw new LogUnavailable(this.misfit);
  }

  private moved(): void {
    this.reached = this.copy.head();
    this.movedAtMs = Date.now();
    this.listener.moved();
  }

  private async look(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.lookAtEnd();
        this.lookFailure = null;
      } catch (error) {
        this.lookFailure = reasonOf(error);
      }
      this.listener.status({
        behindSinceMs: this.behindSinceMs,
        failure: this.misfit ?? this.followFailure ?? this.lookFailure,
      });
      await sleep(this.times.lookMs, undefined, { signal }).catch(() => {});
    }
  }

  private async lookAtEnd(): Promise<void> {
    this.copy.finishErasures();
    // The engine follows through a change of servers by itself: only looking finds out that they hold an older state.
    await this.mustFit();
    const head = await this.log.head();
    if (head !== undefined && isBefore(this.reached, head) && (await this.isNothingUpTo(head))) {
      // What lies there is not read any more: keys that were erased.
      if (isBefore(this.reached, head)) this.reached = head;
    }
    if (head === undefined || !isBefore(this.reached, head)) {
      this.behindSinceMs = null;
      this.followFailure = null;
      return;
    }
    const nowMs = Date.now();
    this.behindSinceMs ??= nowMs;
    if (nowMs - Math.max(this.behindSinceMs, this.movedAtMs) < this.times.stalledMs) return;
    this.movedAtMs = nowMs;
    this.following.abort();
  }

  private async isNothingUpTo(until: Position): Promise<boolean> {
    const after = this.reached === undefined ? {} : { after: this.reached };
    for await (const batch of this.log.readAll({ ...after, until, batchSize: 1 })) {
      if (batch.length > 0) return false;
    }
    return true;
  }
}

function openOrAnew(file: string, logId: string): LogCopy {
  try {
    return LogCopy.open({ file, logId });
  } catch (error) {
    if (!(error instanceof CopyOfAnother || isDamaged((error as Error).cause))) throw error;
    LogCopy.remove(file);
    return LogCopy.open({ file, logId });
  }
}

/** Whether the last event of the copy stands in the log as it stands in the copy: an older copy of the log may have come back. */
async function fits(copy: LogCopy, log: EventLog): Promise<boolean> {
  const last = copy.lastEvent();
  if (last === undefined) return copy.head() === undefined;
  const { stream, revision } = last;
  try {
    const [event] = await log.readStream(stream, { from: revision, until: revision });
    return event !== undefined && event.position === last.position && event.hash === last.hash;
  } catch (error) {
    // Erased since the copy was last kept, or damaged: that alone is no other log.
    if (error instanceof StreamErased || error instanceof StreamDamaged) return true;
    throw error;
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown fault';
}
