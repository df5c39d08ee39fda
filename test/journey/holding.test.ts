import { describe, it } from '@jest/globals';
import { AMINA, day, fact, HOUSED, LINKED, record, SIGNED, uuid, YUSUF } from '../examples.ts';
import { given } from './given.ts';

const ASSIGNED = [...LINKED, fact('CaseAssigned', 10)];
const CLOSED = [...LINKED, fact('CaseClosed', 40)];

describe('who has the case', () => {
  it('is assigned when nobody has it', () => given(...LINKED).records(fact('CaseAssigned', 10)));
  it('is assigned already when it is the same one', () =>
    given(...ASSIGNED)
      .when(record(fact('CaseAssigned', 12)))
      .thenNothing());
  it('is not assigned over the head of another', () =>
    given(...ASSIGNED).refuses(
      fact('CaseAssigned', 12, { assignee: 'pieter' }),
      'ALREADY_ASSIGNED',
      'CaseTakenOver',
      'fatima',
    ));
  it('is taken over from the holder', () => given(...ASSIGNED).records(fact('CaseTakenOver', 12)));
  it('is not taken over from who does not have it any more', () =>
    given(...ASSIGNED).refuses(fact('CaseTakenOver', 12, { from: 'jan' }), 'HOLDER_CHANGED', 'fatima'));
  it('is not taken over from nobody', () =>
    given(...LINKED).refuses(fact('CaseTakenOver', 12), 'NOT_ASSIGNED', 'CaseAssigned'));
  it('is taken over already when it is the same one', () =>
    given(...ASSIGNED, fact('CaseTakenOver', 12))
      .when(record(fact('CaseTakenOver', 13)))
      .thenNothing());
  it('is released', () => given(...ASSIGNED).records(fact('CaseReleased', 12)));
  it('is released on the day of the assignment, and assigned again', () =>
    given(...ASSIGNED, fact('CaseReleased', 10)).records(fact('CaseAssigned', 10, { assignee: 'pieter' })));
  it('is not released by nobody', () => given(...LINKED).refuses(fact('CaseReleased', 12), 'NOT_ASSIGNED'));
});

describe('an impediment', () => {
  const reported = [...LINKED, fact('ImpedimentReported', 12)];
  it('is reported', () => given(...LINKED).records(fact('ImpedimentReported', 12)));
  it('is reported once under its id', () =>
    given(...reported).refuses(fact('ImpedimentReported', 13), 'IMPEDIMENT_ALREADY_KNOWN'));
  it('is resolved', () => given(...reported).records(fact('ImpedimentResolved', 20)));
  it('is not resolved before it was reported', () =>
    given(...reported).refuses(fact('ImpedimentResolved', 11), 'NO_OPEN_IMPEDIMENT', 'ImpedimentReported'));
  it('is not resolved twice: it says when it was, also where no other is open', () => {
    const other = fact('ImpedimentReported', 13, { impedimentId: uuid('impediment', 2) });
    for (const open of [[other], []]) {
      const resolved = [...reported, ...open, fact('ImpedimentResolved', 20)];
      given(...resolved).refuses(fact('ImpedimentResolved', 21), 'IMPEDIMENT_ALREADY_RESOLVED', day(20));
      given(...resolved)
        .when(record(fact('ImpedimentResolved', 20)))
        .thenNothing();
    }
  });
  it('that nobody knows is not resolved', () =>
    given(...reported).refuses(
      fact('ImpedimentResolved', 20, { impedimentId: uuid('x') }),
      'IMPEDIMENT_UNKNOWN',
      uuid('x'),
    ));
  it('may be resolved when the case has ended', () =>
    given(...reported, fact('CaseClosed', 20)).records(fact('ImpedimentResolved', 21)));
});

describe('notes and documents', () => {
  it('are kept', () => {
    given(...LINKED).records(fact('NoteAdded', 10));
    given(...LINKED).records(fact('DocumentReferenced', 10));
  });
  it('are kept once under their ids', () => {
    given(...LINKED, fact('NoteAdded', 10)).refuses(fact('NoteAdded', 11), 'NOTE_ALREADY_KNOWN');
    given(...LINKED, fact('DocumentReferenced', 10)).refuses(fact('DocumentReferenced', 11), 'DOCUMENT_ALREADY_KNOWN');
  });
  it('are kept after the case has ended', () => {
    given(...CLOSED).records(fact('NoteAdded', 50));
    given(...CLOSED).records(fact('DocumentReferenced', 50));
  });
});

describe('the case ends', () => {
  it('when it is closed', () => given(...CLOSED).refuses(fact('SearchStarted', 41), 'CASE_CLOSED', 'CaseReopened'));
  it('once', () => given(...CLOSED).refuses(fact('CaseClosed', 41), 'CASE_CLOSED'));
  it('as housed when everybody is', () => {
    given(...HOUSED).records(fact('CaseClosed', 140, { reason: 'HOUSED' }));
    given(...SIGNED).refuses(fact('CaseClosed', 140, { reason: 'HOUSED' }), 'NOT_ALL_MOVED_IN', AMINA, YUSUF);
  });
  it('for what became of its persons only if that is recorded', () => {
    for (const reason of ['PERMIT_WITHDRAWN', 'DEPARTED', 'DECEASED', 'MERGED'] as const) {
      given(...LINKED).refuses(fact('CaseClosed', 40, { reason }), 'PERSONS_STILL_PRESENT', AMINA, YUSUF);
    }
  });
  it('when nobody is left', () => {
    for (const type of ['PermitWithdrawn', 'HouseholdDeparted'] as const) {
      given(...LINKED, fact(type, 30, { personIds: [AMINA, YUSUF] })).refuses(fact('SearchStarted', 31), 'CASE_CLOSED');
    }
  });
  it('when the last one has died', () =>
    given(...LINKED, fact('PersonDeceased', 30), fact('PersonDeceased', 31, { personId: AMINA })).refuses(
      fact('SearchStarted', 32),
      'CASE_CLOSED',
    ));
  it('not while somebody is left', () => {
    given(...LINKED, fact('PermitWithdrawn', 30)).records(fact('SearchStarted', 31));
    given(...LINKED, fact('HouseholdDeparted', 30)).records(fact('SearchStarted', 31));
    given(...LINKED, fact('PersonDeceased', 30)).records(fact('SearchStarted', 31));
  });
  it('for persons one by one, once', () => {
    given(...LINKED, fact('PermitWithdrawn', 30)).refuses(fact('PermitWithdrawn', 31), 'PERSON_UNKNOWN', YUSUF);
    given(...LINKED, fact('HouseholdDeparted', 30)).refuses(fact('HouseholdDeparted', 31), 'PERSON_UNKNOWN', YUSUF);
    given(...LINKED, fact('PersonDeceased', 30)).refuses(fact('PersonDeceased', 31), 'PERSON_UNKNOWN', YUSUF);
  });
  it('though somebody has taken it since', () =>
    given(...LINKED, fact('CaseAssigned', 35)).records(fact('HouseholdDeparted', 30, { personIds: [AMINA, YUSUF] })));
});

describe('the case opens again', () => {
  it('when it is reopened', () => given(...CLOSED).records(fact('CaseReopened', 50)));
  it('and goes on where it was', () => given(...CLOSED, fact('CaseReopened', 50)).records(fact('SearchStarted', 51)));
  it('on the day it was closed', () => given(...CLOSED).records(fact('CaseReopened', 40)));
  it('and everything can be recorded from that day on', () =>
    given(...CLOSED, fact('CaseReopened', 50)).records(fact('SearchStarted', 50)));
  it('and can be closed again on that day', () =>
    given(...CLOSED, fact('CaseReopened', 50)).records(fact('CaseClosed', 50)));
  it('on the day its last person departed', () =>
    given(...LINKED, fact('HouseholdDeparted', 30, { personIds: [AMINA, YUSUF] })).records(fact('CaseReopened', 30)));
  it('only if it had ended', () => given(...LINKED).refuses(fact('CaseReopened', 50), 'CASE_OPEN'));
  it('for who had departed and came back', () =>
    given(...LINKED, fact('HouseholdDeparted', 30, { personIds: [AMINA, YUSUF] }), fact('CaseReopened', 60)).records(
      fact('MemberAdded', 60),
    ));
  it('and nobody is in it until somebody comes back', () =>
    given(...LINKED, fact('HouseholdDeparted', 30, { personIds: [AMINA, YUSUF] }), fact('CaseReopened', 60)).refuses(
      fact('HomeOffered', 61),
      'NOBODY_PRESENT',
    ));
});
