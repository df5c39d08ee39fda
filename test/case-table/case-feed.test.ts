import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { CaseFeed } from '../../src/case-table/case-feed.ts';
import { CaseRowsOfLog } from '../../src/case-table/case-rows.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { epochDay } from '../../src/event-sourcing/days.ts';
import type { EventLog, StreamHead } from '../../src/event-sourcing/event-log.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { caseModel } from '../../src/journey/case-history.ts';
import { defaultReferenceEvents } from '../../src/reference/reference.ts';
import { person, referenceEvents, story, type Story } from '../views/story.ts';

let folder: string;
let log: SqliteEventLog;
let feed: CaseFeed;
jest.setTimeout(60_000);

const failures: unknown[] = [];
const discarded: unknown[] = [];

beforeEach(async () => {
  failures.length = 0;
  discarded.length = 0;
  heads.clear();
  folder = mkdtempSync(join(tmpdir(), 'woonspoor-feed-'));
  log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  for (const { stream, event } of defaultReferenceEvents()) await log.append(stream, 'no-stream', [event]);
  feed = fed('kept-up');
});
afterEach(async () => {
  await feed.stop();
  await log.close();
  rmSync(folder, { recursive: true });
  expect(failures).toEqual([]);
});

function fed(name: string, of: EventLog = log): CaseFeed {
  const made = new CaseFeed({
    log: of,
    rows: new CaseRowsOfLog({ log: of, model: caseModel }),
    file: join(folder, `${name}.duckdb`),
    store: { threads: 1 },
    onFailure: (error) => failures.push(error),
    onDiscarded: (error) => discarded.push(error),
  });
  made.start();
  return made;
}

/** Events in the order in which they were recorded, whichever case they are of. */
function byTime(...stories: readonly Story[]): readonly RecordedEvent[] {
  const at = ({ metadata }: RecordedEvent): number => Date.parse(metadata.recordedAt);
  return stories.flatMap(({ events }) => events).toSorted((a, b) => at(a) - at(b));
}

const heads = new Map<string, StreamHead>();

async function append({ stream, id, type, data, metadata }: RecordedEvent, to: EventLog = log): Promise<void> {
  heads.set(stream, await to.append(stream, heads.get(stream) ?? 'no-stream', [{ id, type, data, metadata }]));
}

/** A case that was housed late in being told, was corrected, and one whose link was revoked on the day it was recorded. */
function stories(): readonly Story[] {
  const anna = story('anna')
    .permit('2017-01-01', [person('anna')])
    .linked('2017-01-10', 'GM0344')
    .housed('2017-03-02', '2017-03-05', '2017-03-20', '2017-05-01')
    .recorded('2017-06-01')
    .moved('2017-05-11', ['anna']);
  anna.recorded('2017-06-10').corrected('2017-06-10', anna.events.length - 1, { occurredOn: '2017-05-02' });
  const bert = story('bert')
    .permit('2017-01-03', [person('bert')])
    .recorded('2017-02-01')
    .linked('2017-01-20', 'GM0363')
    .on('2017-02-01', 'LinkRevoked', { reason: 'MEDICAL', note: null });
  return [anna, bert];
}

/** All that is asked of the event table, by names: how rows are numbered is no part of it. */
async function contentOf(its: CaseFeed): Promise<unknown> {
  return its.ask(async (store) => {
    const content: Record<string, unknown> = {};
    const numbers = '(select distinct case_no, id from (from cases union all by name from superseded_cases)) numbers';
    for (const table of ['', 'superseded_']) {
      content[`${table}events`] = await store.rows(
        `select id, known_from, known_until, position, activity.name as activity, resource.name as resource, event.started::varchar as at
         from ${table}event event join ${numbers} using (case_no) join activity on activity.activity = event.activity
         join resource on resource.resource = event.resource order by all`,
      );
      content[`${table}steps`] = await store.rows(
        `select id, known_from, known_until, position, us, working_us, source.name as from, target.name as to
         from ${table}step step join ${numbers} using (case_no) join edge using (edge) join activity source on source.activity = from_activity
         join activity target on target.activity = to_activity order by all`,
      );
      content[`${table}repeats`] = await store.rows(
        `select id, repeat.* exclude (case_no, kind), own_kind.* exclude (kind)
          from ${table}repeat repeat join ${numbers} using (case_no) left join own_kind using (kind) order by all`,
      );
      content[`${table}cases`] = await store.rows(
        `select cases.* exclude (case_no, variant), activities from ${table}cases cases join variant using (variant) order by all`,
      );
    }
    content.parked = await store.rows('from parked order by stream');
    for (const name of ['phases', 'impediments', 'suspensions'])
      for (const table of [`own_${name}`, `superseded_own_${name}`])
        content[table] = await store.rows(
          `select id, own.* exclude (case_no, kind), own_kind.* exclude (kind)
          from ${table} own join ${numbers} using (case_no) left join own_kind using (kind) order by all`,
        );
    return content;
  });
}

/** `anna: PermitGranted 2017-01-01, …`, as known by the end of a day. */
async function knownOn(store: AnalyticStore, day: string): Promise<readonly string[]> {
  const rows = await store.rows<{ id: string; events: string }>(
    `select id, string_agg(activity.name || ' ' || strftime(event.started, '%Y-%m-%d'), ', ' order by position) as events
     from (from event union all by name from superseded_event) event
     join (from cases union all by name from superseded_cases) cases using (case_no)
     join activity on activity.activity = event.activity
     where event.known_from <= ${epochDay(day)} and ${epochDay(day)} < event.known_until
       and cases.known_from <= ${epochDay(day)} and ${epochDay(day)} < cases.known_until
     group by id order by id`,
  );
  return rows.map(({ id, events }) => `${id}: ${events}`);
}

describe('The event table of the cases', () => {
  it('is the same kept up event by event, kept up in other batches, and filled at once', async () => {
    for (const [index, event] of byTime(...stories()).entries()) {
      await append(event);
      if (index % 3 !== 1) await feed.caughtUp();
    }
    await feed.caughtUp();
    const keptUp = await contentOf(feed);
    const atOnce = fed('at-once');
    await atOnce.caughtUp();
    try {
      expect(await contentOf(atOnce)).toEqual(keptUp);
    } finally {
      await atOnce.stop();
    }
  });

  it('goes on from where it stands when it is opened again', async () => {
    const events = byTime(...stories());
    for (const event of events.slice(0, 4)) await append(event);
    await feed.caughtUp();
    await feed.stop();
    for (const event of events.slice(4)) await append(event);
    feed = fed('kept-up');
    await feed.caughtUp();
    const atOnce = fed('at-once');
    await atOnce.caughtUp();
    expect(await contentOf(feed)).toEqual(await contentOf(atOnce));
    await atOnce.stop();
  });

  it('answers as it was known by the end of any past day', async () => {
    for (const event of byTime(...stories())) await append(event);
    await feed.caughtUp();
    await feed.ask(async (store) => {
      expect(await knownOn(store, '2017-01-25')).toEqual([
        'anna: PermitGranted 2017-01-01, MunicipalityLinked 2017-01-10',
        'bert: PermitGranted 2017-01-03',
      ]);
      expect(await knownOn(store, '2017-02-01')).toContain(
        'bert: PermitGranted 2017-01-03, MunicipalityLinked 2017-01-20, LinkRevoked 2017-02-01',
      );
      expect((await knownOn(store, '2017-06-09'))[0]).toMatch(/, MovedIn 2017-05-11$/);
      expect((await knownOn(store, '2017-06-10'))[0]).toMatch(/, MovedIn 2017-05-02$/);
      expect(await knownOn(store, '2016-12-31')).toEqual([]);
    });
  });

  it('stays as it was for a question that has begun, whatever comes in meanwhile', async () => {
    const events = byTime(...stories());
    for (const event of events.slice(0, -1)) await append(event);
    await feed.caughtUp();
    const of = 'select count(*) as events, max(event.started)::varchar as last from event join asked using (case_no)';
    const isIn = (store: AnalyticStore) => store.row(of);
    await feed.ask(async (store) => {
      await store.run('create or replace temp table asked as select case_no from cases');
      const before = await isIn(store);
      await append(events.at(-1)!);
      await feed.caughtUp();
      expect(await isIn(store)).toEqual(before);
      await feed.ask(async (other) => {
        await other.run('create or replace temp table asked as select case_no from cases');
        expect(await isIn(other)).not.toEqual(before);
      });
    });
  });

  it('goes on answering a question that has begun when it is made anew meanwhile', async () => {
    for (const event of byTime(...stories())) await append(event);
    await feed.caughtUp();
    const count = (store: AnalyticStore) => store.row('select count(*) as events from event');
    await feed.ask(async (store) => {
      const before = await count(store);
      await append({ ...byTime(...stories())[0]!, stream: 'reference-toy', id: 'reference-1' });
      await feed.caughtUp();
      expect(await count(store)).toEqual(before);
    });
    expect(await feed.ask(count)).toMatchObject({ events: expect.any(Number) });
  });

  it('shows the last good rows of a case that cannot be worked out, parks it, and goes on with the others', async () => {
    const events = byTime(...stories());
    for (const event of events.slice(0, 3)) await append(event);
    await feed.caughtUp();
    await append({ ...events[3]!, type: 'RoofBlownOff' });
    for (const event of events.slice(4)) await append(event);
    await feed.caughtUp();
    const [poisoned, other] = events[3]!.stream === 'case-anna' ? ['anna', 'bert'] : ['bert', 'anna'];
    await feed.ask(async (store, { parked }) => {
      expect(parked).toBe(1);
      expect(await store.rows('from parked')).toMatchObject([
        { stream: `case-${poisoned}`, revision: events[3]!.revision, reason: expect.stringContaining('RoofBlownOff') },
      ]);
      const now = (await knownOn(store, '2017-12-31')).map((told) => told.slice(0, 4));
      expect(now).toEqual(['anna', 'bert']);
    });
    const atOnce = fed('at-once');
    await atOnce.caughtUp();
    expect(await contentOf(atOnce)).toEqual(await contentOf(feed));
    expect(other).not.toBe(poisoned);
    await atOnce.stop();
  });

  it('tries again what was parked when it is opened again', async () => {
    for (const event of byTime(...stories())) await append(event);
    await feed.caughtUp();
    const whole = await contentOf(feed);
    await feed.stop();
    const store = await AnalyticStore.openToWrite(join(folder, 'kept-up.duckdb'));
    await store.run(`insert into parked values ('case-anna', 0, '9', '', '', 'as an older program saw it', 3)`);
    await store.run('delete from event');
    await store.closeFile();
    feed = fed('kept-up');
    await feed.caughtUp();
    const anna = (content: unknown) =>
      JSON.stringify((content as { events: { id: string }[] }).events.filter(({ id }) => id === 'anna'));
    expect(anna(await contentOf(feed))).toBe(anna(whole));
  });

  it('is filled anew where its file is damaged, and says so', async () => {
    for (const event of byTime(...stories())) await append(event);
    await feed.caughtUp();
    writeFileSync(join(folder, 'damaged.duckdb'), 'no database');
    const damaged = fed('damaged');
    await damaged.caughtUp();
    expect(discarded).toEqual([expect.objectContaining({ message: expect.stringContaining('not a valid DuckDB') })]);
    expect(await contentOf(damaged)).toEqual(await contentOf(feed));
    await damaged.stop();
  });

  it('begins anew where a filling was killed', async () => {
    for (const event of byTime(...stories())) await append(event);
    await feed.caughtUp();
    mkdirSync(join(folder, 'again.duckdb.rows', '0'), { recursive: true });
    writeFileSync(join(folder, 'again.duckdb.rows', '0', 'cases.csv'), '0,"case-nobody"\n0,');
    writeFileSync(join(folder, 'again.duckdb.new'), 'half a file');
    const again = fed('again');
    await again.caughtUp();
    expect(await contentOf(again)).toEqual(await contentOf(feed));
    await again.stop();
    expect(readdirSync(folder).filter((file) => file.startsWith('again'))).toEqual(['again.duckdb']);
  });

  it('is filled anew from an older copy of its log that has gone on otherwise', async () => {
    const events = byTime(...stories());
    const [file, copy] = [join(folder, 'log.sqlite'), join(folder, 'copy.sqlite')];
    heads.clear();
    const first = SqliteEventLog.open({ file, mode: 'write' });
    for (const event of [...referenceEvents(), ...events.slice(0, 4)]) await append(event, first);
    await first.close();
    copyFileSync(file, copy);
    const known = new Map(heads);
    const longer = SqliteEventLog.open({ file, mode: 'write' });
    for (const event of events.slice(4)) await append(event, longer);
    const before = fed('copied', longer);
    await before.caughtUp();
    await before.stop();
    const headOfLonger = await longer.head();
    await longer.close();

    const other = SqliteEventLog.open({ file: copy, mode: 'write' });
    for (const [stream, head] of known) heads.set(stream, head);
    for (const stream of heads.keys()) if (!known.has(stream)) heads.delete(stream);
    // As many events as the other has, so that where they end does not tell them apart.
    const others = events.slice(4).map((_, index) => story(`carl-${index}`).permit('2017-01-01', [person('carl')]));
    for (const event of byTime(...others)) await append(event, other);
    expect(await other.head()).toBe(headOfLonger);
    const after = fed('copied', other);
    const fresh = fed('fresh', other);
    await after.caughtUp();
    await fresh.caughtUp();
    expect(await contentOf(after)).toEqual(await contentOf(fresh));
    await after.stop();
    await fresh.stop();
    await other.close();
  });
});
