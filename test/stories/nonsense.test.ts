import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ANNA, PERMIT, StoryServer, type Answer } from './server.ts';

let server: StoryServer;
let ids: Readonly<Record<string, string>>;
let commands: readonly { readonly path: string; readonly example: object }[];

beforeAll(async () => {
  server = await StoryServer.start();
  const { caseId, personIds } = await server.household();
  const linked = await server.done(`/v1/cases/${caseId}/municipality-links`, {
    municipality: 'GM0344',
    criteria: [],
  });
  ids = {
    caseId,
    personId: personIds[0]!,
    eventId: linked.events[0].eventId,
    offerId: '00000000-0000-8000-8000-000000000000',
    impedimentId: '00000000-0000-8000-8000-000000000000',
    period: '2017H1',
  };
  const document = (await server.send('/v1/openapi.json', {})).body;
  commands = Object.entries<Answer['body']>(document.paths)
    .filter(([, item]) => item.post !== undefined)
    .map(([path, { post }]) => ({
      path: `/v1${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? '')}`,
      example: post.requestBody.content['application/json'].examples.example.value,
    }));
});
afterAll(() => server.stop());

let sent = 0;
function send(path: string, body: string): Promise<Answer> {
  return server.send(path, {
    method: 'POST',
    body,
    headers: {
      'Content-Type': 'application/json',
      'Development-Identity': ANNA,
      'Idempotency-Key': `nonsense-${sent++}`,
    },
  });
}

/** Ids of the case in the place of those in an example, so that it gets past the first look. */
function real(example: object): object {
  const names = ['eventId', 'personId', 'sponsorPersonId', 'personIds'].filter((name) => name in example);
  const valueOf = (name: string) =>
    name === 'eventId' ? ids.eventId : name === 'personIds' ? [ids.personId] : ids.personId;
  return Object.fromEntries(names.map((name) => [name, valueOf(name)]));
}

const UNDERSTOOD = [200, 201, 400, 404, 409, 413];

describe('Nonsense', () => {
  it('is refused by every command, whatever it is', async () => {
    const command = fc.nat().map((index) => commands[index % commands.length]!);
    await fc.assert(
      fc.asyncProperty(command, fc.json({ maxDepth: 6 }), async ({ path }, body) => {
        expect([path, UNDERSTOOD.includes((await send(path, body)).status)]).toEqual([path, true]);
      }),
      { numRuns: 300 },
    );
  });

  it('in one field of an example is refused or understood, never a fault of the server', async () => {
    const spoiled = fc
      .tuple(fc.nat(), fc.nat(), fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(ids ?? {}), '2017-01-01')))
      .map(([which, field, value]) => {
        const { path, example } = commands[which % commands.length]!;
        const names = Object.keys(example);
        const name = names[field % Math.max(names.length, 1)] ?? 'occurredOn';
        return { path, body: { ...example, ...real(example), [name]: value } };
      });
    await fc.assert(
      fc.asyncProperty(spoiled, async ({ path, body }) => {
        expect([path, UNDERSTOOD.includes((await send(path, JSON.stringify(body))).status)]).toEqual([path, true]);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['is nested too deeply', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['lists too deeply', `{"members":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['has half a character', '{"reason":"\\ud800"}'],
    ['has half a character in a name', '{"\\udc00":1}'],
    ['has a number beyond all numbers', '{"birthYear":1e999}'],
    ['names what objects have', '{"constructor":1,"toString":2,"hasOwnProperty":3,"then":4,"length":5}'],
    ['is only half there', JSON.stringify(PERMIT).slice(0, 100)],
  ])('that %s is refused', async (_what, body) => {
    for (const { path } of commands) expect([path, (await send(path, body)).status]).toEqual([path, 400]);
  });

  it('inside a replacement is refused', async () => {
    const correction = `/v1/cases/${ids.caseId}/corrections`;
    for (const replacement of ['"\\ud800"', '{"a":"\\ud800"}', '{"a":1e999}', '[]', 'null', '7']) {
      const body = `{"eventId":"${ids.eventId}","reason":"Nonsense.","replacement":${replacement}}`;
      expect([replacement, (await send(correction, body)).status]).toEqual([replacement, 400]);
    }
  });

  it('leaves the case as it was, and the server ready', async () => {
    const { status, body } = await server.get(`/v1/cases/${ids.caseId}`);
    expect([status, body.parked]).toEqual([200, null]);
    expect((await server.send('/readyz', {})).status).toBe(200);
    expect(server.logged.filter((line) => line.includes('"unexpected"'))).toEqual([]);
  });
});
