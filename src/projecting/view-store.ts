import { comparePositions, type Position } from '../event-sourcing/event.ts';
import type { KnownRow } from './known-rows.ts';
import type { ViewDefinition } from './projection.ts';

/** A stream whose present rows are not what its events say: they show the last state that could be worked out. */
export interface ParkedStream {
  readonly stream: string;
  /** First event that is not (fully) in the rows. */
  readonly revision: number;
  readonly position: Position;
  /** Day it became known; the rows of this day and later ones are not right. Empty: none of its rows are. */
  readonly day: string;
  /** Instant since which the rows stand still. */
  readonly since: string;
  readonly reason: string;
  /** Last event that was seen; it waits, with all from `revision` on. */
  readonly lastRevision: number;
}

/** Rows of one stream as they shall be from one day on. */
export interface StreamRows {
  readonly stream: string;
  /** No rows of this stream can stand in the store yet. */
  readonly isNew: boolean;
  readonly fromDay: string;
  /** In order of the projection's tables, in canonical form; null: the rows are left as they are. */
  readonly tables: readonly (readonly KnownRow[])[] | null;
  readonly parked: ParkedStream | null;
}

/** How far a view has read the log. */
export interface Reached {
  readonly position: Position;
  /** Of the event there; null if it is one that views don't read. */
  readonly recordedAt: string | null;
}

/** An event that was read, by which one can tell whether a log is still the one it was. */
export interface Witness {
  readonly stream: string;
  readonly revision: number;
  readonly hash: string;
}

/** A reference event was recorded: all streams are worked out anew from a day on, one after the other. */
export interface Sweep {
  readonly fromDay: string;
  /** Streams up to this one (in the order of `readStreamByStream`) are done. */
  readonly afterStream: string | null;
  /** Up to where all rows are right until the sweep is over. */
  readonly complete: Reached | null;
}

export type ViewState =
  /** Being filled, stream by stream, with all events up to `until`. */
  | {
      readonly stage: 'loading';
      readonly until: Position | null;
      readonly afterStream: string | null;
      readonly streams: number;
      readonly events: number;
      readonly reached: Reached | null;
      readonly witness: Witness | null;
    }
  /** All rows of streams are there; indexes, elections and sums are not. */
  | { readonly stage: 'finishing'; readonly reached: Reached | null; readonly witness: Witness | null }
  /** Follows the log, but does not answer yet: an older generation may know more. */
  | (Following & { readonly stage: 'catching-up' })
  | (Following & { readonly stage: 'serving' });

export interface Following {
  readonly reached: Reached | null;
  readonly witness: Witness | null;
  readonly sweep: Sweep | null;
}

export type FollowingState = Extract<ViewState, Following & { readonly stage: 'catching-up' | 'serving' }>;

/** Up to where all rows are right. */
export function completeUpTo(state: ViewState): Reached | null {
  return 'sweep' in state && state.sweep ? state.sweep.complete : state.reached;
}

/** The same, as a position; null is the beginning of the log. */
export function completeOf(store: Pick<ViewStore, 'state'>): Position | null {
  return completeUpTo(store.state)?.position ?? null;
}

/** Whether `position` is at `target` or further; null is the beginning of the log. */
export function isAt(position: Position | null, target: Position | null): boolean {
  return target === null || (position !== null && comparePositions(position, target) >= 0);
}

/** Names one generation of a view for whoever wants to open it. */
export interface GenerationInfo {
  readonly id: string;
  readonly view: string;
  readonly generation: number;
  readonly logId: string;
  /** It has the present version, and the present tables, elections and sums: those count even if the version was not raised. */
  readonly isPresent: boolean;
  readonly state: ViewState;
}

/** The rows of one generation of a view, with how far it has read the log: both move in one transaction. */
export interface ViewStore {
  readonly id: string;
  readonly definition: ViewDefinition;
  readonly state: ViewState;
  readonly parked: ReadonlyMap<string, ParkedStream>;
  /**
   * Brings the streams' rows, and what is elected and summed of them, to what is given. All or nothing.
   * @throws ViewDamaged, or what kept it from being written
   */
  commit(streams: readonly StreamRows[], state: ViewState): void;
  /** While loading: adds the rows of a stream that has none. They count once `loaded` has said so. */
  load(rows: StreamRows): void;
  /** All that was added since the last time stays, with the state. */
  loaded(state: ViewState): void;
  /** After loading: indexes, elections and sums. Repeatable. */
  finish(state: FollowingState): Promise<void>;
  close(): void;
}

/** Where the generations of all views are kept. */
export interface ViewStores {
  /** Newest first. */
  list(definition: ViewDefinition): readonly (GenerationInfo | ViewDamaged)[];
  create(definition: ViewDefinition, logId: string, state: ViewState): GenerationInfo;
  /** @throws ViewDamaged */
  open(id: string, definition: ViewDefinition): ViewStore;
  remove(id: string): void;
  /** Takes away the generations of views that are not among these. */
  removeAllBut(views: readonly string[]): void;
}

/** The file of a view cannot be read: it is rebuilt. */
export class ViewDamaged extends Error {
  readonly id: string;
  constructor(id: string, options?: ErrorOptions) {
    super(`${id} is damaged; the view is built anew`, options);
    this.name = 'ViewDamaged';
    this.id = id;
  }
}

/** What an operator is told of an error, on one line of bounded length. A syntax error would quote what it could not read. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const text = error instanceof SyntaxError ? error.name : `${error.name}: ${error.message}`;
  return text.replaceAll(/\s+/g, ' ').slice(0, 500);
}
