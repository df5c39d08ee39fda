import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { LogFaulty } from '../../src/external-logs/log-faulty.ts';
import { XesScanner } from '../../src/external-logs/xes-scanner.ts';
import { GivenLogs, trace, xes } from './given-logs.ts';

const TWO_CASES = xes(
  trace('k1', ['offer', '2017-03-01T10:00:00+01:00'], ['accept', '2017-04-01T10:00:00+02:00']),
  trace('k2', ['offer', '2017-03-02T10:00:00Z']),
);

describe('importing XES', () => {
  test.each([
    ['as it is', Buffer.from(TWO_CASES)],
    ['packed', gzipSync(TWO_CASES)],
    ['with a byte order mark', Buffer.from(`\ufeff${TWO_CASES}`)],
    ['in UTF-16', Buffer.from(`\ufeff${TWO_CASES}`, 'utf16le')],
  ])('keeps every event in UTC, whatever its offset: %s', async (_, content) => {
    using logs = new GivenLogs();
    expect(await logs.imported('log.xes', content)).toEqual({
      cases: 2,
      events: 3,
      duplicates: 0,
      empty: 0,
      leftOut: 0,
    });
    expect(await logs.events()).toEqual([
      'k1 offer 2017-03-01T09:00:00.000Z',
      'k1 accept 2017-04-01T08:00:00.000Z',
      'k2 offer 2017-03-02T10:00:00.000Z',
    ]);
  });

  test('puts events in the order of time, and those of one time in that of the file', async () => {
    using logs = new GivenLogs();
    await logs.imported(
      'log.xes',
      xes(trace('k', ['c', '2017-03-02T10:00:00Z'], ['b', '2017-03-01T10:00:00Z'], ['a', '2017-03-01T10:00:00Z'])),
    );
    expect((await logs.events()).map((event) => event.slice(2, 3))).toEqual(['b', 'a', 'c']);
  });

  test('reads escapes, quotation marks of both kinds, comments and what stands deeper', async () => {
    using logs = new GivenLogs();
    const odd = `<?xml version='1.0'?><!-- <event> --><log><trace><string key='concept:name' value='k "1"'>
      <string key="deeper" value="x"/></string>
      <event><!-- > --><string value="a &lt;&amp;&#233;&#x1F600;> b" key="concept:name"/>
      <date key="time:timestamp" value="2017-03-01T10:00:00Z"/><list key="l"><values><string key="concept:name" value="no"/></values></list></event>
      </trace></log>`;
    await logs.imported('log.xes', odd);
    expect(await logs.events()).toEqual(['k "1" a <&é😀> b 2017-03-01T10:00:00.000Z']);
  });

  test('keeps attributes of cases and events, resources and starts', async () => {
    using logs = new GivenLogs();
    const more = `<date key="start_timestamp" value="2017-03-01T09:00:00Z"/><string key="org:resource" value="anna"/><int key="costs" value="5"/>`;
    await logs.imported(
      'log.xes',
      `<log><trace><string key="channel" value="ASYLUM"/><string key="concept:name" value="k"/><event>
      <string key="concept:name" value="offer"/><date key="time:timestamp" value="2017-03-01T10:00:00Z"/>${more}</event></trace></log>`,
    );
    await using store = await logs.store();
    expect(await store.rows('select * from attribute order by key')).toEqual([
      { column_name: 'c0', of_case: true, key: 'channel' },
      { column_name: 'e0', of_case: false, key: 'costs' },
    ]);
    expect(
      await store.row(
        `select c0, e0, name, epoch(event.completed - event.started) as seconds from event join cases using (case_no) join resource using (resource)`,
      ),
    ).toEqual({ c0: 'ASYLUM', e0: '5', name: 'anna', seconds: 3600 });
  });

  test('keeps duplicates and says so; passes over cases without events; joins traces of one name', async () => {
    using logs = new GivenLogs();
    const twice = ['offer', '2017-03-01T10:00:00Z'] as const;
    const log = xes(trace('k', twice, twice), trace('empty'), trace('k', ['accept', '2017-03-02T10:00:00Z']));
    expect(await logs.imported('log.xes', log)).toEqual({ cases: 1, events: 3, duplicates: 1, empty: 1, leftOut: 0 });
  });

  test('leaves out a case of which an event cannot be used, with its line', async () => {
    using logs = new GivenLogs();
    const log = xes(
      trace('k1', ['offer', '2017-03-01T10:00:00Z'], ['accept', 'soon']),
      trace('k2', ['', '2017-03-01T10:00:00Z']),
      trace('k3', ['offer', '2017-03-01T10:00:00Z']),
    );
    expect(await logs.imported('log.xes', log)).toMatchObject({ cases: 1, events: 1, leftOut: 2 });
    expect(logs.faults).toEqual([
      { line: 6, caseId: 'k1', code: 'TIME_UNREADABLE' },
      { line: 9, caseId: 'k2', code: 'NO_ACTIVITY' },
    ]);
  });

  test.each([
    ['not whole', TWO_CASES.slice(0, -40), /line \d+: the file ends before its log does/],
    ['a broken gzip', gzipSync(TWO_CASES).subarray(0, 100), /gzip file is broken/],
    ['another kind of XML', '<html><body/></html>', /line 1: this is no XES: it begins with <html>/],
    ['empty', '', /the file is empty/],
    ['badly nested', TWO_CASES.replace('</trace>', '</event>'), /line 7: <\/event> closes what was not opened/],
    ['with a document type', `<!DOCTYPE log SYSTEM "x">${TWO_CASES}`, /no document type/],
    [
      'without a case id',
      xes(trace('k1', ['a', '2017-03-01T10:00:00Z']), '<trace><event/></trace>'),
      /line 7: this names no case/,
    ],
    [
      'of times with and without a zone',
      xes(trace('k1', ['a', '2017-03-01T10:00:00Z'], ['b', '2017-03-01T10:00:00'])),
      /line 6: a time without a zone, where line 5 has one with it/,
    ],
    [
      'of an event of 17 MiB',
      xes(trace('k1', ['a', '2017-03-01T10:00:00Z'], ['x'.repeat(17 * 1024 * 1024), '2017-03-01T10:00:00Z'])),
      /line 6: this is larger than 16 MiB/,
    ],
    [
      'of a case of 17 MiB',
      xes(
        `<trace>${['a', 'b'].map((key) => `<string key="${key}" value="${'x'.repeat(9 * 1024 * 1024)}"/>`).join('')}</trace>`,
      ),
      /line 4: this is larger than 16 MiB/,
    ],
    ['without events', xes(trace('k1')), /holds no events/],
    [
      'without any time',
      xes(trace('k1', ['a', '2017-03-01T10:00:00Z'])).replace(/<date.*?\/>/, ''),
      /no event in it has a time.*--time-column/,
    ],
    ['in which no time can be read', xes(trace('k1', ['a', '1 March'])), /no time in it can be read.*--time-format/],
  ])('imports nothing of a file that is %s, and keeps what was there', async (_, content, reason) => {
    using logs = new GivenLogs();
    await logs.imported('good.xes', TWO_CASES);
    const faulty = logs.imported('log.xes', content);
    await expect(faulty).rejects.toThrow(LogFaulty);
    await expect(faulty).rejects.toThrow(reason);
    expect(await logs.events()).toHaveLength(3);
    expect(readdirSync(logs.folder).filter((name) => name.includes('.new-'))).toEqual([]);
  });

  test('leaves nothing of an import that is stopped', async () => {
    using logs = new GivenLogs();
    const { importLog } = await import('../../src/external-logs/import-log.ts');
    const file = logs.file('log.xes', TWO_CASES);
    await expect(
      importLog({ file, target: logs.target, signal: AbortSignal.abort(new Error('stopped')) }),
    ).rejects.toThrow();
    expect(existsSync(logs.target)).toBe(false);
  });
});

describe('the scanner', () => {
  test('finds the same wherever the bytes are cut, and whatever comes between tags that are alike', () => {
    const event = (value: string, more = '') =>
      `<event><string key="concept:name" value="${value}"/><date key="time:timestamp" value="1"/>${more}</event>\n`;
    const bytes = Buffer.from(
      xes(
        `<trace><string key="concept:name" value="k1"/>${event('of&amp;fer')}${event('a', '<int key="n" value="1"/>')}</trace>`,
        `<trace><string key="concept:name" value="k2"/>${event('b', '<list key="l"><string key="m" value="2"/></list>')}${event('c')}</trace>`,
        '<trace/><trace><string key="concept:name" value="k3"/><event/><event></event><string key="late" value="x"/></trace>',
        `<trace><string key="concept:name" value="k4"/>${event('d')}<!-- ${event('no')} -->${event('e').replaceAll('"', "'")}</trace>`,
      ),
    );
    const found = (size: number): string[] => {
      const lines: string[] = [];
      const scanner = new XesScanner({
        event: (number, offset, buffer, { count, keys, starts, ends }) => {
          expect(bytes.toString('utf8', offset, offset + 6)).toBe('<event');
          const values = Array.from(
            { length: count },
            (_, at) => `${keys[at]}=${buffer.toString('utf8', starts[at], ends[at])}`,
          );
          lines.push(`${number}: ${values.join()}`);
        },
        trace: (number, offset, attributes) => {
          expect(bytes.toString('utf8', offset, offset + 6)).toBe('<trace');
          lines.push(`${number} ${[...attributes].join()}`);
        },
      });
      for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size));
      scanner.end();
      return lines;
    };
    const whole = [
      '0: concept:name=of&amp;fer,time:timestamp=1',
      '0: concept:name=a,time:timestamp=1,n=1',
      '0 concept:name,k1',
      '1: concept:name=b,time:timestamp=1',
      '1: concept:name=c,time:timestamp=1',
      '1 concept:name,k2',
      '2 ',
      '3: ',
      '3: ',
      '3 concept:name,k3,late,x',
      '4: concept:name=d,time:timestamp=1',
      '4: concept:name=e,time:timestamp=1',
      '4 concept:name,k4',
    ];
    expect(found(bytes.length)).toEqual(whole);
    for (let size = 1; size < 200; size++) expect(found(size)).toEqual(whole);
  });
});
