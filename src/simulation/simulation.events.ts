/** How a log was filled by a simulation: what it was made from, how far it is, and what it is for. */
export interface SimulationSettings {
  readonly seed: number;
  /** First and last day on which something is recorded (ISO dates). */
  readonly from: string;
  readonly until: string;
  /** 1: the whole country. */
  readonly scale: number;
}

export type SimulationEvent =
  | {
      readonly type: 'SimulationStarted';
      readonly data: SimulationSettings & {
        /** Of the parameters: another model would go on differently. */
        readonly model: string;
        /** True: the log is the demo, and a server on it stands on its last day. */
        readonly demo: boolean;
      };
    }
  /** Everything of that day, and before it, is recorded. */
  | { readonly type: 'DaySimulated'; readonly data: { readonly day: string; readonly facts: number } }
  | { readonly type: 'SimulationCompleted'; readonly data: { readonly facts: number; readonly cases: number } };

export const SIMULATION_STREAM = 'simulation-run';
