import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { ANNA, PERMIT, StoryServer, type Answer } from './server.ts';

let server: StoryServer;
beforeAll(async () => {
  server = await StoryServer.start();
});
afterAll(() => server.stop());

const JSON_OF_ANNA = { 'Content-Type': 'application/json', 'Development-Identity': ANNA, 'Idempotency-Key': 'edge' };
const raw = (body: string, headers: Record<string, string> = JSON_OF_ANNA): Promise<Answer> =>
  server.send('/v1/cases', { method: 'POST', body, headers });

function spoken(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.on('data', (part) => (answer += part.toString()));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

it('leads from the bare address to the documentation', async () => {
  const answer = await fetch(server.url, { redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/v1/docs']);
});

describe('Every error', () => {
  const errors: readonly [string, () => Promise<Answer>, number, string][] = [
    ['an unknown path', () => server.get('/v1/nothing'), 404, 'not-found'],
    ['a trailing slash', () => server.get('/v1/cases/'), 404, 'not-found'],
    ['capitals in a path', () => server.get('/v1/Cases'), 404, 'not-found'],
    ['another method', () => server.send('/v1/cases', { method: 'DELETE' }), 404, 'not-found'],
    ['an unknown case', () => server.get('/v1/cases/00000000-0000-8000-8000-000000000000'), 404, 'not-found'],
    ['an id that is none', () => server.get('/v1/cases/12'), 404, 'not-found'],
    [
      'a command on an unknown case',
      () => server.post('/v1/cases/00000000-0000-8000-8000-000000000000/search-starts', {}),
      404,
      'not-found',
    ],
    ['nobody', () => server.send('/v1/cases', {}), 401, 'identity-required'],
    ['a body that is not JSON', () => raw('{"members":'), 400, 'malformed-json'],
    ['an empty body', () => raw(''), 400, 'malformed-json'],
    ['a body that is a list', () => raw('[]'), 400, 'invalid-request'],
    ['a poisoned body', () => raw('{"__proto__": {"a": 1}}'), 400, 'malformed-json'],
    [
      'a body of another type',
      () => raw('a,b', { ...JSON_OF_ANNA, 'Content-Type': 'text/csv' }),
      415,
      'unsupported-media-type',
    ],
    [
      'a body of plain text',
      () => raw('{}', { ...JSON_OF_ANNA, 'Content-Type': 'text/plain' }),
      415,
      'unsupported-media-type',
    ],
    ['a body that is too large', () => raw(JSON.stringify({ x: 'x'.repeat(300_000) })), 413, 'body-too-large'],
    ['an escape that is none', () => server.get('/v1/cases/%zz'), 400, 'malformed-address'],
    ['a path that is too long', () => server.get(`/v1/cases/${'a'.repeat(300)}`), 414, 'address-too-long'],
    ['an unknown query key', () => server.get('/v1/cases?household=5'), 400, 'invalid-request'],
    ['a query key twice', () => server.get('/v1/cases?list=mine&list=all'), 400, 'invalid-request'],
    ['a query of a question without one', () => server.get('/v1/glossary?word=huis'), 400, 'invalid-request'],
    ['a position of another log', () => server.get('/v1/cases?minPosition=other:1'), 400, 'wrong-log'],
    ['a cursor of another list', () => server.get('/v1/cases?cursor=abc'), 400, 'invalid-cursor'],
    ['a position that is far away', () => server.get(`/v1/cases?minPosition=${far()}`), 503, 'view-behind'],
  ];
  const codeOf = (slug: string): string => slug.toUpperCase().replaceAll('-', '_');
  const far = (): string => `${logId}:999999999999999`;
  let logId = '';
  beforeAll(async () => {
    logId = (await server.done('/v1/cases', PERMIT)).position.split(':')[0];
  });

  it.each(errors)(
    'for %s is a problem of its own kind, with the version of the API',
    async (_what, ask, status, slug) => {
      const answer = await ask();
      expect([answer.status, answer.body.type]).toEqual([status, `/v1/problems/${slug}`]);
      expect(answer.body).toMatchObject({
        code: codeOf(slug),
        status,
        title: expect.any(String),
        detail: expect.any(String),
      });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.headers.get('api-version')).toBe('1.0.0');
      expect(answer.headers.get('x-powered-by')).toBeNull();
      expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.[tj]s:\d/);
      expect(answer.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    },
  );

  it.each(errors)('for %s says where it is explained, to people and to programs', async (_what, _ask, status, slug) => {
    const asData = await server.send(`/v1/problems/${slug}`, {});
    const type = `/v1/problems/${slug}`;
    expect(asData.body).toMatchObject({ status, type, code: codeOf(slug), meaning: expect.any(String) });
    const asPage = await server.send(`/v1/problems/${slug}`, { headers: { Accept: 'text/html' } });
    expect(asPage.body).toContain(asData.body.title);
  });

  it('is listed', async () => {
    const { problems } = (await server.send('/v1/problems', {})).body;
    const types = problems.map((one: { type: string }) => one.type);
    for (const [, , , slug] of errors) expect(types).toContain(`/v1/problems/${slug}`);
    expect(types).toContain('/v1/problems/later-fact-impossible');
  });

  it('that is no HTTP at all is answered too', async () => {
    const answer = await spoken('HELLO\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('API-Version: 1.0.0');
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain('"code":"UNREADABLE_REQUEST"');
  });
});

describe('A request that is not valid', () => {
  it('is told all its faults at once, each with its place', async () => {
    const { status, body } = await server.send('/v1/cases?colour=red', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Development-Identity': ANNA, 'If-Match': 'W/"x"' },
      body: JSON.stringify({
        occurredOn: '2017-02-29',
        permitType: 'TOURIST',
        channel: 7,
        sponsorCaseId: 'X',
        colour: 'red',
        members: [
          { role: 'HOLDER', birthYear: '1980', personal: { name: ' ', alienNumber: '12', birthDate: '1980-13-01' } },
          { role: 'UNCLE', birthYear: 1980, personal: 'Amina', extra: true },
          { role: 'CHILD', birthYear: 2001, personal: { name: 'x', birthDate: '2002-01-01' } },
          'Yusuf',
        ],
      }),
    });
    expect(status).toBe(400);
    const places = body.errors.map((one: { in: string; location: { pointer?: string; name?: string } }) =>
      [one.in, one.location.pointer ?? one.location.name].join(' '),
    );
    expect(new Set(places)).toEqual(
      new Set([
        'header Idempotency-Key',
        'header If-Match',
        'query colour',
        'body #/occurredOn',
        'body #/permitType',
        'body #/channel',
        'body #/sponsorCaseId',
        'body #/colour',
        'body #/members',
        'body #/members/0/birthYear',
        'body #/members/0/personal/alienNumber',
        'body #/members/0/personal/birthDate',
        'body #/members/0/personal/name',
        'body #/members/1/extra',
        'body #/members/1/personal',
        'body #/members/1/role',
        'body #/members/2/birthYear',
        'body #/members/3',
      ]),
    );
  });

  it('is not told back what it said', async () => {
    const { body } = await server.post('/v1/cases', { ...PERMIT, channel: 'Amina Secret', permitType: ['Secret'] });
    expect(JSON.stringify(body)).not.toContain('Secret');
  });

  it('without an Idempotency-Key is told to send one', async () => {
    const { 'Idempotency-Key': _key, ...headers } = JSON_OF_ANNA;
    const { status, body } = await raw(JSON.stringify(PERMIT), headers);
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ in: 'header', location: { name: 'Idempotency-Key' }, code: 'required' }]);
  });

  it('with text that is no Unicode, or has control characters, is refused', async () => {
    const { at } = await server.household();
    for (const text of ['\ud800', 'a\u0000b', ''])
      expect((await server.post(`${at}/notes`, { text })).status).toBe(400);
    expect((await server.post(`${at}/notes`, { text: 'Two\nlines — and “quotes” 🏠' })).status).toBe(201);
  });
});

describe('Who asks', () => {
  it.each([
    ['actor=anna', 'organisation'],
    ['organisation=COA', 'actor'],
    ['actor=anna; organisation=COA; role=KING', 'PLACEMENT_COORDINATOR'],
    ['actor=anna; organisation=Somebody', 'role'],
    ['actor=anna; actor=bram; organisation=COA', 'once'],
    ['actor=an na; organisation=COA', 'actor'],
  ])('is told how to say so after %s', async (header, hint) => {
    const { status, body, headers } = await server.get('/v1/cases', { as: header });
    expect(status).toBe(401);
    expect(body.detail).toContain(hint);
    expect(body.detail).toContain('Development-Identity: actor=anna; organisation=COA; role=PLACEMENT_COORDINATOR');
    expect(headers.get('www-authenticate')).toBe('Development-Identity');
  });

  it('stands with every event', async () => {
    const { at } = await server.household();
    await server.done(`${at}/notes`, { text: 'Mine.' }, { as: 'actor=bram; organisation=GM0344' });
    const { entries } = (await server.get(`${at}/timeline`)).body;
    expect(entries[1]).toMatchObject({ actor: 'bram', organisation: 'GM0344', role: 'MUNICIPAL_CASE_MANAGER' });
  });
});

describe('Every answer', () => {
  it('goes on with the caller’s trace', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const { headers } = await server.get('/v1/cases', {
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    });
    expect(headers.get('traceparent')).toMatch(new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    expect(server.logged.some((line) => line.includes(traceId))).toBe(true);
  });

  it('begins a trace where there is none, or none that is well-formed', async () => {
    const { headers } = await server.get('/v1/cases', { headers: { traceparent: '00-xyz' } });
    expect(headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('forbids browsers what it does not need', async () => {
    const { headers } = await server.get('/v1/cases');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});
