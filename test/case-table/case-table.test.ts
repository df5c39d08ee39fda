import { describe, it } from '@jest/globals';
import { person, story, type Story } from '../views/story.ts';
import { given } from './given.ts';

/** Permit day 0, link 9, offer 60, tenancy start 120, moved in 130: the example of the norm. */
function example(): Story {
  return story('a')
    .permit('2017-01-01', [person('anna')])
    .linked('2017-01-10', 'GM0344')
    .housed('2017-03-02', '2017-03-05', '2017-03-20', '2017-05-01')
    .moved('2017-05-11', ['anna']);
}

const WAY = [
  '2017-01-01 PermitGranted',
  '2017-01-10 MunicipalityLinked',
  '2017-03-02 HomeOffered',
  '2017-03-05 OfferAccepted',
  '2017-03-20 TenancySigned',
  '2017-05-11 MovedIn',
];

describe('The activities of a case', () => {
  it('are the facts of its journey, on their business dates', () => {
    given(example()).thenActivities(...WAY);
  });

  it('are neither assignments, notes nor impediments', () => {
    const noted = example()
      .on('2017-05-12', 'NoteAdded', { noteId: 'n', text: null })
      .on('2017-05-12', 'CaseAssigned', { assignee: 'jan', organisation: 'GM0344' })
      .on('2017-05-12', 'ImpedimentReported', {
        impedimentId: 'i',
        code: 'ALLOWANCES_DELAY',
        owner: 'OTHER',
        term: 'MOVE',
        note: null,
      });
    given(noted).thenActivities(...WAY);
  });

  it('stand where they happened, however late they were told', () => {
    const late = example().recorded('2017-06-01').on('2017-01-20', 'SearchStarted', {});
    given(late).thenActivities(...WAY.slice(0, 2), '2017-01-20 SearchStarted', ...WAY.slice(2));
  });

  it('lack what was retracted, and have what was corrected on its right day', () => {
    const moved = example();
    const index = moved.events.length - 1;
    moved.corrected('2017-05-20', index, { occurredOn: '2017-05-02' });
    given(moved).thenActivities(...WAY.slice(0, 5), '2017-05-02 MovedIn');
    moved.retracted('2017-05-21', index);
    given(moved).thenActivities(...WAY.slice(0, 5));
  });

  it('call every link but the first a re-link', () => {
    const again = story('a')
      .permit('2017-01-01', [person('anna')])
      .linked('2017-01-10', 'GM0344')
      .on('2017-02-01', 'LinkRevoked', { reason: 'MEDICAL', note: null })
      .linked('2017-02-10', 'GM0363');
    given(again).thenActivities(
      '2017-01-01 PermitGranted',
      '2017-01-10 MunicipalityLinked',
      '2017-02-01 LinkRevoked',
      '2017-02-10 Relinked',
    );
  });

  it('tell the end of the case once, however it came about', () => {
    const left = story('a')
      .permit('2017-01-01', [person('anna')])
      .on('2017-02-01', 'HouseholdDeparted', { personIds: ['anna'] });
    given(left).thenActivities('2017-01-01 PermitGranted', '2017-02-01 CaseEnded');
    given(example().on('2017-07-01', 'CaseClosed', { reason: 'HOUSED' })).thenActivities(
      ...WAY,
      '2017-07-01 CaseEnded',
    );
  });

  it('have no end where the case was reopened', () => {
    const reopened = example()
      .on('2017-07-01', 'CaseClosed', { reason: 'HOUSED' })
      .on('2017-07-05', 'CaseReopened', { reason: null });
    given(reopened).thenActivities(...WAY);
  });
});

describe('The phases of a case', () => {
  it('are measured against the norm terms, each on its own, and the whole', () => {
    given(example()).thenPhases(
      'LINK 1: 2017-01-01 .. 2017-01-10, due 2017-01-15',
      'HOME 1: 2017-01-10 .. 2017-03-02, due 2017-03-21',
      'MOVE 1: 2017-05-01 .. 2017-05-11, due 2017-05-15',
      'WHOLE 1: 2017-01-01 .. 2017-05-11, due 2017-04-09',
      'TENANCY 1: 2017-03-02 .. 2017-05-01, due none',
    );
  });

  it('begin anew with a new link, but the whole goes on', () => {
    const again = story('a')
      .permit('2017-01-01', [person('anna')])
      .linked('2017-01-10', 'GM0344')
      .on('2017-02-01', 'LinkRevoked', { reason: 'MEDICAL', note: null })
      .linked('2017-02-10', 'GM0363');
    given(again).thenPhases(
      'LINK 1: 2017-01-01 .. 2017-01-10, due 2017-01-15',
      'HOME 1: 2017-01-10 .. stopped 2017-02-01, due 2017-03-21',
      'HOME 2: 2017-02-10 .. open, due 2017-04-21',
      'WHOLE 1: 2017-01-01 .. open, due 2017-04-09',
      'RELINK 1: 2017-02-01 .. 2017-02-10, due none',
    );
  });
});

describe('What else the event table has of a case', () => {
  it('is its impediments, with the days on which they were open', () => {
    const held = story('a')
      .permit('2017-01-01', [person('anna')])
      .on('2017-01-12', 'ImpedimentReported', {
        impedimentId: 'i',
        code: 'NO_BSN',
        owner: 'MUNICIPALITY',
        term: 'LINK',
        note: null,
      })
      .on('2017-01-13', 'ImpedimentReported', {
        impedimentId: 'j',
        code: 'LINK_LATE',
        owner: 'COA',
        term: 'LINK',
        note: null,
      })
      .on('2017-01-20', 'ImpedimentResolved', { impedimentId: 'i', note: null });
    given(held).thenImpediments(
      'NO_BSN of MUNICIPALITY: 2017-01-12 .. 2017-01-20',
      'LINK_LATE of COA: 2017-01-13 .. none',
    );
  });

  it('is what cases are told apart by', () => {
    const two = story('a')
      .permit('2017-01-01', [person('anna'), person('bert', { role: 'PARTNER' })], { channel: 'RELOCATION' })
      .linked('2017-01-10', 'GM0344');
    given(two).thenAttributes({
      channel: 'RELOCATION',
      municipality: 'GM0344',
      organisation: 'GM0344',
      householdSize: 2,
    });
  });

  it('is the day it was housed on: that of the first move that counts', () => {
    const hosted = story('a')
      .permit('2017-01-01', [person('anna')])
      .linked('2017-01-10', 'GM0344')
      .moved('2017-02-01', ['anna'], { housingKind: 'HOST_STAY' });
    given(hosted).thenAttributes({ from: '2017-01-01', housedOn: 'none', censoredOn: 'none' });
    given(example()).thenAttributes({ housedOn: '2017-05-11', censoredOn: 'none' });
  });

  it('is the day from which nothing more is known, where it ended without a home, and its size until then', () => {
    const left = story('a')
      .permit('2017-01-01', [person('anna'), person('bert', { role: 'PARTNER' })])
      .on('2017-02-01', 'HouseholdDeparted', { personIds: ['anna', 'bert'] });
    given(left).thenAttributes({ housedOn: 'none', censoredOn: '2017-02-01', householdSize: 2 });
  });
});
