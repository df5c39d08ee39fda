import { STREAM_LEFT_OUT } from '../event-sourcing/catalogue.ts';
import { CodedError } from '../event-sourcing/coded-error.ts';
import type { EventLog, ExpectedHead } from '../event-sourcing/event-log.ts';
import type { JsonObject, NewEvent, RecordedEvent } from '../event-sourcing/event.ts';
import { derivedId, metadataOf } from '../event-sourcing/transact.ts';
import { ORIGIN_STREAM, type CopyingEvent, type LogCopyCompleted } from './copying.events.ts';

/** Recorded when nobody can tell when. */
export const EARLIEST = '1900-01-01T00:00:00.000Z';

/** Why nothing is copied, or no more of it. */
export class CopyRefused extends CodedError {
  constructor(message: string) {
    super('COPY_REFUSED', message);
  }
}

/** A log that is still being copied into: nobody may write it, and what it shows is not all there is. */
export async function isUnfinishedCopy(log: EventLog): Promise<boolean> {
  return (await log.readStream(ORIGIN_STREAM)).at(-1)?.type === 'LogCopyStarted';
}

/** Streams that were left out when this log was copied, or the one that it was copied from. */
export async function leftOutOf(log: EventLog): Promise<readonly string[]> {
  const last = (await log.readStream(ORIGIN_STREAM)).at(-1) as (RecordedEvent & CopyingEvent) | undefined;
  return last?.type === 'LogCopyCompleted' ? (last.data.leftOut ?? []) : [];
}

/** Whether these are all that a copy has of a stream that was left out. */
export function isLeftOut(events: readonly RecordedEvent[]): boolean {
  return events[0]?.type === STREAM_LEFT_OUT;
}

/** What a copying writes on its own account, in the target. */
export class CopyScribe {
  readonly #target: EventLog;
  readonly #sourceLogId: string;
  /** The source's last: a stamp of today would forbid a clock that stands on its last day. */
  readonly #recordedAt: string;

  constructor(target: EventLog, sourceLogId: string, recordedAt: string) {
    this.#target = target;
    this.#sourceLogId = sourceLogId;
    this.#recordedAt = recordedAt;
  }

  /**
   * Marks the target as an unfinished copy. Answers how it was completed, if it was.
   * @throws CopyRefused it holds something else
   */
  async begin(): Promise<LogCopyCompleted['data'] | undefined> {
    const origin = (await this.#target.readStream(ORIGIN_STREAM)) as readonly (RecordedEvent & CopyingEvent)[];
    const [first] = origin;
    if (first === undefined) {
      if ((await this.#target.head()) !== undefined) {
        throw new CopyRefused('the target is not empty, and not an unfinished copy: only a new log can become one');
      }
      await this.write(ORIGIN_STREAM, 'no-stream', {
        type: 'LogCopyStarted',
        data: { sourceLogId: this.#sourceLogId },
      });
      return undefined;
    }
    if (first.type !== 'LogCopyStarted' || first.data.sourceLogId !== this.#sourceLogId) {
      throw new CopyRefused('the target is the copy of another log than the source: only a new log can become one');
    }
    const last = origin.at(-1)!;
    return last.type === 'LogCopyCompleted' ? last.data : undefined;
  }

  async complete({ leftOut = [], ...counted }: LogCopyCompleted['data']): Promise<void> {
    const { revision, hash } = (await this.#target.readStream(ORIGIN_STREAM)).at(-1)!;
    const data = leftOut.length === 0 ? counted : { ...counted, leftOut };
    await this.write(ORIGIN_STREAM, { revision, hash }, { type: 'LogCopyCompleted', data });
  }

  /**
   * Says in a stream's place why it was left out; known since ever, because nobody knows since when what it held was. Repeatable.
   * @throws CopyRefused the target holds it
   */
  async leaveOut(stream: string, reason: string): Promise<void> {
    const events = await this.#target.readStream(stream);
    if (isLeftOut(events)) return;
    if (events.length > 0) {
      throw new CopyRefused(
        `the target holds ${stream}, which was not damaged then: only a new log can become a copy without it`,
      );
    }
    await this.write(stream, 'no-stream', { type: STREAM_LEFT_OUT, data: { reason } }, EARLIEST);
  }

  /** Puts an event in the place of the last one of a latest-only stream. */
  async replaceLatest(stream: string, type: string, data: JsonObject): Promise<void> {
    const last = (await this.#target.readStream(stream)).at(-1);
    const expected = last === undefined ? 'no-stream' : { revision: last.revision, hash: last.hash };
    await this.write(stream, expected, { type, data });
  }

  private async write(
    stream: string,
    expected: ExpectedHead,
    { type, data }: { readonly type: string; readonly data: JsonObject },
    recordedAt = this.#recordedAt,
  ): Promise<void> {
    const id = derivedId(
      this.#sourceLogId,
      `${stream} ${expected === 'no-stream' ? -1 : expected.revision} ${JSON.stringify(data)}`,
    );
    const sender = {
      actor: 'log-copy',
      role: 'PROCESS',
      organisation: 'WOONSPOOR',
      name: 'copyLog',
      commandId: id,
      correlationId: this.#sourceLogId,
      causationId: this.#sourceLogId,
    };
    const event: NewEvent = { id, type, data, metadata: metadataOf(sender, recordedAt) };
    await this.#target.append(stream, expected, [event]);
  }
}
