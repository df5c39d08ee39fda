import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { dateOfEpochDay, epochDay } from '../event-sourcing/days.ts';
import type { EventLog, ExpectedHead } from '../event-sourcing/event-log.ts';
import { derivedId, metadataOf } from '../event-sourcing/transact.ts';
import type { EventMetadata, JsonObject, RecordedEvent } from '../event-sourcing/event.ts';
import { canonicalJson } from '../event-sourcing/hash-chain.ts';
import type { Keyring } from '../privacy/keyring.ts';
import { Draws } from './draws.ts';
import { IMPEDIMENT_PATTERNS, PARAMETERS } from './parameters.ts';
import type { Place } from './places.ts';
import { Recorder, type RefusedFact, type StampClock } from './recorder.ts';
import { SimulatedDays } from './simulated-days.ts';
import { SIMULATION_STREAM, type SimulationEvent, type SimulationSettings } from './simulation.events.ts';

/** The log holds something else than what is asked for. */
export class LogNotForSimulation extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'LogNotForSimulation';
  }
}

/** Something else that becomes known on a day (days since 1970-01-01), before anything is recorded of households. */
export interface Notice {
  readonly day: number;
  readonly stream: string;
  readonly type: string;
  readonly data: JsonObject;
}

export interface SimulationRun {
  readonly settings: SimulationSettings;
  readonly demo: boolean;
  readonly places: readonly Place[];
  readonly notices?: readonly Notice[];
  readonly onProgress?: (days: number, of: number) => void;
  readonly signal?: AbortSignal;
}

export interface SimulationOutcome {
  /** `STOPPED`: the same run goes on from there. */
  readonly ended: 'COMPLETED' | 'STOPPED' | 'COMPLETED_BEFORE';
  readonly facts: number;
  readonly cases: number;
  readonly refused: readonly RefusedFact[];
}

/** The log, keys for it, and the clock that both tell the time by. */
export interface SimulationParts {
  readonly log: EventLog;
  readonly keyring: Keyring;
  readonly clock: StampClock;
}

/**
 * Fills a log that has no cases yet, or goes on where the same run was interrupted.
 * @throws LogNotForSimulation · errors of the log
 */
export async function runSimulation(parts: SimulationParts, run: SimulationRun): Promise<SimulationOutcome> {
  const { settings, demo, places, notices = [], onProgress, signal } = run;
  const standing = await parts.log.readStream(SIMULATION_STREAM);
  const journal = new Journal(parts, settings, standing);
  await checkLog(parts.log, standing, settings, demo);
  if (standing.at(-1)?.type === 'SimulationCompleted') {
    const { facts, cases } = standing.at(-1)!.data as { facts: number; cases: number };
    return { ended: 'COMPLETED_BEFORE', facts, cases, refused: [] };
  }
  const period = { from: epochDay(settings.from), until: epochDay(settings.until) };
  if (standing.length === 0) {
    parts.clock.set(period.from, 0, 1);
    await journal.write({ type: 'SimulationStarted', data: { ...settings, model: modelName(), demo } });
  }
  const doneUntil = lastDayOf(standing);
  const draws = new Draws(settings.seed);
  const recorder = new Recorder(parts.log, parts.keyring, parts.clock, { draws, places });
  let day = period.from;
  for (const recordings of new SimulatedDays(draws, places, settings.scale, period).days()) {
    // Whoever wants to stop it must be heard, also while it only passes over what is done.
    await nextTurn();
    if (signal?.aborted) {
      await recorder.settle();
      return outcome('STOPPED', recorder);
    }
    if (day <= doneUntil) recorder.passOver(recordings);
    else {
      for (const notice of notices) if (notice.day === day) await journal.notify(notice);
      // Of the day on which it was interrupted, some may stand in the log already.
      await recorder.record(day, recordings, standing.length > 0 && day === Math.max(doneUntil + 1, period.from));
      parts.clock.set(day, 1, 1);
      await journal.write({ type: 'DaySimulated', data: { day: dateOfEpochDay(day), facts: recorder.facts } });
    }
    day++;
    onProgress?.(day - period.from, period.until - period.from + 1);
  }
  await recorder.settle();
  await journal.write({
    type: 'SimulationCompleted',
    data: { facts: recorder.facts, cases: recorder.cases },
  });
  await journal.settle();
  return outcome('COMPLETED', recorder);
}

/** Says which model this is: with other parameters an interrupted run would go on as another. */
export function modelName(): string {
  const text = canonicalJson({ parameters: PARAMETERS, impediments: IMPEDIMENT_PATTERNS, version: MODEL_VERSION });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** To be raised when the model changes otherwise than by its parameters. */
const MODEL_VERSION = 1;

function outcome(ended: SimulationOutcome['ended'], { facts, cases, refused }: Recorder): SimulationOutcome {
  return { ended, facts, cases, refused };
}

function lastDayOf(standing: readonly RecordedEvent[]): number {
  const last = standing.findLast(({ type }) => type === 'DaySimulated');
  return last === undefined ? -Infinity : epochDay((last.data as { readonly day: string }).day);
}

async function checkLog(
  log: EventLog,
  standing: readonly RecordedEvent[],
  settings: SimulationSettings,
  demo: boolean,
): Promise<void> {
  const [started] = standing;
  if (started === undefined) {
    for await (const batch of log.readAll({ categories: ['case'], batchSize: 1 })) {
      if (batch.length > 0)
        throw new LogNotForSimulation('there are cases in this log: simulate into an empty data folder');
    }
    return;
  }
  const wanted = { ...settings, demo, model: modelName() };
  if (canonicalJson(started.data) === canonicalJson(wanted)) return;
  const { seed, from, until, scale, model } = started.data as unknown as SimulationSettings & {
    readonly model: string;
  };
  throw new LogNotForSimulation(
    `this log was filled by another simulation (--seed ${seed} --from ${from} --until ${until} --scale ${scale}` +
      `${model === wanted.model ? '' : ', with another model than this program has'}): only that one can go on in it`,
  );
}

/** How far the run is, in the log itself. */
class Journal {
  private readonly parts: SimulationParts;
  private readonly run: string;
  private head: Promise<ExpectedHead>;
  private revision: number;

  constructor(parts: SimulationParts, settings: SimulationSettings, standing: readonly RecordedEvent[]) {
    this.parts = parts;
    const { seed, from, until, scale } = settings;
    this.run = `simulation ${seed} ${from} ${until} ${scale}`;
    const last = standing.at(-1);
    this.revision = last?.revision ?? -1;
    this.head = Promise.resolve(last === undefined ? 'no-stream' : { revision: last.revision, hash: last.hash });
  }

  /** Sent after all that has been sent before it, so that it is not durable before they are. */
  async write({ type, data }: SimulationEvent): Promise<void> {
    const head = await this.head;
    const id = derivedId(this.run, `${++this.revision}`);
    const event = { id, type, data: { ...data }, metadata: this.metadata(id) };
    this.head = this.parts.log.append(SIMULATION_STREAM, head, [event]);
    this.head.catch(() => {});
  }

  /** Unless it stands already. */
  async notify({ day, stream, type, data }: Notice): Promise<void> {
    this.parts.clock.set(day, 0, 1);
    const standing = await this.parts.log.readStream(stream);
    const id = derivedId(this.run, canonicalJson([stream, type, data]));
    if (standing.some((event) => event.id === id)) return;
    const last = standing.at(-1);
    const head = last === undefined ? 'no-stream' : { revision: last.revision, hash: last.hash };
    await this.parts.log.append(stream, head, [{ id, type, data, metadata: this.metadata(id) }]);
  }

  private metadata(commandId: string): EventMetadata {
    const sender = { commandId, name: 'simulate', actor: 'woonspoor', role: 'system', organisation: 'woonspoor' };
    const caused = { ...sender, correlationId: commandId, causationId: commandId };
    return metadataOf(caused, this.parts.clock.now().toISOString());
  }

  async settle(): Promise<void> {
    await this.head;
  }
}
