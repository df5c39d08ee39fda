import 'reflect-metadata';
import { parentPort, workerData } from 'node:worker_threads';
import { once } from 'node:events';
import { openEngine } from '../log-engine.ts';
import type { LogPlace } from '../log-place.ts';
import { plannedCases } from './planned-cases.ts';
import { planningRules } from './planning-rules.ts';
import { References } from './references.ts';

/** What the thread is started with. */
export interface PlanningThreadData {
  readonly file: string;
  readonly place: LogPlace;
  readonly today: string;
  readonly secret: string;
  readonly organisation: string;
}

/** A file of millions of rows is read no faster than it is written. */
const BATCHES_AHEAD = 4;

const { file, place, today, secret, organisation } = workerData as PlanningThreadData;
const log = await openEngine(place, { mode: 'read' });
const references = new References(secret, organisation);
let ahead = 0;
parentPort!.on('message', () => ahead--);
for await (const cases of plannedCases(log, file, references, await planningRules(log, today))) {
  // One text costs a fraction of what copying the objects would.
  parentPort!.postMessage(JSON.stringify(cases));
  ahead++;
  while (ahead >= BATCHES_AHEAD) await once(parentPort!, 'message');
}
parentPort!.postMessage('');
await log.close();
parentPort!.close();
