import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { loadConfig } from '../src/config.ts';
import type { ProjectorConfig } from '../src/projections.ts';

/** What one process measures on a data folder, so that its memory is that of a rebuild and of nothing else. */
export interface RebuildRun {
  readonly events: number;
  readonly rebuildMs: number;
  readonly peakRssMiB: number;
  /** Reading and parsing the same events, alone, in the same process afterwards. */
  readonly readMs: number;
}

/** As it is built: what a thread takes to turn TypeScript into JavaScript is no part of a rebuild. */
const built = (file: string): string => new URL(`../dist/${file}.js`, import.meta.url).href;
const { createProjectorParts, projectorSettings } = (await import(
  built('projections')
)) as typeof import('../src/projections.ts');
const { openViews } = (await import(
  built('read-store/open-views')
)) as typeof import('../src/read-store/open-views.ts');

const config = loadConfig({ WOONSPOOR_DATA: process.argv[2]! });
const settings = projectorSettings(config);
const parts = await createProjectorParts(settings.config as ProjectorConfig);
const { dir } = settings;
if (existsSync(dir)) rmSync(dir, { recursive: true });
mkdirSync(dir);

// As the server does it: in threads of their own.
const began = performance.now();
const views = await openViews({ ...settings, onFailure: (view, reason) => console.error(view, reason) });
await views.caughtUp();
const rebuildMs = performance.now() - began;
const peakRssMiB = process.resourceUsage().maxRSS / 1024;
const parked = await views.parked();
if (parked.length > 0) throw new Error(`${parked.length} streams were parked: ${parked[0]!.reason}`);

let readMs = Infinity;
let events = 0;
for (let round = 0; round < 3; round++) {
  events = 0;
  const readBegan = performance.now();
  for (const category of [parts.model.category, parts.model.referenceCategory]) {
    for await (const stream of parts.log.readStreamByStream({ category })) events += stream.length;
  }
  readMs = Math.min(readMs, performance.now() - readBegan);
}
await views.close();
await parts.log.close();
const run: RebuildRun = { events, rebuildMs, peakRssMiB, readMs };
console.log(JSON.stringify(run));
