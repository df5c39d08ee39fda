import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { CaseFeed } from '../../src/case-table/case-feed.ts';
import { caseTableProjection } from '../../src/case-table/case-table.projection.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { epochDay } from '../../src/event-sourcing/days.ts';
import type { StreamHead } from '../../src/event-sourcing/event-log.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { caseModel } from '../../src/journey/case-history.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import type { Views } from '../../src/read-store/views.ts';
import { defaultReferenceEvents } from '../../src/reference/reference.ts';
import { person, story, type Story } from '../views/story.ts';

let folder: string;
let log: SqliteEventLog;
let views: Views;
let feed: CaseFeed;
jest.setTimeout(60_000);

const failures: unknown[] = [];

beforeEach(async () => {
  failures.length = 0;
  heads.clear();
  folder = mkdtempSync(join(tmpdir(), 'woonspoor-feed-'));
  log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  for (const { stream, event } of defaultReferenceEvents()) await log.append(stream, 'no-stream', [event]);
  const loadOpener = () => Promise.resolve(() => undefined);
  views = await openViewsInline(
    { log, model: caseModel, projections: [caseTableProjection], loadOpener },
    { dir: ':memory:' },
  );
  feed = fed('kept-up');
});
afterEach(async () => {
  await feed.stop();
  await views.close();
  await log.close();
  rmSync(folder, { recursive: true });
  expect(failures).toEqual([]);
});

function fed(name: string): CaseFeed {
  const made = new CaseFeed({
    log,
    views,
    file: join(folder, `${name}.duckdb`),
    store: { threads: 1 },
    onFailure: (error) => failures.push(error),
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

async function append({ stream, id, type, data, metadata }: RecordedEvent): Promise<void> {
  heads.set(stream, await log.append(stream, heads.get(stream) ?? 'no-stream', [{ id, type, data, metadata }]));
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
        `select id, repeat.* exclude (case_no) from ${table}repeat repeat join ${numbers} using (case_no) order by all`,
      );
      content[`${table}cases`] = await store.rows(
        `select cases.* exclude (case_no, variant), activities from ${table}cases cases join variant using (variant) order by all`,
      );
    }
    for (const name of ['phases', 'impediments', 'suspensions'])
      content[name] = await store.rows(
        `select id, own.* exclude (case_no) from own_${name} own join ${numbers} using (case_no) order by all`,
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
    await views.caughtUp();
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
});
