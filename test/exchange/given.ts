import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FactDraft } from '../../src/casework/fact-drafts.ts';
import { caseStream } from '../../src/cases/case-reading.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { FixedDayClock } from '../../src/event-sourcing/clock.ts';
import { amsterdamDay } from '../../src/event-sourcing/days.ts';
import type { EventLog } from '../../src/event-sourcing/event-log.ts';
import type { JsonObject } from '../../src/event-sourcing/event.ts';
import { checkCaseFile } from '../../src/exchange/check-file.ts';
import { exportCases } from '../../src/exchange/export-cases.ts';
import { importCases, type ImportCounts } from '../../src/exchange/import-cases.ts';
import { plannedCases } from '../../src/exchange/planned-cases.ts';
import { References } from '../../src/exchange/references.ts';
import type { RowFault } from '../../src/exchange/row-draft.ts';
import { caseHistory, type CaseHistory } from '../../src/journey/case-history.ts';
import { openAll, subjectsOf } from '../../src/cases/opening.ts';
import { ErasedKeys } from '../../src/privacy/erased-keys.ts';
import { Keyring } from '../../src/privacy/keyring.ts';
import { LocalMasterKey } from '../../src/privacy/master-key.ts';

export const IMPORT_DAY = '2018-05-01';
/** Of the right form, and none all the same. */
export const NO_MUNICIPALITY = 'GM9999';
export const IMPORTER = { actor: 'import', role: 'ADMINISTRATOR', organisation: 'GM0344' };

/** Of a copy of a case: what stands otherwise in it. */
export interface Copied {
  readonly caseId: string;
  /** Of its holder; the box stays as it is. */
  readonly personId: string;
}

/** A case under another id, as it comes to be by a fault of a disk or a program: what is sealed in it cannot be opened. */
export async function copyCase(log: EventLog, of: string, { caseId, personId }: Copied): Promise<void> {
  const [granted] = await log.readStream(caseStream(of));
  const { id, type, data, metadata } = granted!;
  const { personId: holder } = (data as unknown as { members: [{ personId: string }] }).members[0];
  const changed = JSON.parse(JSON.stringify(data).replaceAll(holder, personId)) as JsonObject;
  await log.append(caseStream(caseId), 'no-stream', [{ id, type, data: changed, metadata }]);
}

/** A log in memory with keys of its own, into which files are imported on one day. */
export class ImportingLog {
  readonly log: EventLog = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  readonly folder = mkdtempSync(join(tmpdir(), 'woonspoor-exchange-'));
  readonly keyring: Keyring;
  readonly clock: FixedDayClock;

  constructor(today = IMPORT_DAY) {
    this.clock = new FixedDayClock(today);
    const masterKey = new LocalMasterKey(new Map([[1, randomBytes(32)]]));
    const erasedKeys = new ErasedKeys(join(this.folder, 'erased.txt'));
    this.keyring = new Keyring({ log: this.log, masterKey, clock: this.clock, erasedKeys });
  }

  get file(): string {
    return join(this.folder, 'cases.csv');
  }

  /** @param text of the file; what was written there before, if none is given */
  async import(
    text?: string,
    organisation = IMPORTER.organisation,
  ): Promise<ImportCounts & { readonly faults: readonly (RowFault & { case: string })[] }> {
    if (text !== undefined) writeFileSync(this.file, text);
    await checkCaseFile(this.file);
    const faults: (RowFault & { case: string })[] = [];
    const importer = { ...IMPORTER, organisation };
    const command = { ...importer, commandId: 'import', name: 'importCases', correlationId: '', causationId: '' };
    const references = new References(await References.secretOf(this.keyring, command), organisation);
    const rules = {
      today: amsterdamDay(this.clock.now().toISOString()),
      limitsOn: () => ({ maximumExtensionDays: null, maximumSuspensionDays: null }),
      faultOf: ({ data }: FactDraft) =>
        'municipality' in data && data.municipality === NO_MUNICIPALITY
          ? { column: 'municipality', code: 'MUNICIPALITY_UNKNOWN', reason: 'There is no such municipality.' }
          : undefined,
    };
    const counts = await importCases(this, plannedCases(this.log, this.file, references, rules), {
      importer,
      onFaults: (reference, found) => faults.push(...found.map((fault) => ({ case: reference, ...fault }))),
    });
    return { ...counts, faults };
  }

  /** @param onUnreadable is told of a case that cannot be read; without it, that is an error */
  async export(onUnreadable = unexpected): Promise<string> {
    const parts: string[] = [];
    const signal = new AbortController().signal;
    for await (const part of exportCases(this, { signal, onUnreadable })) parts.push(part);
    return parts.join('');
  }

  async histories(): Promise<readonly CaseHistory[]> {
    const histories: CaseHistory[] = [];
    for await (const events of this.log.readStreamByStream({ category: 'case' })) histories.push(caseHistory(events));
    return histories;
  }

  /** The events of every case as they were meant: opened, without the day on which they were put right. */
  async told(): Promise<Readonly<Record<string, readonly unknown[]>>> {
    const told: Record<string, readonly unknown[]> = {};
    for (const history of await this.histories()) {
      const open = await this.keyring.load(subjectsOf(history));
      told[history.caseId] = history.events
        .filter(({ type }) => type !== 'PersonalDataErased')
        .map(({ id, type, data }) => {
          const { occurredOn, ...others } = openAll(data, id, open) as { occurredOn: string };
          const isAmendment = type === 'FactCorrected' || type === 'FactRetracted';
          return { id, type, ...others, ...(isAmendment ? {} : { occurredOn }) };
        });
    }
    // Who is no unaccompanied minor may be told so or not.
    return JSON.parse(
      JSON.stringify(told, (key, value: unknown) => (key === 'unaccompaniedMinor' ? value || undefined : value)),
    );
  }

  async events(): Promise<number> {
    let events = 0;
    for await (const batch of this.log.readAll({ categories: ['case', 'key'] })) events += batch.length;
    return events;
  }

  async close(): Promise<void> {
    await this.log.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function unexpected(stream: string, reason: string): void {
  throw new Error(`${stream}: ${reason}`);
}
