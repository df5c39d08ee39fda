import type { Database } from 'better-sqlite3';
import { ERASABLE_CATEGORIES, LATEST_ONLY_CATEGORIES } from '../event-sourcing/event-log.ts';
import { categoryOf } from '../event-sourcing/event.ts';
import { unavailable } from './sqlite-errors.ts';
import type { SqliteEventLog } from './sqlite-event-log.ts';
import { openToRead } from './sqlite-file.ts';
import { MOST_FINDINGS, verifyLog, type Finding, type Verification, type VerifyOptions } from './verify-log.ts';

interface StreamRow {
  readonly id: bigint;
  readonly name: string;
  readonly category: string;
  readonly erased: bigint;
}

const STREAMS_AT_ONCE = 500;
const [LOWEST, HIGHEST] = [-(2n ** 63n), 2n ** 63n - 1n];

/**
 * Looks at the table of streams, which no hash covers and which decides what is read at all, and then at every stream.
 * Stopped by its signal it answers with what it found so far.
 */
export async function verifySqliteLog(log: SqliteEventLog, options: VerifyOptions = {}): Promise<Verification> {
  const table = await verifyStreamTable(log.file, options.signal);
  const chains = await verifyLog(log, options);
  return {
    ...chains,
    findings: [...table.findings, ...chains.findings],
    isComplete: table.isComplete && chains.isComplete,
  };
}

async function verifyStreamTable(
  file: string,
  signal: AbortSignal | undefined,
): Promise<Pick<Verification, 'findings' | 'isComplete'>> {
  const findings: Finding[] = [];
  let db: Database | undefined;
  try {
    db = openToRead(file).defaultSafeIntegers();
    const look = lookingAt(db);
    for (let after: bigint | undefined = LOWEST; after !== undefined;) {
      if (signal?.aborted || findings.length >= MOST_FINDINGS) return { findings, isComplete: false };
      const seen = look(after);
      findings.push(...seen.findings);
      after = seen.last;
      await new Promise(setImmediate);
    }
    return { findings, isComplete: true };
  } catch (error) {
    const what = unavailable(file, error).message;
    return { findings: [...findings, { stream: null, revision: null, what }], isComplete: false };
  } finally {
    db?.close();
  }
}

/** Looks at the next few streams and at the events up to them; `last` is undefined at the end. */
function lookingAt(db: Database): (after: bigint) => { findings: Finding[]; last: bigint | undefined } {
  const streams = db.prepare<[bigint], StreamRow>(
    `SELECT id, name, category, erased FROM streams WHERE id > ? ORDER BY id LIMIT ${STREAMS_AT_ONCE}`,
  );
  const [chained, latest] = ['events', 'latest_events'].map((table) =>
    db
      .prepare<[bigint, bigint], bigint>(`SELECT DISTINCT stream FROM ${table} WHERE stream > ? AND stream <= ?`)
      .pluck(),
  );
  const unerased = db.prepare<[bigint], unknown>(
    `SELECT 1 FROM events WHERE stream = ? AND trim(id || type || data || metadata, '0') <> '' LIMIT 1`,
  );

  // In one transaction: a writer may be at work, and a stream must not come between the one query and the other.
  return db.transaction((after: bigint) => {
    const rows = streams.all(after);
    const last = rows.length < STREAMS_AT_ONCE ? undefined : rows.at(-1)!.id;
    const inChained = new Set(chained!.all(after, last ?? HIGHEST));
    const inLatest = new Set(latest!.all(after, last ?? HIGHEST));
    const findings: Finding[] = [];
    for (const row of rows) {
      const flaws = flawsOfRow(row, inChained.delete(row.id), inLatest.delete(row.id));
      if (row.erased === 1n && isErasable(row) && unerased.get(row.id))
        flaws.push('is marked as erased, and its events still stand there');
      findings.push(...flaws.map((what) => ({ stream: row.name, revision: null, what })));
    }
    for (const id of new Set([...inChained, ...inLatest])) {
      findings.push({ stream: null, revision: null, what: `holds events of a stream (${id}) that is not there` });
    }
    return { findings, last };
  });
}

function isErasable({ name }: StreamRow): boolean {
  return ERASABLE_CATEGORIES.includes(categoryOf(name));
}

function flawsOfRow(row: StreamRow, isInChained: boolean, isInLatest: boolean): string[] {
  const { name, category, erased } = row;
  const flaws: string[] = [];
  const own = categoryOf(name);
  const isLatestOnly = LATEST_ONLY_CATEGORIES.includes(own);
  if (category !== own) flaws.push(`is filed under the category ${category}: it is not read with the others of ${own}`);
  if (erased !== 0n && erased !== 1n) flaws.push(`is marked with ${erased}, which is neither erased nor not`);
  if (erased !== 0n && !isErasable(row)) {
    flaws.push('is marked as erased, which streams of its category never are: it is not read any more');
  }
  if (isLatestOnly ? isInChained : isInLatest) flaws.push('has events in the table of another kind of stream');
  if (erased === 0n && !isInChained && !isInLatest) flaws.push('has no events any more');
  return flaws;
}
