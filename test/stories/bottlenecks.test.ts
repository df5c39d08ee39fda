import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { REORGANISED_2017 } from '../../src/reference/municipality-tables.ts';
import { ANNA, StoryServer, type Answer } from './server.ts';
import { AT, PIET, ToldAnswers } from './told-answers.ts';

let server: StoryServer;
let told: ToldAnswers;
let position: string;
/** Households, by what became of them. */
const utrecht: string[] = [];
const amsterdam: string[] = [];

async function linked(municipality: string, on: string, more: object = {}): Promise<{ at: string; caseId: string }> {
  const { at, caseId } = await server.household(more);
  ({ position } = await server.done(`${at}/municipality-links`, { occurredOn: on, municipality, criteria: [] }));
  return { at, caseId };
}

beforeAll(async () => {
  server = await StoryServer.start();
  told = await ToldAnswers.of(server);
  // Twelve in Utrecht, of whom six are linked late; fifteen in Amsterdam, of whom three lose their link and the others are held up.
  for (let at = 0; at < 12; at++) {
    const { caseId } = await linked('GM0344', at < 6 ? '2017-01-12' : '2017-02-11');
    utrecht.push(caseId);
  }
  for (let at = 0; at < 15; at++) {
    const one = await linked('GM0363', '2017-01-22', { channel: 'RESETTLEMENT' });
    amsterdam.push(one.caseId);
    if (at >= 3) {
      const impediment = { occurredOn: '2017-02-20', code: 'NO_SINGLE_HOME', owner: 'MUNICIPALITY', term: 'HOME' };
      ({ position } = await server.done(`${one.at}/impediments`, impediment));
      if (at === 3) await server.done(`${one.at}/term-suspensions`, { occurredOn: '2017-02-21', reason: 'OTHER' });
      continue;
    }
    const revoked = { occurredOn: '2017-02-01', reason: 'MEDICAL' };
    ({ position } = await server.done(`${one.at}/link-revocations`, revoked));
  }
}, 120_000);
afterAll(() => server.stop());

function ask(path: string, as = PIET): Promise<Answer> {
  const sign = path.includes('?') ? '&' : '?';
  return told.get(`${path}${sign}minPosition=${position}`, as);
}

async function resultOf(path: string, as = PIET): Promise<Answer['body']> {
  const { status, body } = await ask(path, as);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body.result;
}

describe('Where the time goes', () => {
  it('is told of the cases of this system, with how much the answer knows', async () => {
    const { status, body } = await ask('throughput');
    expect([status, body.withheld, body.least]).toEqual([200, null, 5]);
    expect(body).toMatchObject({ measure: 'throughput', log: null, asKnownOn: '2017-06-30', provisional: true });
    expect(body.freshness).toMatchObject({ position, parked: 0 });
    expect(body.result.cases).toBe(27);
  });

  it('knows which measures there are, and what each of them is', async () => {
    const { body } = await server.get(AT);
    expect(body.measures.map(({ measure }: { measure: string }) => measure)).toEqual(
      expect.arrayContaining(['dfg', 'throughput', 'survival', 'delay']),
    );
    expect((await ask('no-such-measure')).status).toBe(404);
  });

  it('can be asked of some cases: filters that hold together, and a period with its mode', async () => {
    expect((await resultOf('throughput?municipality=GM0344')).cases).toBe(12);
    expect((await resultOf('throughput?channel=RESETTLEMENT')).cases).toBe(15);
    expect((await resultOf('throughput?province=PV26')).cases).toBe(12);
    expect((await resultOf('throughput?householdSize=2')).cases).toBe(27);
    expect((await resultOf('throughput?period=2017-01-20..2017-01-31&periodMode=LINK')).cases).toBe(15);
    expect((await resultOf('throughput?filter=municipality=GM0344|GM0363')).cases).toBe(27);
    const edges = (await resultOf('dfg?municipality=GM0344')).edges;
    expect(edges).toMatchObject([{ from: 'PermitGranted', to: 'MunicipalityLinked', count: 12 }]);
    // Six waited for ten days, six for forty.
    expect(edges[0].seconds).toMatchObject({ min: 864_000, median: 25 * 86_400, max: 40 * 86_400 });
  });

  it('is told in the form that the document has for the measure, to whom all is shown and to whom less', async () => {
    const { body } = await server.get(AT);
    for (const { measure } of body.measures as readonly { measure: string }[]) {
      for (const as of [PIET, ANNA]) {
        const shown = await ask(measure, as);
        const compared = await ask(`${measure}/comparison?second=municipality=GM0363`, as);
        expect([measure, shown.status, compared.status]).toEqual([measure, 200, 200]);
      }
      const name = `${measure.replaceAll(/(^|-)(.)/g, (_all, _dash, letter: string) => letter.toUpperCase())}Result`;
      expect([name, told.document.components.schemas[name]?.description]).toEqual([name, expect.any(String)]);
    }
    const wrong = { ...(await ask('throughput')).body, measure: 'dfg' };
    expect(told.validatorOf('/bottlenecks/{measure}')(wrong)).toBe(false);
  });

  it('is told as it was known on a past day', async () => {
    const { body } = await ask('throughput?asKnownOn=2017-06-28');
    expect([body.withheld, body.provisional]).toEqual(['FEW_CASES', false]);
    expect((await ask('throughput?asKnownOn=2017-07-01')).status).toBe(400);
  });

  it.each([
    ['period=2017-03-01..2017-01-01', 'a period ends on the day it begins or later'],
    ['municipality=GM9999', 'municipality must be the code of one that exists or existed'],
    ['filter=municipality!=GM0344|GM9999', '"GM9999" is none'],
    ['province=PV99', 'province must be one of PV20, PV21'],
    ['impediment=NOPE', 'impediment must be one of NO_BSN'],
    ['filter=channel=NOPE', 'channel must be one of ASYLUM'],
    ['filter=case:permitType=NOPE', 'permitType must be one of ASYLUM_TEMPORARY'],
    ['filter=householdSize=101', 'householdSize must be a whole number from 0 to 100'],
    ['filter=housedOn=soon', 'housedOn must be a day'],
    ['periodMode=LINK', 'periodMode says how a period selects cases: give period beside it'],
    ['withoutSuspended=true', 'makes no use of withoutSuspended: leave it out; ask it of phases, delay'],
    ['dueAttribute=dueOn', 'are due by dates of their own: leave out dueAttribute'],
    ['cohort=LINK', 'makes no use of cohort: leave it out; ask it of cohorts'],
    ['now=2017-06-01', 'makes no use of now: leave it out; ask it of lifetime'],
  ])('cannot be asked in a way that no case can meet, or that would be passed over: %s', async (query, why) => {
    const { status, body } = await ask(`throughput?${query}`);
    expect([status, body.detail]).toEqual([400, expect.stringContaining(why)]);
  });

  it('cannot be asked at a moment of which nothing was known yet', async () => {
    const { status, body } = await ask('aging?now=2017-06-01&asKnownOn=2017-05-01');
    expect([status, body.detail]).toEqual([400, 'on 2017-05-01 (asKnownOn) nothing was known of 2017-06-01 (now)']);
  });

  it('can be asked of a municipality that went up in another', async () => {
    const [gone] = REORGANISED_2017.trim().split('|');
    expect((await ask(`throughput?municipality=${gone}`)).body.withheld).toBe('FEW_CASES');
  });

  it('says what is wrong with a question', async () => {
    const refused = await ask('dfg?filter=nonsense=1');
    expect([refused.status, refused.body.type]).toEqual([400, '/v1/problems/question-refused']);
    expect(refused.body.detail).toContain('nothing in the log is called "nonsense"');
    const { status, body } = await ask('dfg?workingDays=perhaps&municipality=Utrecht');
    expect([status, body.errors.length]).toEqual([400, 2]);
    expect((await ask('survival?workingDays=true')).status).toBe(400);
  });
});

describe('Small groups of own cases', () => {
  it('are withheld, from the team below five and from everybody else below ten', async () => {
    // Six were linked on one day in Utrecht.
    const few = 'throughput?municipality=GM0344&period=2017-02-01..2017-02-28&periodMode=LINK';
    expect((await resultOf(few)).cases).toBe(6);
    expect((await ask(few, ANNA)).body).toMatchObject({ least: 10, withheld: 'FEW_CASES', result: null });
    expect((await resultOf('throughput?municipality=GM0344', ANNA)).cases).toBe(12);
  });

  it('do not show in the process map, nor by what is left of its sums', async () => {
    // Three lost their link: neither that, nor that for 24 of 27 it was the last, nor how many steps there are.
    const { cases, events, edges, start, end, other } = await resultOf('dfg');
    expect([cases, events, start, end]).toEqual([27, null, { PermitGranted: 27 }, {}]);
    expect(edges).toMatchObject([{ from: 'PermitGranted', to: 'MunicipalityLinked', count: 27 }]);
    expect(other).toEqual({ edges: 1, count: null, start: 0, end: 27 });
  });

  it('cannot be had as the difference to a wider question', async () => {
    // Without those three, all others.
    const { body } = await ask('throughput?filter=activity!=LinkRevoked');
    expect(body).toMatchObject({ withheld: 'FEW_APART', result: null });
    const compared = await ask('throughput/comparison?second=activity!=LinkRevoked');
    expect(compared.body).toMatchObject({ second: { withheld: 'FEW_APART' }, differences: null });
  });

  it('nor by what cannot be read of a filter while the rest of it is looked up', async () => {
    const transition = encodeURIComponent('PermitGranted -> MunicipalityLinked|foo');
    for (let times = 0; times < 20; times++) {
      const { status, body } = await ask(`throughput?filter=transition=${transition}`);
      expect([status, body.detail]).toEqual([400, 'a transition is written "name -> name"']);
    }
  });

  it('nor where conditions say the same in other words, so that none of them leaves out anybody alone', async () => {
    const twice = 'throughput?filter=activity!=LinkRevoked&filter=activity!=LinkRevoked|OfferWithdrawn';
    expect((await ask(twice)).body).toMatchObject({ withheld: 'FEW_APART', result: null });
    const many = Array.from({ length: 13 }, (_, at) => `filter=householdSize!=${at + 50}`).join('&');
    const { status, body } = await ask(`throughput?${many}`);
    expect([status, body.detail]).toEqual([400, expect.stringContaining('at most 12 conditions')]);
  });
});

describe('Days on which few stood still', () => {
  it('are not left out, which would tell how many they are', async () => {
    expect((await ask('delay')).body.withheld).toBeNull();
    expect((await ask('delay?withoutSuspended=true')).body).toMatchObject({ withheld: 'FEW_APART', result: null });
    expect((await ask('delay?withoutSuspended=true&municipality=GM0344')).body.withheld).toBeNull();
  });
});

describe('Two selections', () => {
  it('stand side by side, with the differences', async () => {
    const path = 'throughput/comparison?first=municipality=GM0344&second=municipality=GM0363';
    const { body } = await ask(path);
    expect([body.first.result.cases, body.second.result.cases]).toEqual([12, 15]);
    expect(body.differences.cases).toBe(3);
    const { first, second, differences } = body;
    expect(differences.seconds.median).toBe(second.result.seconds.median - first.result.seconds.median);
  });

  it('of which each is shown alone are not shown beside each other where few are in one of them only', async () => {
    const [one, other] = ['municipality=GM0363', 'impediment=NO_SINGLE_HOME'];
    const alone = await Promise.all([one, other].map((filter) => ask(`throughput?${filter}`)));
    expect(alone.map(({ body }) => body.result.cases)).toEqual([15, 12]);
    const { body } = await ask(`throughput/comparison?first=${one}&second=${other}`);
    const few = { withheld: 'FEW_APART', result: null };
    expect(body).toMatchObject({ first: few, second: few, differences: null });
  });
});

describe('The cases behind a number', () => {
  async function listed(path: string, as = PIET): Promise<{ count: number; cases: string[] }> {
    const cases: string[] = [];
    let count = 0;
    for (let cursor: string | null = ''; cursor !== null;) {
      const { status, body } = await ask(`${path}&limit=5${cursor === '' ? '' : `&cursor=${cursor}`}`, as);
      if (status !== 200) throw new Error(JSON.stringify(body));
      cases.push(...body.items.map((item: { case: string }) => item.case));
      ({ count, next: cursor } = body);
    }
    return { count, cases };
  }

  it('are exactly as many, longest first', async () => {
    const step = 'dfg/cases?municipality=GM0344&from=PermitGranted&to=MunicipalityLinked';
    const { count, cases } = await listed(step);
    expect([count, cases.length]).toEqual([12, 12]);
    expect(cases.slice(0, 6).sort()).toEqual(utrecht.slice(6).sort());
    const [first] = (await ask(step)).body.items;
    expect(first.seconds).toBe(40 * 86_400);
  });

  it('are not gone on with by a cursor that was changed', async () => {
    const page = (await ask('dfg/cases?municipality=GM0344&from=PermitGranted&to=MunicipalityLinked&limit=5')).body;
    const place = JSON.parse(Buffer.from(page.next, 'base64url').toString()) as unknown[];
    for (const changed of ['much', null]) {
      const cursor = Buffer.from(JSON.stringify([place[0], changed, ...place.slice(2)])).toString('base64url');
      const path = `dfg/cases?municipality=GM0344&from=PermitGranted&to=MunicipalityLinked&cursor=${cursor}`;
      expect(await ask(path)).toMatchObject({ status: 400, body: { code: 'INVALID_CURSOR' } });
    }
  });

  it.each([
    ['throughput/cases?channel=ASYLUM', 12],
    ['lifetime/cases?outcome=OPEN', 27],
    ['survival/cases?outcome=CENSORED', 27],
    ['aging/cases?x', 27],
    ['dfg/cases?municipality=GM0344&startActivity=PermitGranted', 12],
    ['variants/cases?municipality=GM0344&variant=PermitGranted&variant=MunicipalityLinked', 12],
    ['phases/cases?phase=LINK&outcome=REACHED', 27],
    ['delay/cases?municipality=GM0344&code=NONE', 12],
    ['delay/cases?municipality=GM0344&from=PermitGranted&to=MunicipalityLinked', 12],
    ['flow/cases?activity=LINK&day=2017-01-02&outcome=ARRIVED', 27],
    ['flow/cases?municipality=GM0344&activity=HOME&day=2017-02-11&outcome=STANDING', 12],
    ['arrivals/cases?day=2017-01-02&outcome=STANDING', 27],
    ['impediments/cases?code=NO_SINGLE_HOME&outcome=OPEN', 12],
    ['impediments/cases?phase=HOME&month=2017-03', 12],
    ['conformance/cases?municipality=GM0344&outcome=VIOLATED', 12],
    ['conformance/cases?version=1&rule=requires&activity=MunicipalityLinked&outcome=VIOLATED', 27],
    ['cohorts/cases?month=2017-01&outcome=CENSORED', 27],
    ['cohorts/cases?municipality=GM0344&cohort=LINK&month=2017-02', 6],
  ])('are so of every measure: %s', async (path, number) => {
    const { count, cases } = await listed(path.replace('?x', '?closed=false'));
    expect([count, cases.length]).toEqual([number, number]);
  });

  it.each([
    'dfg/cases?from=MunicipalityLinked&to=LinkRevoked',
    // Of three it is owed that they are linked anew.
    'conformance/cases?version=1&rule=leadsTo&activity=LinkRevoked&outcome=PENDING',
    // Nobody has moved.
    'cohorts/cases?cohort=MOVE_IN&month=2017-03',
    'impediments/cases?code=NO_BSN',
  ])('are withheld where the number is: %s', async (path) => {
    const { body } = await ask(path);
    expect(body).toMatchObject({ withheld: 'TOLD_BY_OTHERS', count: null, items: [] });
  });

  it('are none where the number that is shown is 0', async () => {
    const { phases } = await resultOf('phases');
    expect(phases.find(({ phase }: { phase: string }) => phase === 'LINK').stopped).toBe(0);
    const { body } = await ask('phases/cases?phase=LINK&outcome=STOPPED');
    expect(body).toMatchObject({ withheld: null, count: 0, items: [], next: null });
  });

  it.each([
    ['impediments/cases?code=NOPE', 'code must be one of NO_BSN'],
    ['delay/cases?owner=NOPE', 'owner must be one of IND'],
    ['delay/cases?to=MovedIn', 'from and to'],
    ['phases/cases?phase=NOPE', 'phase must be one of LINK'],
    ['flow/cases?activity=NOPE&day=2017-01-02', 'activity must be one of LINK'],
    ['dfg/cases?from=PermitGranted&to=NOPE', 'to names an activity that the log does not have, "NOPE"'],
    ['variants/cases?variant=PermitGranted&variant=NOPE', 'variant names an activity that the log does not have'],
    ['conformance/cases?version=9', 'version must be one of 1'],
    ['conformance/cases?version=1&rule=ends&activity=MovedIn&outcome=OK', 'has no rule ends for MovedIn'],
  ])('are not looked for where no case can be: %s', async (path, why) => {
    const { status, body } = await ask(path);
    expect([status, body.detail]).toEqual([400, expect.stringContaining(why)]);
  });

  it('stand under other names in every list, for who is not of the team', async () => {
    const whole = await listed('throughput/cases?municipality=GM0344', ANNA);
    const other = await listed('lifetime/cases?municipality=GM0344&outcome=OPEN', ANNA);
    expect([whole.count, whole.cases.length]).toEqual([12, 12]);
    expect(new Set([...whole.cases, ...other.cases, ...utrecht]).size).toBe(36);
  });
});
