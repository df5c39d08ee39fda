import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importLog } from '../../src/external-logs/import-log.ts';
import { StoryServer, type Answer } from './server.ts';
import { AT, PIET, ToldAnswers } from './told-answers.ts';

let server: StoryServer;
let told: ToldAnswers;
beforeAll(async () => {
  server = await StoryServer.start();
  told = await ToldAnswers.of(server);
});
afterAll(() => server.stop());

describe('An imported log', () => {
  it('is asked under its name, shown whole, and looked behind', async () => {
    mkdirSync(join(server.folder, 'logs'), { recursive: true });
    const file = join(server.folder, 'log.csv');
    writeFileSync(
      file,
      'case,activity,timestamp\na,in,2017-01-01T00:00:00Z\na,out,2017-01-02T12:00:00Z\nb,in,2017-01-03T00:00:00Z\n',
    );
    await importLog({ file, target: join(server.folder, 'logs', 'sheet.duckdb'), mapping: {} });
    const { body } = await told.get('dfg?log=sheet');
    expect(body).toMatchObject({ log: 'sheet', least: null, freshness: null, withheld: null });
    expect(body.result).toMatchObject({ cases: 2, edges: [{ from: 'in', to: 'out', count: 1 }] });
    const { body: list } = await told.get('dfg/cases?log=sheet&from=in&to=out');
    expect([list.count, list.items]).toEqual([1, [{ case: 'a', seconds: 129_600 }]]);
    const flow = 'flow/cases?log=sheet&activity=in&day=2017-01-02';
    expect((await told.get(`${flow}&outcome=LEFT`)).body).toMatchObject({ count: 1, items: [{ case: 'a' }] });
    expect((await server.get(AT)).body.logs).toEqual(['sheet']);
    expect((await told.get('dfg?log=none')).status).toBe(404);
    expect((await told.get('dfg?log=sheet&asKnownOn=2017-01-01')).status).toBe(400);
    expect((await told.get('survival?log=sheet')).body.detail).toContain('say it with endActivity or endAttribute');
    const none = await told.get('dfg/cases?log=sheet&from=out&to=in');
    expect([none.status, none.body.detail]).toEqual([400, 'the measure has no such number']);
  });

  const MODEL = { name: 'sheet', version: '1', begins: ['in'], requires: { out: ['in'] }, leadsTo: { in: ['out'] } };

  function hold(path: string, model: object): Promise<Answer> {
    return server.post(`${AT}/conformance${path}`, model, { as: PIET });
  }

  it('is held against the model that is sent, compared, and looked behind', async () => {
    const asked: readonly [string, string][] = [
      ['', '?log=sheet'],
      ['/comparison', '?log=sheet&first=case=a&second=case=b'],
      ['/cases', '?log=sheet&outcome=VIOLATED'],
    ];
    const [whole, compared, behind] = await Promise.all(
      asked.map(async ([kind, query]) => {
        const { status, body } = await hold(`${kind}${query}`, MODEL);
        const validate = told.validatorOf(`/bottlenecks/conformance${kind}`, 'post');
        expect([kind, status, validate(body), validate.errors]).toEqual([kind, 200, true, null]);
        return body;
      }),
    );
    expect(whole.result).toMatchObject({ cases: 2, ok: 1, violated: 1 });
    expect(whole.result.models).toMatchObject([{ name: 'sheet', version: '1' }]);
    expect([compared.first.result.violated, compared.second.result.violated]).toEqual([0, 1]);
    expect(compared.differences).toMatchObject({ violated: 1, models: [{ version: '1', ok: -1 }] });
    expect(behind).toMatchObject({ count: 1, items: [{ case: 'b' }] });
  });

  it('is held against a model only if that is one, and says where it is not', async () => {
    const { status, body } = await hold('?log=sheet', {
      ...MODEL,
      begins: 'in',
      requires: { 'out/in': [1], out: ['in'] },
    });
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([
      { in: 'body', location: { pointer: '#/begins' }, detail: 'must be a list of names of activities' },
      { in: 'body', location: { pointer: '#/requires/out~1in' }, detail: 'must be a list of names of activities' },
    ]);
    const unknown = await hold('?log=sheet', { ...MODEL, start: ['in'] });
    expect(unknown.body.errors).toMatchObject([{ location: { pointer: '#/start' } }]);
    expect((await told.get('conformance?log=sheet')).body.detail).toContain('give one (the body of a POST)');
  });

  it('alone is held against a model: the cases of this system have their own', async () => {
    const { status, body } = await hold('', MODEL);
    expect([status, body.detail]).toEqual([400, expect.stringContaining('a reference model of their own')]);
  });

  it('can have activities with an arrow in their names', async () => {
    const file = join(server.folder, 'arrows.csv');
    writeFileSync(
      file,
      'case,activity,timestamp\na,x -> y,2017-01-01\na,z,2017-01-02\na,x -> y,2017-01-03\nb,z,2017-01-03\n',
    );
    await importLog({ file, target: join(server.folder, 'logs', 'arrows.duckdb'), mapping: {} });
    const named = (...names: readonly string[]) => names.map((name) => `&variant=${encodeURIComponent(name)}`).join('');
    const list = async (path: string) => (await told.get(path)).body.items.map((one: { case: string }) => one.case);
    expect(await list('dfg/cases?log=arrows&from=x -> y&to=z')).toEqual(['a']);
    expect(await list(`variants/cases?log=arrows${named('x -> y', 'z', 'x -> y')}`)).toEqual(['a']);
    expect((await told.get('throughput?log=arrows&filter=transition=x -> y -> z')).body.result.cases).toBe(1);
  });
});
