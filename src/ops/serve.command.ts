import { rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { filesOf, type Config } from '../config.ts';
import { openServer } from '../main.ts';
import { EXIT } from './terminal.ts';

/** Runs the server until it is told to stop; then lets what is under way finish. */
export async function serve(config: Config, signal: AbortSignal): Promise<number> {
  const server = await openServer(config);
  const { serverUrl } = filesOf(config);
  writeFileSync(serverUrl, server.url);
  console.error(`Woonspoor answers on ${server.url}/v1 — start reading at ${server.url}/v1/docs`);
  if (config.fixedDay !== undefined) console.error(`Its clock stands on ${config.fixedDay}.`);
  console.error(`Data are in ${config.dataFolder}. Ctrl-C stops.`);
  if (!signal.aborted) await once(signal, 'abort');
  rmSync(serverUrl, { force: true });
  await server.stop();
  return EXIT.done;
}
