import { StreamDamaged, type EventLog } from '../event-sourcing/event-log.ts';
import type { Json, Position } from '../event-sourcing/event.ts';
import {
  checkpointStream,
  PROCESS_CHECKPOINTED,
  type Checkpoint,
  type ParkedReaction,
  type ProcessManager,
} from '../event-sourcing/process-manager.ts';
import { CopyRefused, type CopyScribe } from './origin.ts';

/** What a process manager reacts to. */
export type Reactor = Omit<ProcessManager, 'react'>;

/** How the source is read. */
export interface Reading {
  readonly until: Position;
  /** Streams that are left out because they are damaged: of those nothing can be told but what can be read. */
  readonly leaveOut: ReadonlySet<string>;
}

/** How far a process manager was, in the source. */
export interface Standing {
  readonly reactor: Reactor;
  readonly checkpoint: Checkpoint;
}

interface Unreacted {
  readonly count: number;
  /** The first of them. */
  readonly events: readonly ParkedReaction[];
}

/** So many can be left to be done in the target; behind by more, it begins anew there: the repeats of its commands are known. */
const MOST_LEFT = 1_000;
const REASON = 'not reacted to yet when the log was copied';

/** To be asked before where the log ends: what was done up to a checkpoint then stands before that end. */
export async function standingsIn(source: EventLog, reactors: readonly Reactor[]): Promise<readonly Standing[]> {
  return Promise.all(
    reactors.map(async (reactor) => {
      const last = (await source.readStream(checkpointStream(reactor.name))).at(-1);
      const checkpoint = last ? (last.data as unknown as Checkpoint) : { position: null, parked: [] };
      return { reactor, checkpoint };
    }),
  );
}

/** @throws CopyRefused something was recorded that a process manager has not reacted to */
export async function refuseUnlessCaughtUp(
  source: EventLog,
  standings: readonly Standing[],
  reading: Reading,
): Promise<void> {
  for (const standing of standings) {
    const { count, events } = await unreactedOf(source, standing, reading);
    const [first] = events;
    if (first === undefined) continue;
    throw new CopyRefused(
      `the process "${standing.reactor.name}" has not reacted yet to ${count === 1 ? 'one event' : `${count} events`} of the source, the first ` +
        `${first.stream} event ${first.revision}: run the server on it for a moment, stop it, and copy then`,
    );
  }
}

/**
 * A checkpoint says that everything up to its position is done, or parked. Positions are the target's own and follow another
 * order, so the one that says the same there is its end; what is not done is parked, as are the reactions parked before. Of a
 * stream that was left out nothing is: the target holds no event of it to react to.
 */
export async function carryOver(
  { source, target, scribe }: { readonly source: EventLog; readonly target: EventLog; readonly scribe: CopyScribe },
  standings: readonly Standing[],
  reading: Reading,
): Promise<void> {
  const position = (await target.head())!;
  for (const standing of standings) {
    const { reactor, checkpoint } = standing;
    // It has done nothing, or so little that it does all of it again.
    if (checkpoint.position === null) continue;
    const unreacted = await unreactedOf(source, standing, reading);
    if (unreacted.count > MOST_LEFT) continue;
    const parked = [...checkpoint.parked, ...unreacted.events].filter(({ stream }) => !reading.leaveOut.has(stream));
    const data = { position, parked: parked as unknown as Json };
    await scribe.replaceLatest(checkpointStream(reactor.name), PROCESS_CHECKPOINTED, data);
  }
}

async function unreactedOf(
  source: EventLog,
  { reactor, checkpoint }: Standing,
  { until, leaveOut }: Reading,
): Promise<Unreacted> {
  const categories = [reactor.category];
  const events: ParkedReaction[] = [];
  let count = 0;
  for (let after = checkpoint.position; ;) {
    try {
      for await (const batch of source.readAll({ categories, until, ...(after === null ? {} : { after }) })) {
        for (const { stream, revision, type } of batch) {
          if (!reactor.types.includes(type)) continue;
          count++;
          if (events.length < MOST_LEFT) events.push({ stream, revision, reason: REASON });
        }
      }
      return { count, events };
    } catch (error) {
      if (!(error instanceof StreamDamaged) || error.event === undefined || !leaveOut.has(error.stream)) throw error;
      after = error.event.position;
    }
  }
}
