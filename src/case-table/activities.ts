import type { CaseHistory } from '../journey/case-history.ts';
import type { CaseFactType } from '../journey/cases.events.ts';

/** What a case is followed by: the facts of the journey, not what is noted beside it. */
const ACTIVITIES: ReadonlySet<CaseFactType> = new Set<CaseFactType>([
  'PermitGranted',
  'IdentityItemObtained',
  'InformationProfileCompleted',
  'MunicipalityLinked',
  'LinkRevoked',
  'MunicipalityTransferAgreed',
  'ProfileAccepted',
  'SearchStarted',
  'HomeOffered',
  'HomeViewed',
  'OfferAccepted',
  'OfferRefused',
  'RefusalJudged',
  'OfferWithdrawn',
  'TenancySigned',
  'MovedIn',
  'FollowingFamilyArrived',
]);

/** Every name that an activity can have. What is stored by place in this list is stored anew when the list changes. */
export const ACTIVITY_NAMES: readonly string[] = [...ACTIVITIES, 'MembersReceived', 'Relinked', 'CaseEnded'];

/** One event of a case as process analysis sees it, on its business date. */
export interface CaseActivity {
  /** Tells it from the others of its case: the event that stated it. */
  readonly key: string;
  /** Name of the fact; `Relinked` for every link but the first, `CaseEnded` where the case ended. */
  readonly activity: string;
  readonly on: string;
  /** Who recorded it. */
  readonly organisation: string;
}

/**
 * A case as a row of activities, in the order of its effective history. What opens a case is its first activity, also where
 * it was opened by persons handed over. A case that was reopened has not ended; of one that ended, that is told once,
 * however it came about.
 */
export function activitiesOf({ facts, state }: Pick<CaseHistory, 'facts' | 'state'>): readonly CaseActivity[] {
  if (state.kind === 'unknown') return [];
  let links = 0;
  const activities = facts.flatMap(({ fact, eventId, organisation }): readonly CaseActivity[] => {
    const { type } = fact;
    const opens = type === 'MembersReceived' && fact === facts[0]?.fact;
    if (!ACTIVITIES.has(type) && !opens) return [];
    const isRelink = type === 'MunicipalityLinked' && links++ > 0;
    return [{ key: eventId, activity: isRelink ? 'Relinked' : type, on: fact.data.occurredOn, organisation }];
  });
  if (state.kind !== 'ended') return activities;
  const { endedOn } = state;
  const last = facts.findLast(({ fact }) => fact.data.occurredOn === endedOn);
  const end = { key: 'end', activity: 'CaseEnded', on: endedOn, organisation: last?.organisation ?? '' };
  const before = activities.filter(({ on }) => on <= endedOn);
  return [...before, end, ...activities.slice(before.length)];
}
