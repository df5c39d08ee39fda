import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from 'better-sqlite3';
import { HOUSING_KINDS } from '../../src/journey/cases.events.ts';
import {
  realisationFigures,
  realisationProjection,
  realisedPersons,
  type RealisationQuestion,
} from '../../src/quota/realisation.projection.ts';
import { DEFAULT_COUNTING_RULES, referenceOf } from '../../src/reference/reference.ts';
import type { CountingRules } from '../../src/reference/reference.events.ts';
import { built, openPlain, person, referenceEvents, rowsOf, story, type Story } from './story.ts';

/** Who counts when and where: `anna 2017-05-11 GM0344`. */
function counted(of: Story): string[] {
  return shown(rowsOf(realisationProjection, of).candidates!);
}

function countedUnder(rules: Partial<CountingRules>, validFrom: string, of: Story): string[] {
  const event = { type: 'CountingRulesSet' as const, data: { ...DEFAULT_COUNTING_RULES, ...rules, validFrom } };
  const reference = referenceOf(referenceEvents({ recordedOn: '2016-01-01', event }));
  return shown(realisationProjection.rows(of.history(), reference, openPlain()).candidates!);
}

function shown(rows: readonly Record<string, unknown>[]): string[] {
  return rows.map((it) => `${String(it.personId)} ${String(it.countedOn)} ${String(it.municipality)}`).sort();
}

/** Linked, with a tenancy from 1 May on. */
function ready(caseId = 'a', ...personIds: string[]): Story {
  return story(caseId)
    .permit(
      '2017-01-01',
      (personIds.length > 0 ? personIds : ['anna']).map((id) => person(id)),
    )
    .linked('2017-01-10', 'GM0344')
    .housed('2017-03-02', '2017-03-05', '2017-03-20', '2017-05-01');
}

/** Linked to one municipality, with a tenancy in another. */
function readyElsewhere(...personIds: string[]): Story {
  return story('a')
    .permit(
      '2017-01-01',
      personIds.map((id) => person(id)),
    )
    .linked('2017-01-10', 'GM0344')
    .housed('2017-03-02', '2017-03-05', '2017-03-20', '2017-05-01', 'home', { municipality: 'GM0363' });
}

describe('A person is proposed as realised', () => {
  it('on the day of the move into a regular home in the linked municipality', () => {
    expect(counted(ready('a', 'anna', 'bert').moved('2017-05-11', ['anna', 'bert']))).toEqual([
      'anna 2017-05-11 GM0344',
      'bert 2017-05-11 GM0344',
    ]);
  });

  it('not before anybody moves', () => {
    expect(counted(ready())).toEqual([]);
  });

  it('each on the own day of moving', () => {
    const household = ready('a', 'anna', 'bert').moved('2017-05-11', ['anna']).moved('2017-06-01', ['bert']);
    expect(counted(household)).toEqual(['anna 2017-05-11 GM0344', 'bert 2017-06-01 GM0344']);
  });

  it.each(HOUSING_KINDS.map((housingKind) => [housingKind, ['REGULAR', 'TRANSIT_LOCATION'].includes(housingKind)]))(
    'in %s: %s',
    (housingKind, counts) => {
      const household = ready().moved('2017-05-11', ['anna'], { housingKind: housingKind as never });
      expect(counted(household)).toEqual(counts ? ['anna 2017-05-11 GM0344'] : []);
    },
  );

  it('once, for a transit location in March and a home in October', () => {
    const household = ready()
      .moved('2017-03-15', ['anna'], { housingKind: 'TRANSIT_LOCATION', municipality: 'GM0363' })
      .moved('2017-10-15', ['anna']);
    expect(counted(household)).toEqual(['anna 2017-03-15 GM0344']);
  });

  it('at the first housing that qualifies, after one that does not', () => {
    const household = ready().moved('2017-03-15', ['anna'], { housingKind: 'HOST_STAY' }).moved('2017-05-11', ['anna']);
    expect(counted(household)).toEqual(['anna 2017-05-11 GM0344']);
  });

  it('not in a home outside the linked municipality', () => {
    expect(counted(readyElsewhere('anna').moved('2017-05-11', ['anna'], { municipality: 'GM0363' }))).toEqual([]);
  });

  it('in a home elsewhere after a transfer to that municipality', () => {
    const household = readyElsewhere('anna')
      .on('2017-05-02', 'MunicipalityTransferAgreed', { municipality: 'GM0363', note: null })
      .moved('2017-05-11', ['anna'], { municipality: 'GM0363' });
    expect(counted(household)).toEqual(['anna 2017-05-11 GM0363']);
  });

  it('from the day of the transfer on, if that comes after the move', () => {
    const transferred = (it: Story) =>
      it.on('2017-06-20', 'MunicipalityTransferAgreed', { municipality: 'GM0363', note: null });
    const some = readyElsewhere('anna', 'bert').moved('2017-05-11', ['anna'], { municipality: 'GM0363' });
    expect(counted(transferred(some))).toEqual(['anna 2017-06-20 GM0363']);
    const all = readyElsewhere('anna', 'bert').moved('2017-05-11', ['anna', 'bert'], { municipality: 'GM0363' });
    expect(counted(transferred(all))).toEqual(['anna 2017-06-20 GM0363', 'bert 2017-06-20 GM0363']);
  });

  it('for the municipality linked on that day, whatever comes later', () => {
    const household = ready('a', 'anna', 'bert')
      .moved('2017-05-11', ['anna'])
      .on('2017-06-20', 'MunicipalityTransferAgreed', { municipality: 'GM0363', note: null })
      .housed('2017-06-21', '2017-06-22', '2017-06-23', '2017-07-01', 'second', { municipality: 'GM0363' })
      .moved('2017-07-01', ['bert'], { municipality: 'GM0363' })
      .moved('2017-08-01', ['anna'], { municipality: 'GM0363' });
    expect(counted(household)).toEqual(['anna 2017-05-11 GM0344', 'bert 2017-07-01 GM0363']);
  });

  it('on the business date, though registered after New Year', () => {
    const household = story('a')
      .permit('2016-09-01', [person('anna')])
      .linked('2016-09-10', 'GM0344')
      .housed('2016-11-01', '2016-11-02', '2016-11-20', '2016-12-15')
      .recorded('2017-01-09')
      .moved('2016-12-28', ['anna']);
    expect(counted(household)).toEqual(['anna 2016-12-28 GM0344']);
  });

  it.each([
    ['permit withdrawn', (it: Story) => it.on('2017-05-10', 'PermitWithdrawn', { personIds: ['bert'] })],
    ['departed', (it: Story) => it.on('2017-05-10', 'HouseholdDeparted', { personIds: ['bert'] })],
    ['deceased', (it: Story) => it.on('2017-05-10', 'PersonDeceased', { personId: 'bert' })],
    [
      'left the household',
      (it: Story) => it.on('2017-05-10', 'MemberRemoved', { personId: 'bert', reason: 'LEFT_HOUSEHOLD' }),
    ],
    [
      'handed over to another case',
      (it: Story) => it.on('2017-05-10', 'HouseholdSplit', { targetCaseId: 'b', personIds: ['bert'] }),
    ],
  ])('not if %s before the move', (_, leave) => {
    const household = leave(ready('a', 'anna', 'bert')).moved('2017-05-11', ['anna']);
    expect(counted(household)).toEqual(['anna 2017-05-11 GM0344']);
  });

  it('also if they leave on or after the day of the move', () => {
    const household = ready('a', 'anna', 'bert')
      .moved('2017-05-11', ['anna', 'bert'])
      .on('2017-05-11', 'PermitWithdrawn', { personIds: ['anna'] })
      .on('2017-06-01', 'PersonDeceased', { personId: 'bert' });
    expect(counted(household)).toEqual(['anna 2017-05-11 GM0344', 'bert 2017-05-11 GM0344']);
  });

  it('not if they were registered in error', () => {
    const household = ready('a', 'anna', 'bert')
      .moved('2017-05-11', ['anna', 'bert'])
      .on('2017-06-01', 'MemberRemoved', { personId: 'bert', reason: 'REGISTERED_IN_ERROR' });
    expect(counted(household)).toEqual(['anna 2017-05-11 GM0344']);
  });

  it('if born before the move, and not if born after it, also when moving again', () => {
    const child = (personId: string, birthYear: number) => ({
      member: person(personId, { role: 'CHILD', birthYear }),
    });
    const household = ready()
      .on('2017-04-01', 'ChildBorn', child('before', 2017))
      .moved('2017-05-11', ['anna', 'before'])
      .on('2017-08-01', 'ChildBorn', child('after', 2017))
      .on('2017-08-10', 'FollowingFamilyArrived', { sponsorPersonId: 'anna', members: [person('bert')] })
      .housed('2017-08-11', '2017-08-12', '2017-08-13', '2017-09-01', 'bigger')
      .moved('2017-10-01', ['anna', 'before', 'after', 'bert']);
    expect(counted(household)).toEqual([
      'anna 2017-05-11 GM0344',
      'before 2017-05-11 GM0344',
      'bert 2017-10-01 GM0344',
    ]);
  });

  it('if born on the day of the move only where the move names the child', () => {
    const child = { member: person('child', { role: 'CHILD', birthYear: 2017 }) };
    const after = ready().moved('2017-05-11', ['anna']).on('2017-05-11', 'ChildBorn', child);
    expect(counted(after)).toEqual(['anna 2017-05-11 GM0344']);
    expect(countedUnder({ bornAfterMoveInCounts: true }, '2017-01-01', after)).toContain('child 2017-05-11 GM0344');
    const before = ready().on('2017-05-11', 'ChildBorn', child).moved('2017-05-11', ['anna', 'child']);
    expect(counted(before)).toEqual(['anna 2017-05-11 GM0344', 'child 2017-05-11 GM0344']);
  });

  it('if born during a stay that does not count', () => {
    const household = ready()
      .moved('2017-02-01', ['anna'], { housingKind: 'HOST_STAY' })
      .on('2017-03-01', 'ChildBorn', { member: person('child', { role: 'CHILD', birthYear: 2017 }) })
      .moved('2017-05-11', ['anna', 'child']);
    expect(counted(household)).toEqual(['anna 2017-05-11 GM0344', 'child 2017-05-11 GM0344']);
  });

  it('as following family on the day they move in with the sponsor', () => {
    const household = ready()
      .moved('2017-05-11', ['anna'])
      .on('2017-07-01', 'FollowingFamilyArrived', {
        sponsorPersonId: 'anna',
        members: [person('kid', { role: 'CHILD', birthYear: 2010 })],
      });
    expect(counted(household)).toEqual(['anna 2017-05-11 GM0344']);
    household.moved('2017-07-04', ['kid']);
    expect(counted(household)).toEqual(['anna 2017-05-11 GM0344', 'kid 2017-07-04 GM0344']);
  });

  it("as following family on the sponsor's day, if in the household by then", () => {
    const household = ready()
      .on('2017-05-10', 'FollowingFamilyArrived', {
        sponsorPersonId: 'anna',
        members: [person('kid', { role: 'CHILD', birthYear: 2010 })],
      })
      .moved('2017-05-11', ['anna']);
    expect(counted(household)).toEqual(['anna 2017-05-11 GM0344', 'kid 2017-05-11 GM0344']);
  });

  it("as following family with a case of their own in the sponsor's municipality, without a link", () => {
    const household = story('b')
      .permit('2017-05-01', [person('kid')], { channel: 'FAMILY_REUNIFICATION', sponsorCaseId: 'a' })
      .moved('2017-06-01', ['kid'], { municipality: 'GM0363' });
    expect(counted(household)).toEqual(['kid 2017-06-01 GM0363']);
    expect(rowsOf(realisationProjection, household).candidates![0]).toMatchObject({ followingFamily: 1 });
  });

  it('not without a link otherwise', () => {
    const household = story('b')
      .permit('2017-05-01', [person('anna')])
      .moved('2017-06-01', ['anna'], { housingKind: 'HOTEL_SCHEME' });
    expect(countedUnder({ countedHousing: ['HOTEL_SCHEME'] }, '2017-01-01', household)).toEqual([]);
  });

  it('no more when the move is retracted, and where it is corrected to', () => {
    const household = ready('a', 'anna', 'bert').moved('2017-05-11', ['anna', 'bert']);
    household.corrected('2017-05-20', 5, { occurredOn: '2017-05-09', personIds: ['anna'] });
    expect(counted(household)).toEqual(['anna 2017-05-09 GM0344']);
    household.retracted('2017-05-21', 5);
    expect(counted(household)).toEqual([]);
    household.retracted('2017-05-22', 7);
    expect(counted(household)).toEqual(['anna 2017-05-09 GM0344']);
  });
});

describe('Counting rules', () => {
  it('are those in force on the day of the fact', () => {
    const rules = { countedHousing: ['HOTEL_SCHEME' as const] };
    const hotel = () => ready().moved('2017-05-11', ['anna'], { housingKind: 'HOTEL_SCHEME' });
    expect(countedUnder(rules, '2017-05-12', hotel())).toEqual([]);
    expect(countedUnder(rules, '2017-05-11', hotel())).toEqual(['anna 2017-05-11 GM0344']);
    expect(countedUnder(rules, '2017-05-11', ready().moved('2017-05-11', ['anna']))).toEqual([]);
  });

  it('of a later day make no earlier move count, whoever moves then', () => {
    const household = ready('a', 'anna', 'bert')
      .moved('2017-05-11', ['anna'], { housingKind: 'HOTEL_SCHEME' })
      .moved('2017-07-01', ['bert'], { housingKind: 'HOTEL_SCHEME' });
    expect(countedUnder({ countedHousing: ['HOTEL_SCHEME'] }, '2017-06-01', household)).toEqual([
      'bert 2017-07-01 GM0344',
    ]);
  });

  it('can leave out a channel', () => {
    const household = ready().moved('2017-05-11', ['anna']);
    expect(countedUnder({ countedChannels: ['RESETTLEMENT'] }, '2017-01-01', household)).toEqual([]);
  });

  it('can leave out following family', () => {
    const household = ready()
      .on('2017-05-10', 'FollowingFamilyArrived', { sponsorPersonId: 'anna', members: [person('kid')] })
      .moved('2017-05-11', ['anna', 'kid']);
    expect(countedUnder({ followingFamilyCounts: false }, '2017-01-01', household)).toEqual(['anna 2017-05-11 GM0344']);
  });

  it('can count a child born after the move, on the day of birth', () => {
    const household = ready()
      .moved('2017-05-11', ['anna'])
      .on('2017-08-01', 'ChildBorn', { member: person('child', { birthYear: 2017 }) });
    expect(countedUnder({ bornAfterMoveInCounts: true }, '2017-01-01', household)).toEqual([
      'anna 2017-05-11 GM0344',
      'child 2017-08-01 GM0344',
    ]);
  });
});

describe('Realisation', () => {
  let db: Database;
  beforeAll(async () => {
    db = await built(realisationProjection, [
      ready('y', 'anna', 'bert')
        .moved('2017-05-11', ['anna', 'bert'])
        .on('2017-06-01', 'HouseholdSplit', { targetCaseId: 'b', personIds: ['bert'] }),
      story('b')
        .on('2017-06-01', 'MembersReceived', {
          fromCaseId: 'y',
          transferId: 't',
          permitType: 'ASYLUM_TEMPORARY',
          channel: 'ASYLUM',
          permitGrantedOn: '2017-01-01',
          receptionCentre: null,
          members: [{ ...person('bert'), followingFamily: false }],
        })
        .linked('2017-06-05', 'GM0363')
        .housed('2017-06-07', '2017-06-08', '2017-06-09', '2017-07-01', 'home', { municipality: 'GM0363' })
        .moved('2017-07-01', ['bert'], { municipality: 'GM0363' }),
      ready('c', 'carl').recorded('2017-07-10').moved('2017-05-30', ['carl']),
      ready('d', 'dora').moved('2017-05-12', ['dora']).retracted('2017-06-15', 5),
      ready('e', 'emma')
        .on('2017-05-10', 'FollowingFamilyArrived', { sponsorPersonId: 'emma', members: [person('finn')] })
        .moved('2017-06-02', ['emma']),
    ]);
  });

  const HALF = { from: '2017-01-01', until: '2017-06-30' };

  function months(question: RealisationQuestion): string[] {
    return realisationFigures(db, question).map(
      ({ municipality, month, channel, followingFamily, persons }) =>
        `${municipality} ${month} ${channel}${followingFamily ? ' following' : ''}: ${persons}`,
    );
  }

  it('is counted by municipality and month', () => {
    expect(months({ knownOn: '2017-12-31', counted: { from: '2017-01-01', until: '2017-12-31' } })).toEqual([
      'GM0344 2017-05 ASYLUM: 3',
      'GM0344 2017-06 ASYLUM: 1',
      'GM0344 2017-06 ASYLUM following: 1',
    ]);
  });

  it('counts a person once over all cases, where it came first', () => {
    const proposals = db.prepare(`SELECT stream, countedOn FROM candidates WHERE personId = 'bert' ORDER BY countedOn`);
    expect(proposals.raw().all()).toEqual([
      ['case-y', '2017-05-11'],
      ['case-b', '2017-07-01'],
    ]);
    const bert = realisedPersons(db, {
      knownOn: '2017-12-31',
      counted: { from: '2017-01-01', until: '2017-12-31' },
      limit: 100,
    }).items.filter(({ personId }) => personId === 'bert');
    expect(bert).toEqual([
      {
        personId: 'bert',
        caseId: 'y',
        municipality: 'GM0344',
        countedOn: '2017-05-11',
        channel: 'ASYLUM',
        followingFamily: false,
        housingKind: 'REGULAR',
      },
    ]);
  });

  it('is as it was known on a past day', () => {
    const may = { from: '2017-05-01', until: '2017-05-31' };
    expect(months({ knownOn: '2017-05-10', counted: may })).toEqual([]);
    expect(months({ knownOn: '2017-05-11', counted: may })).toEqual(['GM0344 2017-05 ASYLUM: 2']);
    expect(months({ knownOn: '2017-06-14', counted: may })).toEqual(['GM0344 2017-05 ASYLUM: 3']);
    expect(months({ knownOn: '2017-06-15', counted: may })).toEqual(['GM0344 2017-05 ASYLUM: 2']);
    expect(months({ knownOn: '2017-07-10', counted: may })).toEqual(['GM0344 2017-05 ASYLUM: 3']);
  });

  it('has exactly the persons behind every figure', () => {
    for (const knownOn of ['2017-05-10', '2017-05-11', '2017-06-14', '2017-06-15', '2017-07-10']) {
      for (const municipality of ['GM0344', 'GM0363']) {
        const question = { knownOn, counted: HALF, municipality };
        const sum = realisationFigures(db, question).reduce((persons, it) => persons + it.persons, 0);
        expect(realisedPersons(db, { ...question, limit: 100 }).items).toHaveLength(sum);
      }
    }
    const following = { knownOn: '2017-12-31', counted: HALF, followingFamily: true, channel: 'ASYLUM' as const };
    expect(realisedPersons(db, { ...following, limit: 100 }).items.map(({ personId }) => personId)).toEqual(['finn']);
  });

  it('lists persons in order of their day, over pages', () => {
    const whole = realisedPersons(db, { knownOn: '2017-12-31', counted: HALF, limit: 100 }).items;
    expect(whole.map(({ personId }) => personId)).toEqual(['anna', 'bert', 'carl', 'emma', 'finn']);
    const paged = [];
    let cursor: string | undefined;
    do {
      const page = realisedPersons(db, {
        knownOn: '2017-12-31',
        counted: HALF,
        limit: 2,
        ...(cursor ? { cursor } : {}),
      });
      paged.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(paged).toEqual(whole);
  });
});
