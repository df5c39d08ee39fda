import type { EventLog } from '../event-sourcing/event-log.ts';
import { SIMULATION_STREAM, type SimulationEvent, type SimulationSettings } from './simulation.events.ts';

/** The demonstration: the country up to the day of the letter to parliament. */
export const DEMO: SimulationSettings = { seed: 2017, from: '2016-01-01', until: '2017-02-23', scale: 1 };

export interface SimulationStanding {
  readonly isDemo: boolean;
  /** The day on which it ends: its last. */
  readonly day: string;
  /** Of its first event: tells who began it. */
  readonly id: string;
  /** False: its making was interrupted. */
  readonly isComplete: boolean;
}

/** The simulation that filled a log, and how far it is; undefined: none did. */
export async function simulationIn(log: EventLog): Promise<SimulationStanding | undefined> {
  const events = await log.readStream(SIMULATION_STREAM);
  const started = events[0] as unknown as SimulationEvent | undefined;
  if (started?.type !== 'SimulationStarted') return undefined;
  const { demo: isDemo, until: day } = started.data;
  return { isDemo, day, id: events[0]!.id, isComplete: events.at(-1)!.type === 'SimulationCompleted' };
}
