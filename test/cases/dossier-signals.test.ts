import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NORM_TERMS_STREAM } from '../../src/reference/reference.events.ts';
import { ViewUnavailable, type Views } from '../../src/read-store/views.ts';
import { InlineApp } from '../http/inline-app.ts';
import { PERMIT } from '../stories/server.ts';

let app: InlineApp;
let isSearchAbsent = false;
beforeAll(async () => {
  app = await InlineApp.start({ aroundViews: withoutSearch });
});
afterAll(() => app.stop());

/** The views, without that of searches when told so. */
function withoutSearch(views: Views): Views {
  return new Proxy(views, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'read') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      return async (...given: Parameters<Views['read']>) => {
        if (isSearchAbsent && given[0] === 'search') throw new ViewUnavailable('search', null);
        return target.read(...given);
      };
    },
  });
}

async function household(alienNumber: string): Promise<{ at: string; caseId: string; personIds: string[] }> {
  const [holder, partner] = PERMIT.members;
  const members = [{ ...holder, personal: { name: 'Amina Example', alienNumber } }, partner];
  const { caseId, personIds } = (await app.post('/v1/cases', { ...PERMIT, members })).body;
  return { at: `/v1/cases/${caseId}`, caseId, personIds };
}

describe('The same alien number in two cases', () => {
  it('is signalled in the dossiers of both, and in no other', async () => {
    const [one, other, third] = [
      await household('2011111111'),
      await household('2011111111'),
      await household('2022222222'),
    ];
    await app.caughtUp();
    const signalled = async ({ at }: { at: string }) => (await app.get(at)).body.sharedAlienNumbers as unknown;
    expect(await signalled(one)).toEqual([
      { personId: one.personIds[0], caseId: other.caseId, otherPersonId: other.personIds[0] },
    ]);
    expect(await signalled(other)).toEqual([
      { personId: other.personIds[0], caseId: one.caseId, otherPersonId: one.personIds[0] },
    ]);
    expect(await signalled(third)).toEqual([]);
    expect((await app.get(third.at)).body.sharedAlienNumbersKnown).toMatchObject({ parked: 0 });
  });

  it('does not keep a dossier from being read where searches cannot be answered', async () => {
    const { at } = await household('2011111111');
    isSearchAbsent = true;
    const { status, body } = await app.get(at);
    isSearchAbsent = false;
    expect([status, body.sharedAlienNumbers, body.sharedAlienNumbersKnown]).toEqual([200, [], null]);
  });
});

describe('Rules that a newer program wrote', () => {
  beforeAll(async () => {
    const last = (await app.log.readStream(NORM_TERMS_STREAM)).at(-1)!;
    const id = '11111111-1111-4111-8111-111111111111';
    await app.log.append(NORM_TERMS_STREAM, last, [{ id, type: 'LunarTermsSet', data: {}, metadata: last.metadata }]);
  });
  const parked = { stream: NORM_TERMS_STREAM, revision: 1, reason: expect.stringContaining('LunarTermsSet') };

  it('leave dossiers readable by the last good rules, which say so', async () => {
    const { at } = await household('2033333333');
    const { status, body } = await app.get(at);
    expect([status, body.referenceParked]).toEqual([200, parked]);
    expect(body.normTerms).toContainEqual(expect.objectContaining({ term: 'LINK', dueOn: '2017-01-16' }));
  });

  it('are told where the rules are listed', async () => {
    const { status, body } = await app.get('/v1/norm-terms');
    expect([status, body.sets.length, body.parked]).toEqual([200, 1, parked]);
    expect((await app.get('/v1/counting-rules')).body.sets).toHaveLength(1);
  });

  it('are not gone against: what they limit is not recorded', async () => {
    const { at } = await household('2044444444');
    await app.post(`${at}/municipality-links`, { occurredOn: '2017-01-12', municipality: 'GM0344', criteria: [] });
    const extension = { occurredOn: '2017-01-20', term: 'HOME', days: 7 };
    const { status, body } = await app.post(`${at}/term-extensions`, extension);
    expect([status, body.type]).toEqual([503, '/v1/problems/stream-parked']);
  });
});
