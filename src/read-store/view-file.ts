import type { Database, Statement } from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { uptime } from 'node:os';
import type { CrashPoint } from '../event-sourcing/crash-point.ts';
import { difference, rowKey, tableShape, type KnownRow } from '../projecting/known-rows.ts';
import type { ViewDefinition } from '../projecting/projection.ts';
import {
  completeUpTo,
  ViewDamaged,
  type FollowingState,
  type GenerationInfo,
  type ParkedStream,
  type StreamRows,
  type ViewState,
  type ViewStore,
} from '../projecting/view-store.ts';
import { ElectionTable } from './election-table.ts';
import { indexSql, RowTable, rowTableSql } from './row-table.ts';
import { SumTable, sumTableSql } from './sum-table.ts';

/** Raised when the engine's own tables change: every view is then built anew. */
const FORMAT = 2;

const ENGINE_TABLES = `
  create table _view (
    format integer not null, logId text not null, name text not null, version integer not null, digest text not null,
    bootedAt integer not null, position text, recordedAt text, state text not null
  ) strict;
  create table _parked (
    stream text primary key, revision integer not null, position text not null, day text not null, since text not null,
    reason text not null, lastRevision integer not null
  ) strict;`;

const NOTHING_TO_WRITE = { isNew: true, fromDay: '', tables: null };

interface ViewHeader {
  readonly logId: string;
  readonly name: string;
  readonly version: number;
  /** Tells another declaration of the view of the same version. */
  readonly digest: string;
  /** When the machine was started on which the file was made, in seconds since 1970. */
  readonly bootedAt: number;
  readonly state: ViewState;
}

/** The tables of a new view, and what it says of itself. */
export function createTables(db: Database, definition: ViewDefinition, logId: string, state: ViewState): void {
  const { name, version, tables, elections = {}, sums = {} } = definition;
  const shapes = new Map(Object.entries(tables).map(([table, declared]) => [table, tableShape(table, declared)]));
  for (const [election, { from }] of Object.entries(elections)) {
    shapes.set(election, { ...shapes.get(from)!, name: election });
  }
  const sql = [...shapes.values()].map(rowTableSql);
  for (const [sum, declared] of Object.entries(sums)) sql.push(sumTableSql(sum, declared, shapes.get(declared.from)!));
  transaction(db, () => {
    db.exec(ENGINE_TABLES + sql.join('\n'));
    const { position = null, recordedAt = null } = completeUpTo(state) ?? {};
    db.prepare('insert into _view values (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
      ...[FORMAT, logId, name, version, digestOf(definition), bootedAt(), position, recordedAt, JSON.stringify(state)],
    );
  });
}

/** @throws what SQLite thinks of it, if it is no view or damaged */
export function readHeader(db: Database): ViewHeader {
  const row = db.prepare<[], ViewHeader & { format: number; state: string }>('select * from _view').get();
  if (row === undefined || row.format !== FORMAT) throw new Error('this is not a view of this program');
  return { ...row, state: JSON.parse(row.state) as ViewState };
}

/** When this machine was started, in seconds since 1970, as well as its clock knows. */
export function bootedAt(): number {
  return Math.round(Date.now() / 1000 - uptime());
}

/** Tells two declarations apart; the names of the secondary indexes and all else that makes a file is in it. */
export function digestOf({ tables, elections, sums }: ViewDefinition): string {
  return createHash('sha256').update(JSON.stringify({ tables, elections, sums })).digest('hex').slice(0, 32);
}

/** What SQLite says of a file whose content is wrong, as opposed to a disk that is full or a file that may not be read. */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ)/.test(sqliteCode(error));
}

/** A statement does not fit the tables: the file is no view, or of another version. */
export function isMisfit(error: unknown): boolean {
  return sqliteCode(error) === 'SQLITE_ERROR';
}

/** Empty for what SQLite has not said. Not by instanceof: the class may have been loaded twice. */
export function sqliteCode(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : '';
}

/** One generation of a view in its SQLite file. */
export class ViewFile implements ViewStore {
  readonly id: string;
  readonly definition: ViewDefinition;
  readonly db: Database;
  private readonly crashPoint: CrashPoint;
  private readonly tables: readonly RowTable[];
  private readonly elections: readonly ElectionTable[];
  private readonly sums: readonly { readonly of: RowTable; readonly table: SumTable }[];
  private readonly saveState: Statement;
  private readonly park: Statement;
  private readonly unpark: Statement;
  private readonly loadedParked: ParkedStream[] = [];
  private present: ViewState;
  private presentlyParked: ReadonlyMap<string, ParkedStream>;

  constructor(info: Pick<GenerationInfo, 'id'>, definition: ViewDefinition, db: Database, crashPoint: CrashPoint) {
    this.id = info.id;
    this.definition = definition;
    this.db = db;
    this.crashPoint = crashPoint;
    this.present = readHeader(db).state;
    this.presentlyParked = new Map(parkedIn(db).map((parked) => [parked.stream, parked]));
    const byName = new Map<string, RowTable>();
    for (const [name, declared] of Object.entries(definition.tables)) {
      const shape = tableShape(name, declared);
      byName.set(name, new RowTable(db, shape, (_, values) => rowKey(shape, values)));
    }
    this.tables = [...byName.values()];
    this.elections = Object.entries(definition.elections ?? {}).map(([name, declared]) => {
      const election = new ElectionTable(db, name, declared, byName.get(declared.from)!);
      byName.set(name, election.table);
      return election;
    });
    this.sums = Object.entries(definition.sums ?? {}).map(([name, declared]) => {
      const of = byName.get(declared.from)!;
      return { of, table: new SumTable(db, name, declared, of.shape) };
    });
    this.saveState = db.prepare('update _view set position = ?, recordedAt = ?, state = ? where state = +?');
    this.park = db.prepare('insert or replace into _parked values (?, ?, ?, ?, ?, ?, ?)');
    this.unpark = db.prepare('delete from _parked where stream = +?');
  }

  get state(): ViewState {
    return this.present;
  }

  get parked(): ReadonlyMap<string, ParkedStream> {
    return this.presentlyParked;
  }

  commit(streams: readonly StreamRows[], state: ViewState): void {
    this.inTransaction(streams, state, () => {
      for (const { stream, isNew, fromDay, tables } of streams) {
        tables?.forEach((wanted, place) => {
          const table = this.tables[place]!;
          const present = isNew ? [] : table.knownFrom(stream, fromDay);
          const changes = difference(present, wanted, table.shape.daily ? fromDay : '');
          table.apply(changes, () => stream);
          for (const row of changes.removed) this.moved(table, stream, row, -1);
          for (const row of changes.added) this.moved(table, stream, row, 1);
        });
      }
      for (const election of this.elections) {
        election.apply((stream, row, sign) => this.moved(election.table, stream, row, sign));
      }
      for (const { table } of this.sums) table.apply();
    });
  }

  load({ stream, tables, parked }: StreamRows): void {
    if (!this.db.inTransaction) this.db.exec('begin immediate');
    tables?.forEach((rows, place) => {
      const table = this.tables[place]!;
      for (const row of rows) table.load(stream, row);
    });
    if (parked !== null) this.loadedParked.push(parked);
  }

  loaded(state: ViewState): void {
    const parked = this.loadedParked.splice(0).map((as) => ({ ...NOTHING_TO_WRITE, stream: as.stream, parked: as }));
    this.inTransaction(parked, state, () => {
      for (const table of this.tables) table.flush();
    });
  }

  async finish(state: FollowingState): Promise<void> {
    for (const sql of this.indexes()) {
      this.db.exec(sql);
      await breath();
    }
    for (const election of this.elections) {
      // One transaction a step, and begun anew after a crash: the state says that it is not finished.
      const steps = election.refill();
      while (!transaction(this.db, () => steps.next().done)) await breath();
    }
    // The one commit that is flushed to disk, and all before it with it.
    this.db.pragma('synchronous = full');
    this.inTransaction([], state, () => {
      for (const { table } of this.sums) table.refill();
    });
    if (!this.db.memory) this.db.pragma('journal_mode = wal');
    this.db.pragma('synchronous = normal');
  }

  close(): void {
    if (this.db.inTransaction) this.db.exec('rollback');
    this.loadedParked.length = 0;
    for (const table of this.tables) table.forget();
    if (!this.db.memory) this.db.close();
  }

  private moved(table: RowTable, stream: string, row: KnownRow, sign: 1 | -1): void {
    for (const election of this.elections) if (election.from === table) election.move(row);
    for (const sum of this.sums) if (sum.of === table) sum.table.move(stream, row, sign);
  }

  /** Rows, parked streams and state in one transaction; what is held in memory changes only once it has been committed. */
  private inTransaction(streams: readonly StreamRows[], state: ViewState, write: () => void): void {
    const parked = new Map(this.presentlyParked);
    try {
      transaction(
        this.db,
        () => {
          write();
          for (const { stream, parked: as } of streams) this.parkIn(parked, stream, as);
          const { position = null, recordedAt = null } = completeUpTo(state) ?? {};
          const saved = this.saveState.run(position, recordedAt, JSON.stringify(state), JSON.stringify(this.present));
          if (saved.changes !== 1) throw new Error(`${this.id} was changed by another process`);
        },
        this.crashPoint,
      );
    } catch (error) {
      for (const election of this.elections) election.forget();
      for (const { table } of this.sums) table.forget();
      throw isDamage(error) ? new ViewDamaged(this.id, { cause: error }) : error;
    }
    this.present = state;
    this.presentlyParked = parked;
  }

  private parkIn(parked: Map<string, ParkedStream>, stream: string, as: ParkedStream | null): void {
    if (as !== null) {
      const { revision, position, day, since, reason, lastRevision } = as;
      this.park.run(stream, revision, position, day, since, reason, lastRevision);
      parked.set(stream, as);
    } else if (parked.delete(stream)) {
      this.unpark.run(stream);
    }
  }

  private indexes(): readonly string[] {
    const { tables, elections = {} } = this.definition;
    const sql: string[] = [];
    const add = (table: string, columns: readonly (readonly string[])[]): void =>
      columns.forEach((index, number) => sql.push(indexSql(table, number, index)));
    for (const [name, { indexes = [] }] of Object.entries(tables)) {
      const per = Object.values(elections).flatMap((election) => (election.from === name ? [[election.per]] : []));
      add(name, [['stream'], ...per, ...indexes]);
    }
    for (const [name, { per, indexes = [] }] of Object.entries(elections)) add(name, [[per], ...indexes]);
    return sql;
  }
}

export function parkedIn(db: Database): readonly ParkedStream[] {
  return db.prepare<[], ParkedStream>('select * from _parked order by stream').all();
}

/**
 * Goes on with the transaction that is open, or in a new one.
 * @param crashPoint may end the process right before or after the commit
 */
function transaction<T>(db: Database, write: () => T, crashPoint?: CrashPoint): T {
  if (!db.inTransaction) db.exec('begin immediate');
  try {
    const answer = write();
    crashPoint?.('view:before-commit');
    db.exec('commit');
    crashPoint?.('view:after-commit');
    return answer;
  } catch (error) {
    if (db.inTransaction) db.exec('rollback');
    throw error;
  }
}

/** Lets others have a turn between two long steps. */
function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
