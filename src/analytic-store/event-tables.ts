/** Raised when a table changes, or what stands in it: a store of another format is made anew. */
export const STORE_FORMAT = 10;

/**
 * The tables both sources share. `event` is given; the others are worked out of it when it is loaded (`derived-tables.ts`), so
 * that no question orders events. Times are UTC; a log without time zones has its own clock in them. Durations are whole
 * microseconds, `working_us` those on working days.
 *
 * Of external logs a case is one row of `cases`. Own cases are known from a day until before another (days since 1970-01-01): a
 * case keeps its `case_no`, but has a row in `cases` for every stretch of days in which nothing new became known of it, and its
 * events, steps and repetitions say on which days they were known. `superseded_*` hold what is no longer known, so that it costs
 * today's questions nothing.
 */
export function createTablesSql(): string {
  const versioned = Object.entries(TABLES).flatMap(([name, columns]) => [
    `create table ${name} (${columns});`,
    `create table superseded_${name} (${columns});`,
  ]);
  return [
    'create table log (key varchar primary key, value varchar not null);',
    'create table activity (activity integer not null, name varchar not null);',
    'create table resource (resource integer not null, name varchar not null);',
    'create table edge (edge integer not null, from_activity integer not null, to_activity integer not null);',
    'create table variant (variant integer not null, activities integer[] not null);',
    // Attributes stand in columns of their own: c0, c1, … of cases, e0, e1, … of events.
    'create table attribute (column_name varchar not null, of_case boolean not null, key varchar not null);',
    ...versioned,
    `insert into log values ('format', '${STORE_FORMAT}');`,
  ].join('\n');
}

/** From the first day there is, until the last. */
export const ALWAYS = { from: -719_528, until: 2_932_896 } as const;

/** Attributes of own cases that are dates, and stand as such; all others, and those of external logs, are texts. */
const OWN_DATES: readonly string[] = ['permitGrantedOn', 'housedOn', 'censoredOn', 'dueOn'];

export function isOwnDate(attribute: string): boolean {
  return OWN_DATES.includes(attribute);
}

const TABLES = {
  cases: `
    case_no integer not null, id varchar not null, known_from integer not null, known_until integer not null,
    events integer not null, variant integer not null, first_activity integer not null, last_activity integer not null,
    -- The first start, the last completion, and since when the case has stood in its last activity.
    started timestamp not null, completed timestamp not null, entered timestamp not null,
    -- When the last event of the sequence completed; an earlier one may have taken longer.
    last_completed timestamp not null, working_us bigint not null`,
  // Position from 0 within its case. No event starts after it completes.
  event: `
    case_no integer not null, position integer not null, activity integer not null, resource integer,
    started timestamp not null, completed timestamp not null`,
  /**
   * Two events that follow each other directly, and the wait between them. Numbers of slices divide steps by duration: one of a
   * lower slice takes no longer than one of a higher. Percentiles are counted by slice first, so that only the few slices in
   * which they lie are looked into. A step recurs if its case has (or had) another between the same two activities. Of external
   * logs, a step to another activity ends a stay: from the start of the first of some events of the one, that follow each other
   * directly, to the start of the other.
   */
  step: `
    case_no integer not null, position integer not null, edge integer not null, recurs boolean not null,
    from_resource integer, to_resource integer, departed timestamp not null, arrived timestamp not null,
    us bigint not null, slice integer not null, working_us bigint not null, working_slice integer not null,
    stay_us bigint, stay_slice integer`,
  // An activity that stands more than once in a case: how often, directly after itself, after another, and the time it took.
  repeat: `
    case_no integer not null, activity integer not null, times integer not null,
    self_loops integer not null, repetitions integer not null, us bigint not null`,
} as const;

export type EventTable = keyof typeof TABLES;
export const EVENT_TABLES = Object.keys(TABLES) as readonly EventTable[];

export function isEventTable(table: string): table is EventTable {
  return Object.hasOwn(TABLES, table);
}
