import { SingleBar } from 'cli-progress';

/** What a command ends with; the README lists them. */
export const EXIT = { done: 0, failed: 1, usage: 2, found: 3, leftOut: 4, interrupted: 130 } as const;

/** Signals that come closer together (ms) are one: a terminal sends it to all, and npm or a starter that gets it passes it on. */
const SAME_SIGNAL_MS = 250;

/** Aborts at the first Ctrl-C (or SIGTERM) so that work can stop cleanly; the second ends the process at once. */
export function interruptible(): AbortSignal {
  const stopping = new AbortController();
  let firstAtMs: number | undefined;
  const stop = () => {
    firstAtMs ??= performance.now();
    if (!stopping.signal.aborted) stopping.abort();
    else if (performance.now() - firstAtMs > SAME_SIGNAL_MS) process.exit(EXIT.interrupted);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return stopping.signal;
}

/** Whoever read what is printed has gone, as `head` does when it has enough. */
export class OutputClosed extends Error {}

/** Prints, and ends when more can be taken. @throws OutputClosed */
export async function output(text: string): Promise<void> {
  const fault = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) =>
    process.stdout.write(text, resolve),
  );
  if (fault?.code === 'EPIPE' || fault?.code === 'ERR_STREAM_DESTROYED') throw new OutputClosed();
  if (fault) throw fault;
}

/** `1 case`, `2,000 cases`; irregular plurals are given. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
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
