import { describe, expect, it } from '@jest/globals';
import type { CaseEvent, NormTerm } from '../../src/journey/cases.events.ts';
import { termStandings, type TermStanding } from '../../src/journey/norm-terms.ts';
import { referenceOf } from '../../src/reference/reference.ts';
import { daysBetween } from '../../src/event-sourcing/days.ts';
import {
  ACCEPTED,
  AMINA,
  correction,
  DAY_0,
  day,
  defaultReference,
  fact,
  historyOf,
  HOUSED,
  LINKED,
  metadata,
  OFFER,
  omar,
  OFFERED,
  record,
  retraction,
  SARA,
  SECOND_OFFER,
  SIGNED,
  TILBURG,
  TODAY,
  UTRECHT,
  uuid,
  YUSUF,
} from '../examples.ts';
import { given } from './given.ts';

const second = { offerId: SECOND_OFFER };
const limits = { maximumExtensionDays: 98, maximumSuspensionDays: 30 };

function standings(...facts: readonly CaseEvent[]): readonly TermStanding[] {
  return termStandings(historyOf(...facts), defaultReference());
}

/** A run of a term, its dates as days of the journey. */
function run(term: NormTerm, sequence: number, ...facts: readonly CaseEvent[]) {
  const found = standings(...facts).find((one) => one.term === term && one.sequence === sequence);
  if (found === undefined) return undefined;
  const number = (date: string | null) => date && daysBetween(DAY_0, date);
  const { startedOn, dueOn, metOn, endedOn, suspendedSince, ...rest } = found;
  return {
    ...rest,
    started: number(startedOn),
    due: number(dueOn),
    met: number(metOn),
    ended: number(endedOn),
    suspendedSince: number(suspendedSince),
  };
}

describe('the norm terms of permit day 0, link 9, offer 60, tenancy start 120, moved in 130', () => {
  it('are all met, and the whole 32 days late', () => {
    const late = standings(...HOUSED).map((one) => [one.term, daysBetween(one.dueOn, one.metOn!)]);
    expect(late).toEqual([
      ['LINK', -5],
      ['HOME', -19],
      ['MOVE', -4],
      ['WHOLE', 32],
    ]);
  });
  it('start at permit, link, tenancy start and permit', () =>
    expect(standings(...HOUSED).map((one) => daysBetween(DAY_0, one.startedOn))).toEqual([0, 9, 120, 0]));
  it('carry the municipality', () =>
    expect(standings(...HOUSED).map((one) => one.municipality)).toEqual([UTRECHT, UTRECHT, UTRECHT, UTRECHT]));
});

describe('a norm term', () => {
  it('does not run in an unknown case', () => expect(standings()).toEqual([]));
  it('for the link runs from the permit', () =>
    expect(run('LINK', 1, fact('PermitGranted', 0))).toMatchObject({ started: 0, due: 14, met: null, ended: null }));
  it('for the move, and the whole, stay met when a child is born on the day of the move', () => {
    expect(run('MOVE', 1, ...HOUSED, fact('ChildBorn', 130))).toMatchObject({ met: 130 });
    expect(run('WHOLE', 1, ...HOUSED, fact('ChildBorn', 130))).toMatchObject({ met: 130 });
  });
  it('for the link stops for who moves in with a sponsor without one', () => {
    const joining = fact('PermitGranted', 0, { sponsorCaseId: 'a-case', channel: 'FAMILY_REUNIFICATION' });
    const moved = [joining, fact('MovedIn', 20, { offerId: null })];
    expect(run('LINK', 1, ...moved)).toMatchObject({ met: null, ended: 20 });
    expect(run('LINK', 1, ...moved, fact('MunicipalityLinked', 25))).toMatchObject({ met: 25, ended: null });
    given(...moved).refuses(fact('TermExtended', 21, { term: 'LINK' }), 'NO_TERM_RUNNING');
  });
  it('for the home stops for who was linked and moves in with a sponsor', () => {
    const joining = fact('PermitGranted', 0, { sponsorCaseId: 'a-case', channel: 'FAMILY_REUNIFICATION' });
    const moved = fact('MovedIn', 20, { offerId: null });
    expect(run('HOME', 1, joining, fact('MunicipalityLinked', 9), moved)).toMatchObject({ met: null, ended: 20 });
    expect(run('HOME', 1, joining, moved, fact('MunicipalityLinked', 25))).toMatchObject({ started: 25, ended: 25 });
    given(joining, fact('MunicipalityLinked', 9), moved).refuses(fact('TermExtended', 21), 'NO_TERM_RUNNING');
  });
  it('for the home is not met while the offer only stands', () =>
    expect(run('HOME', 1, ...OFFERED)).toMatchObject({ started: 9, due: 79, met: null, ended: null }));
  it('for the home is met on the day of the offer, once it is accepted', () =>
    expect(run('HOME', 1, ...ACCEPTED)).toMatchObject({ met: 60 }));
  it('for the home runs on when the accepted offer is withdrawn', () =>
    expect(run('HOME', 1, ...ACCEPTED, fact('OfferWithdrawn', 65))).toMatchObject({ met: null, ended: null }));
  it('for the home is met by the second offer, when that one is accepted', () =>
    expect(
      run(
        'HOME',
        1,
        ...ACCEPTED,
        fact('OfferWithdrawn', 65),
        fact('HomeOffered', 75, second),
        fact('OfferAccepted', 82, second),
      ),
    ).toMatchObject({ due: 79, met: 75 }));
  it('for the home is not restarted by a refusal, justified or not', () => {
    const judged = (judgement: 'JUSTIFIED' | 'UNJUSTIFIED') =>
      run('HOME', 1, ...OFFERED, fact('OfferRefused', 65), fact('RefusalJudged', 70, { judgement }));
    expect(judged('JUSTIFIED')).toMatchObject({ started: 9, due: 79, met: null });
    expect(judged('UNJUSTIFIED')).toMatchObject({ started: 9, due: 79, met: null });
  });
  it('for the home goes on through a transfer, in the other municipality', () =>
    expect(run('HOME', 1, ...LINKED, fact('MunicipalityTransferAgreed', 30))).toMatchObject({
      started: 9,
      due: 79,
      municipality: TILBURG,
    }));
  it('for moving in runs from the start of the tenancy, not from its signing', () =>
    expect(run('MOVE', 1, ...SIGNED)).toMatchObject({ started: 120, due: 134, met: null }));
  it('for moving in ends with a tenancy that is given up', () =>
    expect(run('MOVE', 1, ...SIGNED, fact('OfferWithdrawn', 125))).toMatchObject({ met: null, ended: 125 }));
  it('for moving in starts anew with the next tenancy', () =>
    expect(
      run(
        'MOVE',
        2,
        ...SIGNED,
        fact('OfferWithdrawn', 125),
        fact('HomeOffered', 126, second),
        fact('OfferAccepted', 127, second),
        fact('TenancySigned', 128, { ...second, tenancyStartOn: day(140) }),
      ),
    ).toMatchObject({ started: 140, due: 154, met: null }));
  it('is met when the last of the household has moved in', () => {
    const facts = [
      ...SIGNED,
      fact('MovedIn', 125, { personIds: [AMINA] }),
      fact('MovedIn', 131, { personIds: [YUSUF] }),
    ];
    expect(run('MOVE', 1, ...facts)).toMatchObject({ met: 131 });
    expect(run('WHOLE', 1, ...facts)).toMatchObject({ met: 131 });
    expect(run('WHOLE', 1, ...facts.slice(0, -1))).toMatchObject({ met: null });
  });
  it('stays met when family follows', () =>
    expect(run('WHOLE', 1, ...HOUSED, fact('FollowingFamilyArrived', 150))).toMatchObject({ met: 130 }));
  it('is met on the day of the last move when the one who had not moved in leaves', () =>
    expect(
      run('WHOLE', 1, ...SIGNED, fact('MovedIn', 125, { personIds: [AMINA] }), fact('MemberRemoved', 150)),
    ).toMatchObject({ met: 125 }));
  it('is not met for the time being', () =>
    expect(
      run('WHOLE', 1, ...LINKED, fact('MovedIn', 12, { housingKind: 'TRANSIT_LOCATION', offerId: null })),
    ).toMatchObject({ met: null }));
  it('ends with the case', () => {
    const facts = [...LINKED, fact('CaseClosed', 40)];
    expect(run('HOME', 1, ...facts)).toMatchObject({ met: null, ended: 40 });
    expect(run('WHOLE', 1, ...facts)).toMatchObject({ met: null, ended: 40 });
    expect(run('LINK', 1, ...facts)).toMatchObject({ met: 9, ended: null });
  });
  it('runs again when the case is reopened', () =>
    expect(run('HOME', 1, ...LINKED, fact('CaseClosed', 40), fact('CaseReopened', 50))).toMatchObject({
      due: 79,
      ended: null,
    }));
  it('follows a correction', () =>
    expect(run('HOME', 1, ...ACCEPTED, correction(1, fact('MunicipalityLinked', 12)))).toMatchObject({
      started: 12,
      due: 82,
    }));
  it('follows a retraction', () => expect(run('HOME', 1, ...ACCEPTED, retraction(3))).toMatchObject({ met: null }));
});

describe('a re-link', () => {
  const relinked = [...LINKED, fact('LinkRevoked', 30), fact('MunicipalityLinked', 40, { municipality: TILBURG })];
  it('ends the ten weeks of the first link', () =>
    expect(run('HOME', 1, ...relinked)).toMatchObject({ started: 9, met: null, ended: 30, municipality: UTRECHT }));
  it('restarts the ten weeks', () =>
    expect(run('HOME', 2, ...relinked)).toMatchObject({ started: 40, due: 110, municipality: TILBURG }));
  it('restarts nothing else', () => {
    expect(run('LINK', 1, ...relinked)).toMatchObject({ started: 0, due: 14, met: 9 });
    expect(run('LINK', 2, ...relinked)).toBeUndefined();
    expect(run('WHOLE', 1, ...relinked)).toMatchObject({ started: 0, due: 98 });
  });
  it('takes along no offer made under the first link', () =>
    expect(run('HOME', 1, ...ACCEPTED, fact('LinkRevoked', 65), fact('MunicipalityLinked', 66))).toMatchObject({
      met: null,
      ended: 65,
    }));
});

describe('a suspension', () => {
  it('moves the running term and the whole by the days it lasted', () => {
    const facts = [...LINKED, fact('TermSuspended', 20), fact('TermResumed', 30)];
    expect(run('HOME', 1, ...facts)).toMatchObject({ due: 89, suspendedDays: 10 });
    expect(run('WHOLE', 1, ...facts)).toMatchObject({ due: 108, suspendedDays: 10 });
    expect(run('LINK', 1, ...facts)).toMatchObject({ due: 14, suspendedDays: 0 });
  });
  it('moves each term by the days on which that one ran', () => {
    const facts = [
      fact('PermitGranted', 0),
      fact('TermSuspended', 5),
      fact('MunicipalityLinked', 9),
      fact('TermResumed', 15),
    ];
    expect(run('LINK', 1, ...facts)).toMatchObject({ due: 18, suspendedDays: 4 });
    expect(run('HOME', 1, ...facts)).toMatchObject({ due: 85, suspendedDays: 6 });
    expect(run('WHOLE', 1, ...facts)).toMatchObject({ due: 108, suspendedDays: 10 });
  });
  it('between offer and tenancy start moves only the whole', () => {
    const facts = [...SIGNED, fact('TermSuspended', 80), fact('TermResumed', 90)];
    expect(standings(...facts).map((one) => [one.term, one.suspendedDays])).toEqual([
      ['LINK', 0],
      ['HOME', 0],
      ['MOVE', 0],
      ['WHOLE', 10],
    ]);
  });
  it('that goes on moves nothing yet, and says since when it stands', () => {
    const facts = [...LINKED, fact('TermSuspended', 20)];
    expect(run('HOME', 1, ...facts)).toMatchObject({ due: 79, suspendedDays: 0, suspendedSince: 20 });
    expect(run('LINK', 1, ...facts)).toMatchObject({ suspendedSince: null });
  });
  it('that goes on stops moving a term that is met', () =>
    expect(run('HOME', 1, ...OFFERED.slice(0, 2), fact('TermSuspended', 50), ...ACCEPTED.slice(2))).toMatchObject({
      met: 60,
      suspendedDays: 10,
      suspendedSince: null,
    }));
  it('adds to an earlier one', () =>
    expect(
      run(
        'HOME',
        1,
        ...LINKED,
        fact('TermSuspended', 20),
        fact('TermResumed', 30),
        fact('TermSuspended', 40),
        fact('TermResumed', 45),
      ),
    ).toMatchObject({ due: 94, suspendedDays: 15 }));
  it('of no day moves nothing', () =>
    expect(run('HOME', 1, ...LINKED, fact('TermSuspended', 20), fact('TermResumed', 20))).toMatchObject({ due: 79 }));

  it('begins once', () =>
    given(...LINKED, fact('TermSuspended', 20)).refuses(fact('TermSuspended', 21), 'ALREADY_SUSPENDED', 'TermResumed'));
  it('ends once', () =>
    given(...LINKED, fact('TermSuspended', 20), fact('TermResumed', 30)).refuses(
      fact('TermResumed', 31),
      'NOT_SUSPENDED',
    ));
  it('ends after it began', () =>
    given(...LINKED, fact('TermSuspended', 20)).refuses(fact('TermResumed', 19), 'NOT_SUSPENDED', 'TermSuspended'));
  it('is for terms that run', () => given(...HOUSED).refuses(fact('TermSuspended', 140), 'NO_TERM_RUNNING'));
  it('comes no more after as many days as are allowed', () => {
    const suspended = given(...LINKED, fact('TermSuspended', 20), fact('TermResumed', 50));
    suspended.when(record(fact('TermSuspended', 60), TODAY, limits)).thenRefused('SUSPENSION_LIMIT', '30');
    suspended
      .when(record(fact('TermSuspended', 60), TODAY, { ...limits, maximumSuspensionDays: 31 }))
      .thenRecorded(fact('TermSuspended', 60));
    suspended.records(fact('TermSuspended', 60));
  });
});

describe('an extension', () => {
  it('moves the term it names, by as many days', () => {
    const facts = [...LINKED, fact('TermExtended', 50, { term: 'HOME', days: 14 })];
    expect(run('HOME', 1, ...facts)).toMatchObject({ due: 93, extendedDays: 14 });
    expect(run('WHOLE', 1, ...facts)).toMatchObject({ due: 98, extendedDays: 0 });
  });
  it('of the whole moves the whole', () =>
    expect(run('WHOLE', 1, ...LINKED, fact('TermExtended', 50, { term: 'WHOLE' }))).toMatchObject({ due: 112 }));
  it('belongs to the link under which it was given', () => {
    const facts = [
      ...LINKED,
      fact('TermExtended', 20),
      fact('LinkRevoked', 30),
      fact('MunicipalityLinked', 30),
      fact('TermExtended', 30, { days: 7 }),
    ];
    expect(run('HOME', 1, ...facts)).toMatchObject({ extendedDays: 14 });
    expect(run('HOME', 2, ...facts)).toMatchObject({ due: 107, extendedDays: 7 });
  });
  it('of moving in can come before the tenancy starts', () =>
    expect(run('MOVE', 1, ...SIGNED, fact('TermExtended', 100, { term: 'MOVE' }))).toMatchObject({ due: 148 }));
  it('is for a term that runs', () => {
    given(...LINKED).refuses(fact('TermExtended', 20, { term: 'LINK' }), 'TERM_NOT_RUNNING', 'LINK');
    given(...LINKED).refuses(fact('TermExtended', 20, { term: 'MOVE' }), 'TERM_NOT_RUNNING', 'MOVE');
    given(...HOUSED).refuses(fact('TermExtended', 140), 'NO_TERM_RUNNING');
  });
  it('takes a day or more', () => given(...LINKED).refuses(fact('TermExtended', 20, { days: 0 }), 'DAYS_NOT_POSITIVE'));
  it('goes no further than is allowed, all together', () => {
    const extended = given(...LINKED, fact('TermExtended', 20, { days: 90 }));
    extended.when(record(fact('TermExtended', 21, { days: 9 }), TODAY, limits)).thenRefused('EXTENSION_LIMIT', '98');
    extended
      .when(record(fact('TermExtended', 21, { days: 8 }), TODAY, limits))
      .thenRecorded(fact('TermExtended', 21, { days: 8 }));
    extended
      .when(record(fact('TermExtended', 21, { days: 98, term: 'WHOLE' }), TODAY, limits))
      .thenRecorded(fact('TermExtended', 21, { days: 98, term: 'WHOLE' }));
  });
  it('goes no further than is allowed when it is recorded before the other one', () =>
    given(...LINKED, fact('TermExtended', 20, { days: 90 }))
      .when(record(fact('TermExtended', 19, { days: 9 }), TODAY, limits))
      .thenRefused('EXTENSION_LIMIT', '98'));
});

describe('norm terms that change', () => {
  const set = (validFrom: string, homeDays: number, index: number) => ({
    id: uuid('set', index),
    stream: 'reference-norm-terms',
    revision: index,
    position: String(index),
    hash: '',
    type: 'NormTermsSet',
    data: {
      validFrom,
      linkDays: 14,
      homeDays,
      moveDays: 14,
      wholeDays: 98,
      maximumExtensionDays: null,
      maximumSuspensionDays: null,
    },
    metadata: metadata('2017-01-01T00:00:00.000Z', uuid('command')),
  });
  it('apply to the terms that start under them', () => {
    const reference = referenceOf([set('1900-01-01', 70, 0), set(day(20), 28, 1)]);
    const history = historyOf(...LINKED, fact('LinkRevoked', 15), fact('MunicipalityLinked', 20));
    const due = termStandings(history, reference)
      .filter((one) => one.term === 'HOME')
      .map((one) => daysBetween(one.startedOn, one.dueOn));
    expect(due).toEqual([70, 28]);
  });
});

describe('the terms of a case that began with persons handed over', () => {
  const received = fact('MembersReceived', 50, { permitGrantedOn: day(0) });
  it('run from the permit', () => {
    expect(run('LINK', 1, received)).toMatchObject({ started: 0, due: 14, met: null });
    expect(run('WHOLE', 1, received)).toMatchObject({ started: 0, due: 98 });
  });
  it('have none for the link, where they were linked before: a new link is a re-link', () => {
    const linkedBefore = fact('MembersReceived', 50, { permitGrantedOn: day(0), firstLinkedOn: day(9) });
    expect(standings(linkedBefore).map((one) => one.term)).toEqual(['WHOLE']);
    expect(run('HOME', 1, linkedBefore, fact('MunicipalityLinked', 55))).toMatchObject({ started: 55, due: 125 });
    given(linkedBefore).refuses(fact('TermExtended', 51, { term: 'LINK' }), 'TERM_NOT_RUNNING', 'LINK');
    expect(run('LINK', 1, linkedBefore, fact('PermitGranted', 60, { members: [omar] }))).toMatchObject({ started: 60 });
  });
  it('are met when they have moved in', () =>
    expect(
      run(
        'WHOLE',
        1,
        received,
        fact('MunicipalityLinked', 55),
        fact('HomeOffered', 60),
        fact('OfferAccepted', 61),
        fact('TenancySigned', 62, { tenancyStartOn: day(70) }),
        fact('MovedIn', 75, { personIds: [SARA], offerId: OFFER }),
      ),
    ).toMatchObject({ met: 75 }));
});
