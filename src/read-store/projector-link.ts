import type { ProjectionParts } from '../projecting/load-views.ts';
import type { Notice, Parked, Projector, RebuildProgress } from '../projecting/projector.ts';
import type { ViewStatus } from '../projecting/view-status.ts';

/** The projector as the reading side sees it, in this thread or in another. */
export interface ProjectorLink {
  /** Id of the log it follows. */
  readonly logId: string;
  readonly referenceCategory: string;
  status(): Promise<readonly ViewStatus[]>;
  parked(): Promise<readonly Parked[]>;
  replay(stream: string): Promise<readonly Parked[]>;
  rebuild(
    views: readonly string[] | undefined,
    onProgress: (progress: RebuildProgress) => void,
    signal: AbortSignal,
  ): Promise<void>;
  caughtUp(): Promise<void>;
  damaged(id: string): void;
  close(): Promise<void>;
}

/** What goes to the worker. */
export type Request = { readonly number: number } & (
  | { readonly ask: 'status' | 'parked' | 'caughtUp' | 'stop' }
  | { readonly ask: 'replay'; readonly stream: string }
  | { readonly ask: 'rebuild'; readonly views: readonly string[] | undefined }
  | { readonly ask: 'abort'; readonly rebuild: number }
  | { readonly ask: 'damaged'; readonly id: string }
);

/** What comes from it. */
export type Message =
  | { readonly message: 'started'; readonly logId: string; readonly referenceCategory: string }
  | { readonly message: 'notice'; readonly notice: Notice }
  | { readonly message: 'progress'; readonly number: number; readonly progress: RebuildProgress }
  | { readonly message: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly message: 'error'; readonly number: number; readonly reason: string };

export function linkInline<History, Reference>(
  { log, model }: ProjectionParts<History, Reference>,
  projector: Projector<History, Reference>,
): ProjectorLink {
  return {
    logId: log.id,
    referenceCategory: model.referenceCategory,
    status: () => projector.status(),
    parked: () => Promise.resolve(projector.parked()),
    replay: (stream) => projector.replay(stream),
    rebuild: (views, onProgress, signal) => projector.rebuild(views, onProgress, signal),
    caughtUp: () => projector.caughtUp(),
    damaged: (id) => projector.damaged(id),
    close: () => projector.stop(),
  };
}
