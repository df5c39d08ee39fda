import Database from 'better-sqlite3';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crashPoint, type CrashPoint } from '../event-sourcing/crash-point.ts';
import type { ViewDefinition } from '../projecting/projection.ts';
import {
  ViewDamaged,
  type GenerationInfo,
  type ViewState,
  type ViewStore,
  type ViewStores,
} from '../projecting/view-store.ts';
import { bootedAt, createTables, digestOf, isDamage, isMisfit, readHeader, sqliteCode, ViewFile } from './view-file.ts';

const FILE = /^(?<view>.+)-v(?<version>\d+)-(?<generation>\d+)\.sqlite$/;
const CACHE_KIB = 8_000;
const BUSY_MS = 5_000;
/** Pages written again and again are moved into the file once: a quarter of the flushes, for 16 MB beside it. */
const CHECKPOINT_PAGES = 4_000;
const CLOCK_TOLERANCE_S = 60;

/** Generations of all views, each an SQLite file `<view>-v<version>-<generation>.sqlite` in one directory. */
export class ViewFiles implements ViewStores {
  private readonly dir: string;
  private readonly crashPoint: CrashPoint;

  constructor(dir: string, crash: CrashPoint = crashPoint(undefined)) {
    this.dir = dir;
    this.crashPoint = crash;
    mkdirSync(dir, { recursive: true });
  }

  list(definition: ViewDefinition): readonly (GenerationInfo | ViewDamaged)[] {
    const view = definition.name;
    return this.files(view).map(({ id, generation }) => {
      try {
        const db = this.connect(id);
        try {
          const { logId, version, digest, state } = readHeader(db);
          const isPresent = version === definition.version && digest === digestOf(definition);
          return { id, view, generation, logId, isPresent, state };
        } finally {
          db.close();
        }
      } catch (error) {
        if (error instanceof ViewDamaged) return error;
        throw error;
      }
    });
  }

  create(definition: ViewDefinition, logId: string, state: ViewState): GenerationInfo {
    const { name: view, version } = definition;
    const generation = 1 + Math.max(0, ...this.files(view).map((file) => file.generation));
    const id = `${view}-v${version}-${generation}.sqlite`;
    const db = new Database(this.path(id));
    try {
      createTables(db, definition, logId, state);
    } finally {
      db.close();
    }
    return { id, view, generation, logId, isPresent: true, state };
  }

  open(id: string, definition: ViewDefinition): ViewStore {
    const db = this.connect(id);
    try {
      return damageTold(id, () => new ViewFile({ id }, definition, db, this.crashPoint));
    } catch (error) {
      db.close();
      throw error;
    }
  }

  remove(id: string): void {
    // On Windows a file that is still open elsewhere stays; the next start takes it away.
    for (const suffix of ['-wal', '-shm', '-journal', '']) {
      try {
        rmSync(this.path(id) + suffix, { force: true });
      } catch (error) {
        if (!['EBUSY', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      }
    }
  }

  removeAllBut(views: readonly string[]): void {
    for (const id of readdirSync(this.dir)) {
      const view = FILE.exec(id)?.groups?.view;
      if (view !== undefined && !views.includes(view) && this.isOf(view, id)) this.remove(id);
    }
  }

  /** A connection that only reads. @throws ViewDamaged */
  reader(id: string): Database.Database {
    return damageTold(id, () => {
      const db = new Database(this.path(id), { readonly: true, fileMustExist: true, timeout: BUSY_MS });
      try {
        db.pragma(`cache_size = -${CACHE_KIB}`);
        readHeader(db);
        return db;
      } catch (error) {
        db.close();
        throw error;
      }
    });
  }

  private connect(id: string): Database.Database {
    return damageTold(id, () => {
      const path = this.path(id);
      const db = new Database(path, { fileMustExist: true, timeout: BUSY_MS });
      try {
        db.pragma(`cache_size = -${CACHE_KIB}`);
        const { state, bootedAt: madeAfter } = readHeader(db);
        if (state.stage === 'loading' || state.stage === 'finishing') {
          // Nothing is flushed to disk until all is there. A killed process loses nothing by that, a machine without power may.
          if (Math.abs(bootedAt() - madeAfter) > CLOCK_TOLERANCE_S)
            throw new Error('the machine stopped while it was built');
          db.pragma('journal_mode = truncate');
          db.pragma('synchronous = off');
        } else {
          db.pragma('journal_mode = wal');
          db.pragma('synchronous = normal');
          db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
          db.pragma('journal_size_limit = 67108864');
          const [{ busy }] = db.pragma('wal_checkpoint(truncate)') as [{ busy: number }];
          if (busy === 0 && statSync(path).size < bytesOf(db)) throw new Error('the file is cut off');
        }
        return db;
      } catch (error) {
        db.close();
        throw error;
      }
    });
  }

  /** Whether the file says so itself, whichever version made it; what somebody else keeps here is not touched. */
  private isOf(view: string, id: string): boolean {
    let db: Database.Database | undefined;
    try {
      db = new Database(this.path(id), { readonly: true, fileMustExist: true, timeout: BUSY_MS });
      return db.prepare('select name from _view').pluck().get() === view;
    } catch {
      return false;
    } finally {
      db?.close();
    }
  }

  private files(view: string): readonly { readonly id: string; readonly generation: number }[] {
    return readdirSync(this.dir)
      .flatMap((id) => {
        const parts = FILE.exec(id)?.groups;
        return parts?.view === view ? [{ id, generation: Number(parts.generation) }] : [];
      })
      .sort((a, b) => b.generation - a.generation);
  }

  private path(id: string): string {
    return join(this.dir, id);
  }
}

/** Bytes of the database as it says itself. */
function bytesOf(db: Database.Database): number {
  const [pages, bytes] = ['page_count', 'page_size'].map((name) => db.pragma(name, { simple: true }) as number);
  return pages! * bytes!;
}

/** Runs `open`, telling damage from what keeps a sound file from being read. @throws ViewDamaged */
function damageTold<T>(id: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    if (sqliteCode(cause) !== '' && !isDamage(cause) && !isMisfit(cause)) throw cause;
    throw new ViewDamaged(id, { cause });
  }
}

/** Views in memory only, for tests and trials: nothing outlives the process. */
export class MemoryViewStores implements ViewStores {
  private readonly generations = new Map<string, { info: GenerationInfo; store: ViewFile }>();
  private readonly crashPoint: CrashPoint = crashPoint(undefined);
  private created = 0;

  list({ name }: ViewDefinition): readonly GenerationInfo[] {
    return [...this.generations.values()]
      .filter(({ info }) => info.view === name)
      .map(({ info, store }) => ({ ...info, state: store.state }))
      .sort((a, b) => b.generation - a.generation);
  }

  create(definition: ViewDefinition, logId: string, state: ViewState): GenerationInfo {
    const generation = ++this.created;
    const { name: view, version } = definition;
    const id = `${view}-v${version}-${generation}`;
    const db = new Database(':memory:');
    createTables(db, definition, logId, state);
    const info = { id, view, generation, logId, isPresent: true, state };
    this.generations.set(id, { info, store: new ViewFile({ id }, definition, db, this.crashPoint) });
    return info;
  }

  open(id: string): ViewStore {
    return this.generation(id);
  }

  remove(id: string): void {
    this.generations.get(id)?.store.db.close();
    this.generations.delete(id);
  }

  removeAllBut(views: readonly string[]): void {
    for (const { info } of this.generations.values()) if (!views.includes(info.view)) this.remove(info.id);
  }

  /** The connection that writes: in one thread the two never meet. */
  reader(id: string): Database.Database {
    return this.generation(id).db;
  }

  private generation(id: string): ViewFile {
    const generation = this.generations.get(id);
    if (!generation) throw new ViewDamaged(id);
    return generation.store;
  }
}
