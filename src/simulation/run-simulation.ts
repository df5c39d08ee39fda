import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { dateOfEpochDay, epochDay } from '../event-sourcing/days.ts';
import { WrongExpectedHead, type EventLog } from '../event-sourcing/event-log.ts';
import type { Written } from '../event-sourcing/catalogue.ts';
import type { RecordedEvent } from '../event-sourcing/event.ts';
import { canonicalJson } from '../event-sourcing/hash-chain.ts';
import type { Keyring } from '../privacy/keyring.ts';
import { Draws } from './draws.ts';
import { IMPEDIMENT_PATTERNS, PARAMETERS } from './parameters.ts';
import type { Place } from './places.ts';
import { Recorder, type RefusedFact, type StampClock } from './recorder.ts';
import { RunJournal, type JournalParts } from './run-journal.ts';
import { SimulatedDays } from './simulated-days.ts';
import type { SimulationSettings } from './simulation.events.ts';

/** The log holds something else than what is asked for. */
export class LogNotForSimulation extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'LogNotForSimulation';
  }
}

/** Something else that becomes known on a day (days since 1970-01-01), before anything is recorded of households. */
export interface Notice extends Written {
  readonly day: number;
  readonly stream: string;
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
export interface SimulationParts extends JournalParts {
  readonly keyring: Keyring;
  readonly clock: StampClock;
}

/**
 * Says in the log what it is to hold: before anything else is written, so that wherever its making breaks off, it is known
 * what has to go on. Repeatable.
 * @throws LogNotForSimulation · errors of the log
 */
export async function beginSimulation(
  parts: JournalParts & Pick<SimulationParts, 'clock'>,
  { settings, demo }: Pick<SimulationRun, 'settings' | 'demo'>,
): Promise<RunJournal> {
  const { log, clock } = parts;
  const journal = await RunJournal.open(parts, settings);
  await checkLog(log, journal.started, settings, demo);
  if (journal.isOfAnother && journal.completed === undefined) throw new LogNotForSimulation(OF_ANOTHER);
  if (journal.started !== undefined) return journal;
  clock.set(epochDay(settings.from), 0, 1);
  await journal.write({ type: 'SimulationStarted', data: { ...settings, model: modelName(), demo } });
  try {
    await journal.settle();
  } catch (error) {
    throw error instanceof WrongExpectedHead ? new LogNotForSimulation(OF_ANOTHER) : error;
  }
  return journal;
}

const OF_ANOTHER =
  'another node is filling this log, or was stopped while it did: only that one, with its data folder, can go on';

/**
 * Fills a log that has no cases yet, or goes on where the same run was interrupted.
 * @throws LogNotForSimulation · FactsLost · errors of the log
 */
export async function runSimulation(parts: SimulationParts, run: SimulationRun): Promise<SimulationOutcome> {
  const { settings, places, notices = [], onProgress, signal } = run;
  const journal = await beginSimulation(parts, run);
  if (journal.completed !== undefined) return { ended: 'COMPLETED_BEFORE', ...journal.completed, refused: [] };
  const period = { from: epochDay(settings.from), until: epochDay(settings.until) };
  const finished = journal.finished ?? { day: period.from - 1, facts: 0 };
  const wasBegun = await holdsAny(parts.log, ['case', 'key']);
  const draws = new Draws(settings.seed);
  const recorder = new Recorder(parts.log, parts.keyring, parts.clock, { draws, places });
  recorder.facts = finished.facts;
  let day = period.from;
  onProgress?.(0, period.until - period.from + 1);
  const finishDayBefore = async () => {
    await recorder.settle();
    if (day - 1 <= finished.day) return;
    parts.clock.set(day - 1, 1, 1);
    await journal.write({ type: 'DaySimulated', data: { day: dateOfEpochDay(day - 1), facts: recorder.facts } });
  };
  const stopped = async () => {
    await recorder.settle();
    await journal.settle();
    return outcome('STOPPED', recorder);
  };
  for (const simulated of new SimulatedDays(draws, places, settings.scale, period).days()) {
    // Whoever wants to stop it must be heard, also while it only passes over what is done.
    await nextTurn();
    if (signal?.aborted) return stopped();
    // Only now, so that the log has written the day while the next was worked out.
    if ((day - period.from) % DAYS_AT_ONCE === 0) await finishDayBefore();
    if (day <= finished.day) recorder.passOver(simulated);
    else {
      parts.clock.set(day, 0, 1);
      for (const notice of notices) if (notice.day === day) await journal.notify(notice.stream, notice);
      // Of the days on which it was interrupted, some may stand in the log already.
      await recorder.record(day, simulated, { mayStand: wasBegun && day <= finished.day + DAYS_AT_ONCE, signal });
    }
    day++;
    onProgress?.(day - period.from, period.until - period.from + 1);
    // What is left of that day must not be taken for recorded when the next is worked out.
    if (signal?.aborted) return stopped();
  }
  await finishDayBefore();
  await journal.write({
    type: 'SimulationCompleted',
    data: { facts: recorder.facts, cases: recorder.cases },
  });
  await journal.settle();
  return outcome('COMPLETED', recorder);
}

/**
 * Days that are under way at once: waiting for each to be durable would leave the log idle in between. Always the same days,
 * so that a log does not show where its making was interrupted.
 */
const DAYS_AT_ONCE = 7;

/** Says which model this is: with other parameters an interrupted run would go on as another. */
export function modelName(): string {
  const text = canonicalJson({ parameters: PARAMETERS, impediments: IMPEDIMENT_PATTERNS, version: MODEL_VERSION });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** To be raised when the model changes otherwise than by its parameters. */
const MODEL_VERSION = 2;

function outcome(ended: SimulationOutcome['ended'], { facts, cases, refused }: Recorder): SimulationOutcome {
  return { ended, facts, cases, refused };
}

async function checkLog(
  log: EventLog,
  started: RecordedEvent | undefined,
  settings: SimulationSettings,
  demo: boolean,
): Promise<void> {
  if (started === undefined) {
    if (!(await holdsAny(log, ['case']))) return;
    throw new LogNotForSimulation('there are cases in this log: simulate into an empty data folder');
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

async function holdsAny(log: EventLog, categories: readonly string[]): Promise<boolean> {
  for await (const batch of log.readAll({ categories, batchSize: 1 })) if (batch.length > 0) return true;
  return false;
}
