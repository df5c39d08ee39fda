import type { Refusal } from '../event-sourcing/decider.ts';
import type { CaseFactType } from './cases.events.ts';

/** Why a command on a case is refused: stable codes, and what each means to the one who reads it. */
export const CASE_REFUSALS = {
  CASE_UNKNOWN: 'There is no such case: it begins with a permit, or with persons handed over from another case.',
  BEFORE_THE_PERMIT: 'The date lies before the day on which the case begins.',
  IN_THE_FUTURE: 'The date lies in the future.',
  CASE_CLOSED: 'The case has ended; reopen it first.',
  CASE_OPEN: 'The case is open.',
  MUNICIPALITY_UNKNOWN: 'There is no municipality with this code, now or earlier.',
  SPONSOR_CASE_UNKNOWN:
    'There is no such case for the sponsor to have: record the sponsor first, or leave it out now and correct the permit later.',
  PERMIT_ALREADY_GRANTED: 'The permit of this household is recorded already; correct it if it is wrong.',

  NO_PERSONS: 'Nobody is named.',
  NOBODY_PRESENT: 'Nobody is in the household any more.',
  DUPLICATE_PERSON: 'A person is named twice.',
  PERSON_ALREADY_IN_HOUSEHOLD: 'This person is in the household already.',
  PERSON_UNKNOWN: 'This person is not in the household on that day.',
  LEFT_ON_THE_DAY:
    'This person left the household on that day, which is read before the move; if the move came first, date one of the two a day later.',
  PERSON_IN_OTHER_CASE: 'This person was handed over to another case, and comes back when that one hands them back.',
  PERSON_DECEASED: 'This person has died.',
  BORN_AFTER_THE_FACT: 'The year of birth lies after the date.',
  NOT_YEAR_OF_BIRTH: 'The year of birth is not that of the date of birth.',
  SAME_CASE: 'Persons cannot be handed over to the case they are in.',
  MERGE_TAKES_ALL: 'A merge takes the whole household along; use a split for some of its persons.',
  SPLIT_TAKES_ALL:
    'A split leaves somebody behind; the whole household goes to another case, or back to the one it came from, by a merge.',
  UNDONE_BY_HANDING_BACK: 'Persons handed over are in another case now: it can only be undone by handing them back.',
  ALL_ITEMS_OBTAINED: 'Everybody has everything.',
  ITEM_ALREADY_OBTAINED: 'This person has it already.',

  NOT_LINKED: 'The household is not linked to a municipality.',
  ALREADY_LINKED: 'The household is linked to a municipality; revoke that link first.',
  SAME_MUNICIPALITY: 'The household is linked to that municipality already.',
  PROFILE_ALREADY_ACCEPTED: 'The municipality has accepted the profile already.',
  SEARCH_ALREADY_STARTED: 'The search has started already.',

  OFFER_STANDING: 'An offer stands: it has to be answered or withdrawn first.',
  OFFER_ALREADY_ACCEPTED: 'An offer has been accepted; it has to be withdrawn or refused before there can be another.',
  OFFER_ALREADY_KNOWN: 'An offer with this id is recorded already.',
  OFFER_UNKNOWN: 'There is no offer with this id on that day.',
  OFFER_NOT_STANDING: 'This offer does not stand any more.',
  NO_STANDING_OFFER: 'No offer stands.',
  ANSWER_BEFORE_OFFER: 'The answer is wanted before the home is offered.',
  AVAILABLE_TOO_FAR: 'The home would become available more than a year from the offer.',
  REFUSAL_NOT_JUDGED: 'A refusal has not been judged yet.',
  NO_REFUSAL: 'There is no refusal to judge.',
  NEW_OFFER_MADE: 'A new offer has been made since: the judgement stands.',
  ALREADY_JUDGED: 'The refusal has been judged so already.',
  RECEPTION_ENDED: 'The refusal was judged unjustified: no new offer, unless it is judged otherwise.',
  OFFER_NOT_ACCEPTED: 'No offer has been accepted.',
  TENANCY_ALREADY_SIGNED: 'The tenancy has been signed already.',
  TENANCY_SIGNED: 'A tenancy has been signed; the offer has to be withdrawn first.',
  TENANCY_BEFORE_OFFER: 'The tenancy would start before the home was offered.',
  TENANCY_TOO_FAR: 'The tenancy would start more than a year from its signing.',
  TENANCY_MISSING: 'No tenancy has been signed.',
  TENANCY_NOT_STARTED: 'The tenancy has not started on that day.',
  MUNICIPALITY_NOT_OF_OFFER: 'The home that was offered stands in another municipality.',
  ALREADY_MOVED_IN: 'They have moved in already.',
  NOT_MOVED_IN: 'Nobody it is about has moved in yet.',
  NOT_ALL_MOVED_IN: 'Not everybody lives in a home of their own yet.',
  STEP_ALREADY_REACHED: 'This person has reached this step already.',
  ROUTE_MISSING: 'The learning route has to be named.',

  IMPEDIMENT_ALREADY_KNOWN: 'An impediment with this id is recorded already.',
  IMPEDIMENT_UNKNOWN: 'There is no impediment with this id on that day.',
  IMPEDIMENT_ALREADY_RESOLVED: 'This impediment has been resolved already.',
  NO_OPEN_IMPEDIMENT: 'No impediment is open.',
  ALREADY_SUSPENDED: 'The terms are suspended already.',
  NOT_SUSPENDED: 'The terms are not suspended.',
  NO_TERM_RUNNING: 'No norm term is running.',
  TERM_NOT_RUNNING: 'That norm term is not running on that day.',
  DAYS_NOT_POSITIVE: 'An extension takes one day or more.',
  EXTENSION_LIMIT: 'The term would be extended by more days than are allowed.',
  SUSPENSION_LIMIT: 'The terms have been suspended for as many days as are allowed.',

  ALREADY_ASSIGNED: 'Somebody else has the case; it can be taken over, with a reason.',
  NOT_ASSIGNED: 'Nobody has the case.',
  HOLDER_CHANGED: 'Somebody else has the case by now.',
  NOTE_ALREADY_KNOWN: 'A note with this id is recorded already.',
  DOCUMENT_ALREADY_KNOWN: 'A document with this id is recorded already.',
  PERSONS_STILL_PRESENT: 'Persons are still in the household; record what became of them, and the case ends by itself.',

  FACT_UNKNOWN: 'There is no such event in this case.',
  NOT_A_FACT: 'Only facts and corrections can be corrected.',
  NOT_RETRACTABLE: 'Only facts, corrections and retractions can be retracted.',
  OTHER_TYPE: 'A correction is of the same type as what it corrects; retract that and record the other.',
  FACT_RETRACTED: 'This event has been retracted; retract the retraction first.',
  CORRECTION_SUPERSEDED: 'A later correction stands in its place; correct that one, or the fact itself.',
  LATER_FACT_IMPOSSIBLE: 'A later fact would become impossible.',
  SUBJECT_UNKNOWN: 'This is nobody of this case, nor the case itself.',
} as const;

export type CaseRefusalCode = keyof typeof CASE_REFUSALS;

/** What would have to be recorded first, where that is one kind of fact. */
const FIRST: Readonly<Partial<Record<CaseRefusalCode, CaseFactType>>> = {
  CASE_UNKNOWN: 'PermitGranted',
  CASE_CLOSED: 'CaseReopened',
  NOT_LINKED: 'MunicipalityLinked',
  ALREADY_LINKED: 'LinkRevoked',
  NO_STANDING_OFFER: 'HomeOffered',
  REFUSAL_NOT_JUDGED: 'RefusalJudged',
  NO_REFUSAL: 'OfferRefused',
  OFFER_NOT_ACCEPTED: 'OfferAccepted',
  TENANCY_SIGNED: 'OfferWithdrawn',
  TENANCY_MISSING: 'TenancySigned',
  NOT_MOVED_IN: 'MovedIn',
  NO_OPEN_IMPEDIMENT: 'ImpedimentReported',
  ALREADY_SUSPENDED: 'TermResumed',
  NOT_SUSPENDED: 'TermSuspended',
  ALREADY_ASSIGNED: 'CaseTakenOver',
  NOT_ASSIGNED: 'CaseAssigned',
};

/** What stands in the way of a fact. */
export interface Obstacle {
  readonly code: CaseRefusalCode;
  readonly detail: string;
  /** Kinds of fact that would have to be recorded first. */
  readonly missing: readonly CaseFactType[];
  /** Ids, days, codes or numbers of what stands in the way. */
  readonly inTheWay: readonly string[];
}

export function obstacle(code: CaseRefusalCode, ...inTheWay: readonly string[]): Obstacle {
  const first = FIRST[code];
  return { code, detail: CASE_REFUSALS[code], missing: first === undefined ? [] : [first], inTheWay };
}

export function unless(holds: boolean, code: CaseRefusalCode, ...inTheWay: readonly string[]): Obstacle | null {
  return holds ? null : obstacle(code, ...inTheWay);
}

export function refusal({ code, ...more }: Obstacle): Refusal {
  return { refused: code, ...more };
}
