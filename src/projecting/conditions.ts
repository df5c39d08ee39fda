interface Waiting {
  readonly isDone: () => boolean;
  readonly resolve: () => void;
}

/** Lets one wait until something is so. Whoever changes what others may wait for wakes them. */
export class Conditions {
  private readonly waiting = new Set<Waiting>();

  /** @throws the signal's reason */
  async until(isDone: () => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (isDone()) return;
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.waiting.delete(waiting);
        reject(signal.reason as Error);
      };
      const waiting = {
        isDone,
        resolve: () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      this.waiting.add(waiting);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  wake(): void {
    for (const waiting of this.waiting) {
      if (!waiting.isDone()) continue;
      this.waiting.delete(waiting);
      waiting.resolve();
    }
  }
}
