import { describe, it } from '@jest/globals';
import {
  ACCEPTED,
  fact,
  HOUSED,
  LINKED,
  OFFER,
  OFFERED,
  record,
  SECOND_OFFER,
  SIGNED,
  TILBURG,
  UTRECHT,
} from '../examples.ts';
import { given } from './given.ts';

describe('a link', () => {
  it('is made after the permit', () => given(fact('PermitGranted', 0)).records(fact('MunicipalityLinked', 9)));
  it('is made on the day of the permit', () => given(fact('PermitGranted', 0)).records(fact('MunicipalityLinked', 0)));
  it('is not made beside another', () =>
    given(...LINKED).refuses(
      fact('MunicipalityLinked', 12, { municipality: TILBURG }),
      'ALREADY_LINKED',
      'LinkRevoked',
    ));
  it('is made anew after it was revoked, on the same day too', () =>
    given(...LINKED, fact('LinkRevoked', 30)).records(fact('MunicipalityLinked', 30, { municipality: TILBURG })));
  it('is revoked while it stands', () => given(...LINKED).records(fact('LinkRevoked', 30)));
  it('is not revoked where there is none', () =>
    given(fact('PermitGranted', 0)).refuses(fact('LinkRevoked', 30), 'NOT_LINKED', 'MunicipalityLinked'));
  it('is not revoked on a day before it was made', () =>
    given(...LINKED).refuses(fact('LinkRevoked', 8), 'NOT_LINKED'));
  it('that is revoked takes a standing offer along', () =>
    given(...OFFERED, fact('LinkRevoked', 61), fact('MunicipalityLinked', 62)).records(
      fact('HomeOffered', 65, { offerId: SECOND_OFFER }),
    ));
  it('that is revoked leaves nothing to accept', () =>
    given(...OFFERED, fact('LinkRevoked', 61)).refuses(fact('OfferAccepted', 62), 'NO_STANDING_OFFER'));
  it('can be revoked on the day the offer was withdrawn', () =>
    given(...OFFERED, fact('OfferWithdrawn', 66)).records(fact('LinkRevoked', 66)));
  it('is not revoked under a signed tenancy', () =>
    given(...SIGNED).refuses(fact('LinkRevoked', 80), 'TENANCY_SIGNED', 'OfferWithdrawn'));
  it('is revoked once the tenancy was given up', () =>
    given(...SIGNED, fact('OfferWithdrawn', 75)).records(fact('LinkRevoked', 80)));
  it('is not revoked after the move', () => given(...HOUSED).refuses(fact('LinkRevoked', 140), 'ALREADY_MOVED_IN'));
});

describe('a transfer', () => {
  it('goes to another municipality', () => given(...LINKED).records(fact('MunicipalityTransferAgreed', 20)));
  it('does not go to the same one', () =>
    given(...LINKED).refuses(fact('MunicipalityTransferAgreed', 20, { municipality: UTRECHT }), 'SAME_MUNICIPALITY'));
  it('goes from a municipality', () =>
    given(fact('PermitGranted', 0)).refuses(fact('MunicipalityTransferAgreed', 20), 'NOT_LINKED'));
  it('does not come after the move into a home of the linked municipality', () =>
    given(...HOUSED).refuses(fact('MunicipalityTransferAgreed', 140), 'ALREADY_MOVED_IN'));
  it('may come after the move into a home elsewhere, which counts from then on', () => {
    const elsewhere = [
      ...LINKED,
      fact('HomeOffered', 60, { municipality: TILBURG }),
      fact('OfferAccepted', 63),
      fact('TenancySigned', 70),
      fact('MovedIn', 130, { municipality: TILBURG }),
    ];
    given(...elsewhere).records(fact('MunicipalityTransferAgreed', 140));
    given(...elsewhere, fact('MunicipalityTransferAgreed', 140)).refuses(
      fact('MunicipalityTransferAgreed', 150, { municipality: UTRECHT }),
      'ALREADY_MOVED_IN',
    );
  });
  it('leaves an accepted offer as it is', () =>
    given(...ACCEPTED, fact('MunicipalityTransferAgreed', 65)).records(fact('TenancySigned', 70)));
});

describe('the search', () => {
  it('starts in the linked municipality', () => given(...LINKED).records(fact('SearchStarted', 15)));
  it('does not start without one', () =>
    given(fact('PermitGranted', 0)).refuses(fact('SearchStarted', 15), 'NOT_LINKED'));
  it('starts once', () =>
    given(...LINKED, fact('SearchStarted', 15)).refuses(fact('SearchStarted', 16), 'SEARCH_ALREADY_STARTED'));
  it('that is reported twice with the same date is nothing new', () =>
    given(...LINKED, fact('SearchStarted', 15))
      .when(record(fact('SearchStarted', 15)))
      .thenNothing());
  it('starts again after a transfer', () =>
    given(...LINKED, fact('SearchStarted', 15), fact('MunicipalityTransferAgreed', 20)).records(
      fact('SearchStarted', 21),
    ));
  it('follows a profile that is accepted once', () => {
    given(...LINKED).records(fact('ProfileAccepted', 14));
    given(...LINKED, fact('ProfileAccepted', 14)).refuses(fact('ProfileAccepted', 15), 'PROFILE_ALREADY_ACCEPTED');
    given(fact('PermitGranted', 0)).refuses(fact('ProfileAccepted', 15), 'NOT_LINKED');
  });
  it('of an offer that lapsed with its link ends with a withdrawal at most', () =>
    given(...OFFERED, fact('LinkRevoked', 61)).records(fact('OfferWithdrawn', 61, { offerId: OFFER })));
});
