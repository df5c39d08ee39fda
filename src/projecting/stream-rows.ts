import type { KnownReference } from './known-reference.ts';
import {
  ALWAYS,
  Intervals,
  keyedRows,
  tableShape,
  type KeyedRow,
  type KnownRow,
  type TableShape,
} from './known-rows.ts';
import type { KnownStream } from './known-stream.ts';
import type { Open, Projection } from './projection.ts';
import { checkDefinition } from './view-definition.ts';
import { reasonOf, type ParkedStream } from './view-store.ts';

/** A projection with what the engine needs to know of it, worked out once. */
export interface View<History, Reference> {
  readonly projection: Projection<History, Reference>;
  readonly shapes: readonly TableShape[];
}

/** @throws TypeError for a mistake in its declaration */
export function viewOf<History, Reference>(projection: Projection<History, Reference>): View<History, Reference> {
  checkDefinition(projection);
  return { projection, shapes: Object.entries(projection.tables).map(([name, table]) => tableShape(name, table)) };
}

/** A day on which rows may change: the stream or the reference facts got events. */
export interface Moment {
  readonly day: string;
  /** Number of events known by the end of the day, and of the day before. */
  readonly count: number;
  readonly before: number;
  /** Place in the days of the reference facts. */
  readonly reference: number;
}

/** All days on which rows of the stream may change, ascending; worked out when first asked for. */
export function momentsOf<Reference>(
  stream: Pick<KnownStream<unknown>, 'days'>,
  reference: KnownReference<Reference>,
): () => readonly Moment[] {
  let moments: readonly Moment[] | undefined;
  return () => (moments ??= workedOutMoments(stream, reference));
}

function workedOutMoments<Reference>(
  stream: Pick<KnownStream<unknown>, 'days'>,
  reference: KnownReference<Reference>,
): readonly Moment[] {
  const moments: Moment[] = [];
  const referenceDays = reference.days;
  const first = stream.days[0];
  if (first === undefined) return moments;
  let place = reference.indexOn(first.day);
  let before = 0;
  for (let index = 0; index < stream.days.length; index++) {
    const { day, count } = stream.days[index]!;
    while (place + 1 < referenceDays.length && referenceDays[place + 1]! < day) {
      place++;
      moments.push({ day: referenceDays[place]!, count: before, before, reference: place });
    }
    if (referenceDays[place + 1] === day) place++;
    moments.push({ day, count, before, reference: place });
    before = count;
  }
  while (++place < referenceDays.length) {
    moments.push({ day: referenceDays[place]!, count: before, before, reference: place });
  }
  return moments;
}

interface DayRows {
  readonly tables: readonly (readonly KeyedRow[])[];
  /** Set if not all that was known could be worked out: how many events are in the rows, and what went wrong after them. */
  readonly failed: { readonly count: number; readonly error: unknown } | null;
}

/**
 * The rows of one stream from a day on, in canonical form: a pure function of its events and of the reference facts known by
 * each day. Where the events of a day cannot be worked out, the longest part of them that can counts; if there is none, the
 * rows of the day before stand. The stream is parked if that is so on its last day.
 * @param momentsOfStream asked only where days matter
 */
export function rowsOfStream<History, Reference>(
  { projection, shapes }: View<History, Reference>,
  stream: KnownStream<History>,
  reference: KnownReference<Reference>,
  momentsOfStream: () => readonly Moment[],
  fromDay: string,
  open: Open,
): { readonly tables: readonly (readonly KnownRow[])[]; readonly parked: ParkedStream | null } {
  const all = stream.events.length;
  if (shapes.every(({ daily }) => !daily) && all > 0) {
    try {
      const tables = tablesOf(all, reference.days.length - 1);
      return { tables: tables.map((rows) => rows.map((row) => ({ ...row, from: ALWAYS, until: null }))), parked: null };
    } catch {
      // How far it goes is a matter of days.
    }
  }
  const moments = momentsOfStream();
  const known: DayRows[] = [];

  function tablesOf(count: number, place: number): readonly (readonly KeyedRow[])[] {
    const rows = projection.rows(stream.history(count), reference.at(place), open);
    for (const table in rows) if (!(table in projection.tables)) throw new TypeError(`there is no table ${table}`);
    return shapes.map((shape) => keyedRows(shape, rows[shape.name] ?? []));
  }

  function rowsOn(index: number): DayRows {
    if (index < 0) return { tables: shapes.map(() => []), failed: null };
    return (known[index] ??= workOut(moments[index]!, index));
  }

  function workOut({ count, before, reference: place }: Moment, index: number): DayRows {
    let failed: DayRows['failed'] = null;
    for (let tried = count; tried > before || tried === count; tried--) {
      try {
        return { tables: tablesOf(tried, place), failed };
      } catch (error) {
        failed = { count: tried - 1, error };
      }
    }
    return { tables: rowsOn(index - 1).tables, failed };
  }

  const last = moments.length - 1;
  const tables = shapes.map((shape, place) => {
    const intervals = new Intervals();
    if (!shape.daily) {
      intervals.at(ALWAYS, rowsOn(last).tables[place]!);
    } else {
      for (let index = lastMomentUpTo(moments, fromDay); index <= last; index++) {
        const { day } = moments[index]!;
        intervals.at(day < fromDay ? fromDay : day, rowsOn(index).tables[place]!);
      }
    }
    return intervals.all();
  });
  return { tables, parked: parkedOf() };

  function parkedOf(): ParkedStream | null {
    let first = last;
    if (rowsOn(first).failed === null) return null;
    while (first > 0 && rowsOn(first - 1).failed !== null) first--;
    const { day, count } = moments[first]!;
    const { failed } = rowsOn(first);
    const revision = Math.min(failed!.count, count - 1);
    const { position, metadata } = stream.events[revision]!;
    const reason = reasonOf(failed!.error);
    const lastRevision = stream.events.at(-1)!.revision;
    return { stream: stream.stream, revision, position, day, since: metadata.recordedAt, reason, lastRevision };
  }
}

/** The moment that says what is known on `day`; the first one if nothing is. */
function lastMomentUpTo(moments: readonly Moment[], day: string): number {
  let index = moments.length - 1;
  while (index > 0 && moments[index]!.day > day) index--;
  return index;
}
