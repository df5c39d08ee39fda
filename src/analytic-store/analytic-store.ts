import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { rm } from 'node:fs/promises';
import { createTablesSql } from './event-tables.ts';
import { stepAside } from './step-aside.ts';

/** What a query answers with, as JavaScript has it: whole numbers and sums as numbers, texts, lists, structs. */
export type Row = Readonly<Record<string, unknown>>;

export interface StoreOptions {
  /** Threads of the engine; by default as many as there are cores. */
  readonly threads?: number;
  /** Most memory of the engine in MiB; beyond it, it sorts and joins on disk. */
  readonly memoryMiB?: number;
  /** Beside other work of this process, which goes first. */
  readonly stepsAside?: boolean;
}

const MEMORY_MIB = 2_048;
/** Groups by numbers of which so many bits can tell each apart are kept in an array, which is filled twice as fast as a hash table. */
const GROUP_BITS = 18;

/**
 * A DuckDB file with one event table and what is worked out of it once (`event-tables.ts`). Queries run off the main thread.
 * One process writes a file; while it does, no other can open it.
 */
export class AnalyticStore implements AsyncDisposable {
  readonly file: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  /** Resolves when what was asked last has ended. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosing = false;

  private constructor(file: string, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.file = file;
    this.#instance = instance;
    this.#connection = connection;
  }

  /** A new file with empty tables. */
  static async create(file: string, options: StoreOptions = {}): Promise<AnalyticStore> {
    const store = await AnalyticStore.#open(file, options);
    await store.run(createTablesSql());
    return store;
  }

  static openToWrite(file: string, options: StoreOptions = {}): Promise<AnalyticStore> {
    return AnalyticStore.#open(file, options);
  }

  /** Any number of processes can read one file, as long as none writes it. */
  static openToRead(file: string, options: StoreOptions = {}): Promise<AnalyticStore> {
    return AnalyticStore.#open(file, options, { access_mode: 'READ_ONLY' });
  }

  static async #open(
    file: string,
    options: StoreOptions,
    config: Readonly<Record<string, string>> = {},
  ): Promise<AnalyticStore> {
    const instance = await DuckDBInstance.create(file, { ...settings(options), ...config });
    if (options.stepsAside) stepAside();
    return AnalyticStore.#connected(file, instance);
  }

  /** The same file by another connection: for questions asked at the same time, each with its own temporary tables. */
  another(): Promise<AnalyticStore> {
    return AnalyticStore.#connected(this.file, this.#instance);
  }

  /** Times without a zone are UTC, wherever the machine stands. */
  static async #connected(file: string, instance: DuckDBInstance): Promise<AnalyticStore> {
    const connection = await instance.connect();
    await connection.run(`set timezone = 'UTC'; set perfect_ht_threshold = ${GROUP_BITS}`);
    return new AnalyticStore(file, instance, connection);
  }

  /** One statement with values, or several without. Ends with an error as soon as the signal is aborted. */
  async run(sql: string, values: readonly DuckDBValue[] = [], signal?: AbortSignal): Promise<void> {
    await this.#inTurn(signal, () => this.#connection.run(sql, [...values]));
  }

  async rows<R extends object = Row>(
    sql: string,
    values: readonly DuckDBValue[] = [],
    signal?: AbortSignal,
  ): Promise<R[]> {
    const reader = await this.#inTurn(signal, () => this.#connection.runAndReadAll(sql, [...values]));
    const names = reader.columnNames();
    const columns = reader.getColumnsJS().map((column) => column.map(plain));
    return Array.from({ length: reader.currentRowCount }, (_, at) => {
      const row: Record<string, unknown> = {};
      for (const [index, name] of names.entries()) row[name] = columns[index]![at];
      return row as R;
    });
  }

  /**
   * The columns of a query that answers doubles only, none of them null: where rows are so many that to make an object of each takes
   * longer than the query.
   */
  async doubles(sql: string, signal?: AbortSignal): Promise<readonly Float64Array[]> {
    const chunks = await this.#inTurn(signal, async () => (await this.#connection.run(sql)).fetchAllChunks());
    const rows = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
    return Array.from({ length: chunks[0]?.columnCount ?? 0 }, (_, column) => {
      const values = new Float64Array(rows);
      let filled = 0;
      for (const chunk of chunks) {
        // Their memory, which is handed out in no other way: asked for one by one they take a hundred times as long.
        const { items } = chunk.getColumnVector(column) as unknown as { readonly items: unknown };
        if (!(items instanceof Float64Array)) throw new Error(`no column of doubles: ${sql}`);
        values.set(items.subarray(0, chunk.rowCount), filled);
        filled += chunk.rowCount;
      }
      return values;
    });
  }

  async row<R extends object = Row>(
    sql: string,
    values: readonly DuckDBValue[] = [],
    signal?: AbortSignal,
  ): Promise<R> {
    const [first] = await this.rows<R>(sql, values, signal);
    if (first === undefined) throw new Error(`no row: ${sql}`);
    return first;
  }

  /** All or nothing. Not to be nested. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.run('begin transaction');
    try {
      const result = await work();
      await this.run('commit');
      return result;
    } catch (error) {
      await this.run('rollback');
      throw error;
    }
  }

  /** Closes this connection, once what runs on it has ended; the file when it is the last. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#last;
    this.#connection.closeSync();
  }

  /** Closes this connection and lets go of the file, which is closed with the last other connection. */
  async closeFile(): Promise<void> {
    await this.close();
    this.#instance.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.closeFile();
  }

  /** One after the other: a connection that is closed, or rolled back, under a query that still runs takes the process with it. */
  #inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      if (this.#isClosing) throw new Error('the connection is closed');
      return this.#interruptible(signal, work);
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #interruptible<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const interrupt = (): void => this.#connection.interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', interrupt);
    }
  }
}

/** The file and what the engine keeps beside it. */
export async function removeStore(file: string): Promise<void> {
  for (const path of [file, `${file}.wal`, `${file}.tmp`]) await rm(path, { recursive: true, force: true });
}

/** Everything the engine needs is linked into it: it fetches nothing, whatever a query asks for. */
function settings({ threads, memoryMiB = MEMORY_MIB }: StoreOptions): Record<string, string> {
  return {
    ...(threads === undefined ? {} : { threads: String(threads) }),
    memory_limit: `${memoryMiB}MiB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  };
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}
