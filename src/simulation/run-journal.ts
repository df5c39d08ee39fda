import { epochDay } from '../event-sourcing/days.ts';
import type { Written } from '../event-sourcing/catalogue.ts';
import type { Clock } from '../event-sourcing/clock.ts';
import type { EventLog, ExpectedHead } from '../event-sourcing/event-log.ts';
import type { EventMetadata, RecordedEvent } from '../event-sourcing/event.ts';
import { canonicalJson } from '../event-sourcing/hash-chain.ts';
import { derivedId, metadataOf } from '../event-sourcing/transact.ts';
import { SIMULATION_STREAM, type SimulationEvent, type SimulationSettings } from './simulation.events.ts';

export interface JournalParts {
  readonly log: EventLog;
  readonly clock: Clock;
  /** Who runs it, where several nodes share a log. */
  readonly runner?: string;
}

/** Whether the run whose first event has this id was begun by this runner. */
export function isOwnRun(id: string, settings: SimulationSettings, runner: string): boolean {
  return isBegunBy(id, nameOf(settings, runner));
}

function isBegunBy(id: string, run: string): boolean {
  return id === derivedId(run, '0');
}

function nameOf({ seed, from, until, scale }: SimulationSettings, runner: string): string {
  return `simulation ${seed} ${from} ${until} ${scale}${runner}`;
}

/** How far a run is, in the log itself. */
export class RunJournal {
  private readonly log: EventLog;
  private readonly clock: Clock;
  private readonly run: string;
  private readonly standing: readonly RecordedEvent[];
  private head: Promise<ExpectedHead>;
  private revision: number;

  private constructor(
    { log, clock, runner = '' }: JournalParts,
    settings: SimulationSettings,
    standing: readonly RecordedEvent[],
  ) {
    this.log = log;
    this.clock = clock;
    this.run = nameOf(settings, runner);
    this.standing = standing;
    const last = standing.at(-1);
    this.revision = last?.revision ?? -1;
    this.head = Promise.resolve(last === undefined ? 'no-stream' : { revision: last.revision, hash: last.hash });
  }

  static async open(parts: JournalParts, settings: SimulationSettings): Promise<RunJournal> {
    return new RunJournal(parts, settings, await parts.log.readStream(SIMULATION_STREAM));
  }

  /** What stood there when it was opened. */
  get started(): RecordedEvent | undefined {
    return this.standing[0];
  }

  /** Another runs it, or ran it, where several nodes share a log: its ids follow from who it is. */
  get isOfAnother(): boolean {
    return this.started !== undefined && !isBegunBy(this.started.id, this.run);
  }

  get completed(): { readonly facts: number; readonly cases: number } | undefined {
    const last = this.standing.at(-1);
    return last?.type === 'SimulationCompleted' ? (last.data as { facts: number; cases: number }) : undefined;
  }

  /** The last day of which everything is recorded, and the facts until then. */
  get finished(): { readonly day: number; readonly facts: number } | undefined {
    const last = this.standing.findLast(({ type }) => type === 'DaySimulated');
    if (last === undefined) return undefined;
    const { day, facts } = last.data as { readonly day: string; readonly facts: number };
    return { day: epochDay(day), facts };
  }

  /** Sent, not waited for: what it says must be durable already. @throws what the log said of the one before */
  async write({ type, data }: SimulationEvent): Promise<void> {
    const head = await this.head;
    const id = derivedId(this.run, `${++this.revision}`);
    const event = { id, type, data: { ...data }, metadata: this.metadata(id) };
    this.head = this.log.append(SIMULATION_STREAM, head, [event]);
    this.head.catch(() => {});
  }

  /** Waits until what was written is durable. @throws what the log said of it, if it is not */
  async settle(): Promise<void> {
    await this.head;
  }

  /** Records something that is not of the run itself, unless it stands already. */
  async notify(stream: string, { type, data, typeVersion }: Written): Promise<void> {
    const standing = await this.log.readStream(stream);
    const id = derivedId(this.run, canonicalJson([stream, type, data]));
    if (standing.some((event) => event.id === id)) return;
    const last = standing.at(-1);
    const head = last === undefined ? 'no-stream' : { revision: last.revision, hash: last.hash };
    const version = typeVersion === undefined ? {} : { typeVersion };
    await this.log.append(stream, head, [{ id, type, data, metadata: { ...this.metadata(id), ...version } }]);
  }

  private metadata(commandId: string): EventMetadata {
    const sender = { commandId, name: 'simulate', actor: 'woonspoor', role: 'system', organisation: 'woonspoor' };
    const caused = { ...sender, correlationId: commandId, causationId: commandId };
    return metadataOf(caused, this.clock.now().toISOString());
  }
}
