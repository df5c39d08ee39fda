import type { ParkedReaction, ProcessRunner } from '../event-sourcing/process-manager.ts';

export type ParkedReactionOf = ParkedReaction & {
  readonly process: string;
  /** When it is tried again; null: at this moment. */
  readonly nextRetryAt: string | null;
};

/** What the processes of this server could not do. */
export class Reactions {
  private readonly processes: readonly ProcessRunner[];
  constructor(processes: readonly ProcessRunner[]) {
    this.processes = processes;
  }

  parked(): readonly ParkedReactionOf[] {
    return this.processes.flatMap((one) => {
      const { name, nextRetryAt } = one;
      return one.status().parked.map((it) => ({ process: name, ...it, nextRetryAt }));
    });
  }
}
