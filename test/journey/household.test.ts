import { describe, it } from '@jest/globals';
import {
  AMINA,
  amina,
  BABY,
  baby,
  fact,
  HOUSED,
  LINKED,
  member,
  OMAR,
  omar,
  record,
  SARA,
  sara,
  YUSUF,
  yusuf,
  day,
} from '../examples.ts';
import { given } from './given.ts';

describe('a permit', () => {
  it('opens a case', () => given().records(fact('PermitGranted', 0)));
  it('is granted once', () => given(...LINKED).refuses(fact('PermitGranted', 3), 'PERMIT_ALREADY_GRANTED'));
  it('needs somebody to be granted to', () => given().refuses(fact('PermitGranted', 0, { members: [] }), 'NO_PERSONS'));
  it('names nobody twice', () =>
    given().refuses(fact('PermitGranted', 0, { members: [amina, yusuf, amina] }), 'DUPLICATE_PERSON'));
  it('is not granted to somebody born later', () => {
    const unborn = member(SARA, 'CHILD', 2018);
    given().refuses(fact('PermitGranted', 0, { members: [amina, unborn] }), 'BORN_AFTER_THE_FACT', SARA);
  });
  it('is not granted in the future', () =>
    given()
      .when(record(fact('PermitGranted', 5), day(4)))
      .thenRefused('IN_THE_FUTURE', day(5)));
  it('that is recorded word for word again is nothing new', () =>
    given(fact('PermitGranted', 0))
      .when(record(fact('PermitGranted', 0)))
      .thenNothing());
});

describe('before the permit', () => {
  it('there is no case to record anything in', () =>
    given().refuses(fact('MunicipalityLinked', 3), 'CASE_UNKNOWN', 'PermitGranted'));
  it('nothing can have happened in a case', () =>
    given(fact('PermitGranted', 0)).refuses(fact('MunicipalityLinked', -1), 'BEFORE_THE_PERMIT', day(0)));
});

describe('the household', () => {
  it('gains a member before the link', () => given(fact('PermitGranted', 0)).records(fact('MemberAdded', 2)));
  it('gains a member after the move', () => given(...HOUSED).records(fact('MemberAdded', 140)));
  it('does not gain who is in it already', () =>
    given(...LINKED).refuses(fact('MemberAdded', 10, { member: amina }), 'PERSON_ALREADY_IN_HOUSEHOLD', AMINA));
  it('takes back who left it', () =>
    given(...LINKED, fact('MemberRemoved', 10)).records(fact('MemberAdded', 12, { member: yusuf })));
  it('does not take back the dead', () =>
    given(...LINKED, fact('PersonDeceased', 10)).refuses(
      fact('MemberAdded', 12, { member: yusuf }),
      'PERSON_DECEASED',
      YUSUF,
    ));
  it('does not take back by hand who was handed over to another case', () =>
    given(...LINKED, fact('HouseholdSplit', 10)).refuses(
      fact('MemberAdded', 12, { member: yusuf }),
      'PERSON_IN_OTHER_CASE',
    ));
  it('loses who is in it', () => given(...LINKED).records(fact('MemberRemoved', 10)));
  it('does not lose a stranger', () =>
    given(...LINKED).refuses(fact('MemberRemoved', 10, { personId: SARA }), 'PERSON_UNKNOWN', SARA));
  it('does not lose the same person twice', () =>
    given(...LINKED, fact('MemberRemoved', 10)).refuses(fact('MemberRemoved', 11), 'PERSON_UNKNOWN', YUSUF));
  it('does not lose on a day before they came', () =>
    given(...LINKED, fact('MemberAdded', 20)).refuses(
      fact('MemberRemoved', 15, { personId: SARA }),
      'PERSON_UNKNOWN',
      SARA,
    ));
  it('has a child born into it', () => given(...LINKED).records(fact('ChildBorn', 40)));
  it('has a child born in the year it was born in', () =>
    given(...LINKED).refuses(fact('ChildBorn', 40, { member: { ...baby, birthYear: 2016 } }), 'NOT_YEAR_OF_BIRTH'));
  it('has a child born once', () =>
    given(...LINKED, fact('ChildBorn', 40)).refuses(fact('ChildBorn', 41), 'PERSON_ALREADY_IN_HOUSEHOLD', BABY));
});

describe('following family', () => {
  it('arrives before the search', () => given(fact('PermitGranted', 0)).records(fact('FollowingFamilyArrived', 3)));
  it('arrives during the search', () => given(...LINKED).records(fact('FollowingFamilyArrived', 30)));
  it('arrives after the move', () => given(...HOUSED).records(fact('FollowingFamilyArrived', 200)));
  it('comes to a sponsor who is in the household', () =>
    given(...LINKED).refuses(fact('FollowingFamilyArrived', 30, { sponsorPersonId: BABY }), 'PERSON_UNKNOWN', BABY));
  it('is somebody', () => given(...LINKED).refuses(fact('FollowingFamilyArrived', 30, { members: [] }), 'NO_PERSONS'));
  it('is nobody twice', () =>
    given(...LINKED).refuses(fact('FollowingFamilyArrived', 30, { members: [sara, sara] }), 'DUPLICATE_PERSON'));
  it('is nobody who is here already', () =>
    given(...LINKED).refuses(
      fact('FollowingFamilyArrived', 30, { members: [omar, yusuf] }),
      'PERSON_ALREADY_IN_HOUSEHOLD',
      YUSUF,
    ));
  it('moves in with the sponsor later', () =>
    given(...HOUSED, fact('FollowingFamilyArrived', 200)).records(
      fact('MovedIn', 201, { personIds: [SARA, OMAR], offerId: null }),
    ));
});

describe('identity', () => {
  it('items are obtained by a person of the household', () =>
    given(...LINKED).records(fact('IdentityItemObtained', 4)));
  it('items are obtained once', () =>
    given(...LINKED, fact('IdentityItemObtained', 4)).refuses(
      fact('IdentityItemObtained', 5),
      'ITEM_ALREADY_OBTAINED',
      AMINA,
    ));
  it('items are not obtained by strangers', () =>
    given(...LINKED).refuses(fact('IdentityItemObtained', 4, { personId: SARA }), 'PERSON_UNKNOWN', SARA));
  it('items run out when everybody has all of them', () => {
    const all = ['BRP_REGISTRATION', 'CITIZEN_SERVICE_NUMBER', 'RESIDENCE_CARD', 'BANK_ACCOUNT'] as const;
    given(
      fact('PermitGranted', 0, { members: [amina] }),
      ...all.map((item) => fact('IdentityItemObtained', 4, { item })),
    ).refuses(fact('IdentityItemObtained', 9, { item: 'BANK_ACCOUNT' }), 'ALL_ITEMS_OBTAINED');
  });
  it('profile can be completed, and completed anew', () =>
    given(fact('PermitGranted', 0), fact('InformationProfileCompleted', 5)).records(
      fact('InformationProfileCompleted', 30, { roomsNeeded: 4 }),
    ));
});
