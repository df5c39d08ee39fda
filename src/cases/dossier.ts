import { daysBetween } from '../event-sourcing/days.ts';
import type { Open } from '../projecting/projection.ts';
import type { Address, Sealed } from '../privacy/sealed.ts';
import type { Reference } from '../reference/reference.ts';
import type { CaseHistory, EffectiveFact } from '../journey/case-history.ts';
import type { CaseReading } from './case-reading.ts';
import { openAll, personalOf } from './opening.ts';
import type { Impediment, KnownCase, Offer } from '../journey/case-shape.ts';
import type { CaseFact, CaseFactType, FactOf } from '../journey/cases.events.ts';
import { nextSteps, type NextStep } from '../journey/next-steps.ts';
import { outcomeOf, termStandings, type TermOutcome, type TermStanding } from '../journey/norm-terms.ts';
import { timeline } from '../journey/timeline.ts';

/** What a dossier is worked out from, besides the case. */
interface DossierContext {
  readonly reference: Reference;
  readonly open: Open;
  /** The day it is looked at: today, or the past day it is asked for. */
  readonly on: string;
}

/** Everything known of one household, personal values opened; what was erased is null. */
export function dossierOf({ history, parked }: CaseReading, { reference, open, on }: DossierContext) {
  const state = history.state as KnownCase;
  const opened = openerOf(history, open);
  const { revision, caseId } = history;
  const ended = state.kind === 'ended' ? { endedOn: state.endedOn, endReason: state.endReason } : null;
  return {
    caseId,
    revision,
    status: ended ? ('ENDED' as const) : state.suspension ? ('SUSPENDED' as const) : ('OPEN' as const),
    stage: state.stage,
    endedOn: ended?.endedOn ?? null,
    endReason: ended?.endReason ?? null,
    parked,
    permit: {
      grantedOn: state.permitGrantedOn,
      type: state.permitType,
      channel: state.channel,
      receptionCentre: state.receptionCentre,
      sponsorCaseId: state.sponsorCaseId,
    },
    members: state.members.map((member) => ({ ...member, personal: personalOf(history, member.personId, open) })),
    identityItems: state.identityItems,
    profile: state.profile && { ...state.profile, ...opened.profile() },
    link: state.link,
    links: state.links,
    offers: state.offers.map((offer) => ({ ...offer, ...opened.offer(offer) })),
    impediments: state.impediments.map((one) => ({ ...one, note: opened.impediment(one) })),
    suspension: state.suspension,
    suspensions: state.suspensions,
    extensions: state.extensions,
    assignment: state.assignment,
    notes: opened.notes(),
    documents: opened.documents(),
    integration: state.integration,
    normTerms: standingsOn(history, reference, on),
    nextSteps: parked ? [] : nextSteps(state, on),
  };
}

/** Terms as they stand on a day; days left are counted to the due day, which is included. */
type StandingOn = TermStanding & {
  readonly outcome: TermOutcome;
  readonly daysLeft: number | null;
};

function standingsOn(history: CaseHistory, reference: Reference, on: string): readonly StandingOn[] {
  return termStandings(history, reference).map((one) => {
    const outcome = outcomeOf(one, on);
    const counts = outcome === 'RUNNING' || outcome === 'OVERDUE';
    return { ...one, outcome, daysLeft: counts ? daysBetween(on, one.dueOn) : null };
  });
}

export function stepsOf({ history, parked }: CaseReading, on: string): readonly NextStep[] {
  return parked ? [] : nextSteps(history.state, on);
}

/** Every event of a case, personal values opened. */
export function timelineOf({ history, parked }: CaseReading, open: Open) {
  const entries = timeline(history).map((entry) => ({
    ...entry,
    fact: openAll(entry.fact, entry.eventId, open) as CaseFact | null,
    reason: openAll(entry.reason, entry.eventId, open, 'reason') as string | null,
    amendedBy: entry.amendedBy && {
      ...entry.amendedBy,
      reason: openAll(entry.amendedBy.reason, entry.amendedBy.eventId, open, 'reason') as string | null,
    },
  }));
  return { caseId: history.caseId, revision: history.revision, parked, entries };
}

type StatedAs<T extends CaseFactType> = Omit<EffectiveFact, 'fact'> & { readonly fact: FactOf<T> };

/** Where the state names a fact by its ids only, the fact itself holds the words. */
function openerOf(history: CaseHistory, open: Open) {
  const facts = <T extends CaseFactType>(type: T) =>
    history.facts.filter((one) => one.fact.type === type) as readonly object[] as readonly StatedAs<T>[];
  const text = (one: StatedAs<CaseFactType> | undefined, field: string): unknown => {
    const sealed = (one?.fact.data as Readonly<Record<string, Sealed | null>> | undefined)?.[field];
    return one && sealed ? (open(sealed, one.correctedBy ?? one.eventId, field) ?? null) : null;
  };
  return {
    profile() {
      const last = facts('InformationProfileCompleted').at(-1)!;
      const { languages, education, workExperience } = last.fact.data;
      return { languages, education, workExperience, note: text(last, 'note') as string | null };
    },
    offer({ offerId }: Offer) {
      const ofThis = ({ fact }: StatedAs<'HomeOffered' | 'OfferRefused' | 'RefusalJudged' | 'HomeViewed'>): boolean =>
        fact.data.offerId === offerId;
      const offered = facts('HomeOffered').find(ofThis);
      return {
        kind: offered?.fact.data.kind ?? null,
        rooms: offered?.fact.data.rooms ?? null,
        rentCents: offered?.fact.data.rentCents ?? null,
        address: text(offered, 'address') as Address | null,
        viewings: facts('HomeViewed')
          .filter(ofThis)
          .map(({ fact }) => ({ on: fact.data.occurredOn, outcome: fact.data.outcome })),
        refusalNote: text(facts('OfferRefused').findLast(ofThis), 'note') as string | null,
        judgementNote: text(facts('RefusalJudged').findLast(ofThis), 'note') as string | null,
      };
    },
    impediment({ impedimentId }: Impediment): string | null {
      const reported = facts('ImpedimentReported').find(({ fact }) => fact.data.impedimentId === impedimentId);
      return text(reported, 'note') as string | null;
    },
    notes() {
      return facts('NoteAdded').map((one) => ({
        noteId: one.fact.data.noteId,
        on: one.fact.data.occurredOn,
        actor: one.actor,
        organisation: one.organisation,
        text: text(one, 'text') as string | null,
      }));
    },
    documents() {
      return facts('DocumentReferenced').map((one) => ({
        documentId: one.fact.data.documentId,
        on: one.fact.data.occurredOn,
        title: text(one, 'title') as string | null,
        uri: text(one, 'uri') as string | null,
      }));
    },
  };
}
