import type { Decider, Decision, Refusal } from '../event-sourcing/decider.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import { canonicalJson } from '../event-sourcing/hash-chain.ts';
import { allocationOf, type Municipalities } from './allocation.ts';
import { periodFacts, quotaCatalogue, retractionsIn, standingFacts, type RecordedQuotaEvent } from './quota-book.ts';
import type { QuotaEvent, QuotaFact } from './quota.events.ts';

/**
 * What a command on one half-year is weighed by besides its own stream; looked up by whoever sends it.
 * `firstPeriod`: the first half-year of which something stands, or null; `openedIn`: the one that has opening balances;
 * `unknownMunicipalities`: codes in the fact that do not exist in this half-year; `municipalities`: what quotas are reckoned from.
 */
export interface QuotaCircumstances {
  readonly today: string;
  readonly firstPeriod: string | null;
  readonly openedIn: string | null;
  readonly unknownMunicipalities: readonly string[];
  readonly municipalities: Municipalities;
}

export type QuotaCommand = QuotaCircumstances &
  (
    | { readonly do: 'record'; readonly fact: QuotaFact }
    | { readonly do: 'retract'; readonly period: string; readonly eventId: string; readonly reason: string }
  );

export const QUOTA_REFUSALS = {
  QUOTA_PUBLISHED_IN_FUTURE: 'What was published or decided does not lie in the future.',
  QUOTA_MUNICIPALITY_UNKNOWN: 'There is no such municipality in this half-year.',
  QUOTA_NOT_THE_FIRST_PERIOD:
    'Only the first half-year of the ledger has opening balances; later ones begin with what is carried over.',
  QUOTA_BEFORE_THE_FIRST_PERIOD: 'The ledger begins with a later half-year, which has opening balances.',
  QUOTA_TRANSFER_TO_ITSELF: 'A municipality cannot take over from itself.',
  QUOTA_TRANSFER_TOO_LARGE: 'A municipality hands over no more than its quota of this half-year.',
  QUOTA_FACT_UNKNOWN: 'Nothing with this id was recorded of this half-year.',
} as const;
type QuotaRefusalCode = keyof typeof QUOTA_REFUSALS;

export type QuotaRecord = readonly RecordedQuotaEvent[];

export const quotaDecider: Decider<QuotaCommand, QuotaRecord, RecordedEvent, QuotaEvent> = {
  initial: [],
  /** @throws UnknownEvent where a newer program has written */
  evolve: (record, event) => [...record, quotaCatalogue.read(event)],
  decide: decideQuota,
  catalogue: quotaCatalogue,
};

export function decideQuota(command: QuotaCommand, record: QuotaRecord): Decision<QuotaEvent> {
  switch (command.do) {
    case 'record':
      return refusal(command.fact, command, added(record, command.fact)) ?? recordUnlessSo(command.fact, record);
    case 'retract':
      return decideRetraction(command, record);
  }
}

function decideRetraction(
  command: Extract<QuotaCommand, { readonly do: 'retract' }>,
  record: QuotaRecord,
): Decision<QuotaEvent> {
  const { period, eventId, reason } = command;
  if (!record.some(({ id }) => id === eventId)) return refuse('QUOTA_FACT_UNKNOWN', [eventId]);
  if (retractionsIn(record).has(eventId)) return [];
  const retraction: QuotaEvent = { type: 'QuotaFactRetracted', data: { period, eventId, reason } };
  const after = added(record, retraction);
  // Who takes back a retraction brings a fact to stand again, in what has become of the ledger since.
  const before = new Set(standingFacts(record).map(({ id }) => id));
  for (const fact of standingFacts(after)) {
    const refused = before.has(fact.id) ? null : refusal(fact, command, after);
    if (refused !== null) return refused;
  }
  return [retraction];
}

function added(record: QuotaRecord, event: QuotaEvent): QuotaRecord {
  return [...record, { ...event, id: '', revision: record.length }];
}

/** @param after the record as it would be with the fact */
function refusal(fact: QuotaFact, circumstances: QuotaCircumstances, after: QuotaRecord): Refusal | null {
  const { today, firstPeriod, openedIn, unknownMunicipalities, municipalities } = circumstances;
  const { period, occurredOn } = fact.data;
  if (occurredOn > today) return refuse('QUOTA_PUBLISHED_IN_FUTURE', [today]);
  if (unknownMunicipalities.length > 0) return refuse('QUOTA_MUNICIPALITY_UNKNOWN', unknownMunicipalities);
  if (openedIn !== null && period < openedIn) return refuse('QUOTA_BEFORE_THE_FIRST_PERIOD', [openedIn]);
  switch (fact.type) {
    case 'NationalTotalPublished':
    case 'QuotaRulesSet':
    case 'OfficialQuotasPublished':
    case 'QuotaExempted':
      return null;
    case 'QuotaTransferred':
      return transferRefusal(fact.data, municipalities, after);
    case 'OpeningBalancesSet':
      return firstPeriod === null || period <= firstPeriod ? null : refuse('QUOTA_NOT_THE_FIRST_PERIOD', [firstPeriod]);
  }
}

/** Where no quota is known of the giving municipality, nothing can be too much. */
function transferRefusal(
  { period, from, to, persons }: Extract<QuotaFact, { readonly type: 'QuotaTransferred' }>['data'],
  municipalities: Municipalities,
  after: QuotaRecord,
): Refusal | null {
  if (from === to) return refuse('QUOTA_TRANSFER_TO_ITSELF', [to]);
  const { quota, origin } = allocationOf(periodFacts(period, after), municipalities).quotaOf(from);
  if (origin === 'NONE' || quota >= 0) return null;
  return refuse('QUOTA_TRANSFER_TOO_LARGE', [from, String(quota + persons)]);
}

function recordUnlessSo(fact: QuotaFact, record: QuotaRecord): readonly QuotaEvent[] {
  return isSo(fact, record) ? [] : [fact];
}

/** Whether what stands says just this already: then there is nothing to do. */
function isSo(fact: QuotaFact, record: QuotaRecord): boolean {
  // Two municipalities may agree on the same twice; the command that is sent again is known by its key.
  if (fact.type === 'QuotaTransferred') return false;
  const last = standingFacts(record).findLast((one) => one.type === fact.type && isOfOneKind(one, fact));
  return last !== undefined && canonicalJson(last.data) === canonicalJson(fact.data);
}

function isOfOneKind(one: QuotaFact, other: QuotaFact): boolean {
  if (one.type !== 'NationalTotalPublished' || other.type !== 'NationalTotalPublished') return true;
  return one.data.kind === other.data.kind;
}

function refuse(code: QuotaRefusalCode, inTheWay: readonly string[]): Refusal {
  return { refused: code, detail: QUOTA_REFUSALS[code], inTheWay };
}
