import { describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { LogFaulty } from '../../src/external-logs/log-faulty.ts';
import { GivenLogs } from './given-logs.ts';

const LOG =
  'case,activity,timestamp,resource\nk1,offer,2017-03-01 10:00:00+01:00,anna\nk2,offer,2017-03-02T10:00Z,\nk1,"accept, at once",2017-04-01 10:00:00.5+02:00,bob\n';
const EVENTS = [
  'k1 offer 2017-03-01T09:00:00.000Z',
  'k1 accept, at once 2017-04-01T08:00:00.500Z',
  'k2 offer 2017-03-02T10:00:00.000Z',
];

describe('importing CSV', () => {
  test.each([
    ['as it is', Buffer.from(LOG)],
    ['packed', gzipSync(LOG)],
    ['with a byte order mark', Buffer.from(`\ufeff${LOG}`)],
    ['in UTF-16', Buffer.from(`\ufeff${LOG}`, 'utf16le')],
    ['with lines that end in CR LF', Buffer.from(LOG.replaceAll('\n', '\r\n'))],
    ['with semicolons', Buffer.from(LOG.replaceAll(',', ';').replace('accept; at', 'accept, at'))],
    ['with tabs', Buffer.from(LOG.replaceAll(',', '\t').replace('accept\t at', 'accept, at'))],
  ])('keeps every event, in the order of its case and time: %s', async (_, content) => {
    using logs = new GivenLogs();
    expect(await logs.imported('log.csv', content)).toEqual({
      cases: 2,
      events: 3,
      duplicates: 0,
      empty: 0,
      leftOut: 0,
    });
    expect(await logs.events()).toEqual(EVENTS);
  });

  test('takes the columns that are named, the format of times and the encoding', async () => {
    using logs = new GivenLogs();
    const content = Buffer.from("dossier;wat;wanneer\n7;'geweigerd; reden \xe9\xe9n';01-03-2017 10:00\n", 'latin1');
    await logs.imported('log.csv', content, {
      caseColumn: 'dossier',
      activityColumn: 'wat',
      timeColumn: 'wanneer',
      timeFormat: '%d-%m-%Y %H:%M',
      quote: "'",
      delimiter: ';',
      encoding: 'windows-1252',
    });
    expect(await logs.events()).toEqual(['7 geweigerd; reden één 2017-03-01T10:00:00.000Z']);
  });

  test('keeps a column case:… as an attribute of cases, others of events', async () => {
    using logs = new GivenLogs();
    await logs.imported(
      'log.csv',
      'case:concept:name,concept:name,time:timestamp,case:channel,costs\nk,a,2017-03-01,ASYLUM,5\nk,b,2017-03-02,ASYLUM,6\n',
    );
    await using store = await logs.store();
    expect(await store.rows('select key, of_case from attribute order by key')).toEqual([
      { key: 'channel', of_case: true },
      { key: 'costs', of_case: false },
    ]);
    expect(await store.rows('select c0 from cases')).toEqual([{ c0: 'ASYLUM' }]);
  });

  test('leaves out a case of which an event cannot be used, with its line, also after values of several lines', async () => {
    using logs = new GivenLogs();
    const content =
      'case,activity,timestamp\nk1,"of\nfer",2017-03-01\n\nk2,offer,2017-02-30\nk3,,2017-03-01\nk4,offer,\n';
    expect(await logs.imported('log.csv', content)).toMatchObject({ cases: 1, leftOut: 3 });
    expect(logs.faults).toEqual([
      { line: 5, caseId: 'k2', code: 'TIME_UNREADABLE' },
      { line: 6, caseId: 'k3', code: 'NO_ACTIVITY' },
      { line: 7, caseId: 'k4', code: 'NO_TIME' },
    ]);
  });

  test.each([
    [
      'has no column for the case',
      'x,activity,timestamp\n',
      /line 1: no column is known to hold the case: name it with --case-column/,
    ],
    [
      'names no case in a row',
      'case,activity,timestamp\nk,a,2017-03-01\n,a,2017-03-01\n',
      /line 3: this names no case/,
    ],
    [
      'has a short row',
      'case,activity,timestamp\nk,a,2017-03-01\nk,a\n',
      /line 3: the row has 2 values, where the header has 3/,
    ],
    [
      'has a mark that is not closed',
      'case,activity,timestamp\nk,"a,2017-03-01\n',
      /line 2: a quotation mark is not closed/,
    ],
    [
      'is in another encoding',
      Buffer.from('case,activity,timestamp\nk,\xe9,2017-03-01\n', 'latin1'),
      /line 2: a text is not in UTF-8/,
    ],
    ['is something else', 'PK\u0003\u0004', /no CSV and no XES/],
    ['has two columns of a name', 'case,activity,activity,timestamp\n', /line 1: two columns are called "activity"/],
    [
      'has times with and without a zone',
      'case,activity,timestamp\nk,a,2017-03-01 10:00\nk,b,2017-03-01 10:00Z\n',
      /line 3: a time with a zone, where line 2 has one without it/,
    ],
  ])('imports nothing of a file that %s', async (_, content, reason) => {
    using logs = new GivenLogs();
    const faulty = logs.imported('log.csv', content);
    await expect(faulty).rejects.toThrow(LogFaulty);
    await expect(faulty).rejects.toThrow(reason);
  });
});
