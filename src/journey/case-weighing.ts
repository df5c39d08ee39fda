/** Called by `cases.decider` for every command; walks the history with and without its event, and asks `case-requires`. */
import { daysBetween } from '../event-sourcing/days.ts';
import type { Decision, Refusal } from '../event-sourcing/decider.ts';
import { idOf } from '../event-sourcing/event.ts';
import { canonicalJson } from '../event-sourcing/hash-chain.ts';
import { effectiveFacts, type NumberedCaseEvent, type RecordedCaseEvent } from './case-history.ts';
import { obstacle, refusal, type CaseRefusalCode, type Obstacle } from './case-refusals.ts';
import { alreadyAssigned, requires, requiresAnew } from './case-requires.ts';
import { evolve, UNKNOWN_CASE, type CaseState } from './case-state.ts';
import type { CaseEvent, CaseFact, FactOf } from './cases.events.ts';

/** Maxima from the norm terms in force; they come in with the command, so that the rules stay pure. */
export interface TermLimits {
  /** Days by which one run of a term can be extended in all; null: no maximum. */
  readonly maximumExtensionDays: number | null;
  /** Days after which the terms of a case can't be suspended once more; null: no maximum. */
  readonly maximumSuspensionDays: number | null;
}

/** A fact in its place: the state before it, and what stands in its way there. */
interface Weighed {
  readonly fact: CaseFact;
  readonly eventId: string;
  readonly before: CaseState;
  readonly obstacle: Obstacle | null;
}

interface Walk {
  readonly weighed: readonly Weighed[];
  readonly state: CaseState;
}

/** As far as a history begins with the same facts as a former one, what was found there holds. */
function walk(events: readonly NumberedCaseEvent[], former: Walk): Walk {
  let state: CaseState = UNKNOWN_CASE;
  let isSame = true;
  const weighed = effectiveFacts(events).map(({ fact, original }, index): Weighed => {
    const known = isSame ? former.weighed[index] : undefined;
    isSame = known?.fact === fact;
    if (known !== undefined && isSame) {
      state = former.weighed[index + 1]?.before ?? former.state;
      return known;
    }
    const before = state;
    state = evolve(before, fact);
    return { fact, eventId: original.id, before, obstacle: requires(before, fact) };
  });
  return { weighed, state };
}

/**
 * Only spares work, and only for the case weighed last: whoever records many facts of a case records them one after the
 * other. Facts are told apart by being the very same objects, so that the answers are those that come out without it.
 */
let latest: Walk = { weighed: [], state: UNKNOWN_CASE };

/** The event, if the history with it is no worse than the one without it. */
export function weigh(
  event: CaseEvent,
  record: readonly RecordedCaseEvent[],
  limits?: TermLimits,
): Decision<CaseEvent> {
  const without = (latest = walk(record, latest));
  const candidate: NumberedCaseEvent = { ...event, id: '', revision: record.length };
  const having = walk([...record, candidate], without);
  const standing = new Map(without.weighed.map((one) => [one.fact, one]));
  for (const one of having.weighed) {
    if (standing.has(one.fact)) continue;
    if (one.fact === candidate && alreadySo(one, without)) return [];
    const hindrance =
      requiresAnew(one.before, one.fact) ?? handedToItself(one.fact, record) ?? beyond(limits, one, having);
    if (hindrance !== null) return refusal(dated(hindrance, having.state));
  }
  // They have left the other case already: nobody gains by their being nowhere.
  if (event.type === 'MembersReceived') return [event];
  const handedOver = without.weighed.find(
    (former) => isTransfer(former.fact) && !having.weighed.some((one) => sameTransfer(one, former)),
  );
  if (handedOver !== undefined) return refusal(obstacle('UNDONE_BY_HANDING_BACK', otherCase(handedOver.fact)));
  const impossible = having.weighed.filter((one) => one.obstacle !== null && standing.get(one.fact)?.obstacle === null);
  return impossible.length === 0 ? [event] : laterFactsImpossible(impossible, having.state);
}

function laterFactsImpossible(impossible: readonly Weighed[], state: CaseState): Refusal {
  const [first] = impossible;
  const { fact, eventId, obstacle: hindrance } = first!;
  const { code, detail } = dated(hindrance!, state);
  return {
    refused: 'LATER_FACT_IMPOSSIBLE' satisfies CaseRefusalCode,
    detail: `${fact.type} of ${fact.data.occurredOn} (event ${eventId}) would become impossible: ${detail} (${code})`,
    inTheWay: impossible.map((one) => one.eventId),
  };
}

/** A case that begins later is not unknown. */
function dated(hindrance: Obstacle, state: CaseState): Obstacle {
  if (hindrance.code !== 'CASE_UNKNOWN' || state.kind === 'unknown') return hindrance;
  const detail = `The date lies before the day on which the case begins, ${state.openedOn}.`;
  return { ...obstacle('BEFORE_THE_PERMIT', state.openedOn), detail };
}

/** Nothing to do: the case is with this person, these persons have been received, or the very same fact stands. */
function alreadySo({ fact, before, obstacle: hindrance }: Weighed, without: Walk): boolean {
  if (alreadyAssigned(before, fact)) return true;
  if (fact.type === 'MembersReceived') {
    return without.state.kind !== 'unknown' && without.state.transfersReceived.includes(fact.data.transferId);
  }
  return hindrance !== null && without.weighed.some((one) => sameFact(one.fact, fact));
}

function handedToItself(fact: CaseFact, record: readonly RecordedCaseEvent[]): Obstacle | null {
  if (fact.type !== 'HouseholdSplit' && fact.type !== 'HouseholdMerged') return null;
  return record[0] !== undefined && fact.data.targetCaseId === idOf(record[0].stream) ? obstacle('SAME_CASE') : null;
}

function beyond(limits: TermLimits | undefined, one: Weighed, having: Walk): Obstacle | null {
  const { maximumExtensionDays = null, maximumSuspensionDays = null } = limits ?? {};
  if (one.fact.type === 'TermExtended' && maximumExtensionDays !== null) {
    const over = extendedDays(having.state, evolve(one.before, one.fact)) > maximumExtensionDays;
    return over ? obstacle('EXTENSION_LIMIT', String(maximumExtensionDays)) : null;
  }
  if (one.fact.type === 'TermSuspended' && maximumSuspensionDays !== null) {
    const over = suspendedDays(one.before) >= maximumSuspensionDays;
    return over ? obstacle('SUSPENSION_LIMIT', String(maximumSuspensionDays)) : null;
  }
  return null;
}

/** Days by which the run of a term that was extended last in `extended` is extended in all. */
function extendedDays(state: CaseState, extended: CaseState): number {
  const last = extended.kind === 'unknown' ? undefined : extended.extensions.at(-1);
  if (state.kind === 'unknown' || last === undefined) return 0;
  const run = state.extensions.filter(({ term, sequence }) => term === last.term && sequence === last.sequence);
  return run.reduce((sum, { days }) => sum + days, 0);
}

function suspendedDays(state: CaseState): number {
  if (state.kind === 'unknown') return 0;
  return state.suspensions.reduce((sum, { from, until }) => sum + (until === null ? 0 : daysBetween(from, until)), 0);
}

type Transfer = FactOf<'HouseholdSplit'> | FactOf<'HouseholdMerged'> | FactOf<'MembersReceived'>;

function isTransfer(fact: CaseFact): fact is Transfer {
  return fact.type === 'HouseholdSplit' || fact.type === 'HouseholdMerged' || fact.type === 'MembersReceived';
}

function otherCase(fact: CaseFact): string {
  if (fact.type === 'MembersReceived') return fact.data.fromCaseId;
  return isTransfer(fact) ? fact.data.targetCaseId : '';
}

function transferIdOf(fact: Transfer): string | null {
  return fact.type === 'MembersReceived' ? fact.data.transferId : null;
}

function personIdsOf(fact: Transfer): readonly string[] {
  const named = fact.type === 'MembersReceived' ? fact.data.members.map((one) => one.personId) : fact.data.personIds;
  return named.toSorted();
}

/** Dates of a transfer can be put right, not who went where. */
function sameTransfer(one: Weighed, former: Weighed): boolean {
  const [a, b] = [one.fact, former.fact];
  return (
    one.eventId === former.eventId &&
    isTransfer(a) &&
    isTransfer(b) &&
    otherCase(a) === otherCase(b) &&
    transferIdOf(a) === transferIdOf(b) &&
    personIdsOf(a).join() === personIdsOf(b).join()
  );
}

/** The same in every word, sealed ones included. */
export function sameFact(a: CaseFact, b: CaseFact): boolean {
  return a.type === b.type && canonicalJson(a.data) === canonicalJson(b.data);
}
