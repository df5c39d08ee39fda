import { streamName } from '../event-sourcing/event.ts';

/** How a log came to be, where it is the copy of another one. */
export type CopyingEvent =
  | { readonly type: 'LogCopyStarted'; readonly data: { readonly sourceLogId: string } }
  | {
      readonly type: 'LogCopyCompleted';
      readonly data: {
        readonly streams: number;
        readonly events: number;
        /** Over the heads of all streams, equal on both sides. */
        readonly heads: string;
        /** Streams that are erased in the copy. */
        readonly erased: number;
        /** Where the source ended, in its own positions. */
        readonly until: string;
        /** Streams of which nothing but that they were left out stands in the copy; absent: none. */
        readonly leftOut?: readonly string[];
      };
    };

export type LogCopyCompleted = Extract<CopyingEvent, { readonly type: 'LogCopyCompleted' }>;

/** Stands first in a copy, and is not copied on: it tells of this log, not of what is in it. */
export const ORIGIN_STREAM = streamName('copy', 'origin');
/** How far an unfinished copy is, so that it goes on there: latest-only. */
export const PROGRESS_STREAM = streamName('checkpoint', 'log-copy');
