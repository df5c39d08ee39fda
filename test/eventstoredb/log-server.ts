import { EventStoreDouble } from './double/double.ts';
import { realServer } from './real-server.ts';

declare global {
  /** `double`: logs of the stories stand on the double; set by jest.config.mjs. */
  // oxlint-disable-next-line no-var -- only this declares a global
  var STORIES_ON: string | undefined;
}

/** Whether logs of the stories stand on a server: the one that WOONSPOOR_EVENTSTOREDB names, or the double. */
export const isOnServer = realServer !== undefined || globalThis.STORIES_ON === 'double';

let double: Promise<EventStoreDouble> | undefined;

/** The connection string of a log of its own. */
export async function logOnServer(name: string): Promise<string> {
  if (realServer !== undefined) return realServer(name);
  double ??= EventStoreDouble.start();
  return (await double).connectionString(`test${name}`);
}

/** For whoever used it last. */
export async function stopDouble(): Promise<void> {
  const stopping = double;
  double = undefined;
  (await stopping)?.stop();
}
