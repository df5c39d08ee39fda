import { comparePositions, type Position } from '../event-sourcing/event.ts';
import { backOffMs } from './patience.ts';
import type { View } from './stream-rows.ts';
import { isAt, ViewDamaged, type FollowingState, type StreamRows, type ViewStore } from './view-store.ts';

/** A generation of a view that is kept up with the log. */
export interface Followed<History, Reference> {
  readonly view: View<History, Reference>;
  readonly store: ViewStore;
}

export interface FollowedViewsListener {
  failed(view: string, error: unknown): void;
  damaged(storeId: string): void;
  /** One has come, or one that could not be written can be tried again: reading is to begin where it stands. */
  mustBeReadFor(): void;
}

/** One of them, and how writing it went lately. */
export interface Entry<History, Reference> extends Followed<History, Reference> {
  failures: number;
  failure: unknown;
  retryAtMs: number;
}

/** Timers may be early by a moment. */
const TIMER_SLACK_MS = 5;

/** The generations that are followed. One that cannot be written falls behind alone, and the others go on. */
export class FollowedViews<History, Reference> {
  private readonly listener: FollowedViewsListener;
  private readonly entries = new Map<string, Entry<History, Reference>>();
  private reading: readonly Entry<History, Reference>[] = [];

  constructor(listener: FollowedViewsListener) {
    this.listener = listener;
  }

  all(): readonly Followed<History, Reference>[] {
    return [...this.entries.values()];
  }

  /** Those that get what is read; one that cannot be written leaves, and comes back when reading begins where it stopped. */
  get current(): readonly Entry<History, Reference>[] {
    return this.reading;
  }

  get(storeId: string): Entry<History, Reference> | undefined {
    return this.entries.get(storeId);
  }

  add(followed: Followed<History, Reference>): void {
    this.entries.set(followed.store.id, { ...followed, failures: 0, failure: null, retryAtMs: 0 });
    this.listener.mustBeReadFor();
  }

  /** Closes it, too. */
  drop(storeId: string): void {
    const entry = this.entries.get(storeId);
    if (!entry) return;
    this.leave(entry);
    this.entries.delete(storeId);
    entry.store.close();
  }

  close(): void {
    for (const { store } of this.entries.values()) store.close();
  }

  /** All that need not wait after a failure. */
  due(): readonly Entry<History, Reference>[] {
    const nowMs = performance.now();
    return [...this.entries.values()].filter(({ retryAtMs }) => retryAtMs <= nowMs);
  }

  /** From now on these get what is read. */
  readFor(entries: readonly Entry<History, Reference>[]): void {
    this.reading = entries;
  }

  /** Answers whether it could be written; if not, that is seen to. */
  commit(entry: Entry<History, Reference>, rows: readonly StreamRows[], state: FollowingState): boolean {
    const { store, view } = entry;
    try {
      store.commit(rows, state);
      entry.failures = 0;
      entry.failure = null;
      return true;
    } catch (error) {
      if (error instanceof ViewDamaged) {
        this.drop(store.id);
        this.listener.damaged(store.id);
        return false;
      }
      entry.failures++;
      entry.failure = error;
      const pauseMs = backOffMs(entry.failures);
      entry.retryAtMs = performance.now() + pauseMs;
      this.leave(entry);
      this.listener.failed(view.projection.name, error);
      setTimeout(() => this.listener.mustBeReadFor(), pauseMs + TIMER_SLACK_MS).unref();
      return false;
    }
  }

  private leave(entry: Entry<History, Reference>): void {
    this.reading = this.reading.filter((other) => other !== entry);
  }
}

/** @throws it is still being filled */
export function stateOf(store: ViewStore): FollowingState {
  const { state } = store;
  if (state.stage !== 'serving' && state.stage !== 'catching-up') throw new Error(`${store.id} is not complete`);
  return state;
}

/** Whether it has not read the log as far as this position. */
export function isBehind(store: ViewStore, position: Position): boolean {
  return !isAt(stateOf(store).reached?.position ?? null, position);
}

/** Where the one is that is furthest behind; null: at the beginning of the log, or there is none. */
export function leastReached(followed: readonly Followed<never, never>[]): Position | null {
  const positions = followed.map(({ store }) => stateOf(store).reached?.position ?? null);
  return positions.reduce(
    (a, b) => (a === null || b === null ? null : comparePositions(a, b) < 0 ? a : b),
    positions[0] ?? null,
  );
}
