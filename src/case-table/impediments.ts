import { HELD_BY, WAYS, type HeldBy } from '../analytic-store/own-columns.ts';
import { dateOfEpochDay } from '../event-sourcing/days.ts';

/** An impediment as it was reported; days are numbers since 1970-01-01. */
export interface ReportedImpediment {
  readonly code: string;
  readonly owner: string;
  readonly phase: string | null;
  readonly fromDay: number;
  /** Day on which it was resolved; null: it was not. */
  readonly untilDay: number | null;
}

/** Days of a case; null where there is none. */
export interface CaseDays {
  readonly firstDay: number;
  /** Housed, or left without a home. */
  readonly endedDay: number | null;
  readonly closedDay: number | null;
}

/**
 * What an impediment adds to those before it, for each way of putting them together: `Day` is the first day on which it alone holds
 * the case up and `Month` the first month (counted from the year 0) in which no other did; both null where it adds nothing.
 */
type Adds = { readonly [By in HeldBy as `${By}Day` | `${By}Month`]: number | null };

export type LastedImpediment = Adds & {
  /** Until when it holds the case up; null: it still does. */
  readonly heldUntilDay: number | null;
  readonly endedDay: number | null;
  /** Bits of `HELD_BY`: of which it is the first of its case; and the first that holds it up after it was housed or had left. */
  readonly firstOf: number;
  readonly laterOf: number;
};

/**
 * An impediment lasts from the day it is reported until the day it is resolved. One that never was lasts until its case is housed or
 * has left; where it was reported after that, until the case is closed, or until now.
 * @returns one for each, in the same order
 */
export function lastedImpediments(
  reported: readonly ReportedImpediment[],
  { endedDay, closedDay }: Omit<CaseDays, 'firstDay'>,
): readonly LastedImpediment[] {
  const heldUntil = ({ fromDay, untilDay }: ReportedImpediment): number | null => {
    if (untilDay !== null) return untilDay;
    if (endedDay !== null && fromDay < endedDay) return endedDay;
    return closedDay === null ? null : Math.max(closedDay, fromDay);
  };
  const spans = reported.map((one, place) => ({ place, one, from: one.fromDay, until: heldUntil(one) ?? Infinity }));
  spans.sort((a, b) => a.from - b.from || a.until - b.until);
  const lasted: LastedImpediment[] = [];
  const before = new Map<string, Before>();
  for (const { place, one, from, until } of spans) {
    const adds: Partial<Record<keyof Adds, number | null>> = {};
    let firstOf = 0;
    let laterOf = 0;
    for (const by of WAYS) {
      const key = `${by} ${by === 'total' ? '' : one[by]}`;
      const known = before.get(key);
      const { day, month, isLater } = known ?? NOTHING;
      if (known === undefined) firstOf |= HELD_BY[by];
      const first = Math.max(from, day);
      const adding = first < until;
      const later = endedDay !== null && adding && until > endedDay;
      if (later && !isLater) laterOf |= HELD_BY[by];
      adds[`${by}Day`] = adding ? first : null;
      adds[`${by}Month`] = adding ? Math.max(monthOf(from), month) : null;
      const counts = from < until;
      before.set(key, {
        day: counts ? Math.max(day, until) : day,
        month: counts ? Math.max(month, until === Infinity ? until : monthOf(until - 1) + 1) : month,
        isLater: isLater || later,
      });
    }
    const heldUntilDay = until === Infinity ? null : until;
    lasted[place] = { ...(adds as Adds), heldUntilDay, endedDay, firstOf, laterOf };
  }
  return lasted;
}

/** Of those before: until which day they held the case up, the month after the last one, and whether they did so after its end. */
interface Before {
  readonly day: number;
  readonly month: number;
  readonly isLater: boolean;
}
const NOTHING: Before = { day: -Infinity, month: -Infinity, isLater: false };

/** Counted from the year 0. */
function monthOf(day: number): number {
  const date = dateOfEpochDay(day);
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
}

/** What one impediment has of a stretch of days on which the same ones were open. */
export interface Portion {
  readonly code: string;
  readonly owner: string;
  readonly fromDay: number;
  /** Null: it goes on. */
  readonly untilDay: number | null;
  /** As long as the case waits. */
  readonly endedDay: number | null;
  /** Over how many the days are split. */
  readonly among: number;
  /** 1 or 0: whether terms were suspended; first of its code, first of its owner; begins with the case. */
  readonly suspended: number;
  readonly ofCode: number;
  readonly ofOwner: number;
  readonly atStart: number;
}

/** Each day is split equally over the impediments that were open on it: an unresolved one is, whatever becomes of its case. */
export function portionsOf(
  reported: readonly ReportedImpediment[],
  suspensions: readonly Pick<ReportedImpediment, 'fromDay' | 'untilDay'>[],
  { firstDay, endedDay }: CaseDays,
): readonly Portion[] {
  const open = reported.filter(({ fromDay, untilDay }) => untilDay === null || Math.max(fromDay, firstDay) < untilDay);
  if (open.length === 0) return [];
  const moments = [...open, ...suspensions].flatMap(({ fromDay, untilDay }) => [fromDay, untilDay ?? Infinity]);
  const days = [...new Set(moments.map((day) => Math.max(day, firstDay)))].sort((a, b) => a - b);
  const codes = new Set<string>();
  const owners = new Set<string>();
  return days.flatMap((from, index) => {
    const until = days[index + 1];
    if (until === undefined) return [];
    const isOn = ({ fromDay, untilDay }: Pick<ReportedImpediment, 'fromDay' | 'untilDay'>): boolean =>
      fromDay <= from && from < (untilDay ?? Infinity);
    const held = open.filter(isOn);
    return held.map(({ code, owner }) => ({
      code,
      owner,
      fromDay: from,
      untilDay: until === Infinity ? null : until,
      endedDay,
      among: held.length,
      suspended: Number(suspensions.some(isOn)),
      ofCode: isNewIn(codes, code),
      ofOwner: isNewIn(owners, owner),
      atStart: Number(from === firstDay),
    }));
  });
}

function isNewIn(known: Set<string>, name: string): number {
  if (known.has(name)) return 0;
  known.add(name);
  return 1;
}
