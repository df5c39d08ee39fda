import { describe, expect, it } from '@jest/globals';
import {
  AMINA,
  amina,
  BABY,
  CASE,
  correct,
  day,
  fact,
  historyOf,
  HOUSED,
  LINKED,
  OTHER_CASE,
  record,
  retract,
  SARA,
  uuid,
  YUSUF,
  yusuf,
} from '../examples.ts';
import { given } from './given.ts';

const SPLIT = [...LINKED, fact('HouseholdSplit', 20)];
const MERGED = [...LINKED, fact('HouseholdMerged', 20)];
const back = (on: number, ...members: (typeof amina)[]) =>
  fact('MembersReceived', on, { members: members.map((one) => ({ ...one, followingFamily: false })) });

describe('a split', () => {
  it('hands persons over to another case', () => given(...LINKED).records(fact('HouseholdSplit', 20)));
  it('hands over who is there', () =>
    given(...LINKED).refuses(fact('HouseholdSplit', 20, { personIds: [SARA] }), 'PERSON_UNKNOWN', SARA));
  it('hands somebody over', () =>
    given(...LINKED).refuses(fact('HouseholdSplit', 20, { personIds: [] }), 'NO_PERSONS'));
  it('leaves somebody behind: who all go, merge', () => {
    given(...LINKED).refuses(
      fact('HouseholdSplit', 20, { personIds: [AMINA, YUSUF] }),
      'SPLIT_TAKES_ALL',
      AMINA,
      YUSUF,
    );
    given(...LINKED, fact('MemberRemoved', 10)).refuses(
      fact('HouseholdSplit', 20, { personIds: [AMINA] }),
      'SPLIT_TAKES_ALL',
    );
  });
  it('stands, though those who stayed turn out to have left before it', () =>
    given(...SPLIT).records(fact('PersonDeceased', 15, { personId: AMINA })));
  it('does not go to the case itself', () =>
    given(...LINKED).refuses(fact('HouseholdSplit', 20, { targetCaseId: CASE }), 'SAME_CASE'));
  it('leaves nothing to be recorded about those who went', () =>
    given(...SPLIT).refuses(fact('PersonDeceased', 21), 'PERSON_UNKNOWN', YUSUF));
  it('says where those in transfer went', () => {
    const { state } = historyOf(...SPLIT);
    const left = state.kind === 'unknown' ? null : state.members.find((one) => one.personId === YUSUF)?.left;
    expect(left).toEqual({ on: day(20), reason: 'HANDED_OVER', toCaseId: OTHER_CASE });
  });
  it('is not retracted', () =>
    given(...SPLIT)
      .when(retract(2))
      .thenRefused('UNDONE_BY_HANDING_BACK', OTHER_CASE));
  it('is not corrected to other persons or another case', () => {
    given(...SPLIT)
      .when(correct(2, fact('HouseholdSplit', 20, { personIds: [AMINA] })))
      .thenRefused('UNDONE_BY_HANDING_BACK', OTHER_CASE);
    given(...SPLIT)
      .when(correct(2, fact('HouseholdSplit', 20, { targetCaseId: uuid('case', 7) })))
      .thenRefused('UNDONE_BY_HANDING_BACK', OTHER_CASE);
  });
  it('can get another date', () => {
    const command = correct(2, fact('HouseholdSplit', 18));
    given(...SPLIT)
      .when(command)
      .thenRecorded({
        type: 'FactCorrected',
        data: {
          occurredOn: day(400),
          eventId: uuid('event', 2),
          reason: command.do === 'correct' ? command.reason : null,
          fact: fact('HouseholdSplit', 18),
        },
      });
  });
  it('is undone by the other case handing the persons back', () => given(...SPLIT).records(back(25, yusuf)));
  it('is undone on the same day too', () => given(...SPLIT).records(back(20, yusuf)));
  it('that is undone leaves those who had moved in where they live', () =>
    expect(historyOf(...HOUSED, fact('HouseholdSplit', 140), back(145, yusuf)).state).toMatchObject({
      stage: 'MOVED_IN',
    }));
  it('that was undone can happen again', () => given(...SPLIT, back(25, yusuf)).records(fact('HouseholdSplit', 30)));
});

describe('a merge', () => {
  it('takes the whole household along', () => given(...LINKED).records(fact('HouseholdMerged', 20)));
  it('takes no part of it', () =>
    given(...LINKED).refuses(fact('HouseholdMerged', 20, { personIds: [AMINA] }), 'MERGE_TAKES_ALL', YUSUF));
  it('ends the case as merged', () => {
    const { state } = historyOf(...MERGED);
    expect(state).toMatchObject({ kind: 'ended', endedOn: day(20), endReason: 'MERGED', stage: 'ENDED' });
  });
  it('is not retracted', () =>
    given(...MERGED)
      .when(retract(2))
      .thenRefused('UNDONE_BY_HANDING_BACK', OTHER_CASE));
  it('makes a member who joined before it impossible', () =>
    given(...MERGED)
      .when(record(fact('MemberAdded', 15)))
      .thenRefused('LATER_FACT_IMPOSSIBLE', uuid('event', 2)));
  it('is undone, and the case open again, when the persons are handed back', () => {
    given(...MERGED).records(back(25, amina, yusuf));
    expect(historyOf(...MERGED, back(25, amina, yusuf)).state).toMatchObject({
      kind: 'open',
      stage: 'AWAITING_OFFER',
    });
  });
});

describe('persons received', () => {
  it('open a case', () => {
    given().records(fact('MembersReceived', 20));
    expect(historyOf(fact('MembersReceived', 20)).state).toMatchObject({
      kind: 'open',
      permitGrantedOn: day(0),
      ownPermit: false,
    });
  });
  it('extend a case', () => given(...LINKED).records(fact('MembersReceived', 20)));
  it('come once, however often the process says so', () =>
    given(...LINKED, fact('MembersReceived', 20))
      .when(record(fact('MembersReceived', 20)))
      .thenNothing());
  it('came once, also if they have gone on since', () =>
    given(...LINKED, fact('MembersReceived', 20), fact('MemberRemoved', 30, { personId: SARA }))
      .when(record(fact('MembersReceived', 20)))
      .thenNothing());
  it('are not in the household already', () =>
    given(...LINKED).refuses(back(20, amina), 'PERSON_ALREADY_IN_HOUSEHOLD', AMINA));
  it('open a case that had been closed', () =>
    given(...LINKED, fact('CaseClosed', 15), fact('MembersReceived', 20)).records(fact('SearchStarted', 21)));
  it('are taken in though a later fact of the case did not reckon with them', () =>
    given(...LINKED, fact('HouseholdDeparted', 14, { personIds: [AMINA, YUSUF] })).records(
      fact('MembersReceived', 12),
    ));
  it('may come before the permit of the household they come to', () =>
    given(fact('PermitGranted', 0)).records(fact('MembersReceived', -5)));
  it('may be joined by a household with a permit of its own, once', () => {
    given(fact('MembersReceived', -5)).records(fact('PermitGranted', 0));
    given(fact('MembersReceived', -5), fact('PermitGranted', 0)).refuses(
      fact('PermitGranted', 2, { members: [{ ...amina, personId: BABY }] }),
      'PERMIT_ALREADY_GRANTED',
    );
  });
  it('are not sent away by a retraction', () =>
    given(...LINKED, fact('MembersReceived', 20))
      .when(retract(2))
      .thenRefused('UNDONE_BY_HANDING_BACK', OTHER_CASE));
  it('can all be handed back', () =>
    given(fact('MembersReceived', 20)).records(fact('HouseholdMerged', 21, { personIds: [SARA] })));
  it('can be put right in their family roles', () => {
    const role = { ...fact('MembersReceived', 20).data.members[0]!, role: 'SIBLING' as const };
    const command = correct(2, fact('MembersReceived', 20, { members: [role] }));
    given(...LINKED, fact('MembersReceived', 20))
      .when(command)
      .thenRecorded({
        type: 'FactCorrected',
        data: {
          occurredOn: day(400),
          eventId: uuid('event', 2),
          reason: command.do === 'correct' ? command.reason : null,
          fact: fact('MembersReceived', 20, { members: [role] }),
        },
      });
  });
});
