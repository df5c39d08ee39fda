import { describe, it } from '@jest/globals';
import {
  ACCEPTED,
  day,
  fact,
  HOUSED,
  LINKED,
  OFFER,
  OFFERED,
  record,
  SECOND_OFFER,
  SIGNED,
  TILBURG,
} from '../examples.ts';
import { given } from './given.ts';

const REFUSED = [...OFFERED, fact('OfferRefused', 65)];
const second = { offerId: SECOND_OFFER };

describe('an offer', () => {
  it('is made to a linked household', () => given(...LINKED).records(fact('HomeOffered', 60)));
  it('may stand in another municipality', () =>
    given(...LINKED).records(fact('HomeOffered', 60, { municipality: TILBURG })));
  it('is not made without a link', () =>
    given(fact('PermitGranted', 0)).refuses(fact('HomeOffered', 60), 'NOT_LINKED', 'MunicipalityLinked'));
  it('is not made beside a standing one', () =>
    given(...OFFERED).refuses(fact('HomeOffered', 62, second), 'OFFER_STANDING', OFFER));
  it('is not made beside an accepted one', () =>
    given(...ACCEPTED).refuses(fact('HomeOffered', 65, second), 'OFFER_ALREADY_ACCEPTED', OFFER));
  it('is not made while a refusal waits to be judged', () =>
    given(...REFUSED).refuses(fact('HomeOffered', 66, second), 'REFUSAL_NOT_JUDGED', 'RefusalJudged'));
  it('is made after a justified refusal', () =>
    given(...REFUSED, fact('RefusalJudged', 70)).records(fact('HomeOffered', 75, second)));
  it('is made on the day of the judgement', () =>
    given(...REFUSED, fact('RefusalJudged', 70)).records(fact('HomeOffered', 70, second)));
  it('is not made after an unjustified refusal', () =>
    given(...REFUSED, fact('RefusalJudged', 70, { judgement: 'UNJUSTIFIED' })).refuses(
      fact('HomeOffered', 75, second),
      'RECEPTION_ENDED',
    ));
  it('is made after all when the refusal was judged otherwise', () =>
    given(
      ...REFUSED,
      fact('RefusalJudged', 70, { judgement: 'UNJUSTIFIED' }),
      fact('RefusalJudged', 80, { judgement: 'JUSTIFIED' }),
    ).records(fact('HomeOffered', 85, second)));
  it('is made after the earlier one was withdrawn', () =>
    given(...OFFERED, fact('OfferWithdrawn', 65)).records(fact('HomeOffered', 66, second)));
  it('is not made to who has moved in', () =>
    given(...HOUSED).refuses(fact('HomeOffered', 140, second), 'ALREADY_MOVED_IN'));
  it('is made again when following family makes the home too small', () =>
    given(...HOUSED, fact('FollowingFamilyArrived', 140)).records(fact('HomeOffered', 150, second)));
  it('has an id of its own', () =>
    given(...OFFERED, fact('OfferWithdrawn', 65)).refuses(fact('HomeOffered', 66), 'OFFER_ALREADY_KNOWN', OFFER));
  it('is not to be answered before it is made', () =>
    given(...LINKED).refuses(fact('HomeOffered', 60, { answerBy: day(59) }), 'ANSWER_BEFORE_OFFER'));
  it('is to be answered on the day itself at the earliest', () =>
    given(...LINKED).records(fact('HomeOffered', 60, { answerBy: day(60) })));
  it('is not of a home that comes free years from now', () =>
    given(...LINKED).refuses(fact('HomeOffered', 60, { availableFrom: '2071-03-01' }), 'AVAILABLE_TOO_FAR'));
});

describe('an offer that stands', () => {
  it('is viewed', () => given(...OFFERED).records(fact('HomeViewed', 61)));
  it('is withdrawn', () => given(...OFFERED).records(fact('OfferWithdrawn', 61)));
  it('is accepted', () => given(...OFFERED).records(fact('OfferAccepted', 61)));
  it('is accepted on the day it was made', () => given(...OFFERED).records(fact('OfferAccepted', 60)));
  it('is refused', () => given(...OFFERED).records(fact('OfferRefused', 61)));
  it('is no other offer', () => {
    for (const type of ['HomeViewed', 'OfferWithdrawn', 'OfferAccepted', 'OfferRefused'] as const) {
      given(...OFFERED).refuses(fact(type, 61, second), 'OFFER_UNKNOWN', SECOND_OFFER);
    }
  });
  it('did not stand before it was made', () =>
    given(...OFFERED).refuses(fact('OfferAccepted', 59), 'NO_STANDING_OFFER', 'HomeOffered'));
});

describe('an offer that was withdrawn', () => {
  const withdrawn = [...OFFERED, fact('OfferWithdrawn', 61)];
  it('is not accepted, refused, viewed or withdrawn any more', () => {
    for (const type of ['HomeViewed', 'OfferWithdrawn', 'OfferAccepted', 'OfferRefused'] as const) {
      given(...withdrawn).refuses(fact(type, 62), 'NO_STANDING_OFFER');
    }
  });
  it('is not accepted beside the one that stands', () =>
    given(...withdrawn, fact('HomeOffered', 63, second)).refuses(
      fact('OfferAccepted', 64),
      'OFFER_NOT_STANDING',
      OFFER,
    ));
});

describe('a refusal', () => {
  it('is judged', () => given(...REFUSED).records(fact('RefusalJudged', 70)));
  it('is not judged where there is none', () =>
    given(...OFFERED).refuses(fact('RefusalJudged', 70), 'NO_REFUSAL', 'OfferRefused'));
  it('is not judged the same way twice', () =>
    given(...REFUSED, fact('RefusalJudged', 70)).refuses(fact('RefusalJudged', 71), 'ALREADY_JUDGED'));
  it('is not judged otherwise once there is a new offer', () =>
    given(...REFUSED, fact('RefusalJudged', 70), fact('HomeOffered', 72, second)).refuses(
      fact('RefusalJudged', 74, { judgement: 'UNJUSTIFIED' }),
      'NO_REFUSAL',
    ));
  it('of the offer before last stays judged as it was', () =>
    given(
      ...REFUSED,
      fact('RefusalJudged', 70),
      fact('HomeOffered', 72, second),
      fact('OfferRefused', 73, second),
    ).refuses(fact('RefusalJudged', 74, { judgement: 'UNJUSTIFIED' }), 'NEW_OFFER_MADE', OFFER));
  it('names an offer that was refused', () =>
    given(...REFUSED).refuses(fact('RefusalJudged', 70, second), 'OFFER_UNKNOWN', SECOND_OFFER));
  it('can be taken back by accepting until it is judged', () => given(...REFUSED).records(fact('OfferAccepted', 66)));
  it('cannot be taken back once it is judged', () =>
    given(...REFUSED, fact('RefusalJudged', 70)).refuses(fact('OfferAccepted', 71), 'NO_STANDING_OFFER'));
  it('is not said twice', () => given(...REFUSED).refuses(fact('OfferRefused', 66), 'NO_STANDING_OFFER'));
  it('may come after acceptance, before the tenancy', () => {
    given(...ACCEPTED).records(fact('OfferRefused', 64));
    given(...SIGNED).refuses(fact('OfferRefused', 75), 'NO_STANDING_OFFER');
  });
});

describe('a tenancy', () => {
  it('is signed for an accepted offer', () => given(...ACCEPTED).records(fact('TenancySigned', 70)));
  it('is not signed for an offer that only stands', () =>
    given(...OFFERED).refuses(fact('TenancySigned', 70), 'OFFER_NOT_ACCEPTED', 'OfferAccepted'));
  it('is signed once', () => given(...SIGNED).refuses(fact('TenancySigned', 71), 'TENANCY_ALREADY_SIGNED'));
  it('is signed for the offer that was accepted', () =>
    given(...ACCEPTED).refuses(fact('TenancySigned', 70, second), 'OFFER_UNKNOWN', SECOND_OFFER));
  it('may have started before it was signed', () =>
    given(...ACCEPTED).records(fact('TenancySigned', 70, { tenancyStartOn: day(65) })));
  it('does not start before the home was offered', () =>
    given(...ACCEPTED).refuses(fact('TenancySigned', 70, { tenancyStartOn: day(59) }), 'TENANCY_BEFORE_OFFER'));
  it('does not start years from now', () =>
    given(...ACCEPTED).refuses(fact('TenancySigned', 70, { tenancyStartOn: '2071-01-01' }), 'TENANCY_TOO_FAR'));
  it('is given up when the offer is withdrawn before the move', () =>
    given(...SIGNED, fact('OfferWithdrawn', 90)).records(fact('HomeOffered', 95, second)));
  it('is not given up after the move', () =>
    given(...HOUSED).refuses(fact('OfferWithdrawn', 140), 'NO_STANDING_OFFER'));
  it('that is recorded word for word again is nothing new', () =>
    given(...SIGNED)
      .when(record(fact('TenancySigned', 70)))
      .thenNothing());
});
