import { describe, expect, it } from '@jest/globals';
import type { CaseEvent, CaseFact } from '../../src/journey/cases.events.ts';
import {
  ACCEPTED,
  AMINA,
  amina,
  CASE,
  correct,
  correction,
  day,
  eventId,
  fact,
  historyOf,
  HOUSED,
  LINKED,
  OFFER,
  OFFERED,
  record,
  retract,
  retraction,
  SARA,
  sealed,
  SIGNED,
  TILBURG,
  TODAY,
  YUSUF,
} from '../examples.ts';
import { given } from './given.ts';

const retracted = (revision: number): CaseEvent => retraction(revision, 400);
const corrected = (revision: number, what: CaseFact): CaseEvent => correction(revision, what, 400);
const factsOf = (...events: readonly CaseEvent[]) =>
  historyOf(...events).facts.map(({ fact: { type, data }, correctedBy }) => [type, data.occurredOn, correctedBy]);

describe('a late fact', () => {
  it('takes its place by its business date', () =>
    expect(factsOf(fact('PermitGranted', 0), fact('MunicipalityLinked', 9), fact('IdentityItemObtained', 4))).toEqual([
      ['PermitGranted', day(0), null],
      ['IdentityItemObtained', day(4), null],
      ['MunicipalityLinked', day(9), null],
    ]));
  it('is judged by what was so on its day', () => {
    given(...HOUSED).records(fact('IdentityItemObtained', 4));
    given(...HOUSED).refuses(fact('HomeOffered', 5, { offerId: CASE }), 'NOT_LINKED');
  });
  it('is refused when a later one would become impossible, naming that one', () =>
    given(...OFFERED)
      .when(record(fact('LinkRevoked', 30)))
      .thenRefused('LATER_FACT_IMPOSSIBLE', eventId(2)));
  it('names all later ones that would become impossible', () =>
    given(...HOUSED)
      .when(record(fact('HouseholdDeparted', 50, { personIds: [AMINA, YUSUF] })))
      .thenRefused('LATER_FACT_IMPOSSIBLE', eventId(2), eventId(3), eventId(4), eventId(5)));
  it('follows the order of the journey on one day, not that of recording', () =>
    given(fact('PermitGranted', 0), fact('HomeOffered', 9)).records(fact('MunicipalityLinked', 9)));
  it('follows the order of recording where one step can undo the other', () => {
    given(...LINKED, fact('LinkRevoked', 30), fact('MunicipalityLinked', 30, { municipality: TILBURG })).records(
      fact('LinkRevoked', 30),
    );
    given(...LINKED, fact('TermSuspended', 20), fact('TermResumed', 20)).records(fact('TermSuspended', 20));
  });
});

describe('an impossible fact that stands in the log already', () => {
  const impossible = [fact('PermitGranted', 0), fact('SearchStarted', 5)];
  it('is not held against the next command', () => given(...impossible).records(fact('MunicipalityLinked', 9)));
  it('can be retracted', () =>
    given(...impossible)
      .when(retract(1))
      .thenRecorded(retracted(1)));
  it('is folded as far as it makes sense', () =>
    expect(historyOf(fact('PermitGranted', 0), fact('OfferAccepted', 5), fact('MovedIn', 6)).state).toMatchObject({
      kind: 'open',
      stage: 'MOVED_IN',
    }));
});

describe('a retraction', () => {
  it('takes a fact back', () =>
    given(...LINKED)
      .when(retract(1))
      .thenRecorded(retracted(1)));
  it('is dated on the day it is made', () =>
    expect(
      given(...LINKED)
        .when(retract(1, day(50)))
        .thenRecorded(retraction(1, 50)),
    ).toBeUndefined());
  it('is refused when a later fact would become impossible, naming that one', () =>
    given(...ACCEPTED)
      .when(retract(2))
      .thenRefused('LATER_FACT_IMPOSSIBLE', eventId(3)));
  it('takes a permit back only with everything after it', () => {
    given(...LINKED)
      .when(retract(0))
      .thenRefused('LATER_FACT_IMPOSSIBLE', eventId(1));
    given(...LINKED, retraction(1))
      .when(retract(0))
      .thenRecorded(retracted(0));
  });
  it('leaves a case that has lost its permit to begin again', () =>
    given(fact('PermitGranted', 0), retraction(0)).records(fact('PermitGranted', 1)));
  it('names an event of this case', () =>
    given(...LINKED)
      .when(retract(7))
      .thenRefused('FACT_UNKNOWN', eventId(7)));
  it('of what is retracted already is nothing to do', () =>
    given(...LINKED, retraction(1))
      .when(retract(1))
      .thenNothing());
  it('of a retraction brings the fact back', () => {
    given(...LINKED, retraction(1))
      .when(retract(2))
      .thenRecorded(retracted(2));
    expect(factsOf(...LINKED, retraction(1), retraction(2))).toEqual(factsOf(...LINKED));
  });
  it('of a retraction is refused when the fact has become impossible', () =>
    given(...LINKED, retraction(1), fact('MunicipalityLinked', 8, { municipality: TILBURG }))
      .when(retract(2))
      .thenRefused('ALREADY_LINKED', 'LinkRevoked'));
  it('of a correction brings back what was corrected', () =>
    expect(factsOf(...LINKED, correction(1, fact('MunicipalityLinked', 12)), retraction(2))).toEqual(
      factsOf(...LINKED),
    ));
  it('of a correction is refused when a later fact needs it', () =>
    given(...LINKED, correction(1, fact('MunicipalityLinked', 7)), fact('SearchStarted', 8))
      .when(retract(2))
      .thenRefused('LATER_FACT_IMPOSSIBLE', eventId(3)));
  it('of an erasure is not possible', () =>
    given(...LINKED, { type: 'PersonalDataErased', data: { occurredOn: day(50), subjects: [AMINA] } })
      .when(retract(2))
      .thenRefused('NOT_RETRACTABLE'));
});

describe('a correction', () => {
  it('takes the place of what it corrects', () => {
    given(...LINKED)
      .when(correct(1, fact('MunicipalityLinked', 12)))
      .thenRecorded(corrected(1, fact('MunicipalityLinked', 12)));
    expect(factsOf(...LINKED, correction(1, fact('MunicipalityLinked', 12)))).toEqual([
      ['PermitGranted', day(0), null],
      ['MunicipalityLinked', day(12), eventId(2)],
    ]);
  });
  it('keeps the place of the original among facts of one day', () => {
    const { facts } = historyOf(
      ...LINKED,
      fact('LinkRevoked', 30),
      fact('MunicipalityLinked', 30, { municipality: TILBURG }),
      correction(2, fact('LinkRevoked', 30, { reason: 'MEDICAL' })),
    );
    expect(facts.map((one) => one.revision)).toEqual([0, 1, 2, 3]);
    expect(facts[2]?.fact.data).toMatchObject({ reason: 'MEDICAL' });
  });
  it('can be corrected, by its own id or by that of the fact', () => {
    const once = correction(1, fact('MunicipalityLinked', 12));
    const wanted = [
      ['PermitGranted', day(0), null],
      ['MunicipalityLinked', day(13), eventId(3)],
    ];
    expect(factsOf(...LINKED, once, correction(2, fact('MunicipalityLinked', 13)))).toEqual(wanted);
    expect(factsOf(...LINKED, once, correction(1, fact('MunicipalityLinked', 13)))).toEqual(wanted);
  });
  it('is of the same type', () =>
    given(...LINKED)
      .when(correct(1, fact('SearchStarted', 9)))
      .thenRefused('OTHER_TYPE', 'MunicipalityLinked'));
  it('is not dated in the future', () =>
    given(...LINKED)
      .when(correct(1, fact('MunicipalityLinked', 30), day(29)))
      .thenRefused('IN_THE_FUTURE', day(30)));
  it('is refused when it is impossible itself', () =>
    given(...SIGNED)
      .when(correct(4, fact('TenancySigned', 70, { tenancyStartOn: day(50) })))
      .thenRefused('TENANCY_BEFORE_OFFER'));
  it('does not come before the permit', () =>
    given(...LINKED)
      .when(correct(1, fact('MunicipalityLinked', -1)))
      .thenRefused('BEFORE_THE_PERMIT', day(0)));
  it('is refused when a later fact would become impossible, naming that one', () =>
    given(...HOUSED)
      .when(correct(4, fact('TenancySigned', 70, { tenancyStartOn: day(131) })))
      .thenRefused('LATER_FACT_IMPOSSIBLE', eventId(5)));
  it('of a permit does not drop who is needed later', () =>
    given(...HOUSED)
      .when(correct(0, fact('PermitGranted', 0, { members: [amina] })))
      .thenRefused('LATER_FACT_IMPOSSIBLE', eventId(5)));
  it('of a permit does not come after what was built on it', () =>
    given(...LINKED)
      .when(correct(0, fact('PermitGranted', 10)))
      .thenRefused('LATER_FACT_IMPOSSIBLE', eventId(1)));
  it('that says the same is nothing to do', () =>
    given(...LINKED)
      .when(correct(1, fact('MunicipalityLinked', 9)))
      .thenNothing());
  it('names an event of this case', () =>
    given(...LINKED)
      .when(correct(7, fact('MunicipalityLinked', 9)))
      .thenRefused('FACT_UNKNOWN', eventId(7)));
  it('names no retraction', () =>
    given(...LINKED, retraction(1))
      .when(correct(2, fact('MunicipalityLinked', 9)))
      .thenRefused('NOT_A_FACT'));
  it('names nothing that is retracted', () =>
    given(...LINKED, retraction(1))
      .when(correct(1, fact('MunicipalityLinked', 12)))
      .thenRefused('FACT_RETRACTED', eventId(2)));
  it('names no correction in whose place another stands', () =>
    given(...LINKED, correction(1, fact('MunicipalityLinked', 12)), correction(1, fact('MunicipalityLinked', 13)))
      .when(correct(2, fact('MunicipalityLinked', 14)))
      .thenRefused('CORRECTION_SUPERSEDED'));
  it('of an offer reaches the move that went there', () => {
    const { state } = historyOf(...HOUSED, correction(2, fact('HomeOffered', 61, { rooms: 4 })));
    expect(state).toMatchObject({ offers: [{ offerId: OFFER, offeredOn: day(61), status: 'LIVED_IN' }] });
  });
});

describe('an erasure', () => {
  const erase = (subjects: readonly string[]) => ({ do: 'erase' as const, subjects, today: TODAY });
  const erased = (subjects: readonly string[]): CaseEvent => ({
    type: 'PersonalDataErased',
    data: { occurredOn: TODAY, subjects },
  });
  it('is of persons of the case, or of its free text', () =>
    given(...LINKED)
      .when(erase([AMINA, CASE]))
      .thenRecorded(erased([AMINA, CASE])));
  it('is of persons who were only named in a fact retracted since', () =>
    given(...LINKED, fact('MemberAdded', 10), retraction(2))
      .when(erase([SARA]))
      .thenRecorded(erased([SARA])));
  it('is not of strangers', () =>
    given(...LINKED)
      .when(erase([SARA]))
      .thenRefused('SUBJECT_UNKNOWN', SARA));
  it('is done once', () => {
    given(...LINKED, erased([AMINA]))
      .when(erase([AMINA]))
      .thenNothing();
    given(...LINKED, erased([AMINA]))
      .when(erase([AMINA, YUSUF]))
      .thenRecorded(erased([YUSUF]));
  });
  it('needs a case', () =>
    given()
      .when(erase([AMINA]))
      .thenRefused('CASE_UNKNOWN'));
  it('alters nothing in the state of the case', () =>
    expect(historyOf(...LINKED, erased([AMINA, YUSUF, CASE])).state).toEqual(historyOf(...LINKED).state));
});

describe('the state of a case', () => {
  it('holds nothing that is sealed', () => {
    const { state } = historyOf(...HOUSED, fact('NoteAdded', 135), fact('MemberAdded', 136));
    expect(JSON.stringify(state)).not.toContain(sealed(AMINA).box);
  });
});
