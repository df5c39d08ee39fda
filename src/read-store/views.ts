import type { Database } from 'better-sqlite3';
import type { Observable } from 'rxjs';
import { CodedError } from '../event-sourcing/coded-error.ts';
import type { Position } from '../event-sourcing/event.ts';
import type { Parked, RebuildProgress } from '../projecting/projector.ts';
import type { BuildProgress, ViewStatus } from '../projecting/view-status.ts';
import type { ParkedStream } from '../projecting/view-store.ts';

export type { BuildProgress, Parked, ParkedStream, RebuildProgress, ViewStatus };

/** What the rows of one reading know. */
export interface Freshness {
  /** Everything in the log up to here is in the rows; null: nothing is. */
  readonly position: Position | null;
  /** When the event at that position was recorded. */
  readonly recordedAt: string | null;
  /** Streams whose rows stand still: no figure of this view is complete without them. */
  readonly parked: number;
  /** A reference fact could not be read: every figure is computed with the last good ones. */
  readonly referenceParked: boolean;
  /** The stream asked for, if its rows stand still. */
  readonly streamParked: ParkedStream | null;
}

export interface ReadOptions {
  /** Token of the position the rows must have reached (see `positionToken`). */
  readonly minPosition?: string;
  /** The stream the reading is about: with `minPosition`, a parked stream is an error. */
  readonly stream?: string;
}

/** Rows have changed: of these streams, or, of one view that was swapped or worked out anew, of any. */
export interface ViewChange {
  /** Undefined: all views have reached `position`. */
  readonly view?: string;
  readonly streams: readonly string[] | 'all';
  readonly position: Position;
}

/** The read side of the product: present rows of every view, with how fresh they are. */
export abstract class Views {
  /**
   * Runs `query` on the present generation of a view, in one read transaction with its freshness; waits (bounded) until
   * `minPosition` has been reached.
   * @throws WrongLog · ViewBehind · StreamParked · ViewUnavailable
   */
  abstract read<T>(view: string, query: (db: Database, freshness: Freshness) => T, options?: ReadOptions): Promise<T>;

  /** Every change from now on, after it can be read. */
  abstract changes(): Observable<ViewChange>;

  abstract status(): Promise<readonly ViewStatus[]>;

  /**
   * Builds a view (or all, in one pass) anew beside the present generation, which keeps answering, and swaps it in.
   * Aborted, it stops soon and goes on from there the next time.
   */
  abstract rebuild(
    view?: string,
    onProgress?: (progress: RebuildProgress) => void,
    signal?: AbortSignal,
  ): Promise<void>;

  abstract parked(): Promise<readonly Parked[]>;

  /** Works out a parked stream anew, whole; answers where it is still parked. */
  abstract replay(stream: string): Promise<readonly Parked[]>;

  /** Resolves when every view answers and has reached the end of the log as it is now. */
  abstract caughtUp(): Promise<void>;

  abstract close(): Promise<void>;
}

/** A position as clients hold it: it names its log, so that one of another log is noticed. */
export function positionToken(logId: string, position: Position): string {
  return `${logId}:${position}`;
}

/** @throws WrongLog for another log's token, or what is no token at all */
export function positionOf(token: string, logId: string): Position {
  const colon = token.lastIndexOf(':');
  const position = token.slice(colon + 1);
  if (token.slice(0, Math.max(colon, 0)) !== logId || !/^\d+$/.test(position)) throw new WrongLog();
  return position;
}

/** SQL condition for the rows of a daily table as known by the end of the day bound to `@knownOn`. */
export const KNOWN_ON = '(knownFrom <= @knownOn and (knownUntil is null or knownUntil > @knownOn))';

/** Base of the errors of a reading. */
export class ViewError extends CodedError {}

/** The position token is of another log (one that was restored, or another installation). */
export class WrongLog extends ViewError {
  constructor() {
    super('WRONG_LOG', 'the position is not one of this log');
  }
}

/** The view did not reach the position in time; try again. */
export class ViewBehind extends ViewError {
  readonly view: string;
  readonly position: Position | null;
  constructor(view: string, position: Position | null) {
    super('VIEW_BEHIND', `${view} has not reached that position yet`);
    this.view = view;
    this.position = position;
  }
}

/** What was written is not in the view and will not be until the stream is replayed. */
export class StreamParked extends ViewError {
  readonly parked: ParkedStream;
  constructor(view: string, parked: ParkedStream) {
    super('STREAM_PARKED', `${view} shows ${parked.stream} as of revision ${parked.revision - 1}: ${parked.reason}`);
    this.parked = parked;
  }
}

/** There is no generation of the view that can answer; one is being built. */
export class ViewUnavailable extends ViewError {
  readonly view: string;
  readonly building: BuildProgress | null;
  constructor(view: string, building: BuildProgress | null, options?: ErrorOptions) {
    const how = building
      ? `is being built (${building.phase}, ${building.events} of ${building.of} events)`
      : 'cannot be read at the moment';
    super('VIEW_UNAVAILABLE', `${view} ${how}`, options);
    this.view = view;
    this.building = building;
  }
}
