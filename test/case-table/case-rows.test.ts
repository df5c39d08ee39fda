import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaseRowsInThread } from '../../src/case-table/case-rows-thread.ts';
import { CaseRowsOfLog, type CaseRows, type ReadUpTo, type RowsTold } from '../../src/case-table/case-rows.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { caseModel } from '../../src/journey/case-history.ts';
import { person, referenceEvents, story, type Story } from '../views/story.ts';

jest.setTimeout(60_000);

const MODULE = new URL('../../src/projections.ts', import.meta.url).href;
let folder: string;
let log: SqliteEventLog;
let rows: CaseRows;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'woonspoor-rows-'));
  log = SqliteEventLog.open({ file: join(folder, 'log.sqlite'), mode: 'write' });
  rows = new CaseRowsOfLog({ log, model: caseModel });
  await record(referenceEvents());
  await record(waiting('anna').events);
  await record(waiting('bert').events);
});
afterEach(async () => {
  await rows.close();
  await log.close();
  rmSync(folder, { recursive: true });
});

function waiting(caseId: string): Story {
  return story(caseId)
    .permit('2017-01-01', [person(caseId)])
    .linked('2017-01-10', 'GM0344');
}

async function record(events: readonly RecordedEvent[]): Promise<void> {
  for (const { stream, id, type, data, metadata } of events) {
    const last = (await log.readStream(stream)).at(-1);
    await log.append(stream, last ?? 'no-stream', [{ id, type, data, metadata }]);
  }
}

async function told(by: CaseRows, known: ReadUpTo | null, again: readonly string[] = []) {
  const into = mkdtempSync(join(folder, 'told-'));
  const all: RowsTold[] = [];
  const asked = { known, again, folder: join(into, 'rows') };
  for await (const one of by.since(asked, new AbortController().signal)) all.push(one);
  const folders = all.flatMap((one) => (one.told === 'rows' ? [one.folder] : []));
  const text = (name: string): string =>
    folders.map((part) => readFileSync(join(part, `${name}.csv`), 'utf8')).join('');
  const [first, last] = [all[0], all.at(-1)];
  if (first?.told !== 'streams' || last?.told !== 'reached') throw new Error('told in another order');
  return { streams: first.streams, reached: last.reached, text, files: folders.map((part) => readdirSync(part)) };
}

function damage(stream: string, revision: number): void {
  const db = new Database(log.file);
  db.exec('drop trigger if exists events_stand');
  db.prepare(
    `update events set data = '{' where revision = ? and stream = (select id from streams where name = ?)`,
  ).run(revision, stream);
  db.close();
}

describe('Rows of cases', () => {
  it('are those of all cases where nothing is known, and then of those that have changed', async () => {
    const all = await told(rows, null);
    expect([all.streams, all.text('cases')]).toEqual(['all', '0,"case-anna"\n1,"case-bert"\n']);
    expect(await told(rows, all.reached)).toMatchObject({ streams: [], reached: all.reached, files: [] });
    await record(waiting('bert').on('2017-01-20', 'SearchStarted', {}).events.slice(2));
    const changed = await told(rows, all.reached);
    expect([changed.streams, changed.text('cases')]).toEqual([['case-bert'], '0,"case-bert"\n']);
    expect(changed.text('activities')).toContain('"SearchStarted"');
    expect(changed.reached.position).toBe(await log.head());
  });

  it('are those of all cases again when a reference fact has come in', async () => {
    const before = await told(rows, null);
    const days = { linkDays: 7, homeDays: 70, moveDays: 14, wholeDays: 98, maximumExtensionDays: 28 };
    const data = { validFrom: '2017-01-01', ...days, maximumSuspensionDays: 365 };
    await record([referenceEvents({ recordedOn: '2017-02-01', event: { type: 'NormTermsSet', data } }).at(-1)!]);
    const after = await told(rows, before.reached);
    expect(after.streams).toBe('all');
    expect(after.text('phases').length).toBeGreaterThan(before.text('phases').length);
  });

  it('go as far as a damaged stream can be read, which is parked; the others are not affected', async () => {
    const { reached } = await told(rows, null);
    await record(waiting('bert').on('2017-01-20', 'SearchStarted', {}).events.slice(2));
    await record(waiting('anna').on('2017-01-20', 'SearchStarted', {}).events.slice(2));
    damage('case-bert', 2);
    const changed = await told(rows, reached);
    const atOnce = await told(new CaseRowsOfLog({ log, model: caseModel }), null);
    for (const { text } of [changed, atOnce]) {
      expect(text('parked')).toMatch(/^"case-bert",2,"\d+","","","StreamDamaged: [^"]*",2\n$/);
      expect(text('activities').match(/"SearchStarted"/g)).toHaveLength(1);
      expect(text('cases')).toContain('"case-bert"');
    }
    expect(changed.reached.position).toBe(await log.head());
  });

  it('say what has a quotation mark, a line end or another alphabet in it', async () => {
    const told1 = waiting('carl');
    const strange = 'Gemeente "’s-Hertogenbosch",\nÅ & zonen';
    const events = told1.events.map((event) => ({ ...event, metadata: { ...event.metadata, organisation: strange } }));
    await record(events);
    const { text } = await told(rows, null);
    expect(text('activities')).toContain(`,"Gemeente ""’s-Hertogenbosch"",\nÅ & zonen",`);
  });

  it('come out the same in a thread of their own, which tells when the log becomes longer', async () => {
    const thread = new CaseRowsInThread({ module: MODULE, config: { log: { file: log.file } } });
    const watched = new AbortController();
    try {
      const here = await told(rows, null);
      const there = await told(thread, null);
      expect(there.reached).toEqual(here.reached);
      for (const name of ['cases', 'attributes', 'activities', 'phases'])
        expect(there.text(name)).toBe(here.text(name));
      const moved = new Promise<void>((resolve) => thread.watch(resolve, watched.signal));
      await record(waiting('bert').on('2017-01-20', 'SearchStarted', {}).events.slice(2));
      await moved;
      expect((await told(thread, there.reached)).streams).toEqual(['case-bert']);
    } finally {
      watched.abort();
      await thread.close();
    }
  });

  it('are told of no thread that cannot start: whoever asks hears why', async () => {
    const thread = new CaseRowsInThread({ module: MODULE, config: { log: { file: join(folder, 'nowhere.sqlite') } } });
    await expect(told(thread, null)).rejects.toThrow('nowhere.sqlite');
    await expect(told(thread, null)).rejects.toThrow('nowhere.sqlite');
    await thread.close();
  });
});
