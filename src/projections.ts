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
  readonly masterKey: MasterKeySource;
  readonly erasedKeysFile: string;
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

/** For the projector's thread: its own log, opened to read, and its own keys. */
export async function createProjectorParts(config: ProjectorConfig): Promise<ProjectionParts<CaseHistory, Reference>> {
  const log = await openEngine(config.log, { mode: 'read' });
  const masterKey = await openMasterKey(config.masterKey, log);
  const erasedKeys = new ErasedKeys(config.erasedKeysFile);
  const keyring = new Keyring({ log, masterKey, clock: new SystemClock(), erasedKeys });
  return projectionParts(log, keyring, await BlindIndex.under(masterKey));
}

/** What the projector's thread is started with: where the views are, and this module to make its parts. */
export function projectorSettings(config: Config): WorkerSettings {
  const files = filesOf(config);
  const parts: ProjectorConfig = {
    log: 'file' in config.log ? config.log : { file: files.logCopy },
    masterKey: config.masterKey,
    erasedKeysFile: files.erasedKeys,
  };
  return { dir: files.views, module: import.meta.url, config: parts, crashAt: config.crashAt };
}
