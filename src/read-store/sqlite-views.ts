import type { Database, Statement } from 'better-sqlite3';
import { Subject, type Observable } from 'rxjs';
import { comparePositions, type Position } from '../event-sourcing/event.ts';
import type { Notice, Parked, RebuildProgress } from '../projecting/projector.ts';
import type { BuildProgress, ViewStatus } from '../projecting/view-status.ts';
import type { ParkedStream } from '../projecting/view-store.ts';
import type { ProjectorLink } from './projector-link.ts';
import { isDamage, isMisfit } from './view-file.ts';
import {
  positionOf,
  StreamParked,
  ViewBehind,
  Views,
  ViewUnavailable,
  type Freshness,
  type ReadOptions,
  type ViewChange,
} from './views.ts';

/** One generation, open for reading. */
interface Served {
  readonly id: string;
  readonly isPresent: boolean;
  readonly db: Database;
  readonly known: Statement<[], Pick<Freshness, 'position' | 'recordedAt'>>;
  readonly counted: Statement<[string], { readonly parked: number; readonly references: number }>;
  readonly parked: Statement<[string], ParkedStream>;
}

interface Waiting {
  readonly view: string;
  readonly position: Position;
  readonly resolve: () => void;
}

export interface ViewsOptions {
  /** How long a reading waits for its `minPosition` (default 5 s). */
  readonly patienceMs?: number;
  /** Told what goes wrong with views: the reason holds no personal data. */
  readonly onFailure?: (view: string | null, reason: string) => void;
}

const PATIENCE_MS = 5_000;

/** Reads the files of the present generations in the calling thread, while a projector writes them here or in another. */
export class SqliteViews extends Views {
  private readonly reader: (id: string) => Database;
  private readonly ownsReaders: boolean;
  private readonly patienceMs: number;
  private readonly onFailure: (view: string | null, reason: string) => void;
  private readonly served = new Map<string, Served>();
  private readonly positions = new Map<string, Position>();
  private readonly building = new Map<string, BuildProgress>();
  private readonly waiting = new Set<Waiting>();
  private readonly subject = new Subject<ViewChange>();
  private link: ProjectorLink | undefined;

  /**
   * @param reader opens a generation for reading
   * @param ownsReaders false if `reader` gives the projector's own connection, which is not ours to close
   */
  constructor(reader: (id: string) => Database, ownsReaders: boolean, options: ViewsOptions) {
    super();
    this.reader = reader;
    this.ownsReaders = ownsReaders;
    this.patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.onFailure = options.onFailure ?? (() => {});
  }

  /** The projector whose notices come in; before the first reading. */
  attach(link: ProjectorLink): this {
    this.link = link;
    return this;
  }

  /** What the projector tells goes in here, from its first word on. */
  readonly onNotice = (notice: Notice): void => {
    switch (notice.notice) {
      case 'serving':
        this.serve(notice.view, notice.id, notice.isPresent);
        break;
      case 'unavailable':
        this.leave(notice.view);
        break;
      case 'reached':
        for (const view in notice.positions) this.positions.set(view, notice.positions[view]!);
        this.wake();
        break;
      case 'changed': {
        const { view, streams, position } = notice;
        this.subject.next(view === undefined ? { streams, position } : { view, streams, position });
        break;
      }
      case 'building':
        if (notice.progress) this.building.set(notice.view, notice.progress);
        else this.building.delete(notice.view);
        break;
      case 'failed':
        this.onFailure(notice.view, notice.reason);
        break;
    }
  };

  async read<T>(
    view: string,
    query: (db: Database, freshness: Freshness) => T,
    { minPosition, stream }: ReadOptions = {},
  ): Promise<T> {
    if (minPosition !== undefined) await this.untilReached(view, positionOf(minPosition, this.projector().logId));
    const served = this.served.get(view);
    if (!served) throw new ViewUnavailable(view, this.building.get(view) ?? null);
    try {
      return inSnapshot(served.db, () => {
        const freshness = this.freshness(served, stream);
        if (minPosition !== undefined && freshness.streamParked) throw new StreamParked(view, freshness.streamParked);
        return query(served.db, freshness);
      });
    } catch (error) {
      if (isDamage(error)) {
        this.leave(view);
        this.projector().damaged(served.id);
      } else if (served.isPresent || !isMisfit(error)) {
        throw error;
      }
      throw new ViewUnavailable(view, this.building.get(view) ?? null, { cause: error });
    }
  }

  changes(): Observable<ViewChange> {
    return this.subject.asObservable();
  }

  status(): Promise<readonly ViewStatus[]> {
    return this.projector().status();
  }

  rebuild(
    view?: string,
    onProgress: (progress: RebuildProgress) => void = () => {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<void> {
    return this.projector().rebuild(view === undefined ? undefined : [view], onProgress, signal);
  }

  parked(): Promise<readonly Parked[]> {
    return this.projector().parked();
  }

  replay(stream: string): Promise<readonly Parked[]> {
    return this.projector().replay(stream);
  }

  caughtUp(): Promise<void> {
    return this.projector().caughtUp();
  }

  async close(): Promise<void> {
    await this.projector().close();
    for (const view of [...this.served.keys()]) this.leave(view);
    this.subject.complete();
  }

  private freshness(served: Served, stream: string | undefined): Freshness {
    const { parked, references } = served.counted.get(`${this.projector().referenceCategory}-*`)!;
    const streamParked = (stream === undefined ? undefined : served.parked.get(stream)) ?? null;
    return { ...served.known.get()!, parked, referenceParked: references > 0, streamParked };
  }

  private async untilReached(view: string, position: Position): Promise<void> {
    if (this.hasReached(view, position)) return;
    const reached = await new Promise<boolean>((resolve) => {
      const waiting = { view, position, resolve: () => end(true) };
      const timer = setTimeout(() => end(false), this.patienceMs);
      const end = (inTime: boolean): void => {
        clearTimeout(timer);
        this.waiting.delete(waiting);
        resolve(inTime);
      };
      this.waiting.add(waiting);
    });
    if (reached) return;
    if (!this.served.has(view)) throw new ViewUnavailable(view, this.building.get(view) ?? null);
    throw new ViewBehind(view, this.positions.get(view) ?? null);
  }

  private hasReached(view: string, position: Position): boolean {
    const reached = this.positions.get(view);
    return this.served.has(view) && reached !== undefined && comparePositions(reached, position) >= 0;
  }

  private wake(): void {
    for (const { view, position, resolve } of this.waiting) if (this.hasReached(view, position)) resolve();
  }

  private serve(view: string, id: string, isPresent: boolean): void {
    this.leave(view);
    try {
      const db = this.reader(id);
      this.served.set(view, {
        id,
        isPresent,
        db,
        known: db.prepare('select position, recordedAt from _view'),
        counted: db.prepare('select count(*) as parked, coalesce(sum(stream glob ?), 0) as "references" from _parked'),
        parked: db.prepare('select * from _parked where stream = +?'),
      });
    } catch (error) {
      // Swapped again, and gone, before we came to it (the next notice follows), or damaged.
      if (isDamage(error)) this.projector().damaged(id);
    }
    this.wake();
  }

  private leave(view: string): void {
    const served = this.served.get(view);
    this.served.delete(view);
    if (this.ownsReaders) served?.db.close();
  }

  private projector(): ProjectorLink {
    if (!this.link) throw new Error('the views have not been opened yet');
    return this.link;
  }
}

/** One state of the file, for the rows and for what is said of them. */
function inSnapshot<T>(db: Database, read: () => T): T {
  db.exec('begin');
  try {
    return read();
  } finally {
    if (db.inTransaction) db.exec('rollback');
  }
}
