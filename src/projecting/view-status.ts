import type { EventLog } from '../event-sourcing/event-log.ts';
import type { Position } from '../event-sourcing/event.ts';
import { eventsBetween } from '../event-sourcing/events-between.ts';
import type { LoadProgress } from './load-views.ts';
import { completeOf, isAt, type ViewStore } from './view-store.ts';

export interface BuildProgress {
  readonly phase: LoadProgress['phase'] | 'catching up';
  readonly events: number;
  /** Events to read; an estimate. */
  readonly of: number;
}

export interface ViewStatus {
  readonly view: string;
  readonly version: number;
  /** `ready`: at the end of the log. `behind`: catches up. `failing`: cannot be written or built at the moment. */
  readonly state: 'ready' | 'behind' | 'building' | 'failing';
  /** Whether readings are answered (possibly by an older generation). */
  readonly answers: boolean;
  readonly position: Position | null;
  /** Events of the log that it has not worked in yet, counted up to `MOST_COUNTED`. Null: while it is built, or the log can't be read. */
  readonly eventsBehind: number | null;
  /** For how long it has not been at the end of the log. */
  readonly secondsBehind: number;
  readonly parked: number;
  readonly building: BuildProgress | null;
  /** Why it does not go on at the moment. */
  readonly failure: string | null;
}

/** What there is of a view at the moment. */
export interface ViewStanding {
  readonly view: string;
  readonly version: number;
  readonly answers: boolean;
  /** The generation that answers, if it follows the log. */
  readonly store: ViewStore | undefined;
  readonly building: BuildProgress | null;
  /** Why it does not go on at the moment. */
  readonly failure: string | null;
}

/** Tells how views stand to the end of a log, and since when. */
export class ViewStatuses {
  private readonly log: EventLog;
  private readonly behindSinceMs = new Map<string, number>();

  constructor(log: EventLog) {
    this.log = log;
  }

  /** @param head null: the log is empty */
  async of(standings: readonly ViewStanding[], head: Position | null): Promise<readonly ViewStatus[]> {
    const counts = new Map<Position | null, Promise<number | null>>();
    const eventsAfter = (position: Position | null): Promise<number | null> => {
      let count = counts.get(position);
      if (count === undefined) counts.set(position, (count = this.eventsBetween(position, head)));
      return count;
    };
    return Promise.all(standings.map((standing) => this.statusOf(standing, head, eventsAfter)));
  }

  private async statusOf(
    { view, version, answers, store, building, failure }: ViewStanding,
    head: Position | null,
    eventsAfter: (position: Position | null) => Promise<number | null>,
  ): Promise<ViewStatus> {
    const position = store ? completeOf(store) : null;
    const isReady = store !== undefined && isAt(position, head);
    return {
      view,
      version,
      state: failure !== null ? 'failing' : store === undefined ? 'building' : isReady ? 'ready' : 'behind',
      answers,
      position,
      secondsBehind: this.secondsBehind(view, isReady),
      parked: store?.parked.size ?? 0,
      building,
      failure,
      eventsBehind: isReady ? 0 : store === undefined ? null : await eventsAfter(position),
    };
  }

  private secondsBehind(view: string, isReady: boolean): number {
    const nowMs = performance.now();
    const sinceMs = isReady ? nowMs : (this.behindSinceMs.get(view) ?? nowMs);
    if (isReady) this.behindSinceMs.delete(view);
    else this.behindSinceMs.set(view, sinceMs);
    return (nowMs - sinceMs) / 1000;
  }

  /** Null: the log can't be read now, which the failures of the views tell. */
  private async eventsBetween(position: Position | null, head: Position | null): Promise<number | null> {
    if (head === null) return 0;
    return eventsBetween(this.log, position ?? undefined, head).catch(() => null);
  }
}
