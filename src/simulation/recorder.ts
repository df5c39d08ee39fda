import type { CodedError } from '../event-sourcing/coded-error.ts';
import { Clock } from '../event-sourcing/clock.ts';
import { dateOfEpochDay } from '../event-sourcing/days.ts';
import { isRefusal, type Refusal } from '../event-sourcing/decider.ts';
import type { Appended, EventLog, ExpectedHead } from '../event-sourcing/event-log.ts';
import type { NewEvent } from '../event-sourcing/event.ts';
import { metadataOf } from '../event-sourcing/transact.ts';
import { caseCatalogue } from '../journey/case-history.ts';
import type { CaseCommand } from '../journey/cases.decider.ts';
import type { CaseFact, Member } from '../journey/cases.events.ts';
import type { Keyring, KeyRequester } from '../privacy/keyring.ts';
import { FactSealing, type World } from './fact-sealing.ts';
import type { Household } from './household.ts';
import { PlannedCases, refusalIn } from './planned-cases.ts';
import type { PlannedFact } from './planned-fact.ts';
import type { Recording, SimulatedDay } from './simulated-days.ts';
import { Spokespersons } from './spokespersons.ts';
import { ToldCases } from './told-cases.ts';

/** The working day on which everything is recorded, from half past seven, in UTC: the same day in the Netherlands. */
const DAY_MS = 86_400_000;
const OPENS_MS = 7.5 * 3_600_000;
const OPEN_MS = 8 * 3_600_000;
/** Appends under way at once: enough to fill the writer's transactions, few enough to stay small in memory. */
const IN_FLIGHT = 2_000;
/** Appends sent together, so that they travel, and become durable, together. */
const SENT_AT_ONCE = 256;

/** Tells the time at which the fact in hand is recorded. */
export class StampClock extends Clock {
  private present = new Date(0);
  /** @param nth place among the `of` that are recorded on that day */
  set(day: number, nth: number, of: number): string {
    this.present = new Date(day * DAY_MS + OPENS_MS + Math.floor((nth * OPEN_MS) / of));
    return this.present.toISOString();
  }
  now(): Date {
    return this.present;
  }
}

/** A fact of the simulation that the rules of the journey don't allow. */
export interface RefusedFact {
  readonly caseId: string;
  readonly fact: CaseFact;
  readonly refusal: Refusal;
}

/** The log lacks what it said to hold. */
export class FactsLost extends Error {
  constructor(stream: string, what: string, options?: ErrorOptions) {
    super(
      `${stream} ${what}: this log has lost what was recorded in it, and the simulation can't go on. ` +
        'Move the data folder away and begin in a new one, or restore a backup.',
      options,
    );
    this.name = 'FactsLost';
  }
}

/**
 * Records what is simulated as the product records what people do: personal values sealed under keys of their own, every fact
 * decided on what stands before it, one append a case and day, sent in the order of recording.
 */
export class Recorder {
  facts = 0;
  cases = 0;
  readonly refused: RefusedFact[] = [];

  private readonly log: EventLog;
  private readonly keyring: Keyring;
  private readonly clock: StampClock;
  private readonly sealing: FactSealing;
  private readonly speakers: Spokespersons;
  private readonly planned: PlannedCases;
  private readonly told = new ToldCases();
  /** Households whose last append is not answered yet: what they end with is not known. */
  private readonly underWay = new Set<number>();
  private waiting = 0;
  /** Appends that wait to be sent, in their order. */
  private outbox: (() => void)[] = [];
  private failure: { readonly error: unknown } | undefined;
  private onAnswer: (() => void) | undefined;

  constructor(log: EventLog, keyring: Keyring, clock: StampClock, world: World) {
    this.log = log;
    this.keyring = keyring;
    this.clock = clock;
    this.sealing = new FactSealing(keyring, world);
    this.planned = new PlannedCases(world.draws);
    this.speakers = new Spokespersons(world.places);
  }

  /** Passes over a day that is recorded already; how many facts it came to, the log has said. */
  passOver({ recordings }: SimulatedDay): void {
    for (const some of recordings) {
      for (const { household, first } of some) {
        if (first === 0) this.cases++;
        household.hash = '';
      }
    }
  }

  /**
   * @param mayStand some of it may have been recorded already, by a run that was interrupted on this day
   * @param signal aborted, the rest of the day is left to the run that goes on
   */
  async record(
    day: number,
    { recordings, count }: SimulatedDay,
    { mayStand = false, signal }: { readonly mayStand?: boolean; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    let nth = 0;
    for (const some of recordings) {
      if (!mayStand) await this.lookUpHeads(some);
      for (const recording of some) {
        if (signal?.aborted) return;
        const recordedAt = this.clock.set(day, nth++, count);
        if (recording.household.refused) continue;
        if (mayStand) await this.recordAnew(recording, recordedAt);
        else await this.recordCase(recording, recordedAt);
      }
    }
  }

  /** Waits until everything is durable. @throws what the log said of the first that is not */
  async settle(): Promise<void> {
    while (this.waiting > 0) await this.answers();
    if (this.failure !== undefined) throw this.failure.error;
  }

  private async recordAnew(recording: Recording, recordedAt: string): Promise<void> {
    const { household, first, facts } = recording;
    const end = first + facts.length;
    const standing = await this.log.readStream(this.planned.streamOf(household));
    if (standing.length === first) {
      household.hash = standing.at(-1)?.hash ?? '';
      await this.recordCase(recording, recordedAt, true);
      await this.settle();
      return;
    }
    // What was recorded of it on later days, which is not planned yet, may stand there, too.
    const told = Math.min(standing.length, end);
    if (told !== end) this.mustBeRefused(recording, told, end);
    if (told < first) return;
    await this.mustHaveKeys(recording, told);
    this.facts += told - first;
    if (first === 0) this.cases++;
    household.hash = standing.at(-1)!.hash;
  }

  /**
   * A case that ends before its plan was told up to what the rules refused, which is decided anew.
   * @throws FactsLost nothing was refused there
   */
  private mustBeRefused({ household, plan }: Recording, events: number, planned: number): void {
    const facts = plan();
    const next = facts[events];
    const refusal =
      events < planned && next !== undefined ? this.planned.refusalOf(household, facts, events) : undefined;
    if (refusal === undefined) {
      throw new FactsLost(this.planned.streamOf(household), `has ${events} events, of which ${planned} were planned`);
    }
    this.refused.push({ caseId: this.planned.caseId(household), fact: next!.make(), refusal });
    household.refused = true;
  }

  /** @throws FactsLost what a case holds is sealed with a key that was not recorded */
  private async mustHaveKeys({ household, facts, first }: Recording, end: number): Promise<void> {
    const told = facts.slice(0, end - first).map(({ make }) => make());
    try {
      await this.keyring.load(told.flatMap((fact) => this.subjectsOf(fact, household)));
    } catch (error) {
      if ((error as Partial<CodedError>).code !== 'SUBJECT_KEY_MISSING') throw error;
      throw new FactsLost(this.planned.streamOf(household), 'is sealed with a key that is not there', { cause: error });
    }
  }

  private async recordCase(recording: Recording, recordedAt: string, mayStand = false): Promise<void> {
    const { household, first } = recording;
    while (this.underWay.has(household.number)) await this.answers();
    if (this.waiting >= IN_FLIGHT) await this.room();
    const commandId = this.planned.commandId(household, first);
    const events = await this.eventsOf(recording, commandId, recordedAt, mayStand);
    const { phase, nextOn } = household;
    if (nextOn === 0 && (phase === 'HOUSED' || phase === 'GONE')) this.told.forget(household.number);
    if (events.length === 0) return;
    this.facts += events.length;
    if (first === 0) this.cases++;
    const head: ExpectedHead = first === 0 ? 'no-stream' : { revision: first - 1, hash: household.hash };
    this.underWay.add(household.number);
    this.send(this.planned.streamOf(household), head, events, ({ hash }) => {
      household.hash = hash;
      this.underWay.delete(household.number);
    });
  }

  private send(
    stream: string,
    head: ExpectedHead,
    events: readonly NewEvent[],
    onAppended: (appended: Appended) => void = () => {},
  ): void {
    this.waiting++;
    this.outbox.push(() => {
      void this.log
        .append(stream, head, events)
        .then(onAppended, (error: unknown) => (this.failure ??= { error }))
        .then(() => {
          this.waiting--;
          this.onAnswer?.();
        });
    });
    if (this.outbox.length >= SENT_AT_ONCE) this.sendAll();
  }

  private sendAll(): void {
    for (const append of this.outbox.splice(0)) append();
  }

  private async room(): Promise<void> {
    while (this.waiting > IN_FLIGHT / 2 && this.failure === undefined) await this.answers();
    if (this.failure !== undefined) throw this.failure.error;
  }

  /** Resolves when the log has answered again. */
  private async answers(): Promise<void> {
    if (this.failure !== undefined) throw this.failure.error;
    this.sendAll();
    await new Promise<void>((resolve) => (this.onAnswer = resolve));
  }

  /** Decided one after the other; the first that is refused ends the telling of this household. */
  private async eventsOf(
    recording: Recording,
    commandId: string,
    recordedAt: string,
    mayStand: boolean,
  ): Promise<readonly NewEvent[]> {
    const { household, day, plan, first, facts } = recording;
    const today = dateOfEpochDay(day);
    const record = () => this.planned.recordOf(household, plan().slice(0, first + events.length));
    const events: NewEvent[] = [];
    for (const planned of facts) {
      const id = this.planned.eventId(household, planned.revision);
      const { actor, role, organisation } = this.speakers.of(planned.by, planned.place, household.number);
      const who: KeyRequester = {
        actor,
        causationId: commandId,
        commandId,
        correlationId: commandId,
        name: 'simulate',
        organisation,
        role,
      };
      const fact = planned.make();
      const isOpen = planned.amends === undefined && !FactSealing.concerns(fact);
      const command: CaseCommand = isOpen
        ? { do: 'record', fact, today }
        : await this.sealedCommand(planned, fact, household, { id, today, who, mayStand });
      const decision = this.told.tell(household.number, planned.revision, command, record);
      if (isRefusal(decision) || decision.length === 0) {
        const refusal = refusalIn(decision)!;
        this.refused.push({ caseId: this.planned.caseId(household), fact, refusal });
        household.refused = true;
        return events;
      }
      const { type, data, typeVersion } = caseCatalogue.write(decision[0]!);
      const metadata = metadataOf(who, recordedAt);
      events.push({ id, type, data, metadata: typeVersion === undefined ? metadata : { ...metadata, typeVersion } });
    }
    return events;
  }

  private async sealedCommand(
    planned: PlannedFact,
    fact: CaseFact,
    household: Household,
    given: {
      readonly id: string;
      readonly today: string;
      readonly who: KeyRequester;
      readonly mayStand: boolean;
    },
  ): Promise<CaseCommand> {
    const { id, today, who, mayStand } = given;
    if (planned.amends === undefined) {
      await this.bringIn(fact, household, who, mayStand);
      return {
        do: 'record',
        fact: await this.sealing.seal(fact, { household, eventId: id, place: planned.place }),
        today,
      };
    }
    const { target, how } = planned.amends;
    const eventId = this.planned.eventId(household, target.revision);
    const reason = await this.sealing.text({ household, eventId: id }, 'reason', 'Was recorded wrongly.');
    return how === 'RETRACT'
      ? { do: 'retract', eventId, reason, today }
      : { do: 'correct', eventId, fact, reason, today };
  }

  /** Keys for the case and for each person who is new in it. */
  private async bringIn(fact: CaseFact, household: Household, who: KeyRequester, mayStand: boolean): Promise<void> {
    for (const subject of this.subjectsOf(fact, household)) {
      if (mayStand) await this.keyring.ensure(subject, who);
      else {
        const { stream, event } = await this.keyring.ofNewSubject(subject, who);
        this.send(stream, 'no-stream', [event]);
      }
    }
  }

  /** Who is new in the case with this fact, the case itself included. */
  private subjectsOf(fact: CaseFact, household: Household): readonly string[] {
    const persons = membersOf(fact).map(({ personId }) => personId);
    return fact.type === 'PermitGranted' ? [this.planned.caseId(household), ...persons] : persons;
  }

  private async lookUpHeads(recordings: readonly Recording[]): Promise<void> {
    const unknown = recordings.filter(
      ({ household, first }) => first > 0 && household.hash === '' && !this.underWay.has(household.number),
    );
    for (let at = 0; at < unknown.length; at += 500) {
      const some = unknown.slice(at, at + 500);
      const streams = await this.log.readStreams(some.map(({ household }) => this.planned.streamOf(household)));
      for (const [index, events] of streams.entries()) {
        const recording = some[index]!;
        const standing = events === 'erased' ? [] : events;
        if (standing.length !== recording.first) this.mustBeRefused(recording, standing.length, recording.first);
        else recording.household.hash = standing.at(-1)!.hash;
      }
    }
  }
}

function membersOf(fact: CaseFact): readonly Member[] {
  if (fact.type === 'ChildBorn') return [fact.data.member];
  return fact.type === 'PermitGranted' || fact.type === 'FollowingFamilyArrived' ? fact.data.members : [];
}
