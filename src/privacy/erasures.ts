import { idOf } from '../event-sourcing/event.ts';
import type { Keyring } from './keyring.ts';

/** Brings news of erased key streams to the keyring, one after the other; what comes before there is one, when there is. */
export class Erasures {
  private readonly onFault: (error: unknown) => void;
  private keyring: Keyring | undefined;
  private waiting: string[] = [];
  private telling: Promise<void> = Promise.resolve();

  constructor(serverLog: { error(event: string, error: unknown): void }) {
    this.onFault = (error) => serverLog.error('erasure', error);
  }

  heard(streams: readonly string[]): void {
    this.waiting.push(...streams.map(idOf));
    if (this.keyring !== undefined) void this.tell(this.keyring);
  }

  async tell(keyring: Keyring): Promise<void> {
    this.keyring = keyring;
    this.telling = this.telling.then(async () => {
      const subjects = this.waiting.splice(0);
      await keyring.heardOfDestruction(subjects).catch((error: unknown) => {
        this.waiting.unshift(...subjects);
        this.onFault(error);
      });
    });
    await this.telling;
  }
}
