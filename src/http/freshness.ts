import { Transform } from 'class-transformer';
import { amsterdamDay } from '../event-sourcing/days.ts';
import { positionToken, type Freshness } from '../read-store/views.ts';
import { Shown } from './documentation.ts';
import { Day, Text, Whole } from './fields.ts';

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
  @Day({ description: 'As it was known by the end of this day. Default: now.', optional: true })
  asKnownOn?: string;
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

const SETTLED_AFTER_MS = 15 * 60_000;

/** Whether figures of a day can still change: until a quarter past midnight of the next, or while a case stands still. */
export function isProvisional(asKnownOn: string, now: Date, { parked }: Freshness): boolean {
  const settled = amsterdamDay(new Date(now.getTime() - SETTLED_AFTER_MS).toISOString());
  return parked > 0 || asKnownOn >= settled;
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
