import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { integrationProjection } from '../../src/integration/integration.projection.ts';
import { HOME, PERMIT, StoryServer } from '../stories/server.ts';
import { person, rowsOf, story, type Story } from '../views/story.ts';

/** Who moved in when and where: `anna 2017-05-11 GM0344`. */
function moves(of: Story): string[] {
  const { moves: rows = [] } = rowsOf(integrationProjection, of);
  return rows.map((row) => `${String(row.personId)} ${String(row.movedInOn)} ${String(row.municipality)}`);
}

function ready(...members: readonly ReturnType<typeof person>[]): Story {
  return story('a')
    .permit('2017-01-01', members)
    .linked('2017-01-10', 'GM0344')
    .housed('2017-03-02', '2017-03-05', '2017-03-20', '2017-05-01');
}

describe('A move after which integration begins', () => {
  it('is that of an adult: of whom becomes eighteen in the year of the move, or is older', () => {
    const household = ready(
      person('anna'),
      person('grown', { role: 'CHILD', birthYear: 1999 }),
      person('child', { role: 'CHILD', birthYear: 2000 }),
    );
    household.moved('2017-05-11', ['anna', 'grown', 'child']);
    expect(moves(household)).toEqual(['anna 2017-05-11 GM0344', 'grown 2017-05-11 GM0344']);
  });

  it('is the first, also into a home for a while, where that stands', () => {
    const household = ready(person('anna'))
      .moved('2017-03-21', ['anna'], { housingKind: 'TRANSIT_LOCATION', municipality: 'GM0363' })
      .moved('2017-05-11', ['anna']);
    expect(moves(household)).toEqual(['anna 2017-03-21 GM0363']);
  });

  it('is each person’s own', () => {
    const household = ready(person('anna'), person('bert', { role: 'PARTNER' }));
    household.moved('2017-05-11', ['anna']).moved('2017-06-01', ['bert']);
    expect(moves(household)).toEqual(['anna 2017-05-11 GM0344', 'bert 2017-06-01 GM0344']);
  });

  it('is the one it was corrected to, and none when it was retracted', () => {
    const household = ready(person('anna')).moved('2017-05-11', ['anna']);
    const index = household.events.length - 1;
    household.corrected('2017-05-20', index, { occurredOn: '2017-05-02' });
    expect(moves(household)).toEqual(['anna 2017-05-02 GM0344']);
    household.retracted('2017-05-21', index);
    expect(moves(household)).toEqual([]);
  });
});

const PERIOD = 'from=2017-01-01&until=2017-06-30';
const PROGRESS = `/v1/integration-progress?${PERIOD}&weeks=10`;

describe('The progress of integration', () => {
  let server: StoryServer;
  let position: string;
  beforeAll(async () => {
    server = await StoryServer.start();
  });
  afterAll(() => server.stop());

  /** A household of two, housed on this day. */
  async function housed(occurredOn: string) {
    const { at, personIds } = await server.household();
    await server.done(`${at}/municipality-links`, {
      occurredOn: '2017-01-12',
      municipality: 'GM0344',
      criteria: ['STUDY'],
    });
    const { offerId } = await server.done(`${at}/housing-offers`, HOME);
    await server.done(`${at}/housing-offers/${offerId}/acceptance`, { occurredOn: '2017-02-21' });
    await server.done(`${at}/tenancy-agreements`, { occurredOn: '2017-02-22', offerId, tenancyStartOn: '2017-03-15' });
    const move = { occurredOn, personIds, housingKind: 'REGULAR', municipality: 'GM0344', offerId };
    ({ position } = await server.done(`${at}/move-ins`, move));
    return { at, holder: personIds[0]!, partner: personIds[1]! };
  }

  async function reached(at: string, personId: string, occurredOn: string, step = 'INTEGRATION_PLAN') {
    const answer = await server.done(`${at}/integration-steps`, { occurredOn, personId, step });
    ({ position } = answer);
    return answer.events[0].eventId as string;
  }

  async function steps(more = '') {
    const { status, body } = await server.get(`${PROGRESS}&minPosition=${position}${more}`);
    expect(status).toBe(200);
    return body.steps as readonly { readonly step: string; readonly share: number | null }[];
  }
  const plan = async (more = '') => (await steps(more)).find(({ step }) => step === 'INTEGRATION_PLAN');
  const of = (persons: number, due: number, inTime: number, share: number | null) => ({
    step: 'INTEGRATION_PLAN',
    ...{ persons, due, inTime, share },
  });

  it('is nought of nobody, with no share, for all steps in their order', async () => {
    ({ position } = await server.done('/v1/cases', PERMIT));
    const all = await steps();
    expect(all.map(({ step }) => step)).toEqual([
      'SOCIAL_SUPPORT',
      'BROAD_INTAKE',
      'INTEGRATION_PLAN',
      'LEARNING_ROUTE',
      'PARTICIPATION_STATEMENT',
    ]);
    for (const one of all) expect(one).toMatchObject({ persons: 0, due: 0, inTime: 0, share: null });
  });

  it('is told of who is due, in time or late, and not yet of who moved in lately', async () => {
    const early = await housed('2017-03-20');
    await reached(early.at, early.holder, '2017-05-29');
    await reached(early.at, early.partner, '2017-05-30');
    const recent = await housed('2017-06-20');
    await reached(recent.at, recent.holder, '2017-06-25');
    expect(await plan()).toEqual(of(4, 2, 1, 0.5));
    const soon = (await server.get(`/v1/integration-progress?${PERIOD}&weeks=1&minPosition=${position}`)).body;
    expect(soon.steps[2]).toEqual(of(4, 4, 1, 0.25));
  });

  it('is that of a period and of a municipality', async () => {
    const of2017 = '/v1/integration-progress?from=2017-03-21&until=2017-06-30&weeks=10';
    expect((await server.get(of2017)).body.steps[2]).toEqual(of(2, 0, 0, null));
    expect(await plan('&municipality=GM0363')).toEqual(of(0, 0, 0, null));
    expect(await plan('&municipality=GM0344')).toEqual(of(4, 2, 1, 0.5));
  });

  it('goes back when a step is retracted', async () => {
    const { at, holder } = await housed('2017-03-21');
    const eventId = await reached(at, holder, '2017-05-01');
    expect(await plan()).toEqual(of(6, 4, 2, 0.5));
    ({ position } = await server.done(`${at}/retractions`, { eventId, reason: 'It was somebody else' }));
    expect(await plan()).toEqual(of(6, 4, 1, 0.25));
  });

  it('knows nothing before the day of recording; what is known today is provisional, what was known then is not', async () => {
    const { body: before } = await server.get(`${PROGRESS}&asKnownOn=2017-06-28`);
    expect([before.asKnownOn, before.provisional, before.steps[2]]).toEqual(['2017-06-28', false, of(0, 0, 0, null)]);
    const { body: today } = await server.get(PROGRESS);
    expect([today.asKnownOn, today.provisional]).toEqual(['2017-06-30', true]);
  });

  it.each([
    ['from=2017-01-01&until=2017-06-30', 'weeks'],
    ['from=2017-06-30&until=2017-01-01&weeks=10', 'until'],
    [`${PERIOD}&weeks=0`, 'weeks'],
    [`${PERIOD}&weeks=ten`, 'weeks'],
    [`${PERIOD}&weeks=10&municipality=Utrecht`, 'municipality'],
    [`${PERIOD}&weeks=10&asKnownOn=2017-07-01`, 'asKnownOn'],
  ])('is not asked for by %s', async (query, name) => {
    const { status, body } = await server.get(`/v1/integration-progress?${query}`);
    expect([status, body.errors.map(({ location }: { location: unknown }) => location)]).toEqual([400, [{ name }]]);
  });
});
