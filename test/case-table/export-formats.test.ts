import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { csv, ocel, xes, type Writer } from '../../src/case-table/export-formats.ts';
import { exportedCases, type ExportedCase } from '../../src/case-table/exported-cases.ts';
import { TextFile } from '../../src/case-table/text-file.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { defaultReferenceEvents } from '../../src/reference/reference.ts';
import { person, story } from '../views/story.ts';

/** Two cases as one export has them, whose organisation has a name that every format must write with care. */
async function exported(): Promise<ExportedCase[]> {
  const log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  try {
    for (const { stream, event } of defaultReferenceEvents()) await log.append(stream, 'no-stream', [event]);
    for (const caseId of ['a', 'b']) {
      const { stream, events } = story(caseId)
        .permit('2017-01-01', [person(`person of ${caseId}`)])
        .linked('2017-01-10', 'GM0344')
        .offered('2017-02-01', `home of ${caseId}`);
      const named = events.map(({ id, type, data, metadata }) => ({
        id,
        type,
        data,
        metadata: { ...metadata, organisation: 'A & "B", <C>' },
      }));
      await log.append(stream, 'no-stream', named);
    }
    const { signal } = new AbortController();
    const onUnreadable = (stream: string, reason: string) => expect([stream, reason]).toEqual([]);
    return await collected(exportedCases({ log, signal, onUnreadable, onProgress: () => {} }));
  } finally {
    await log.close();
  }
}

async function written(writer: Writer, cases: readonly ExportedCase[]): Promise<string> {
  const each = async function* () {
    yield* cases;
    await Promise.resolve();
  };
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-export-'));
  try {
    return (await collected(writer(each(), new TextFile(join(folder, 'later'))))).join('');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function collected<T>(all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of all) found.push(one);
  return found;
}

const SCHEMA = fileURLToPath(new URL('../../../shared/schemas/xes-ieee-1849-2016.xsd', import.meta.url));

/** Says whether a text is XES by its published schema; undefined, and why, where the schema or xmllint is missing. */
function validator(): ((text: string) => { valid: boolean; said: string }) | undefined {
  const missing = [
    ...(existsSync(SCHEMA) ? [] : [SCHEMA]),
    ...(spawnSync('xmllint', ['--version']).error === undefined ? [] : ['xmllint (libxml2-utils)']),
  ];
  if (missing.length > 0) {
    console.warn(`XES is not compared with its schema here, for want of ${missing.join(' and ')}`);
    return undefined;
  }
  return (text) => {
    const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', SCHEMA, '-'], {
      input: text,
      encoding: 'utf8',
    });
    return { valid: status === 0, said: stderr };
  };
}

describe('An export of the cases', () => {
  it('has every case and event, under numbers that no other export has', async () => {
    const [one, other] = [await exported(), await exported()];
    expect(one.map(({ events }) => events.map(({ activity }) => activity))).toEqual([
      ['PermitGranted', 'MunicipalityLinked', 'HomeOffered'],
      ['PermitGranted', 'MunicipalityLinked', 'HomeOffered'],
    ]);
    const ids = [...one, ...other].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(JSON.stringify([one, other])).not.toMatch(/person of|home of|case-|jan/);
  });

  it('is XES with times in UTC, keys without spaces and nothing left unescaped', async () => {
    const text = await written(xes, await exported());
    expect(text).toContain('<date key="time:timestamp" value="2017-01-10T00:00:00Z"/>');
    expect(text).toContain('<string key="org:resource" value="A &amp; &quot;B&quot;, &lt;C&gt;"/>');
    expect(text.match(/<trace>/g)).toHaveLength(2);
    expect(text).not.toMatch(/key="[^"]* [^"]*"/);
  });

  const validate = validator();
  (validate === undefined ? it.skip : it)('is XES that holds to the schema of IEEE 1849-2016', async () => {
    const text = await written(xes, await exported());
    expect(validate!(text)).toEqual({ valid: true, said: expect.stringContaining('validates') });
    expect(validate!(text.replace('<trace>', '<trace><event>'))).toMatchObject({ valid: false });
    expect(validate!(text.replace('key="concept:name"', 'key="concept name"'))).toMatchObject({ valid: false });
  });

  it('is CSV with a row an event', async () => {
    const lines = (await written(csv, await exported())).trim().split('\n');
    expect(lines).toHaveLength(7);
    expect(lines[0]).toMatch(/^case:concept:name,concept:name,time:timestamp,org:resource,/);
    expect(lines[2]).toMatch(/^[0-9a-f]{20},MunicipalityLinked,2017-01-10T00:00:00Z,"A & ""B"", <C>",ASYLUM,/);
  });

  it('is OCEL 2.0 in which every relationship leads to an object, and every type is declared', async () => {
    const log = JSON.parse(await written(ocel, await exported()));
    const ids = new Set(log.objects.map(({ id }: { id: string }) => id));
    expect(ids.size).toBe(log.objects.length);
    const named = log.events.flatMap((event: { relationships: { objectId: string }[] }) => event.relationships);
    expect(named.filter(({ objectId }: { objectId: string }) => !ids.has(objectId))).toEqual([]);
    expect(log.eventTypes.map(({ name }: { name: string }) => name)).toEqual([
      'HomeOffered',
      'MunicipalityLinked',
      'PermitGranted',
    ]);
    expect([...new Set<string>(log.objects.map(({ type }: { type: string }) => type))].sort()).toEqual([
      'case',
      'dwelling',
      'municipality',
      'organisation',
    ]);
  });
});
