import type { ParkedReaction, ProcessRunner } from '../event-sourcing/process-manager.ts';

export type ParkedReactionOf = ParkedReaction & { readonly process: string };

/** What the processes of this server could not do. */
export class Reactions {
  private readonly processes: readonly ProcessRunner[];
  constructor(processes: readonly ProcessRunner[]) {
    this.processes = processes;
  }

  parked(): readonly ParkedReactionOf[] {
    return this.processes.flatMap((one) => one.status().parked.map((it) => ({ process: one.name, ...it })));
  }
}
