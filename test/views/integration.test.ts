import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from 'better-sqlite3';
import {
  integrationFigures,
  integrationProjection,
  type IntegrationQuestion,
} from '../../src/integration/integration.projection.ts';
import type { IntegrationStep } from '../../src/journey/cases.events.ts';
import { built, person, rowsOf, story, type Story } from './story.ts';

/** Moved in on 11 May 2017. */
function housed(caseId: string, ...members: readonly ReturnType<typeof person>[]): Story {
  return story(caseId)
    .permit('2017-01-01', members)
    .linked('2017-01-10', 'GM0344')
    .housed('2017-03-02', '2017-03-05', '2017-03-20', '2017-05-01')
    .moved(
      '2017-05-11',
      members.map(({ personId }) => personId),
    );
}

const reached = (of: Story, day: string, personId: string, step: IntegrationStep) =>
  of.on(day, 'IntegrationStepReached', { step, personId, route: null });

describe('A person of the integration figures', () => {
  const who = (of: Story): unknown[] => rowsOf(integrationProjection, of).moves!.map(({ personId }) => personId);

  it('is an adult who moved in', () => {
    const child = person('child', { role: 'CHILD', birthYear: 2000 });
    expect(who(housed('a', person('anna'), child))).toEqual(['anna']);
    expect(who(story('a').permit('2017-01-01', [person('anna')]))).toEqual([]);
  });

  it('is nobody who was registered in error', () => {
    const registered = housed('a', person('anna'), person('bert', { role: 'PARTNER' }));
    registered.on('2017-06-01', 'MemberRemoved', { personId: 'bert', reason: 'REGISTERED_IN_ERROR' });
    expect(who(registered)).toEqual(['anna']);
  });

  it('has a day for each step that was reached, and for the others none', () => {
    const of = reached(housed('a', person('anna')), '2017-06-20', 'anna', 'BROAD_INTAKE');
    expect(rowsOf(integrationProjection, of)).toMatchObject({
      moves: [{ municipality: 'GM0344', movedInOn: '2017-05-11' }],
      steps: [{ personId: 'anna', step: 'BROAD_INTAKE', reachedOn: '2017-06-20' }],
    });
  });
});

describe('The share that reaches a step in time', () => {
  let db: Database;
  beforeAll(async () => {
    // Ten weeks after 11 May is 20 July.
    const anna = reached(housed('a', person('anna')), '2017-07-20', 'anna', 'INTEGRATION_PLAN');
    const bert = reached(housed('b', person('bert')), '2017-07-21', 'bert', 'INTEGRATION_PLAN');
    const carl = housed('c', person('carl'));
    const late = housed('d', person('dora')).recorded('2017-09-01');
    reached(late, '2017-07-01', 'dora', 'INTEGRATION_PLAN');
    db = await built(integrationProjection, [anna, bert, carl, late]);
  });

  const plan = (knownOn: string, more: Partial<IntegrationQuestion> = {}) => {
    const movedIn = { from: '2017-05-01', until: '2017-05-31' };
    const figures = integrationFigures(db, { knownOn, movedIn, weeks: 10, ...more });
    const { persons, due, inTime } = figures.find(({ step }) => step === 'INTEGRATION_PLAN')!;
    return [persons, due, inTime];
  };

  it('is told of those for whom the weeks are over', () => {
    expect(plan('2017-07-19')).toEqual([4, 0, 0]);
    expect(plan('2017-07-20')).toEqual([4, 4, 1]);
  });

  it('counts the last day in, and not the day after', () => expect(plan('2017-08-01')).toEqual([4, 4, 1]));

  it('knows a step from the day it was recorded on', () => {
    expect(plan('2017-08-31')).toEqual([4, 4, 1]);
    expect(plan('2017-09-01')).toEqual([4, 4, 2]);
  });

  it('is asked of one municipality, of any number of weeks, of those who moved in in a period', () => {
    expect(plan('2017-09-01', { municipality: 'GM0363' })).toEqual([0, 0, 0]);
    expect(plan('2017-09-01', { municipality: 'GM0344', weeks: 11 })).toEqual([4, 4, 3]);
    expect(plan('2017-09-01', { movedIn: { from: '2017-05-12', until: '2017-05-31' } })).toEqual([0, 0, 0]);
  });
});

describe('A person who was handed over', () => {
  it('counts once, with the move of the one case and the steps of the other', async () => {
    const from = housed('a', person('anna'), person('bert', { role: 'PARTNER' })).on('2017-06-01', 'HouseholdSplit', {
      targetCaseId: 'b',
      personIds: ['bert'],
    });
    const to = story('b')
      .on('2017-06-01', 'MembersReceived', {
        fromCaseId: 'a',
        transferId: 't',
        permitType: 'ASYLUM_TEMPORARY',
        channel: 'ASYLUM',
        permitGrantedOn: '2017-01-01',
        receptionCentre: null,
        members: [{ ...person('bert'), followingFamily: false }],
      })
      .linked('2017-06-05', 'GM0363')
      .housed('2017-06-07', '2017-06-08', '2017-06-09', '2017-07-01', 'home', { municipality: 'GM0363' })
      .moved('2017-07-01', ['bert'], { municipality: 'GM0363' });
    const db = await built(integrationProjection, [from, reached(to, '2017-07-20', 'bert', 'BROAD_INTAKE')]);
    const [, intake] = integrationFigures(db, {
      knownOn: '2017-12-31',
      movedIn: { from: '2017-05-01', until: '2017-12-31' },
      weeks: 10,
    });
    // Ten weeks after the first move, which was in the other case.
    expect(intake).toEqual({ step: 'BROAD_INTAKE', persons: 2, due: 2, inTime: 1 });
  });
});
