import type { RowsThread } from './case-table/case-rows-thread.ts';
import { caseTableProjection } from './case-table/case-table.projection.ts';
import { caseListProjection } from './cases/case-list.projection.ts';
import { caseModel, type CaseHistory } from './journey/case-history.ts';
import { normTermsProjection } from './cases/norm-terms.projection.ts';
import { SEARCH_VIEW, searchProjection } from './cases/search.projection.ts';
import { filesOf, type Config } from './config.ts';
import { SystemClock } from './event-sourcing/clock.ts';
import type { EventLog } from './event-sourcing/event-log.ts';
import { openEngine } from './log-engine.ts';
import type { LogPlace } from './log-place.ts';
import type { ProjectionParts } from './projecting/load-views.ts';
import { BlindIndex } from './privacy/blind-index.ts';
import { ErasedKeys } from './privacy/erased-keys.ts';
import { Keyring } from './privacy/keyring.ts';
import { integrationProjection } from './integration/integration.projection.ts';
import { openMasterKey, type MasterKeySource } from './privacy/master-key.ts';
import { realisationProjection } from './quota/realisation.projection.ts';
import type { WorkerSettings } from './read-store/projector-worker-link.ts';
import type { Reference } from './reference/reference.ts';

/** What a thread that makes views must be told; plain data. */
export interface ProjectorConfig {
  readonly log: LogPlace;
  /** Undefined: of views that open nothing that is sealed. */
  readonly keys?: { readonly masterKey: MasterKeySource; readonly erasedKeysFile: string };
}

/** Those that keep every day first: the history of a day is then built on the one before. */
const KEYLESS = [normTermsProjection, realisationProjection, integrationProjection, caseListProjection];

/** Names of all views. */
export const VIEW_NAMES: readonly string[] = [...KEYLESS.map(({ name }) => name), SEARCH_VIEW];

/** The views of the product on a log, and what makes their rows. */
export function projectionParts(
  log: EventLog,
  keyring: Keyring,
  blindIndex: BlindIndex,
): ProjectionParts<CaseHistory, Reference> {
  return {
    log,
    model: caseModel,
    projections: [...KEYLESS, searchProjection(blindIndex)],
    loadOpener: (subjects) => keyring.load(subjects),
  };
}

/** What the event table of the cases is made of, which stands apart from the views: analysis has no keys, and nobody waits for it. */
function caseTableParts(log: EventLog): ProjectionParts<CaseHistory, Reference> {
  const loadOpener = () => Promise.resolve(() => undefined);
  return { log, model: caseModel, projections: [caseTableProjection], loadOpener };
}

/** For the projector's thread: its own log, opened to read, and its own keys. */
export async function createProjectorParts({
  log: place,
  keys,
}: ProjectorConfig): Promise<ProjectionParts<CaseHistory, Reference>> {
  const log = await openEngine(place, { mode: 'read' });
  if (keys === undefined) return caseTableParts(log);
  const masterKey = await openMasterKey(keys.masterKey, log);
  const erasedKeys = new ErasedKeys(keys.erasedKeysFile);
  const keyring = new Keyring({ log, masterKey, clock: new SystemClock(), erasedKeys });
  return projectionParts(log, keyring, await BlindIndex.under(masterKey));
}

/** What the projector's thread is started with: where the views are, and this module to make its parts. */
export function projectorSettings(config: Config): WorkerSettings {
  const { views, erasedKeys } = filesOf(config);
  const parts: ProjectorConfig = {
    log: readLog(config),
    keys: { masterKey: config.masterKey, erasedKeysFile: erasedKeys },
  };
  return { dir: views, module: import.meta.url, config: parts, crashAt: config.crashAt };
}

/** The same for the thread that works out the rows of the event table of the cases. */
export function caseTableSettings(config: Config): RowsThread {
  const parts: ProjectorConfig = { log: readLog(config) };
  return { module: import.meta.url, config: parts };
}

function readLog(config: Config): LogPlace {
  return 'file' in config.log ? config.log : { file: filesOf(config).logCopy };
}
