import { describe, expect, it } from '@jest/globals';
import { decide } from '../../src/journey/cases.decider.ts';
import { present } from '../../src/journey/case-state.ts';
import type { CaseEvent, HousingKind } from '../../src/journey/cases.events.ts';
import {
  ACCEPTED,
  AMINA,
  amina,
  BABY,
  day,
  fact,
  historyOf,
  HOUSED,
  LINKED,
  OFFER,
  OMAR,
  record,
  recorded,
  SARA,
  SECOND_OFFER,
  SIGNED,
  TILBURG,
  UTRECHT,
  YUSUF,
  yusuf,
} from '../examples.ts';
import { given } from './given.ts';

const interim = (on: number, housingKind: HousingKind, personIds = [AMINA, YUSUF]) =>
  fact('MovedIn', on, { housingKind, personIds, offerId: null });

describe('moving into a regular home', () => {
  it('takes a tenancy that has started', () => given(...SIGNED).records(fact('MovedIn', 120)));
  it('does not come before the tenancy starts', () =>
    given(...SIGNED).refuses(fact('MovedIn', 119), 'TENANCY_NOT_STARTED', day(120)));
  it('does not come without a tenancy', () =>
    given(...ACCEPTED).refuses(fact('MovedIn', 130), 'TENANCY_MISSING', 'TenancySigned'));
  it('does not come without a link', () =>
    given(fact('PermitGranted', 0)).refuses(fact('MovedIn', 130), 'NOT_LINKED', 'MunicipalityLinked'));
  it('finds the home by itself', () => given(...SIGNED).records(fact('MovedIn', 130, { offerId: null })));
  it('goes to no other offer', () =>
    given(...SIGNED).refuses(fact('MovedIn', 130, { offerId: SECOND_OFFER }), 'OFFER_UNKNOWN', SECOND_OFFER));
  it('goes to the municipality the home stands in', () =>
    given(...SIGNED).refuses(fact('MovedIn', 130, { municipality: TILBURG }), 'MUNICIPALITY_NOT_OF_OFFER', UTRECHT));
  it('is somebody’s', () => given(...SIGNED).refuses(fact('MovedIn', 130, { personIds: [] }), 'NO_PERSONS'));
  it('is nobody’s twice in one breath', () =>
    given(...SIGNED).refuses(fact('MovedIn', 130, { personIds: [AMINA, AMINA] }), 'DUPLICATE_PERSON'));
  it('is not a stranger’s', () =>
    given(...SIGNED).refuses(fact('MovedIn', 130, { personIds: [AMINA, SARA] }), 'PERSON_UNKNOWN', SARA));
  it('of who left on that day is dated a day apart, as the refusal says', () => {
    const split = fact('HouseholdSplit', 130);
    const move = fact('MovedIn', 130);
    expect(decide(record(move), recorded([...SIGNED, split]))).toMatchObject({
      refused: 'LEFT_ON_THE_DAY',
      detail: expect.stringContaining('a day later'),
      inTheWay: [YUSUF],
    });
    expect(decide(record(split), recorded(HOUSED))).toMatchObject({
      refused: 'LATER_FACT_IMPOSSIBLE',
      detail: expect.stringContaining('date one of the two a day later'),
    });
    given(...HOUSED).refuses(fact('MemberRemoved', 130), 'LATER_FACT_IMPOSSIBLE');
    given(...HOUSED).records(fact('HouseholdSplit', 131));
    given(...SIGNED, split).records(fact('MovedIn', 130, { personIds: [AMINA] }));
  });
  it('may be one by one', () =>
    given(...SIGNED, fact('MovedIn', 130, { personIds: [AMINA] })).records(
      fact('MovedIn', 140, { personIds: [YUSUF] }),
    ));
  it('happens once to a person', () =>
    given(...SIGNED, fact('MovedIn', 130, { personIds: [AMINA] })).refuses(
      fact('MovedIn', 140),
      'ALREADY_MOVED_IN',
      AMINA,
    ));
  it('happens once to a household', () => given(...HOUSED).refuses(fact('MovedIn', 140), 'ALREADY_MOVED_IN'));
  it('does not go to a home that was given up', () =>
    given(...SIGNED, fact('OfferWithdrawn', 125)).refuses(fact('MovedIn', 130), 'TENANCY_MISSING'));
  it('needs no tenancy of their own for who joins a sponsor of another case', () =>
    given(
      fact('PermitGranted', 0, { sponsorCaseId: 'a-case', channel: 'FAMILY_REUNIFICATION', members: [amina] }),
      fact('MunicipalityLinked', 9),
    ).records(fact('MovedIn', 20, { personIds: [AMINA], offerId: null })));
  it('needs no link for who joins a sponsor of another case', () => {
    const joining = fact('PermitGranted', 0, {
      sponsorCaseId: 'a-case',
      channel: 'FAMILY_REUNIFICATION',
      members: [amina],
    });
    const move = fact('MovedIn', 20, { personIds: [AMINA], offerId: null });
    given(joining).records(move);
    given(joining, move).refuses(fact('MovedIn', 30, { personIds: [AMINA], offerId: null }), 'ALREADY_MOVED_IN');
  });
  it('goes on to a bigger home when family has followed', () =>
    given(
      ...HOUSED,
      fact('FollowingFamilyArrived', 140),
      fact('HomeOffered', 150, { offerId: SECOND_OFFER }),
      fact('OfferAccepted', 151, { offerId: SECOND_OFFER }),
      fact('TenancySigned', 152, { offerId: SECOND_OFFER, tenancyStartOn: day(160) }),
    ).records(fact('MovedIn', 160, { personIds: [AMINA, YUSUF, SARA, OMAR], offerId: SECOND_OFFER })));
});

describe('moving somewhere for the time being', () => {
  it('needs neither tenancy nor link', () => given(fact('PermitGranted', 0)).records(interim(5, 'HOST_STAY')));
  it('needs a link where it counts for the linked municipality', () => {
    given(fact('PermitGranted', 0)).refuses(interim(5, 'TRANSIT_LOCATION'), 'NOT_LINKED');
    given(...LINKED).records(interim(12, 'TRANSIT_LOCATION'));
  });
  it('leaves the way to a regular home open', () =>
    given(fact('PermitGranted', 0), interim(5, 'HOST_STAY'), ...SIGNED.slice(1)).records(fact('MovedIn', 130)));
  it('may be followed by another such place', () =>
    given(...LINKED, interim(12, 'HOST_STAY')).records(interim(30, 'TRANSIT_LOCATION')));
  it('is not repeated where they are already', () =>
    given(...LINKED, interim(12, 'HOST_STAY')).refuses(interim(30, 'HOST_STAY'), 'ALREADY_MOVED_IN', AMINA, YUSUF));
  it('is not for who lives in a home', () => given(...HOUSED).refuses(interim(140, 'HOST_STAY'), 'ALREADY_MOVED_IN'));
});

describe('the household is home', () => {
  const stageOf = (...facts: readonly CaseEvent[]) => {
    const { state } = historyOf(...facts);
    return state.kind === 'unknown' ? state.kind : state.stage;
  };
  it('when everybody has moved in', () => expect(stageOf(...HOUSED)).toBe('MOVED_IN'));
  it('not when only some have', () =>
    expect(stageOf(...SIGNED, fact('MovedIn', 130, { personIds: [AMINA] }))).toBe('AWAITING_MOVE'));
  it('not for the time being', () =>
    expect(stageOf(...LINKED, interim(12, 'TRANSIT_LOCATION'))).toBe('AWAITING_OFFER'));
  it('with a child born there', () => expect(stageOf(...HOUSED, fact('ChildBorn', 150))).toBe('MOVED_IN'));
  it('with a child born on the day of the move, whichever is told first', () => {
    expect(stageOf(...HOUSED, fact('ChildBorn', 130))).toBe('MOVED_IN');
    expect(stageOf(...SIGNED, fact('ChildBorn', 130), fact('MovedIn', 130))).toBe('MOVED_IN');
    expect(stageOf(...SIGNED, fact('ChildBorn', 129), fact('MovedIn', 130))).toBe('AWAITING_MOVE');
  });
  it('with a child born on the day the household moves on, in the home it moves to', () => {
    const { state } = historyOf(
      ...HOUSED,
      fact('FollowingFamilyArrived', 140),
      fact('HomeOffered', 150, { offerId: SECOND_OFFER }),
      fact('OfferAccepted', 151, { offerId: SECOND_OFFER }),
      fact('TenancySigned', 152, { offerId: SECOND_OFFER, tenancyStartOn: day(160) }),
      fact('ChildBorn', 160),
      fact('MovedIn', 160, { personIds: [AMINA, YUSUF, SARA, OMAR], offerId: SECOND_OFFER }),
    );
    expect(state).toMatchObject({ stage: 'MOVED_IN' });
    const homes = state.kind === 'unknown' ? [] : present(state).map((one) => one.home?.offerId);
    expect(homes).toEqual(Array(5).fill(SECOND_OFFER));
  });
  it('not with following family still to move in', () =>
    expect(stageOf(...HOUSED, fact('FollowingFamilyArrived', 150))).toBe('AWAITING_MOVE'));
  it('with following family that was there when the sponsor moved in', () =>
    expect(stageOf(...SIGNED, fact('FollowingFamilyArrived', 100), fact('MovedIn', 130))).toBe('MOVED_IN'));
  it('once the one who had not moved in has left', () =>
    expect(stageOf(...SIGNED, fact('MovedIn', 130, { personIds: [AMINA] }), fact('MemberRemoved', 140))).toBe(
      'MOVED_IN',
    ));
  it('not with who came back after having left', () =>
    expect(stageOf(...HOUSED, fact('MemberRemoved', 140), fact('MemberAdded', 150, { member: yusuf }))).toBe(
      'AWAITING_MOVE',
    ));
  it('no more when those who moved in have left and the link is revoked', () =>
    expect(
      stageOf(
        ...HOUSED,
        fact('FollowingFamilyArrived', 140),
        fact('HouseholdDeparted', 150, { personIds: [AMINA, YUSUF] }),
        fact('LinkRevoked', 160),
      ),
    ).toBe('AWAITING_LINK'));
  it('and each person knows the home', () => {
    const { state } = historyOf(...HOUSED, fact('ChildBorn', 150));
    const homes =
      state.kind === 'unknown' ? [] : present(state).map((one) => [one.personId, one.home?.offerId, one.moves.length]);
    expect(homes).toEqual([
      [AMINA, OFFER, 1],
      [YUSUF, OFFER, 1],
      [BABY, OFFER, 0],
    ]);
  });
});

describe('integration', () => {
  it('begins after the move', () => given(...HOUSED).records(fact('IntegrationStepReached', 135)));
  it('does not begin before the move', () =>
    given(...SIGNED).refuses(fact('IntegrationStepReached', 119), 'NOT_MOVED_IN', 'MovedIn'));
  it('does not begin for who has not moved yet', () =>
    given(...SIGNED, fact('MovedIn', 130, { personIds: [YUSUF] })).refuses(
      fact('IntegrationStepReached', 135),
      'NOT_MOVED_IN',
      'MovedIn',
      AMINA,
    ));
  it('takes each step once', () =>
    given(...HOUSED, fact('IntegrationStepReached', 135)).refuses(
      fact('IntegrationStepReached', 136),
      'STEP_ALREADY_REACHED',
      AMINA,
    ));
  it('takes each step person by person', () =>
    given(...HOUSED, fact('IntegrationStepReached', 135)).records(
      fact('IntegrationStepReached', 136, { personId: YUSUF }),
    ));
  it('names the learning route', () => {
    const step = 'LEARNING_ROUTE';
    given(...HOUSED).refuses(fact('IntegrationStepReached', 135, { step }), 'ROUTE_MISSING');
    given(...HOUSED).records(fact('IntegrationStepReached', 135, { step, route: 'B1' }));
  });
  it('goes on when the case was closed as housed', () =>
    given(...HOUSED, fact('CaseClosed', 140, { reason: 'HOUSED' })).records(fact('IntegrationStepReached', 150)));
  it('ends when everybody has taken every step', () => {
    const steps = [
      'SOCIAL_SUPPORT',
      'BROAD_INTAKE',
      'INTEGRATION_PLAN',
      'LEARNING_ROUTE',
      'PARTICIPATION_STATEMENT',
    ] as const;
    const all = [AMINA, YUSUF].flatMap((personId) =>
      steps.map((step) => fact('IntegrationStepReached', 135, { step, personId, route: 'B1' })),
    );
    given(...HOUSED, ...all).refuses(fact('IntegrationStepReached', 140), 'STEP_ALREADY_REACHED');
  });
});
