import { Transform } from 'class-transformer';
import type { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { comparePositions, type Position } from '../event-sourcing/event.ts';
import { isSettled } from '../projecting/known-stream.ts';
import { positionToken, type Freshness } from '../read-store/views.ts';
import { Shown } from './documentation.ts';
import { Day, Text, Whole } from './fields.ts';
import type { InputFault } from './problem.ts';

/** A question about what is known now. */
export class Fresh {
  @Text({
    description: 'Position that a command answered: wait (for some seconds) until it is known here.',
    max: 100,
    pattern: /^[0-9A-Za-z-]+:\d+$/,
    says: 'must be a position as a command answered it',
    optional: true,
  })
  minPosition?: string;
}

/** A question that can be asked about what was known on a past day. */
export class FreshOrPast extends Fresh {
  @Day({ description: 'As it was known by the end of this day; not in the future. Default: now.', optional: true })
  asKnownOn?: string;
}

/** What will be known is not known yet. For `RequestPipe`, which asks it of every question. */
export function futureFaults(question: object, clock: Clock): readonly InputFault[] {
  if (!(question instanceof FreshOrPast) || question.asKnownOn === undefined) return [];
  const today = amsterdamDay(clock.now().toISOString());
  if (question.asKnownOn <= today) return [];
  return [
    { in: 'query', location: { name: 'asKnownOn' }, code: 'future', detail: `must not lie after today, ${today}` },
  ];
}

/** A page of a list. */
export class Paged extends Fresh {
  @Text({ description: '`next` of the page before.', max: 2000, optional: true })
  cursor?: string;

  @Whole({ description: 'Largest number of items. Default: 50.', min: 1, max: 200, optional: true })
  @Transform(({ value }) => toNumber(value))
  limit?: number;
}

export const DEFAULT_LIMIT = 50;

/** Query values are texts; what is no number stays what it is, and is refused. */
export function toNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

export function toBoolean(value: unknown): unknown {
  if (value === 'true') return true;
  return value === 'false' ? false : value;
}

/** When a question was asked, and where the log ended then. */
export interface Asked {
  readonly now: Date;
  readonly head: Position | undefined;
}

/** Before the view is read; the time before the head, so that a day is not called settled whose last event was not seen. */
export async function askedNow(log: EventLog, clock: Clock): Promise<Asked> {
  const now = clock.now();
  return { now, head: await log.head() };
}

/** Whether figures of a day can still change: until it is settled and the view has passed it, or while a case stands still. */
export function isProvisional(
  asKnownOn: string,
  { now, head }: Asked,
  { position, recordedAt, parked }: Freshness,
): boolean {
  const isAtHead = head === undefined || (position !== null && comparePositions(position, head) >= 0);
  const isPast = recordedAt !== null && amsterdamDay(recordedAt) > asKnownOn;
  return parked > 0 || !isSettled(asKnownOn, now) || !(isAtHead || isPast);
}

/** How much the answer knows. */
export class FreshnessBody {
  @Shown('text', 'Everything recorded up to here is in the answer; null: nothing is.', { nullable: true })
  position!: string | null;

  @Shown('instant', 'When the last of it was recorded.', { nullable: true })
  recordedAt!: string | null;

  @Shown('whole', 'Number of cases that stand still because an event of theirs cannot be read.')
  parked!: number;
}

export function freshnessOf({ position, recordedAt, parked }: Freshness, logId: string): FreshnessBody {
  return { position: position === null ? null : positionToken(logId, position), recordedAt, parked };
}
