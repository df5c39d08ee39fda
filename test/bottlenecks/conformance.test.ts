import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { heldAgainst } from '../../src/bottlenecks/conformance.ts';
import { JOURNEY_MODELS } from '../../src/bottlenecks/journey-models.ts';
import { measure, type Measured } from '../../src/bottlenecks/measures.ts';
import { referenceModelOf, rulesOf } from '../../src/selections/reference-model.ts';
import { Selection } from '../../src/selections/selection.ts';
import type { Question } from '../../src/selections/question.ts';
import { ACTIVITY_NAMES } from '../../src/case-table/activities.ts';
import { IDENTITY_ITEMS } from '../../src/journey/cases.events.ts';
import { GivenLogs } from '../external-logs/given-logs.ts';
import { person, story, type Story } from '../views/story.ts';
import { OwnCases } from './own-cases.ts';

jest.setTimeout(60_000);

let given = new AsyncDisposableStack();
afterEach(async () => {
  await given.disposeAsync();
  given = new AsyncDisposableStack();
});

type Conformance = Measured<'conformance'>;

async function ofCases(...stories: readonly Story[]): Promise<Conformance> {
  const cases = await OwnCases.of(...stories);
  given.use(cases);
  return cases.asked('conformance', { now: '2017-06-30' });
}

/** `rule activity: ok, violated, pending` of the rules that say something. */
function told({ models }: Conformance): readonly string[] {
  return models
    .flatMap(({ rules }) => rules)
    .filter(({ violated, pending }) => violated + pending > 0)
    .map(
      ({ rule, activity, ok, violated, pending }) => `${rule} ${activity ?? 'case'}: ${ok}, ${violated}, ${pending}`,
    );
}

function profiled(caseId: string): Story {
  return story(caseId)
    .permit('2017-01-01', [person(`anna of ${caseId}`)])
    .on('2017-01-05', 'InformationProfileCompleted', {
      languages: [],
      education: null,
      workExperience: null,
      pendingFamilyReunification: false,
      adaptedHomeNeeded: false,
      roomsNeeded: null,
      note: null,
    });
}

function asItShould(caseId: string): Story {
  return profiled(caseId).linked('2017-01-10', 'GM0344').on('2017-01-12', 'ProfileAccepted', { contact: null });
}

function home(of: Story, caseId: string, moved: string): Story {
  return of
    .housed('2017-03-02', '2017-03-05', '2017-03-20', '2017-05-01', `home of ${caseId}`)
    .moved(moved, [`anna of ${caseId}`]);
}

describe('Own cases', () => {
  it('that went the way of the model are ok', async () => {
    const found = await ofCases(home(asItShould('a'), 'a', '2017-05-11'));
    expect(found).toMatchObject({ cases: 1, ok: 1, violated: 0, pending: 0 });
    expect(found.models).toMatchObject([{ name: 'journey', version: '1' }]);
    expect(told(found)).toEqual([]);
  });

  it('that are open miss nothing yet: what they owe is pending', async () => {
    const offered = asItShould('a').offered('2017-03-02', 'home');
    const found = await ofCases(offered);
    expect(found).toMatchObject({ ok: 0, violated: 0, pending: 1 });
    expect(told(found)).toEqual(['ends case: 0, 0, 1', 'leadsTo HomeOffered: 0, 0, 1']);
  });

  it('that did something too early violate the model, also while they are open', async () => {
    const unprofiled = story('a')
      .permit('2017-01-01', [person('anna of a')])
      .linked('2017-01-10', 'GM0344');
    const found = await ofCases(unprofiled.offered('2017-03-02', 'home'));
    expect(found).toMatchObject({ ok: 0, violated: 1, pending: 0 });
    expect(told(found)).toEqual([
      'mayFollow MunicipalityLinked: 0, 1, 0',
      'requires MunicipalityLinked: 0, 1, 0',
      'requires HomeOffered: 0, 1, 0',
      'ends case: 0, 0, 1',
      'leadsTo HomeOffered: 0, 0, 1',
    ]);
  });

  it('may have what no rule names, wherever it stands', async () => {
    const of = asItShould('a').on('2017-01-13', 'IdentityItemObtained', {
      item: IDENTITY_ITEMS[0],
      personId: 'anna of a',
    });
    expect(await ofCases(home(of, 'a', '2017-05-11'))).toMatchObject({ ok: 1 });
  });

  it('with a deviation are set beside those without it, by their median time', async () => {
    const without = (caseId: string, moved: string): Story =>
      home(
        story(caseId)
          .permit('2017-01-01', [person(`anna of ${caseId}`)])
          .linked('2017-01-10', 'GM0344')
          .on('2017-01-12', 'ProfileAccepted', { contact: null }),
        caseId,
        moved,
      );
    const found = await ofCases(
      home(asItShould('a'), 'a', '2017-05-11'),
      home(asItShould('b'), 'b', '2017-05-13'),
      without('c', '2017-05-21'),
    );
    expect(found).toMatchObject({ ok: 2, violated: 1 });
    const days = 86_400;
    expect(found.models[0]!.rules[0]).toEqual({
      rule: 'requires',
      activity: 'MunicipalityLinked',
      among: ['InformationProfileCompleted'],
      ok: 2,
      violated: 1,
      pending: 0,
      seconds: { with: 140 * days, without: 131 * days, extra: 9 * days },
      ended: { with: 1, without: 2 },
    });
  });

  it('are held against the version that held on the day of their permit', async () => {
    const cases = await OwnCases.of(
      story('a').permit('2016-12-31', [person('anna')]),
      story('b').permit('2017-01-01', [person('bert')]),
      story('c').permit('2015-01-01', [person('carl')]),
    );
    given.use(cases);
    const version = (holdsFrom: string, requires: Record<string, string[]>) =>
      referenceModelOf({ name: 'journey', version: holdsFrom, holdsFrom, requires });
    const store = await cases.store.another();
    const selection = await Selection.of(store, { now: '2017-06-30' });
    const found = await heldAgainst(selection, [
      version('2016-01-01', { PermitGranted: ['MunicipalityLinked'] }),
      version('2017-01-01', { MunicipalityLinked: ['PermitGranted'] }),
    ]);
    await store.close();
    expect(found).toMatchObject({ cases: 2, ok: 1, violated: 1, earlier: 1 });
    expect(found.models.map(({ version: one, violated }) => [one, violated])).toEqual([
      ['2016-01-01', 1],
      ['2017-01-01', 0],
    ]);
  });

  it('have all the activities that their models name', () => {
    const activities: ReadonlySet<string> = new Set(ACTIVITY_NAMES);
    for (const model of JOURNEY_MODELS) {
      const named = rulesOf(model).flatMap(({ activity, among }) => (activity === null ? among : [activity, ...among]));
      expect(named.filter((one) => !activities.has(one))).toEqual([]);
    }
  });
});

describe('An external log', () => {
  const LOG = `case,activity,timestamp
k1,a,2017-01-01
k1,b,2017-01-02
k1,c,2017-01-05
k2,b,2017-01-01
k2,a,2017-01-02
k3,a,2017-01-01
k3,x,2017-01-02
k3,b,2017-01-03
k4,a,2017-01-04
k4,c,2017-01-09
`;
  const MODEL = {
    name: 'abc',
    version: '2',
    begins: ['a'],
    mayFollow: { a: ['b'], b: ['c'] },
    requires: { c: ['a'] },
    leadsTo: { b: ['c'] },
  };
  const ofLog = async (question: Question): Promise<Conformance> => {
    const logs = given.use(new GivenLogs());
    await logs.imported('log.csv', LOG);
    const store = given.use(await logs.store());
    return measure(store, 'conformance', question);
  };

  it('is held against the model that is given', async () => {
    const found = await ofLog({ model: referenceModelOf(MODEL), endActivities: ['c'] });
    // k1 is as it should be; k2 begins wrongly; k3 owes a c; k4 went from a to c.
    expect(found).toMatchObject({ cases: 4, ok: 1, violated: 2, pending: 1 });
    expect(told(found)).toEqual([
      'begins case: 3, 1, 0',
      'mayFollow a: 2, 1, 0',
      'mayFollow b: 1, 1, 0',
      'leadsTo b: 1, 0, 2',
    ]);
  });

  it('of which no end is said has ended, whatever it owes', async () => {
    const found = await ofLog({ model: referenceModelOf(MODEL) });
    expect(found).toMatchObject({ ok: 1, violated: 3, pending: 0 });
  });

  it('tells what of the model it never had', async () => {
    const found = await ofLog({ model: referenceModelOf({ ...MODEL, requires: { c: ['d'] } }) });
    expect(found.models[0]!.unknown).toEqual(['d']);
    expect(told(found)).toContain('requires c: 0, 2, 0');
  });

  it('keeps no rule that allows nothing, once its step stands', async () => {
    const rules = { mayFollow: { a: [], x: ['b'] }, requires: { c: [] }, leadsTo: { b: [] } };
    const found = await ofLog({ model: referenceModelOf({ name: 'none', version: '1', ...rules }) });
    expect(told(found)).toEqual(['leadsTo b: 0, 3, 0', 'mayFollow a: 0, 2, 0', 'requires c: 0, 2, 0']);
  });

  it('takes no step for another because the model names some that it never had', async () => {
    // From b to what has no number is not from a to x, the last of those that have one.
    const among = { a: ['b', 'unknown'], b: ['unknown', 'other'], c: ['unknown'], x: ['b'], unknown: ['c'] };
    const found = await ofLog({ model: referenceModelOf({ name: 'some', version: '1', mayFollow: among }) });
    expect(told(found)).toEqual(['mayFollow a: 1, 2, 0', 'mayFollow b: 0, 2, 0']);
    expect(found.models[0]!.unknown).toEqual(['other', 'unknown']);
  });

  it('may have any number of activities', async () => {
    const logs = new GivenLogs();
    given.use(logs);
    const others = Array.from({ length: 50_000 }, (_, at) => `k,a${at},2017-01-01T00:00:00Z\n`);
    await logs.imported(
      'log.csv',
      `case,activity,timestamp\n${others.join('')}k,y,2017-01-02T00:00:00Z\nk,z,2017-01-03T00:00:00Z\n`,
    );
    await using store = await logs.store();
    const model = referenceModelOf({ name: 'many', version: '1', mayFollow: { y: ['z'], z: ['y'] } });
    expect(await measure(store, 'conformance', { model })).toMatchObject({ cases: 1, ok: 1, violated: 0 });
  });

  it('is asked for a model', async () => {
    await expect(ofLog({})).rejects.toThrow(/give one \(the body of a POST\)/);
  });

  it('is held against the version that holds on the day a case begins', async () => {
    const found = await ofLog({ model: referenceModelOf({ ...MODEL, holdsFrom: '2017-01-03' }) });
    expect(found).toMatchObject({ cases: 1, violated: 1, earlier: 3 });
  });

  it.each([
    [[], /must be a JSON object/],
    [{ ...MODEL, follows: {} }, /#\/follows is none of name, version/],
    [{ requires: { a: ['b'] } }, /#\/name must be a text; #\/version must be a text/],
    [{ ...MODEL, holdsFrom: 'always' }, /#\/holdsFrom must be a day/],
    [{ ...MODEL, begins: 'a' }, /#\/begins must be a list of names/],
    [{ ...MODEL, requires: { a: 'b' } }, /#\/requires\/a must be a list of names/],
    [{ name: 'none', version: '1' }, /# must have a rule/],
  ])('refuses a model that says %j', (model, reason) => {
    expect(() => referenceModelOf(model)).toThrow(reason);
  });
});
