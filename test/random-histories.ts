import fc from 'fast-check';
import { caseHistory, type CaseHistory, type RecordedCaseEvent } from '../src/journey/case-history.ts';
import { UNKNOWN_CASE } from '../src/journey/case-state.ts';
import { decide, type CaseCommand } from '../src/journey/cases.decider.ts';
import {
  HOUSING_KINDS,
  type CaseEvent,
  type CaseFact,
  type CaseFactType,
  type FactOf,
} from '../src/journey/cases.events.ts';
import { nextSteps, type NextStep } from '../src/journey/next-steps.ts';
import { addDays, amsterdamDay } from '../src/event-sourcing/days.ts';
import { isRefusal } from '../src/event-sourcing/decider.ts';
import type { JsonObject, RecordedEvent } from '../src/event-sourcing/event.ts';
import { CHAIN_START, eventHash } from '../src/event-sourcing/hash-chain.ts';
import { decideReference, type ReferenceCommand } from '../src/reference/reference.decider.ts';
import { COUNTING_RULES_STREAM, NORM_TERMS_STREAM, type ReferenceEvent } from '../src/reference/reference.events.ts';
import { DEFAULT_COUNTING_RULES, DEFAULT_NORM_TERMS, defaultReferenceEvents } from '../src/reference/reference.ts';
import { metadata, uuid } from './examples.ts';
import { Choices, factFor, MUNICIPALITIES } from './random-facts.ts';

export { Choices, openPlainly, sealPlainly } from './random-facts.ts';

const FIRST_INSTANT = Date.parse('2017-01-10T08:00:00.000Z');
const HOUR = 3_600_000;
const MOST_CASES = 5;
/** What brings a household nearer to its home: without a push few random households would get there. */
const ONWARD: readonly CaseFactType[] = [
  'MunicipalityLinked',
  'HomeOffered',
  'OfferAccepted',
  'RefusalJudged',
  'TenancySigned',
  'MovedIn',
  'IntegrationStepReached',
];
const ENDING: readonly CaseFactType[] = [
  'CaseClosed',
  'HouseholdMerged',
  'HouseholdDeparted',
  'PermitWithdrawn',
  'PersonDeceased',
  'MemberRemoved',
  'LinkRevoked',
];

/**
 * Valid histories of up to five cases and of the reference streams, in one order of positions: everything in it was let in
 * by the real deciders, and with the dates of a real office: on the day, late, corrected, retracted, brought back.
 */
export function randomLog(choices: Choices): readonly RecordedEvent[] {
  const log = new RandomLog(choices);
  while (!choices.exhausted) log.step();
  return log.events;
}

/** Logs of some dozens of events over some weeks; a failing one is shrunk to as few of its first events as will do. */
export const anyLog: fc.Arbitrary<readonly RecordedEvent[]> = fc
  .tuple(fc.noShrink(fc.integer()), fc.integer({ min: 1, max: 900 }))
  .map(([seed, count]) => randomLog(new Choices(seed, count)));

class RandomLog {
  readonly events: RecordedEvent[] = [];
  readonly #choices: Choices;
  readonly #cases = new Map<string, readonly RecordedCaseEvent[]>();
  readonly #reference = new Map<string, readonly ReferenceEvent[]>();
  readonly #heads = new Map<string, RecordedEvent>();
  readonly #inTransfer: { readonly from: string; readonly event: RecordedCaseEvent }[] = [];
  #now = FIRST_INSTANT;
  #position = 0;
  #ids = 0;

  constructor(choices: Choices) {
    this.#choices = choices;
    for (const { stream, event } of defaultReferenceEvents()) {
      this.#append(stream, event.id, event.type, event.data, event.metadata.recordedAt);
      this.#reference.set(stream, [event as unknown as ReferenceEvent]);
    }
  }

  step(): void {
    const choices = this.#choices;
    if (choices.oneIn(2)) this.#now += choices.below(36) * HOUR;
    const [transfer] = this.#inTransfer;
    if (transfer !== undefined && choices.oneIn(2)) return this.#receive(transfer);
    if (this.#cases.size === 0 || (this.#cases.size < MOST_CASES && choices.oneIn(8))) return this.#open();
    const [caseId, record] = choices.of([...this.#cases]);
    switch (choices.below(12)) {
      case 0:
        return this.#amend(caseId, record);
      case 1:
        return this.#decide(caseId, {
          do: 'retract',
          eventId: choices.of(record).id,
          reason: null,
          today: this.#today,
        });
      case 2:
        return choices.oneIn(3) ? this.#changeReference() : this.#undo(caseId, record);
      default:
        return this.#goOn(caseId, caseHistory(record));
    }
  }

  get #today(): string {
    return amsterdamDay(new Date(this.#now).toISOString());
  }

  /** Today, or some days or weeks late. */
  #someDay(): string {
    return this.#choices.oneIn(3) ? addDays(this.#today, -this.#choices.below(45)) : this.#today;
  }

  readonly #newId = (): string => uuid('random', ++this.#ids);

  #open(): void {
    const caseId = this.#newId();
    const step = nextSteps(UNKNOWN_CASE, this.#today).find((one) => one.type === 'PermitGranted')!;
    const fact = factFor(
      step,
      UNKNOWN_CASE,
      addDays(this.#today, -this.#choices.below(60)),
      this.#choices,
      this.#newId,
    );
    this.#decide(caseId, { do: 'record', fact, today: this.#today });
  }

  #goOn(caseId: string, { state }: CaseHistory): void {
    const possible = nextSteps(state, this.#today).filter((step) => step.possible && !this.#tooMuch(step));
    const onward = possible.filter(({ type, housing }) => ONWARD.includes(type) && housing !== 'INTERIM');
    const step = this.#choices.of(onward.length > 0 && this.#choices.oneIn(2) ? onward : possible);
    const others = [...this.#cases.keys(), this.#newId()];
    const fact = factFor(step, state, this.#someDay(), this.#choices, this.#newId, others);
    this.#decide(caseId, { do: 'record', fact, today: this.#today });
  }

  /** What ends a case is always possible, but must not be all that happens. */
  #tooMuch({ type }: NextStep): boolean {
    return ENDING.includes(type) && !this.#choices.oneIn(6);
  }

  #amend(caseId: string, record: readonly RecordedCaseEvent[]): void {
    const facts = caseHistory(record).facts;
    if (facts.length === 0) return;
    const { fact, eventId } = this.#choices.of(facts);
    const occurredOn = addDays(fact.data.occurredOn, this.#choices.below(9) - 4);
    const corrected = { ...fact, data: { ...fact.data, occurredOn } } as CaseFact;
    const other = 'municipality' in corrected.data ? { municipality: this.#choices.of(MUNICIPALITIES) } : {};
    const replacement = { type: corrected.type, data: { ...corrected.data, ...other } } as CaseFact;
    this.#decide(caseId, { do: 'correct', eventId, fact: replacement, reason: null, today: this.#today });
  }

  /** Retracts a correction or a retraction, if there is one. */
  #undo(caseId: string, record: readonly RecordedCaseEvent[]): void {
    const amendments = record.filter((event) => event.type === 'FactRetracted' || event.type === 'FactCorrected');
    if (amendments.length === 0) return;
    const eventId = this.#choices.of(amendments).id;
    this.#decide(caseId, { do: 'retract', eventId, reason: null, today: this.#today });
  }

  #changeReference(): void {
    const validFrom = addDays(this.#today, this.#choices.below(60) - 50);
    const shorter = 1 + this.#choices.below(30);
    const command: ReferenceCommand = this.#choices.oneIn(2)
      ? {
          do: 'setNormTerms',
          validFrom,
          terms: { ...DEFAULT_NORM_TERMS, homeDays: 70 - shorter, wholeDays: 98 - shorter },
        }
      : {
          do: 'setCountingRules',
          validFrom,
          rules: { ...DEFAULT_COUNTING_RULES, countedHousing: this.#choices.someOf(HOUSING_KINDS) },
        };
    const stream = command.do === 'setNormTerms' ? NORM_TERMS_STREAM : COUNTING_RULES_STREAM;
    const record = this.#reference.get(stream) ?? [];
    const decision = decideReference(command, record);
    if (isRefusal(decision)) return;
    this.#reference.set(stream, [...record, ...decision]);
    for (const event of decision) this.#append(stream, this.#newId(), event.type, event.data as unknown as JsonObject);
  }

  #receive(transfer: { readonly from: string; readonly event: RecordedCaseEvent }): void {
    this.#inTransfer.shift();
    const { from, event } = transfer;
    if (event.type !== 'HouseholdSplit' && event.type !== 'HouseholdMerged') return;
    const { state } = caseHistory(this.#cases.get(from)!);
    if (state.kind === 'unknown') return;
    const members = state.members.filter((one) => event.data.personIds.includes(one.personId));
    const fact: FactOf<'MembersReceived'> = {
      type: 'MembersReceived',
      data: {
        occurredOn: event.data.occurredOn,
        fromCaseId: from,
        transferId: event.id,
        permitType: state.permitType,
        channel: state.channel,
        permitGrantedOn: state.permitGrantedOn,
        receptionCentre: state.receptionCentre,
        ...(state.links[0] === undefined ? {} : { firstLinkedOn: state.links[0].linkedOn }),
        members: members.map(({ personId, role, birthYear, unaccompaniedMinor, followingFamily }) => ({
          personId,
          role,
          birthYear,
          unaccompaniedMinor,
          followingFamily,
          personal: null,
        })),
      },
    };
    this.#decide(event.data.targetCaseId, { do: 'record', fact, today: this.#today });
  }

  #decide(caseId: string, command: CaseCommand): void {
    const record = this.#cases.get(caseId) ?? [];
    const decision = decide(command, record);
    if (isRefusal(decision)) return;
    const stream = `case-${caseId}`;
    let after = record;
    for (const event of decision) {
      const data = event.data as unknown as JsonObject;
      const appended = this.#append(stream, this.#newId(), event.type, data) as RecordedEvent & CaseEvent;
      after = [...after, appended];
      if (appended.type === 'HouseholdSplit' || appended.type === 'HouseholdMerged') {
        this.#inTransfer.push({ from: caseId, event: appended });
      }
    }
    if (after.length > 0) this.#cases.set(caseId, after);
  }

  #append(stream: string, id: string, type: string, data: JsonObject, at?: string): RecordedEvent {
    const head = this.#heads.get(stream);
    const revision = head === undefined ? 0 : head.revision + 1;
    const recordedAt = at ?? new Date(this.#now).toISOString();
    const entry = { id, type, data, metadata: metadata(recordedAt, uuid('command', this.#ids)) };
    const hash = eventHash(head?.hash ?? CHAIN_START, stream, revision, entry);
    this.#position += 1 + (revision % 3);
    const event: RecordedEvent = { ...entry, stream, revision, position: String(this.#position), hash };
    this.#heads.set(stream, event);
    this.events.push(event);
    return event;
  }
}
