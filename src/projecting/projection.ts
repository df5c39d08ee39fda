import type { RecordedEvent } from '../event-sourcing/event.ts';

export type ColumnType = 'text' | 'integer' | 'real';
export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

/**
 * A table of a view. The engine adds the column `stream` (the case) in front, and to a table that is kept daily
 * `knownFrom` and `knownUntil` (ISO days, Europe/Amsterdam; a row known on day D has knownFrom <= D < knownUntil or null).
 */
export interface Table {
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Columns that tell the rows of one stream (and, in a daily table, one day) apart. */
  readonly key: readonly string[];
  /** `latest`: the present rows only. `daily`: every day's rows, for reading "as known on". */
  readonly keeps: 'latest' | 'daily';
  /** Secondary indexes; created after a rebuild has loaded the rows. */
  readonly indexes?: readonly (readonly string[])[];
}

/**
 * Second stage, for figures about what may stand in more than one stream (a person in two cases): of all rows of `from`
 * with the same value in `per`, the first by `orderBy` (ties: by stream) wins, worked out anew when any of them changes.
 * A row with null in `per` is no candidate. Into a table of its own with the columns of `from` plus `stream` of the winner,
 * one row per value of `per` (and day).
 */
export interface Election {
  readonly from: string;
  readonly per: string;
  /** Columns of `from`, ascending; null comes last. */
  readonly orderBy: readonly string[];
  /** Secondary indexes of the table of winners. */
  readonly indexes?: readonly (readonly string[])[];
}

/**
 * Third stage: counts and sums of rows of `from` (a table or an election) by `groupBy`, moved by the difference between
 * old and new rows. Of a daily table the sums are kept as differences per day: `sum(...) where knownOn <= D` is the
 * figure as known on D. With `keeps: 'latest'` they are the present figures only, one row a group: read at once.
 */
export interface Sum {
  readonly from: string;
  readonly groupBy: readonly string[];
  /** Default: as its source. */
  readonly keeps?: 'latest';
  /** Integer columns of `from` that are added up (null as 0); the engine always adds `rows` (the number of rows). */
  readonly measures?: readonly string[];
}

/** What a projection sees of one stream, worked out once per stream and day and shared by all projections of it. */
export interface StreamModel<History, Reference> {
  readonly category: string;
  /**
   * Reads the events of a stream known by the end of one day (never none, in order). Pure.
   * @param before the history of the first of these events, if it is known: where only new facts follow, it can be built on
   * @throws UnknownEvent and whatever the events deserve: the stream is then parked
   */
  history(events: readonly RecordedEvent[], before?: History): History;
  /** Streams whose events are facts all views compute with (norm terms, counting rules). */
  readonly referenceCategory: string;
  /**
   * Folds the reference events, of all reference streams, known by the end of one day: in order of stream name and revision,
   * since the order between streams tells nothing. Pure.
   */
  reference(events: readonly RecordedEvent[]): Reference;
}

/** Opens a sealed value, or answers undefined when its key is destroyed. */
export type Open = (
  sealed: { readonly subject: string; readonly keyVersion: number; readonly box: string },
  eventId: string,
  field: string,
) => unknown;

/** What a view holds, whatever it is computed from. */
export interface ViewDefinition {
  /** kebab-case; with `version` it names the file of the read model. */
  readonly name: string;
  /** Raised when `rows` or a table changes: the new version is built beside the old one and swapped in. */
  readonly version: number;
  readonly tables: Readonly<Record<string, Table>>;
  readonly elections?: Readonly<Record<string, Election>>;
  readonly sums?: Readonly<Record<string, Sum>>;
}

/** A view: a pure function of a stream's effective history and of reference facts, to rows. */
export interface Projection<History, Reference> extends ViewDefinition {
  /**
   * Subjects whose sealed values `rows` opens (search only); the engine loads their keys beforehand. Such a view keeps
   * `latest` tables only: a destroyed key must leave nothing behind on earlier days.
   */
  readonly subjects?: (history: History) => readonly string[];
  /** Rows by table, every column given. Pure. What it throws parks the stream; the last good rows stay. */
  rows(history: History, reference: Reference, open: Open): Readonly<Record<string, readonly Row[]>>;
}
