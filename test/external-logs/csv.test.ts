import { describe, expect, test } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { LogFaulty } from '../../src/external-logs/log-faulty.ts';
import { mappingFaults, type LogMapping } from '../../src/external-logs/log-mapping.ts';
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
    ['with lines that end in CR', Buffer.from(LOG.replaceAll('\n', '\r'))],
    ['with empty lines before the names', Buffer.from(`\n \n\n${LOG}`)],
    [
      'as a spreadsheet writes it',
      Buffer.from(`sep=;\n${LOG.replaceAll(',', ';').replace('accept; at', 'accept, at')}`),
    ],
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

  test.each([
    ['log[1].csv', 'log1.csv'],
    ['log*.csv', 'logs.csv'],
    ['c1=year/log.csv', 'c1=year/other.csv'],
    ['log.csv.gz', 'log.csv'],
  ])('reads the file of that name and no other: %s beside %s', async (name, beside) => {
    using logs = new GivenLogs();
    mkdirSync(dirname(join(logs.folder, name)), { recursive: true });
    logs.file(beside, 'case,activity,timestamp\nother,offer,2017-03-01\n');
    await logs.imported(name, LOG);
    expect(await logs.events()).toEqual(EVENTS);
  });

  test('imports nothing of which the bytes are no text in the encoding that is named', async () => {
    using logs = new GivenLogs();
    for (const end of ['\xff\xff,2017-03-01\n', 'a,2017-03-01\n\x81']) {
      const content = Buffer.from(`case,activity,timestamp\nk,${end}`, 'latin1');
      await expect(logs.imported('log.csv', content, { encoding: 'shift_jis' })).rejects.toThrow(
        'bytes that are no text in shift_jis',
      );
    }
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

  test.each([
    ['epoch-seconds', '1488362400.5'],
    ['epoch-milliseconds', '1488362400500'],
  ])('reads times that are numbers: %s', async (timeFormat, time) => {
    using logs = new GivenLogs();
    await logs.imported('log.csv', `case,activity,timestamp\nk,a,${time}\n`, { timeFormat });
    expect(await logs.events()).toEqual(['k a 2017-03-01T10:00:00.500Z']);
    await using store = await logs.store();
    expect(await store.row(`select value from log where key = 'zoned'`)).toEqual({ value: 'true' });
  });

  test('takes the zone of times from their format where they have one', async () => {
    using logs = new GivenLogs();
    await logs.imported('log.csv', 'case,activity,timestamp\nk,a,10:00:00 01-03-2017\n', {
      timeFormat: '%H:%M:%S %d-%m-%Y',
    });
    await using store = await logs.store();
    expect(await store.row(`select value from log where key = 'zoned'`)).toEqual({ value: 'false' });
  });

  test('leaves out cases at times that stand for none', async () => {
    using logs = new GivenLogs();
    const rows = ['0001-01-01', '9999-12-31', '99999-01-01', 'infinity', '0044-03-15 (BC)', '2017-03-01 10:00 UTC'];
    const content = `case,activity,timestamp\n${rows.map((time, at) => `k${at},a,${time}\n`).join('')}`;
    expect(await logs.imported('log.csv', content)).toMatchObject({ cases: 1, leftOut: 5 });
    expect(await logs.events()).toEqual(['k5 a 2017-03-01T10:00:00.000Z']);
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
      '\ncase,activity,timestamp\nk1,"of\n""fer"" x",2017-03-01\n\nk2,o"ffer,2017-02-30\nk3,,2017-03-01\nk4,offer,\n';
    expect(await logs.imported('log.csv', content)).toMatchObject({ cases: 1, leftOut: 3 });
    expect(logs.faults).toEqual([
      { line: 6, caseId: 'k2', code: 'TIME_UNREADABLE' },
      { line: 7, caseId: 'k3', code: 'NO_ACTIVITY' },
      { line: 8, caseId: 'k4', code: 'NO_TIME' },
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
    [
      'has a value of 17 MiB',
      `case,activity,timestamp\nk,a,2017-03-01\nk,${'x'.repeat(17 * 1024 * 1024)},2017-03-01\n`,
      /line 3: the row is larger than 16 MiB/,
    ],
    [
      'has 600 attributes',
      `case,activity,timestamp,${Array.from({ length: 600 }, (_, at) => `a${at}`).join()}\n`,
      /more than 500 different attributes/,
    ],
    ['has no case without a fault', 'case,activity,timestamp\nk,a,2017-03-01\nk,a,soon\n', /every case has an event/],
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

describe('what is said of a file', () => {
  test.each<[LogMapping, readonly RegExp[]]>([
    [{ timeFormat: '%d-%m-%Y %H:%M:%S.%f%z', delimiter: ';', quote: "'" }, []],
    [{ timeFormat: 'epoch-seconds', quote: '' }, []],
    [{ timeFormat: '%s' }, [/"%s".*epoch-seconds and epoch-milliseconds/]],
    [{ timeFormat: '%Y-%m-%d %' }, [/"%", which is no part of a time/]],
    [{ timeFormat: '' }, [/no year/]],
    [{ timeFormat: '%d-%m %H:%M' }, [/no year/]],
    [{ delimiter: '', quote: '""' }, [/--delimiter must be one character/, /--quote must be one character/]],
    [{ delimiter: '"', quote: '"' }, [/must differ/]],
  ])('is refused where it cannot be meant: %#', (mapping, faults) => {
    const found = mappingFaults(mapping);
    expect(found).toHaveLength(faults.length);
    for (const [at, fault] of faults.entries()) expect(found[at]).toMatch(fault);
  });
});
