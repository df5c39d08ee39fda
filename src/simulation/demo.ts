import type { EventLog } from '../event-sourcing/event-log.ts';
import { SIMULATION_STREAM, type SimulationEvent, type SimulationSettings } from './simulation.events.ts';

/** The demonstration: the country up to the day of the letter to parliament. */
export const DEMO: SimulationSettings = { seed: 2017, from: '2016-01-01', until: '2017-02-23', scale: 1 };

export interface DemoStanding {
  /** The day on which it stands: its last. */
  readonly day: string;
  /** False: its making was interrupted. */
  readonly isComplete: boolean;
}

/** Whether a log is the demonstration, and how far it is; undefined: it is not. */
export async function demoIn(log: EventLog): Promise<DemoStanding | undefined> {
  const events = await log.readStream(SIMULATION_STREAM);
  const started = events[0] as unknown as SimulationEvent | undefined;
  if (started?.type !== 'SimulationStarted' || !started.data.demo) return undefined;
  return { day: started.data.until, isComplete: events.at(-1)!.type === 'SimulationCompleted' };
}
