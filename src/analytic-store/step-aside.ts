import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

const THREADS = '/proc/self/task';
/** As `nice` counts: so much more than the rest of this process; 19 comes last of all. */
const BEHIND_OTHERS = 10;
const LAST = 19;

/**
 * Lets the engine step aside where another thread of this process wants its processor. Its queries run on the threads of libuv's pool
 * and on threads that are begun there, which have their name; nothing that answers a command waits for one of these. Only Linux
 * has a priority for each thread: elsewhere nothing is done.
 */
export function stepAside(): void {
  if (process.platform !== 'linux' || !existsSync(THREADS)) return;
  const priority = Math.min(getPriority() + BEHIND_OTHERS, LAST);
  for (const thread of readdirSync(THREADS)) {
    try {
      if (readFileSync(`${THREADS}/${thread}/comm`, 'utf8').trim() === 'libuv-worker')
        setPriority(Number(thread), priority);
    } catch {
      // It has just ended, or may not be changed: questions are answered all the same.
    }
  }
}
