import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readBody } from '../../src/http/validation.ts';
import * as bottlenecks from '../../src/analysis/bottlenecks.api.ts';
import * as api from '../../src/casework/cases.api.ts';
import * as answers from '../../src/cases/case-answers.api.ts';
import * as quota from '../../src/quota/quota.api.ts';
import * as reference from '../../src/reference/reference.api.ts';
import { PERMIT, StoryServer, type Answer } from './server.ts';

let server: StoryServer;
let document: Answer['body'];
beforeAll(async () => {
  server = await StoryServer.start();
  document = (await server.send('/v1/openapi.json', {})).body;
});
afterAll(() => server.stop());

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operation: Answer['body'];
}

function operations(): readonly Operation[] {
  return Object.entries<Record<string, Answer['body']>>(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
}

const classes: Readonly<Record<string, unknown>> = { ...bottlenecks, ...api, ...answers, ...reference, ...quota };

function validatorOf(schema: object) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'openapi', components: document.components });
  return ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('#/components', 'openapi#/components')));
}

describe('The OpenAPI document', () => {
  it('can be read by everyone, from anywhere', async () => {
    const { status, headers } = await server.send('/v1/openapi.json', {});
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('api-version')).toBe(document.info.version);
  });

  it('names a contact, a licence and a server with the major version', () => {
    expect(document.info.contact).toEqual({
      name: expect.any(String),
      email: expect.any(String),
      url: expect.any(String),
    });
    expect(document.info.license.name).toBe('EUPL-1.2');
    expect(document.servers).toEqual(
      [{ url: '/v1', description: expect.any(String), variables: undefined }].map(({ variables: _none, ...one }) =>
        expect.objectContaining(one),
      ),
    );
  });

  it('has paths in kebab case without trailing slash, and query keys in camel case', () => {
    for (const { path, operation } of operations()) {
      expect(path).toMatch(/^(\/([a-z0-9-]+|\{[a-zA-Z]+\}))+$/);
      for (const { name } of (operation.parameters ?? []).filter((one: { in: string }) => one.in === 'query')) {
        expect(name).toMatch(/^[a-z][a-zA-Z]*$/);
      }
    }
  });

  it('names each operation once', () => {
    const names = operations().map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(55);
  });

  it('names every parameter of every path', () => {
    for (const { path, operation } of operations()) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const named = (operation.parameters ?? []).filter((one: { in: string }) => one.in === 'path');
      expect([path, named.map((one: { name: string }) => one.name).sort()]).toEqual([path, inPath.sort()]);
    }
  });

  it('gives every answer its version header, and every error the form of a problem', () => {
    for (const { operation } of operations()) {
      for (const [status, response] of Object.entries<Answer['body']>(operation.responses)) {
        expect(Object.keys(response.headers)).toContain('API-Version');
        if (Number(status) >= 400) expect(Object.keys(response.content)).toEqual(['application/problem+json']);
      }
      expect(Object.keys(operation.responses)).toContain('500');
    }
  });

  it('gives every command its key, its faults and its answers', () => {
    const commands = operations().filter(({ operation }) =>
      (operation.parameters ?? []).some((one: { name: string }) => one.name === 'Idempotency-Key'),
    );
    expect(commands.length).toBeGreaterThan(40);
    for (const { operation } of commands) {
      expect(Object.keys(operation.responses)).toEqual(
        expect.arrayContaining(['200', '201', '400', '401', '404', '409', '412', '413', '415', '503']),
      );
    }
  });

  it('refers to nothing that is not there', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map((match) => match[1]!);
    for (const ref of refs) {
      const [, , kind, name] = ref.split('/');
      expect([ref, typeof document.components[kind!]?.[name!]]).toEqual([ref, 'object']);
    }
  });

  it('says of every parameter in a path what it means', () => {
    for (const [path, item] of Object.entries<Answer['body']>(document.paths)) {
      for (const { parameters = [] } of [item.get, item.post].filter(Boolean)) {
        for (const one of parameters.filter(({ in: place }: { in: string }) => place === 'path')) {
          expect([path, one.name, one.description]).toEqual([path, one.name, expect.stringMatching(/\.$/)]);
        }
      }
    }
  });

  it('has an example for every body, which its schema and the server take', () => {
    const bodies = operations().filter(({ operation }) => operation.requestBody !== undefined);
    expect(bodies.length).toBeGreaterThan(40);
    for (const { operation } of bodies) {
      const { schema, examples } = operation.requestBody.content['application/json'];
      const validate = validatorOf(schema);
      const type = classes[schema.$ref.split('/').at(-1)];
      expect(Object.keys(examples)).toEqual(['example']);
      for (const { value } of Object.values<{ value: object }>(examples)) {
        expect([operation.operationId, validate(value), validate.errors]).toEqual([operation.operationId, true, null]);
        expect(readBody(type as new () => object, value)).toHaveProperty('value');
      }
    }
  });

  it('describes the answers as they are', async () => {
    const { at, caseId, personIds } = await server.household();
    const command = await server.done(`${at}/municipality-links`, {
      occurredOn: '2017-01-12',
      municipality: 'GM0344',
      criteria: ['STUDY'],
    });
    await server.done(`${at}/assignments`, {});
    await server.done(`${at}/impediments`, { code: 'NO_BSN', owner: 'IND' });
    await server.done(`${at}/term-suspensions`, { occurredOn: '2017-02-01', reason: 'OTHER' });
    const period = 'from=2017-01-01&until=2017-06-30';
    const fresh = `minPosition=${command.position}`;
    const periods = '/v1/quota/periods';
    const half = `${periods}/2017H1`;
    const { events } = await server.done(`${half}/totals`, { kind: 'FORECAST', persons: 12_000 });
    await server.done(`${half}/retractions`, { eventId: events[0].eventId, reason: 'Not published yet' });
    await server.done(`${half}/totals`, { kind: 'FIXED', persons: 13_000, source: 'Staatscourant' });
    const asked: readonly [string, string, Answer['body']][] = [
      ['/cases', 'post', { body: command, status: 201 }],
      ['/cases', 'get', await server.get(`/v1/cases?${fresh}`)],
      ['/cases/{caseId}', 'get', await server.get(at)],
      ['/cases/{caseId}/timeline', 'get', await server.get(`${at}/timeline`)],
      ['/cases/{caseId}/next-steps', 'get', await server.get(`${at}/next-steps`)],
      ['/person-searches', 'post', await server.post('/v1/person-searches', { name: 'Amina' })],
      ['/norm-term-standings', 'get', await server.get(`/v1/norm-term-standings?${fresh}`)],
      ['/norm-term-standings/terms', 'get', await server.get('/v1/norm-term-standings/terms')],
      ['/realisations', 'get', await server.get(`/v1/realisations?${period}`)],
      ['/realisations/persons', 'get', await server.get(`/v1/realisations/persons?${period}`)],
      ['/norm-terms', 'get', await server.get('/v1/norm-terms')],
      ['/counting-rules', 'get', await server.get('/v1/counting-rules')],
      ['/municipalities', 'get', await server.get('/v1/municipalities')],
      ['/quota/periods', 'get', await server.get(periods)],
      ['/quota/periods/{period}', 'get', await server.get(half)],
      ['/quota/periods/{period}/history', 'get', await server.get(`${half}/history`)],
      ['/quota/periods/{period}/allocation', 'get', await server.get(`${half}/allocation`)],
      ['/quota/periods/{period}/standings', 'get', await server.get(`${half}/standings`)],
      [
        '/quota/periods/{period}/municipalities/{municipality}',
        'get',
        await server.get(`${half}/municipalities/GM0716`),
      ],
      ['/integration-progress', 'get', await server.get(`/v1/integration-progress?${period}&weeks=10`)],
      ['/bottlenecks', 'get', await server.get('/v1/bottlenecks')],
      ['/bottlenecks/{measure}', 'get', await server.get(`/v1/bottlenecks/delay?${fresh}`)],
      ['/bottlenecks/{measure}/comparison', 'get', await server.get(`/v1/bottlenecks/dfg/comparison?${fresh}`)],
      ['/bottlenecks/{measure}/cases', 'get', await server.get(`/v1/bottlenecks/dfg/cases?${fresh}`)],
      ['/glossary', 'get', await server.get('/v1/glossary')],
      ['/problems', 'get', await server.get('/v1/problems')],
      ['/problems/{slug}', 'get', await server.get('/v1/problems/not-found')],
    ];
    for (const [path, method, { status, body }] of asked) {
      const { schema } = document.paths[path][method].responses[String(status)].content['application/json'];
      const validate = validatorOf(schema);
      expect([path, validate(body), validate.errors]).toEqual([path, true, null]);
      expect([path, unknownIn(schema, body, path)]).toEqual([path, []]);
    }
    expect([caseId, personIds.length]).toEqual([command.caseId, PERMIT.members.length]);
  });
});

/** Fields of an answer that the document says nothing of. */
function unknownIn(schema: Answer['body'], value: unknown, path: string): string[] {
  if (schema.anyOf) return unknownIn(schema.anyOf[0], value, path);
  const ref: string | undefined = schema.$ref ?? schema.allOf?.[0]?.$ref;
  const known = ref === undefined ? schema : document.components.schemas[ref.split('/').at(-1)!];
  if (Array.isArray(value)) return value.flatMap((one) => unknownIn(known.items ?? {}, one, path));
  if (typeof value !== 'object' || value === null || !known.properties) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    name in known.properties ? unknownIn(known.properties[name], part, `${path}.${name}`) : [`${path}.${name}`],
  );
}

describe('The readable pages', () => {
  it.each(['/v1/docs', '/v1/problems', '/v1/problems/not-found', '/v1/glossary'])(
    '%s holds no script, and nothing from elsewhere',
    async (path) => {
      const { status, headers, body } = await server.send(path, { headers: { Accept: 'text/html' } });
      expect(status).toBe(200);
      expect(headers.get('content-type')).toContain('text/html');
      expect(body).not.toMatch(/<script|<link|<img|(src|href)="https?:/i);
      const policy = headers.get('content-security-policy')!;
      const style = /<style>([^]*?)<\/style>/.exec(body)![1]!;
      const digest = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style)));
      expect(policy).toContain(`style-src 'sha256-${digest.toString('base64')}'`);
      expect(policy).not.toContain('unsafe');
    },
  );

  it('explain every operation', async () => {
    const { body } = await server.send('/v1/docs', {});
    for (const { operation } of operations()) expect(body).toContain(`id="${operation.operationId}"`);
  });

  it('show code as code, sentences with one full stop, and numbers with their range', async () => {
    for (const path of ['/v1/docs', '/v1/problems/invalid-request']) {
      const { body } = await server.send(path, { headers: { Accept: 'text/html' } });
      expect(body).not.toMatch(/`|\?\./);
      expect(body).toMatch(/<code>(change|errors)<\/code>/);
    }
    const { body } = await server.send('/v1/docs', {});
    expect(body).toMatch(/<code>limit \(query\)<\/code><\/td>\s*<td>integer 1 to 200<\/td>/);
  });

  it('give the words in Dutch and English', async () => {
    const { terms } = (await server.send('/v1/glossary', {})).body;
    expect(terms).toContainEqual({ dutch: 'taakstelling', english: 'Quota', meaning: expect.any(String) });
  });
});
