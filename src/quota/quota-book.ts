import { Catalogue } from '../event-sourcing/catalogue.ts';
import { amendments } from '../event-sourcing/effective-history.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import type { QuotaEvent, QuotaFact, QuotaRules, TotalKind } from './quota.events.ts';
import type { QuotaPeriod } from './quota-period.ts';

export interface NationalTotal {
  readonly eventId: string;
  readonly kind: TotalKind;
  readonly persons: number;
  readonly publishedOn: string;
  readonly source: string | null;
}

export interface QuotaTransfer {
  readonly eventId: string;
  readonly from: string;
  readonly to: string;
  readonly persons: number;
  readonly reason: string | null;
}

/** What is known of one half-year. */
export interface PeriodFacts {
  readonly period: QuotaPeriod;
  /** Of the last event that is known of it; -1: of none. */
  readonly revision: number;
  /** All, in the order in which they were published. */
  readonly totals: readonly NationalTotal[];
  /** What obliges: the last of the firmest kind. */
  readonly statutoryTotal: NationalTotal | null;
  readonly politicalTarget: NationalTotal | null;
  readonly rules: QuotaRules;
  readonly official: ReadonlyMap<string, number>;
  /** By municipality: why. */
  readonly exempt: ReadonlyMap<string, string>;
  readonly transfers: readonly QuotaTransfer[];
  readonly openingArrears: ReadonlyMap<string, number>;
}

/** All half-years of which something is known. */
export type QuotaBook = ReadonlyMap<QuotaPeriod, PeriodFacts>;

export const quotaCatalogue = new Catalogue<QuotaEvent>({
  NationalTotalPublished: { version: 1 },
  QuotaRulesSet: { version: 1 },
  OfficialQuotasPublished: { version: 1 },
  QuotaExempted: { version: 1 },
  QuotaTransferred: { version: 1 },
  OpeningBalancesSet: { version: 1 },
  QuotaFactRetracted: { version: 1 },
});

/** The event of a quota stream with its id: what others point at. */
export type RecordedQuotaEvent = QuotaEvent & { readonly id: string; readonly revision: number };

/** By id of what was taken back: the retraction that stands. */
export function retractionsIn(events: readonly RecordedQuotaEvent[]): ReadonlyMap<string, RecordedQuotaEvent> {
  return amendments(events, {
    factOf: (event) => (event.type === 'QuotaFactRetracted' ? null : event),
    retracts: (event) => (event.type === 'QuotaFactRetracted' ? event.data.eventId : null),
    corrects: () => null,
    occurredOn: (fact) => fact.data.occurredOn,
    step: () => 0,
  }).retractions;
}

/** The facts of one half-year that stand, in the order in which they were published. */
export function standingFacts(events: readonly RecordedQuotaEvent[]): readonly (QuotaFact & { readonly id: string })[] {
  const retractions = retractionsIn(events);
  return events
    .flatMap((event) => (event.type === 'QuotaFactRetracted' || retractions.has(event.id) ? [] : [event]))
    .sort((a, b) => (a.data.occurredOn < b.data.occurredOn ? -1 : a.data.occurredOn > b.data.occurredOn ? 1 : 0));
}

/** Art. 29 of the Housing Act 2014: rounded up, on the inhabitants of 1 January of the year before. */
export function defaultRules(period: QuotaPeriod): QuotaRules {
  return { rounding: 'UP', inhabitantsOn: `${Number(period.slice(0, 4)) - 1}-01-01`, onTrackPercent: 5 };
}

/** Firmest last. */
const FIRMNESS: readonly TotalKind[] = ['COMPUTED_NEED', 'FORECAST', 'FIXED', 'REVISED'];

export function periodFacts(period: QuotaPeriod, events: readonly RecordedQuotaEvent[]): PeriodFacts {
  const totals: NationalTotal[] = [];
  let rules = defaultRules(period);
  const official = new Map<string, number>();
  const exempt = new Map<string, string>();
  const transfers: QuotaTransfer[] = [];
  let openingArrears: ReadonlyMap<string, number> = new Map();
  for (const { id, type, data } of standingFacts(events)) {
    switch (type) {
      case 'NationalTotalPublished': {
        const { kind, persons, occurredOn, source } = data;
        totals.push({ eventId: id, kind, persons, publishedOn: occurredOn, source });
        break;
      }
      case 'QuotaRulesSet':
        rules = {
          rounding: data.rounding,
          inhabitantsOn: data.inhabitantsOn,
          onTrackPercent: data.onTrackPercent,
        };
        break;
      case 'OfficialQuotasPublished':
        for (const [municipality, persons] of Object.entries(data.persons)) official.set(municipality, persons);
        break;
      case 'QuotaExempted':
        exempt.set(data.municipality, data.reason);
        break;
      case 'QuotaTransferred': {
        const { from, to, persons, reason } = data;
        transfers.push({ eventId: id, from, to, persons, reason });
        break;
      }
      case 'OpeningBalancesSet':
        openingArrears = new Map([...openingArrears, ...Object.entries(data.arrears)]);
        break;
    }
  }
  const ofKind = (kind: TotalKind): NationalTotal | undefined => totals.findLast((total) => total.kind === kind);
  const statutoryTotal = FIRMNESS.map(ofKind).findLast((total) => total !== undefined) ?? null;
  const politicalTarget = ofKind('POLITICAL_TARGET') ?? null;
  const revision = events.at(-1)?.revision ?? -1;
  return {
    ...{ period, revision, totals, statutoryTotal, politicalTarget, rules },
    ...{ official, exempt, transfers, openingArrears },
  };
}

/**
 * What stands of each half-year, in their order; one of which all was taken back is not among them.
 * @throws UnknownEvent where a newer program has written
 */
export function quotaBook(recorded: readonly RecordedEvent[]): QuotaBook {
  const byPeriod = Map.groupBy(quotaEvents(recorded), (event) => event.data.period);
  const periods = [...byPeriod]
    .filter(([, events]) => standingFacts(events).length > 0)
    .map(([period, events]): [QuotaPeriod, PeriodFacts] => [period, periodFacts(period, events)]);
  return new Map(periods.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Those of one half-year in order of revision. @throws UnknownEvent where a newer program has written */
export function quotaEvents(recorded: readonly RecordedEvent[]): readonly RecordedQuotaEvent[] {
  return recorded.toSorted((a, b) => a.revision - b.revision).map((event) => quotaCatalogue.read(event));
}
