import type { ReferenceModel } from '../selections/reference-model.ts';

/** What becomes of an offer, of a link or of a case may come at any time after it. */
const OUT = ['LinkRevoked', 'CaseEnded'];
const ANSWERS = ['OfferAccepted', 'OfferRefused', 'OfferWithdrawn'];
const LINKS = ['MunicipalityLinked', 'Relinked'];
const TAKEN_UP = ['ProfileAccepted', 'SearchStarted'];

/**
 * The journey as it should go, for own cases: permit, information profile, link, profile accepted or search started, offer,
 * answer, tenancy, move. A case is held against the version that held on the day of its permit. A version that has been
 * used is never changed: another one is added, with the day from which it holds.
 */
export const JOURNEY_MODELS: readonly ReferenceModel[] = [
  {
    name: 'journey',
    version: '1',
    holdsFrom: '1900-01-01',
    begins: ['PermitGranted', 'MembersReceived'],
    ends: ['MovedIn', 'CaseEnded'],
    // A move that comes too early is found by what it requires.
    mayFollow: {
      PermitGranted: ['MunicipalityLinked', 'MovedIn', 'CaseEnded'],
      MunicipalityLinked: [...TAKEN_UP, 'MovedIn', ...OUT],
      Relinked: [...TAKEN_UP, 'MovedIn', ...OUT],
      ProfileAccepted: ['SearchStarted', 'HomeOffered', 'MovedIn', ...OUT],
      SearchStarted: ['HomeOffered', 'MovedIn', ...OUT],
      HomeOffered: ['HomeViewed', ...ANSWERS, 'MovedIn', ...OUT],
      HomeViewed: [...ANSWERS, 'MovedIn', ...OUT],
      OfferAccepted: ['TenancySigned', 'OfferWithdrawn', 'MovedIn', ...OUT],
      OfferRefused: ['RefusalJudged', 'MovedIn', ...OUT],
      RefusalJudged: ['HomeOffered', 'MovedIn', ...OUT],
      OfferWithdrawn: ['HomeOffered', 'MovedIn', ...OUT],
      TenancySigned: ['MovedIn', 'OfferWithdrawn', ...OUT],
      LinkRevoked: ['Relinked', 'MovedIn', 'CaseEnded'],
    },
    requires: {
      MunicipalityLinked: ['InformationProfileCompleted'],
      ProfileAccepted: LINKS,
      SearchStarted: LINKS,
      HomeOffered: TAKEN_UP,
      HomeViewed: ['HomeOffered'],
      OfferAccepted: ['HomeOffered'],
      OfferRefused: ['HomeOffered'],
      OfferWithdrawn: ['HomeOffered'],
      RefusalJudged: ['OfferRefused'],
      TenancySigned: ['OfferAccepted'],
      MovedIn: ['TenancySigned'],
      LinkRevoked: LINKS,
      Relinked: ['LinkRevoked'],
    },
    leadsTo: {
      HomeOffered: [...ANSWERS, ...OUT],
      OfferRefused: ['RefusalJudged', 'CaseEnded'],
      TenancySigned: ['MovedIn', 'OfferWithdrawn', 'CaseEnded'],
      LinkRevoked: ['Relinked', 'CaseEnded'],
    },
  },
];
