import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { measure, type Measured, type MeasureName } from '../../src/bottlenecks/measures.ts';
import type { Question } from '../../src/bottlenecks/question.ts';
import { createCaseTables, takeRows, type ReadView } from '../../src/case-table/case-store.ts';
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
import { built, type Story } from '../views/story.ts';

/** Own cases in an analytic store, filled at once; gone when it is disposed of. */
export class OwnCases implements Disposable {
  readonly store: AnalyticStore;
  readonly #folder: string;

  private constructor(store: AnalyticStore, folder: string) {
    this.store = store;
    this.#folder = folder;
  }

  static async of(...stories: readonly Story[]): Promise<OwnCases> {
    const db = await built(caseTableProjection, stories);
    return OwnCases.#filled((read) => Promise.resolve(read(db)));
  }

  /** @param rows what else is asked of the rows that the store was filled from */
  static async inLog(log: EventLog, rows?: (db: Database) => void): Promise<OwnCases> {
    const parts = {
      log,
      model: caseModel,
      projections: [caseTableProjection],
      loadOpener: () => Promise.resolve(openPlainly),
    };
    const views = await openViewsInline(parts, { dir: ':memory:' });
    try {
      await views.caughtUp();
      if (rows !== undefined) await views.read(caseTableProjection.name, (db) => rows(db));
      return await OwnCases.#filled((read) => views.read(caseTableProjection.name, (db) => read(db)));
    } finally {
      await views.close();
    }
  }

  static async recorded(events: readonly RecordedEvent[]): Promise<OwnCases> {
    const log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    const heads = new Map<string, StreamHead>();
    for (const { stream, id, type, data, metadata } of events)
      heads.set(stream, await log.append(stream, heads.get(stream) ?? 'no-stream', [{ id, type, data, metadata }]));
    try {
      return await OwnCases.inLog(log);
    } finally {
      await log.close();
    }
  }

  static async #filled(read: ReadView): Promise<OwnCases> {
    const folder = mkdtempSync(join(tmpdir(), 'woonspoor-cases-'));
    const store = await AnalyticStore.create(join(folder, 'store.duckdb'), { threads: 1 });
    await createCaseTables(store);
    await takeRows(store, read);
    return new OwnCases(store, folder);
  }

  asked<M extends MeasureName>(name: M, question: Question): Promise<Measured<M>> {
    return measure(this.store, name, question);
  }

  [Symbol.dispose](): void {
    this.store.closeFile();
    rmSync(this.#folder, { recursive: true });
  }
}

/** A log with the reference facts that it begins with, and a simulated country. */
export async function simulatedLog(settings: SimulationSettings): Promise<EventLog> {
  const log = emptyLog();
  for (const { stream, event } of defaultReferenceEvents()) await log.append(stream, 'no-stream', [event]);
  await simulateInto(log, { settings });
  return log;
}
