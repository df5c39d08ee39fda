import type { Decider, Decision } from '../event-sourcing/decider.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import { canonicalJson } from '../event-sourcing/hash-chain.ts';
import { referenceCatalogue } from './reference.ts';
import type { CountingRules, NormTerms, ReferenceEvent } from './reference.events.ts';

/** Sets the rules that hold from a date on. The date may lie in the past: what was reckoned since is reckoned anew. */
export type ReferenceCommand =
  | { readonly do: 'setNormTerms'; readonly validFrom: string; readonly terms: NormTerms }
  | { readonly do: 'setCountingRules'; readonly validFrom: string; readonly rules: CountingRules };

export type ReferenceRecord = readonly ReferenceEvent[];

export const REFERENCE_REFUSALS = {
  NOT_POSITIVE: 'A term takes one day or more.',
  NOT_A_MAXIMUM: 'A maximum is a number of days, zero or more, or none.',
  WHOLE_SHORTER_THAN_PART: 'The whole cannot take less than one of its parts.',
} as const;
type ReferenceRefusalCode = keyof typeof REFERENCE_REFUSALS;

export const referenceDecider: Decider<ReferenceCommand, ReferenceRecord, RecordedEvent, ReferenceEvent> = {
  initial: [],
  /** @throws UnknownEvent where a newer program has written */
  evolve: (record, event) => [...record, referenceCatalogue.read(event)],
  decide: decideReference,
  catalogue: referenceCatalogue,
};

export function decideReference(command: ReferenceCommand, record: ReferenceRecord): Decision<ReferenceEvent> {
  switch (command.do) {
    case 'setNormTerms':
      return refusedTerms(command.terms) ?? unlessSo(normTermsSet(command.validFrom, command.terms), record);
    case 'setCountingRules':
      return unlessSo(countingRulesSet(command.validFrom, command.rules), record);
  }
}

function normTermsSet(validFrom: string, terms: NormTerms): ReferenceEvent {
  const { linkDays, homeDays, moveDays, wholeDays, maximumExtensionDays, maximumSuspensionDays } = terms;
  const days = { linkDays, homeDays, moveDays, wholeDays, maximumExtensionDays, maximumSuspensionDays };
  return { type: 'NormTermsSet', data: { validFrom, ...days } };
}

function countingRulesSet(validFrom: string, rules: CountingRules): ReferenceEvent {
  const { followingFamilyCounts, bornAfterMoveInCounts } = rules;
  const countedHousing = rules.countedHousing.toSorted();
  const countedChannels = rules.countedChannels.toSorted();
  const data = { validFrom, countedHousing, countedChannels, followingFamilyCounts, bornAfterMoveInCounts };
  return { type: 'CountingRulesSet', data };
}

/** Nothing to do if the last record for that date says the same. */
function unlessSo(event: ReferenceEvent, record: ReferenceRecord): Decision<ReferenceEvent> {
  const last = record.findLast((one) => one.type === event.type && validFromOf(one) === validFromOf(event));
  return last !== undefined && canonicalJson(last.data) === canonicalJson(event.data) ? [] : [event];
}

function refusedTerms(terms: NormTerms): Decision<ReferenceEvent> | null {
  const { linkDays, homeDays, moveDays, wholeDays, maximumExtensionDays, maximumSuspensionDays } = terms;
  const parts = { linkDays, homeDays, moveDays };
  const zero = Object.entries({ ...parts, wholeDays }).filter(([, days]) => !Number.isInteger(days) || days < 1);
  if (zero.length > 0) return refuse('NOT_POSITIVE', zero);
  const maxima = Object.entries({ maximumExtensionDays, maximumSuspensionDays });
  const wrong = maxima.filter(([, days]) => days !== null && (!Number.isInteger(days) || days < 0));
  if (wrong.length > 0) return refuse('NOT_A_MAXIMUM', wrong);
  const longer = Object.entries(parts).filter(([, days]) => days > wholeDays);
  return longer.length > 0 ? refuse('WHOLE_SHORTER_THAN_PART', longer) : null;
}

function refuse(code: ReferenceRefusalCode, fields: readonly [string, unknown][]): Decision<ReferenceEvent> {
  return { refused: code, detail: REFERENCE_REFUSALS[code], inTheWay: fields.map(([name]) => name) };
}

function validFromOf({ data }: ReferenceEvent): string | null {
  return 'validFrom' in data ? data.validFrom : null;
}
