import { Catalogue } from '../event-sourcing/catalogue.ts';
import { derivedId } from '../event-sourcing/transact.ts';
import type { EventMetadata, JsonObject, NewEvent, RecordedEvent } from '../event-sourcing/event.ts';
import { municipalityFacts } from './municipalities.ts';
import {
  COUNTING_RULES_STREAM,
  NORM_TERMS_STREAM,
  type CountingRules,
  type Municipality,
  type NormTerms,
  type ReferenceEvent,
} from './reference.events.ts';

export type RuleSet<Rules> = Rules & { readonly validFrom: string };

/** The reference facts known at some moment. */
export interface Reference {
  /** @throws NoRuleInForce on a date before the first set */
  normTerms(on: string): RuleSet<NormTerms>;
  /** @throws NoRuleInForce on a date before the first set */
  countingRules(on: string): RuleSet<CountingRules>;
  /** All sets that are not superseded, by `validFrom`. */
  readonly normTermSets: readonly RuleSet<NormTerms>[];
  readonly countingRuleSets: readonly RuleSet<CountingRules>[];
  /** In order of code; before the first list, those of the first. */
  municipalitiesOn(date: string): readonly Municipality[];
  /** From which day on, and from whom, it is known which those are; undefined: it isn't. */
  municipalityListOn(date: string): { readonly validFrom: string; readonly source: string } | undefined;
  /** As last listed; undefined: there never was one. */
  municipality(code: string): Municipality | undefined;
  /** The one that had taken its place by a day; itself where nothing did. */
  successorOf(code: string, date: string): string;
  /** By code; undefined: nothing is known of this reference date. */
  inhabitants(referenceDate: string): ReadonlyMap<string, number> | undefined;
  /** In order. */
  readonly referenceDates: readonly string[];
}

export class NoRuleInForce extends Error {
  readonly code = 'NO_RULE_IN_FORCE';
  constructor(what: string, on: string) {
    super(`no ${what} are known for ${on}`);
    this.name = 'NoRuleInForce';
  }
}

export const referenceCatalogue = new Catalogue<ReferenceEvent>({
  NormTermsSet: { version: 1 },
  CountingRulesSet: { version: 1 },
  MunicipalitiesListed: { version: 1 },
  MunicipalitiesReorganised: { version: 1 },
  InhabitantsPublished: { version: 1 },
});

/**
 * Folds reference events; those of one stream in order of revision.
 * @throws UnknownEvent where a newer program has written
 */
export function referenceOf(events: readonly RecordedEvent[]): Reference {
  const normTerms = new Map<string, RuleSet<NormTerms>>();
  const countingRules = new Map<string, RuleSet<CountingRules>>();
  const lists = new Map<string, MunicipalityList>();
  const reorganisations = new Map<string, ReadonlyMap<string, string>>();
  const inhabitants = new Map<string, ReadonlyMap<string, number>>();
  for (const recorded of events) {
    const event = referenceCatalogue.read(recorded);
    switch (event.type) {
      case 'NormTermsSet':
        normTerms.set(event.data.validFrom, event.data);
        break;
      case 'CountingRulesSet':
        countingRules.set(event.data.validFrom, event.data);
        break;
      case 'MunicipalitiesListed':
        lists.set(event.data.validFrom, event.data);
        break;
      case 'MunicipalitiesReorganised':
        reorganisations.set(event.data.effectiveOn, new Map(Object.entries(event.data.successors)));
        break;
      case 'InhabitantsPublished':
        inhabitants.set(event.data.referenceDate, new Map(Object.entries(event.data.inhabitants)));
        break;
    }
  }
  const normTermSets = byDate(normTerms);
  const countingRuleSets = byDate(countingRules);
  return {
    normTerms: (on) => inForce(normTermSets, on, 'norm terms'),
    countingRules: (on) => inForce(countingRuleSets, on, 'counting rules'),
    normTermSets,
    countingRuleSets,
    ...municipalitiesOf([...lists.values()].sort(byValidFrom), reorganisations),
    inhabitants: (referenceDate) => inhabitants.get(referenceDate),
    referenceDates: [...inhabitants.keys()].sort(),
  };
}

type MunicipalityList = Extract<ReferenceEvent, { readonly type: 'MunicipalitiesListed' }>['data'];

function municipalitiesOf(
  lists: readonly MunicipalityList[],
  reorganisations: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Pick<Reference, 'municipalitiesOn' | 'municipalityListOn' | 'municipality' | 'successorOf'> {
  let byCode: ReadonlyMap<string, Municipality> | undefined;
  const ordered = [...reorganisations].sort(([a], [b]) => (a < b ? -1 : 1));
  const listOn = (date: string) => lists.findLast(({ validFrom }) => validFrom <= date) ?? lists[0];
  return {
    municipalitiesOn: (date) => listOn(date)?.municipalities ?? [],
    municipalityListOn: listOn,
    municipality: (code) => {
      byCode ??= new Map(lists.flatMap(({ municipalities }) => municipalities.map((one) => [one.code, one])));
      return byCode.get(code);
    },
    successorOf: (code, date) => {
      let present = code;
      for (const [effectiveOn, successors] of ordered) {
        if (effectiveOn <= date) present = successors.get(present) ?? present;
      }
      return present;
    },
  };
}

function byDate<Rules>(sets: ReadonlyMap<string, RuleSet<Rules>>): readonly RuleSet<Rules>[] {
  return [...sets.values()].sort(byValidFrom);
}

function byValidFrom(a: { readonly validFrom: string }, b: { readonly validFrom: string }): number {
  return a.validFrom < b.validFrom ? -1 : 1;
}

function inForce<Rules>(sets: readonly RuleSet<Rules>[], on: string, what: string): RuleSet<Rules> {
  const found = sets.findLast((set) => set.validFrom <= on);
  if (found === undefined) throw new NoRuleInForce(what, on);
  return found;
}

/** 14 weeks = 2 + 10 + 2. The maxima could not be sourced: assumed, and to be set by whoever knows better. */
export const DEFAULT_NORM_TERMS: RuleSet<NormTerms> = {
  validFrom: '1900-01-01',
  linkDays: 14,
  homeDays: 70,
  moveDays: 14,
  wholeDays: 98,
  maximumExtensionDays: 98,
  maximumSuspensionDays: null,
};

export const DEFAULT_COUNTING_RULES: RuleSet<CountingRules> = {
  validFrom: '1900-01-01',
  countedHousing: ['REGULAR', 'TRANSIT_LOCATION'],
  countedChannels: ['ASYLUM', 'FAMILY_REUNIFICATION', 'RELOCATION', 'RESETTLEMENT'],
  followingFamilyCounts: true,
  bornAfterMoveInCounts: false,
};

/** The first events of every log, with fixed ids: known since 1900, so that nothing was ever reckoned without them. */
export function defaultReferenceEvents(): readonly { readonly stream: string; readonly event: NewEvent }[] {
  return (firsts ??= firstEvents());
}

let firsts: ReturnType<typeof firstEvents> | undefined;

/** One a stream, so that a log that lacks some, of an older program, is completed without a look at what the others hold. */
function firstEvents() {
  const { lists, reorganisations, inhabitants } = municipalityFacts();
  const named = (stream: string, type: ReferenceEvent['type'], data: object) =>
    first(stream, type, derivedId('defaults', stream), data);
  return [
    first(NORM_TERMS_STREAM, 'NormTermsSet', '2f6d1c1e-6c0b-4d0c-9a53-1d6f0f6b7a01', DEFAULT_NORM_TERMS),
    first(COUNTING_RULES_STREAM, 'CountingRulesSet', '2f6d1c1e-6c0b-4d0c-9a53-1d6f0f6b7a02', DEFAULT_COUNTING_RULES),
    ...lists.map((data) =>
      named(`reference-municipalities-${data.validFrom.slice(0, 4)}`, 'MunicipalitiesListed', data),
    ),
    ...reorganisations.map((data) =>
      named(`reference-reorganisations-${data.effectiveOn.slice(0, 4)}`, 'MunicipalitiesReorganised', data),
    ),
    ...inhabitants.map((data) =>
      named(`reference-inhabitants-${data.referenceDate.slice(0, 4)}`, 'InhabitantsPublished', data),
    ),
  ];
}

function first(stream: string, type: ReferenceEvent['type'], id: string, data: object) {
  const metadata: EventMetadata = {
    recordedAt: '1900-01-01T00:00:00.000Z',
    actor: 'woonspoor',
    role: 'system',
    organisation: 'woonspoor',
    command: 'defaults',
    commandId: id,
    correlationId: id,
    causationId: id,
  };
  return { stream, event: { id, type, data: data as JsonObject, metadata } };
}
