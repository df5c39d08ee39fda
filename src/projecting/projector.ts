import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '../event-sourcing/crash-point.ts';
import { StreamDamaged, StreamErased } from '../event-sourcing/event-log.ts';
import type { Position } from '../event-sourcing/event.ts';
import { Conditions } from './conditions.ts';
import { stateOf } from './followed-views.ts';
import { Follower } from './follower.ts';
import type { LoadViews, ProjectionParts } from './load-views.ts';
import { backOffMs } from './patience.ts';
import { viewOf, type View } from './stream-rows.ts';
import { ViewStatuses, type BuildProgress, type ViewStanding, type ViewStatus } from './view-status.ts';
import {
  completeOf,
  isAt,
  reasonOf,
  ViewDamaged,
  type GenerationInfo,
  type ParkedStream,
  type ViewStore,
  type ViewStores,
} from './view-store.ts';

export type RebuildProgress = BuildProgress & { readonly views: readonly string[] };

export type Parked = ParkedStream & { readonly view: string };

/** What the reading side is told. */
export type Notice =
  /** From now on this generation answers; the one before is about to go. One that is not present has older tables. */
  | { readonly notice: 'serving'; readonly view: string; readonly id: string; readonly isPresent: boolean }
  | { readonly notice: 'unavailable'; readonly view: string }
  /** Up to where each view that answers is complete. */
  | { readonly notice: 'reached'; readonly positions: Readonly<Record<string, Position>> }
  | {
      readonly notice: 'changed';
      readonly view?: string;
      readonly streams: readonly string[] | 'all';
      readonly position: Position;
    }
  | { readonly notice: 'building'; readonly view: string; readonly progress: BuildProgress | null }
  | { readonly notice: 'failed'; readonly view: string | null; readonly reason: string };

export interface ProjectorOptions {
  readonly stores: ViewStores;
  readonly loadViews: LoadViews;
  readonly crashPoint: CrashPoint;
  readonly onNotice: (notice: Notice) => void;
}

interface Building {
  progress: BuildProgress;
  readonly done: Promise<void>;
}

/**
 * Sees to it that every view has a generation that is right and follows the log: opens what is there, builds what is missing,
 * damaged, of another version or of another log beside it, and swaps generations when the new one has caught up.
 */
export class Projector<History, Reference> {
  private readonly parts: ProjectionParts<History, Reference>;
  private readonly options: ProjectorOptions;
  private readonly views: ReadonlyMap<string, View<History, Reference>>;
  private readonly follower: Follower<History, Reference>;
  private readonly stopping = new AbortController();
  /** By view: the generation that answers, be it followed or not. */
  private readonly answering = new Map<string, string>();
  /** By view: a generation that is being filled, or was when the process ended. */
  private readonly begun = new Map<string, GenerationInfo>();
  private readonly building = new Map<string, Building>();
  private readonly failures = new Map<string, string>();
  /** By store: up to where a new generation must have come before it is swapped in. */
  private readonly targets = new Map<string, Position | null>();
  /** Stores that were found damaged before they were swapped in. */
  private readonly lost = new Set<string>();
  private readonly conditions = new Conditions();
  private readonly statuses: ViewStatuses;
  private announced: Position | null = null;

  constructor(parts: ProjectionParts<History, Reference>, options: ProjectorOptions) {
    this.parts = parts;
    this.options = options;
    this.views = new Map(parts.projections.map((projection) => [projection.name, viewOf(projection)]));
    if (this.views.size < parts.projections.length) throw new TypeError('two views have one name');
    this.statuses = new ViewStatuses(parts.log);
    this.follower = new Follower(parts, {
      moved: (changed) => this.moved(changed),
      failed: (view, error) => this.failed(view, error),
      damaged: (storeId) => this.damaged(storeId),
    });
  }

  /** Opens what there is and begins to follow; what has to be built is being built when this resolves. */
  async start(): Promise<void> {
    const head = (await this.parts.log.head()) ?? null;
    const toBuild: string[] = [];
    for (const [name, view] of this.views) if (!(await this.open(name, view, head))) toBuild.push(name);
    this.follower.start();
    void this.keepBuilding(toBuild).then(() => this.removeFormerViews());
    // What could not be read by the program that parked it may be no riddle to this one.
    const parked = this.follower.followed().flatMap(({ store }) => [...store.parked.keys()]);
    for (const stream of new Set(parked)) await this.follower.replay(stream);
  }

  /** Builds views anew, all in one pass, and swaps them in. Aborted, it stops soon and goes on from there the next time. */
  async rebuild(
    views: readonly string[] = [...this.views.keys()],
    onProgress: (progress: RebuildProgress) => void = () => {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<void> {
    for (const view of views) if (!this.views.has(view)) throw new RangeError(`there is no view ${view}`);
    const underWay = views.filter((view) => this.building.has(view));
    const others = views.filter((view) => !this.building.has(view));
    await Promise.all([
      ...underWay.map((view) => this.building.get(view)!.done),
      ...(others.length > 0 ? [this.build(others, onProgress, signal)] : []),
    ]);
  }

  /** Works out a parked stream anew, whole; answers where it is still parked. */
  async replay(stream: string): Promise<readonly Parked[]> {
    await this.follower.replay(stream);
    return this.parked().filter((parked) => parked.stream === stream);
  }

  parked(): readonly Parked[] {
    return [...this.views.keys()].flatMap((view) =>
      [...(this.serving(view)?.parked.values() ?? [])].map((as) => ({ ...as, view })),
    );
  }

  async status(): Promise<readonly ViewStatus[]> {
    const head = (await this.parts.log.head()) ?? null;
    await this.follower.passGaps(head);
    const standings = [...this.views].map(([name, view]) => this.standingOf(name, view));
    return this.statuses.of(standings, head);
  }

  /** Resolves when every view answers and is complete up to the end of the log as it is now. */
  async caughtUp(): Promise<void> {
    const head = (await this.parts.log.head()) ?? null;
    await this.follower.passGaps(head);
    const isDone = (): boolean =>
      [...this.views.keys()].every((name) => {
        const store = this.serving(name);
        if (store === undefined || this.building.has(name) || stateOf(store).sweep !== null) return false;
        return isAt(completeOf(store), head);
      });
    await this.conditions.until(isDone, this.stopping.signal);
  }

  /** A file was found damaged, in writing or in reading: it is built anew. */
  damaged(storeId: string): void {
    this.follower.drop(storeId);
    if (this.targets.delete(storeId)) {
      this.lost.add(storeId);
      this.conditions.wake();
      return;
    }
    const view = [...this.answering].find(([, id]) => id === storeId)?.[0];
    if (view === undefined) return;
    this.answering.delete(view);
    this.failed(view, new ViewDamaged(storeId));
    this.options.onNotice({ notice: 'unavailable', view });
    this.options.stores.remove(storeId);
    void this.keepBuilding([view]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled([...this.building.values()].map(({ done }) => done));
    await this.follower.stop();
  }

  /** Takes up the generations of a view, and takes away those that are of no more use. Answers whether one of them is right. */
  private async open(name: string, view: View<History, Reference>, head: Position | null): Promise<boolean> {
    const { stores } = this.options;
    let isRight = false;
    for (const info of stores.list(view.projection)) {
      if (info instanceof ViewDamaged) {
        this.failed(name, info);
        stores.remove(info.id);
        continue;
      }
      const { stage } = info.state;
      const usable = await this.isOfThisLog(info, head);
      if (usable && stage === 'serving' && !this.answering.has(name)) {
        if (info.isPresent) {
          if (!this.follow(view, info.id)) continue;
          isRight = true;
        }
        this.answering.set(name, info.id);
        this.options.onNotice({ notice: 'serving', view: name, id: info.id, isPresent: info.isPresent });
      } else if (usable && info.isPresent && stage === 'catching-up' && !isRight) {
        isRight = this.join(view, info.id, head);
      } else if (usable && info.isPresent && (stage === 'loading' || stage === 'finishing') && !this.begun.has(name)) {
        this.begun.set(name, info);
      } else {
        stores.remove(info.id);
      }
    }
    // One that was begun is finished, also where an older one can do for now.
    return isRight && !this.begun.has(name);
  }

  /** Whether what the generation has read still stands in the log: another log, or an older copy of this one, may stand in its place. */
  private async isOfThisLog({ logId, state }: GenerationInfo, head: Position | null): Promise<boolean> {
    const { log } = this.parts;
    if (logId !== log.id) return false;
    const position = state.stage === 'loading' ? state.until : (state.reached?.position ?? null);
    if (!isAt(head, position)) return false;
    if (state.witness === null) return true;
    const { stream, revision, hash } = state.witness;
    try {
      const [event] = await log.readStream(stream, { from: revision, until: revision });
      return event?.hash === hash;
    } catch (error) {
      // What is left of it does not say that it is another.
      if (error instanceof StreamErased || error instanceof StreamDamaged) return true;
      throw error;
    }
  }

  private async keepBuilding(views: readonly string[]): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted;) {
      try {
        await this.rebuild(views);
        return;
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        for (const view of views) this.failures.set(view, reasonOf(error));
        this.failed(views.length === 1 ? views[0]! : null, error);
        await sleep(backOffMs(++failures), undefined, { signal: this.stopping.signal }).catch(() => {});
      }
    }
  }

  /** What an earlier version kept of views that there are no more, once those of this one stand. */
  private removeFormerViews(): void {
    const names = [...this.views.keys()];
    if (this.stopping.signal.aborted || !names.every((name) => this.serving(name))) return;
    try {
      this.options.stores.removeAllBut(names);
    } catch (error) {
      this.failed(null, error);
    }
  }

  private build(
    views: readonly string[],
    onProgress: (progress: RebuildProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const progress = (now: BuildProgress): void => {
      for (const view of views) {
        this.building.get(view)!.progress = now;
        this.options.onNotice({ notice: 'building', view, progress: now });
      }
      onProgress({ ...now, views });
    };
    const ends = AbortSignal.any([signal, this.stopping.signal]);
    const done = this.buildBeside(views, progress, ends).finally(() => {
      for (const view of views) {
        this.building.delete(view);
        this.options.onNotice({ notice: 'building', view, progress: null });
      }
      this.conditions.wake();
    });
    for (const view of views) this.building.set(view, { progress: { phase: 'reading', events: 0, of: 0 }, done });
    return done;
  }

  private async buildBeside(
    views: readonly string[],
    onProgress: (progress: BuildProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { log } = this.parts;
    const { stores } = this.options;
    const generations = this.generationsFor(views, (await log.head()) ?? null);
    for (const info of generations) this.begun.set(info.view, info);
    await this.options.loadViews(generations, onProgress, signal);

    const target = (await log.head()) ?? null;
    const events = await log.count();
    onProgress({ phase: 'catching up', events, of: events });
    await this.follower.inTurn(() => {
      for (const { id, view } of generations) {
        this.begun.delete(view);
        this.failures.delete(view);
        if (!this.join(this.views.get(view)!, id, target)) this.lost.add(id);
      }
    });
    const isLost = ({ id }: GenerationInfo): boolean => this.lost.has(id);
    await this.conditions.until(
      () => generations.some(isLost) || generations.every(({ id, view }) => this.answering.get(view) === id),
      signal,
    );
    const lost = generations.find(isLost);
    if (lost) {
      stores.remove(lost.id);
      throw new ViewDamaged(lost.id);
    }
  }

  /** Those that were begun, where they fit together, and new ones. */
  private generationsFor(views: readonly string[], head: Position | null): readonly GenerationInfo[] {
    const { stores } = this.options;
    const { log } = this.parts;
    let until = head;
    for (const view of views) {
      const state = this.begun.get(view)?.state;
      if (state?.stage === 'loading') until = state.until;
    }
    return views.map((view) => {
      const begun = this.begun.get(view);
      if (begun?.state.stage === 'finishing' || (begun?.state.stage === 'loading' && begun.state.until === until))
        return begun;
      if (begun) stores.remove(begun.id);
      const nothing = { afterStream: null, streams: 0, events: 0, reached: null, witness: null };
      return stores.create(this.views.get(view)!.projection, log.id, { stage: 'loading', until, ...nothing });
    });
  }

  /** From now on follows a generation that was built, and swaps it in once it has come as far as `target`. */
  private join(view: View<History, Reference>, id: string, target: Position | null): boolean {
    this.targets.set(id, target);
    if (this.follow(view, id)) return true;
    this.targets.delete(id);
    return false;
  }

  /** Answers false, and takes the generation away, if it is damaged. */
  private follow(view: View<History, Reference>, id: string): boolean {
    const { stores } = this.options;
    try {
      this.follower.add({ view, store: stores.open(id, view.projection) });
      return true;
    } catch (error) {
      if (!(error instanceof ViewDamaged)) throw error;
      this.failed(view.projection.name, error);
      stores.remove(id);
      return false;
    }
  }

  private moved(changed: { readonly position: Position; readonly streams: readonly string[] | 'all' } | null): void {
    for (const { view, store } of this.follower.followed()) {
      if (store.state.stage === 'catching-up') this.swapIn(view.projection.name, store);
    }
    const positions: Record<string, Position> = {};
    for (const name of this.views.keys()) {
      const store = this.serving(name);
      const complete = store && completeOf(store);
      if (complete) positions[name] = complete;
    }
    this.options.onNotice({ notice: 'reached', positions });
    if (changed !== null && isAt(changed.position, this.announced)) {
      this.announced = changed.position;
      this.options.onNotice({ notice: 'changed', ...changed });
    }
    this.conditions.wake();
  }

  private swapIn(name: string, store: ViewStore): void {
    const { stores, crashPoint, onNotice } = this.options;
    const state = stateOf(store);
    const before = this.serving(name);
    const target = this.targets.get(store.id) ?? null;
    if (state.sweep !== null || !isAt(completeOf(store), target)) return;
    if (before !== undefined && !isAt(completeOf(store), completeOf(before))) return;
    crashPoint('rebuild:before-swap');
    // One that cannot be written stays behind alone, as in following, and is swapped in when it can be.
    if (!this.follower.setState(store.id, { ...state, stage: 'serving' })) return;
    crashPoint('rebuild:after-swap');
    const old = this.answering.get(name);
    this.answering.set(name, store.id);
    this.targets.delete(store.id);
    onNotice({ notice: 'serving', view: name, id: store.id, isPresent: true });
    if (old !== undefined) {
      this.follower.drop(old);
      stores.remove(old);
    }
    const position = completeOf(store);
    if (position !== null) onNotice({ notice: 'changed', view: name, streams: 'all', position });
  }

  /** The generation that answers, if it follows the log. */
  private serving(name: string): ViewStore | undefined {
    const id = this.answering.get(name);
    return this.follower.followed().find(({ store }) => store.id === id)?.store;
  }

  private standingOf(view: string, { projection: { version } }: View<History, Reference>): ViewStanding {
    const store = this.serving(view);
    const failure = (store && this.follower.failureOf(store.id)) ?? null;
    return {
      view,
      version,
      answers: this.answering.has(view),
      store,
      building: this.building.get(view)?.progress ?? null,
      failure: failure === null ? (this.failures.get(view) ?? null) : reasonOf(failure),
    };
  }

  private failed(view: string | null, error: unknown): void {
    this.options.onNotice({ notice: 'failed', view, reason: reasonOf(error) });
  }
}
