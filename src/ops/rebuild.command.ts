import type { Config } from '../config.ts';
import { openEngine } from '../log-engine.ts';
import { withLocalCopy } from '../opened-log.ts';
import { projectorSettings, VIEW_NAMES } from '../projections.ts';
import { openViews } from '../read-store/open-views.ts';
import type { RebuildProgress } from '../read-store/views.ts';
import { operate, runningServer, type RunningServer } from './running-server.ts';
import { EXIT, progressBar, type Progress } from './terminal.ts';

/** Through the running server if there is one, which swaps the new views in; else on the files themselves. */
export async function rebuild(config: Config, signal: AbortSignal, view?: string): Promise<number> {
  if (view !== undefined && !VIEW_NAMES.includes(view)) {
    console.error(`There is no view ${view}; there are ${VIEW_NAMES.join(', ')}.`);
    return EXIT.usage;
  }
  const bar = progressBar(`Rebuilding ${view ?? 'all views'}`, 'events');
  try {
    const server = runningServer(config);
    if (server === undefined || !(await rebuildThere(server, signal, view, bar)))
      await rebuildHere(config, signal, view, bar);
    bar.end();
    console.log(`${view ?? 'All views'}: rebuilt.`);
    return EXIT.done;
  } finally {
    bar.end();
  }
}

/** False if nobody answers there any more. */
async function rebuildThere(
  server: RunningServer,
  signal: AbortSignal,
  view: string | undefined,
  bar: Progress,
): Promise<boolean> {
  const response = await operate(server, 'rebuilds', signal, view === undefined ? {} : { view });
  if (response === undefined) return false;
  if (!response.ok || response.body === null) throw new Error(`the running server answered ${response.status}`);
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const said = JSON.parse(line) as RebuildProgress | { done: true } | { failed: string };
      if ('failed' in said) throw new Error(said.failed);
      if ('done' in said) return true;
      bar(said.events, said.of);
    }
  }
  throw new Error('the running server stopped before the rebuild was done; start again to go on from there');
}

async function rebuildHere(
  config: Config,
  signal: AbortSignal,
  view: string | undefined,
  bar: Progress,
): Promise<void> {
  // Opened to write, so that no server starts meanwhile.
  const engine = await openEngine(config.log, { mode: 'write' });
  let log = engine;
  try {
    log = await withLocalCopy(config, engine, { onProgress: bar });
    const views = await openViews({
      ...projectorSettings(config),
      onFailure: (_view, reason) => console.error(reason),
    });
    try {
      await views.rebuild(view, ({ events, of }) => bar(events, of), signal);
    } finally {
      await views.close();
    }
  } finally {
    await log.close();
  }
}
