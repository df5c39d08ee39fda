import { SingleBar } from 'cli-progress';

/** What a command ends with; the README lists them. */
export const EXIT = { done: 0, failed: 1, usage: 2, found: 3, leftOut: 4, interrupted: 130 } as const;

/** Aborts at the first Ctrl-C (or SIGTERM) so that work can stop cleanly; the second ends the process at once. */
export function interruptible(): AbortSignal {
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) process.exit(EXIT.interrupted);
    stopping.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return stopping.signal;
}

export interface Progress {
  (done: number, total: number): void;
  /** Leaves the line as it is and moves on. */
  end(): void;
}

/** A bar on a terminal, a line every two seconds elsewhere; on standard error, so that output can be piped. */
export function progressBar(label: string, unit: string): Progress {
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${label} {bar} {percentage}%  {value}/{total} ${unit}  {duration_formatted}`,
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 2000,
  });
  let started = false;
  const report = (done: number, total: number) => {
    if (!started) bar.start(total, done);
    started = true;
    bar.setTotal(Math.max(total, done));
    bar.update(done);
  };
  return Object.assign(report, {
    end: () => {
      if (started) bar.stop();
    },
  });
}
