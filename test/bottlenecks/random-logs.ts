import fc from 'fast-check';
import type { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { GivenLogs } from '../external-logs/given-logs.ts';

/** Times are hours since the log began. */
export interface LoggedEvent {
  readonly id: string;
  readonly activity: string;
  readonly start: number;
  readonly end: number;
  /** When the log says that it starts, if that is after it ends. */
  readonly told?: number;
}

export const ACTIVITIES = ['a', 'b', 'c', 'd'] as const;
export const HOURS = 40;

/** In every log: one case that has all activities, at its first moment. */
const FIRST: readonly LoggedEvent[] = ACTIVITIES.map((activity) => ({ id: 'first', activity, start: 0, end: 0 }));

/**
 * Events of some cases over some days, in the order that a log has: by start, completion, and place in the file. Of those that last
 * some are told to start after they complete, which is taken for a start that is not told.
 */
export function anyEvents(lasting: boolean): fc.Arbitrary<readonly LoggedEvent[]> {
  const event = fc.record({
    id: fc.constantFrom('k', 'l', 'm', 'n', 'o'),
    activity: fc.constantFrom(...ACTIVITIES),
    start: fc.integer({ min: 0, max: HOURS }),
    lasts: lasting ? fc.integer({ min: -3, max: 6 }) : fc.constant(0),
  });
  return fc
    .array(event, { minLength: 10, maxLength: 60 })
    .map((events) =>
      [...FIRST, ...events.map(({ lasts, ...one }) => spanOf(one, lasts))].toSorted(
        (one, other) => one.start - other.start || one.end - other.end,
      ),
    );
}

function spanOf(event: Omit<LoggedEvent, 'end'>, lasts: number): LoggedEvent {
  const { start } = event;
  return lasts < 0 ? { ...event, end: start, told: start - lasts } : { ...event, end: start + lasts };
}

export function timeOf(hours: number): string {
  return new Date(Date.UTC(2017, 1, 20) + hours * 3_600_000).toISOString();
}

/** @param attributes of a case, by its id, as further columns */
export async function withLog<T>(
  events: readonly LoggedEvent[],
  ask: (store: AnalyticStore) => Promise<T>,
  attributes: (id: string) => Readonly<Record<string, string>> = () => ({}),
): Promise<T> {
  using logs = new GivenLogs();
  const more = Object.keys(attributes('k')).map((key) => `,case:${key}`);
  const rows = events.map(({ id, activity, start, end, told }) =>
    [id, activity, timeOf(told ?? start), timeOf(end), ...Object.values(attributes(id))].join(),
  );
  await logs.imported('log.csv', `case,activity,start_timestamp,timestamp${more.join('')}\n${rows.join('\n')}\n`);
  await using store = await logs.store();
  return await ask(store);
}
