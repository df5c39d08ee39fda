import { loadConfig } from '../src/config.ts';

/** What one process measures that builds all a node has anew from the log on a server. */
export interface NodeRebuild {
  readonly copyMs: number;
  readonly viewsMs: number;
  readonly peakRssMiB: number;
}

/** As it is built: what a thread takes to turn TypeScript into JavaScript is no part of a rebuild. */
const built = (file: string): string => new URL(`../dist/${file}.js`, import.meta.url).href;
const { projectorSettings } = (await import(built('projections'))) as typeof import('../src/projections.ts');
const { openViews } = (await import(
  built('read-store/open-views')
)) as typeof import('../src/read-store/open-views.ts');
const { openEngine } = (await import(built('log-engine'))) as typeof import('../src/log-engine.ts');
const { withLocalCopy } = (await import(built('opened-log'))) as typeof import('../src/opened-log.ts');

const config = loadConfig(process.env);
const began = performance.now();
const log = await withLocalCopy(config, await openEngine(config.log, { mode: 'write' }));
const copyMs = performance.now() - began;
const views = await openViews({
  ...projectorSettings(config),
  onFailure: (view, reason) => console.error(view, reason),
});
await views.caughtUp();
const viewsMs = performance.now() - began - copyMs;
const parked = await views.parked();
if (parked.length > 0) throw new Error(`${parked.length} streams were parked: ${parked[0]!.reason}`);
await views.close();
await log.close();
const run: NodeRebuild = { copyMs, viewsMs, peakRssMiB: process.resourceUsage().maxRSS / 1024 };
console.log(JSON.stringify(run));
