import { expect } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { measure, type Measured, type MeasureName } from '../../src/bottlenecks/measures.ts';
import type { Question } from '../../src/selections/question.ts';
import { CaseRowsOfLog } from '../../src/case-table/case-rows.ts';
import { createCaseTables, takeRows } from '../../src/case-table/case-store.ts';
import { caseTableProjection } from '../../src/case-table/case-table.projection.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import type { EventLog, StreamHead } from '../../src/event-sourcing/event-log.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { caseModel } from '../../src/journey/case-history.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import { defaultReferenceEvents } from '../../src/reference/reference.ts';
import type { SimulationSettings } from '../../src/simulation/simulation.events.ts';
import { openPlainly } from '../random-histories.ts';
import { emptyLog, simulateInto } from '../simulation/small-country.ts';
import { referenceEvents, type Story } from '../views/story.ts';

/** Own cases in an analytic store, filled at once; gone when it is disposed of. */
export class OwnCases implements AsyncDisposable {
  readonly store: AnalyticStore;
  readonly #folder: string;

  private constructor(store: AnalyticStore, folder: string) {
    this.store = store;
    this.#folder = folder;
  }

  static of(...stories: readonly Story[]): Promise<OwnCases> {
    return OwnCases.recorded([...referenceEvents(), ...stories.flatMap(({ events }) => events)]);
  }

  /** @param rows what else is asked of the rows that the store is filled from */
  static async inLog(log: EventLog, rows?: (db: Database) => void): Promise<OwnCases> {
    if (rows !== undefined) await OwnCases.#asked(log, rows);
    const folder = mkdtempSync(join(tmpdir(), 'woonspoor-cases-'));
    const store = await AnalyticStore.create(join(folder, 'store.duckdb'), { threads: 1 });
    await createCaseTables(store);
    await takeAllRows(store, log);
    return new OwnCases(store, folder);
  }

  static async recorded(events: readonly RecordedEvent[]): Promise<OwnCases> {
    const log = await logOf(events);
    try {
      return await OwnCases.inLog(log);
    } finally {
      await log.close();
    }
  }

  static async #asked(log: EventLog, rows: (db: Database) => void): Promise<void> {
    const loadOpener = () => Promise.resolve(openPlainly);
    const parts = { log, model: caseModel, projections: [caseTableProjection], loadOpener };
    const views = await openViewsInline(parts, { dir: ':memory:' });
    try {
      await views.caughtUp();
      await views.read(caseTableProjection.name, (db) => rows(db));
    } finally {
      await views.close();
    }
  }

  asked<M extends MeasureName>(name: M, question: Question): Promise<Measured<M>> {
    return measure(this.store, name, question);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.closeFile();
    rmSync(this.#folder, { recursive: true });
  }
}

/** A log in memory with these events. */
export async function logOf(events: readonly RecordedEvent[]): Promise<EventLog> {
  const log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  const heads = new Map<string, StreamHead>();
  for (const { stream, id, type, data, metadata } of events)
    heads.set(stream, await log.append(stream, heads.get(stream) ?? 'no-stream', [{ id, type, data, metadata }]));
  return log;
}

/** Fills an empty store with the cases of a log, as they come out at once. */
export async function takeAllRows(store: AnalyticStore, log: EventLog): Promise<void> {
  const folder = `${store.file}.rows`;
  const rows = new CaseRowsOfLog({ log, model: caseModel });
  for await (const one of rows.since({ known: null, again: [], folder }, new AbortController().signal))
    if (one.told === 'rows') await takeRows(store, one.folder);
  expect(await store.rows('from parked')).toEqual([]);
}

/** A log with the reference facts that it begins with, and a simulated country. */
export async function simulatedLog(settings: SimulationSettings): Promise<EventLog> {
  const log = emptyLog();
  for (const { stream, event } of defaultReferenceEvents()) await log.append(stream, 'no-stream', [event]);
  await simulateInto(log, { settings });
  return log;
}
