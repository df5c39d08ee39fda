import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { householdsProcess } from '../../src/casework/households.process.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { FixedDayClock } from '../../src/event-sourcing/clock.ts';
import { ProcessRunner } from '../../src/event-sourcing/process-manager.ts';
import { transact } from '../../src/event-sourcing/transact.ts';
import { caseHistory } from '../../src/journey/case-history.ts';
import { casesDecider } from '../../src/journey/cases.decider.ts';
import type { CaseFact } from '../../src/journey/cases.events.ts';
import { ErasedKeys } from '../../src/privacy/erased-keys.ts';
import { Keyring } from '../../src/privacy/keyring.ts';
import { LocalMasterKey } from '../../src/privacy/master-key.ts';
import { envelope } from '../event-sourcing/counting.ts';

const TODAY = '2017-06-30';
const clock = new FixedDayClock(TODAY);
let folder: string;
let log: SqliteEventLog;
let keyring: Keyring;
let runner: ProcessRunner;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'woonspoor-households-'));
  log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  const masterKey = new LocalMasterKey(new Map([[1, new Uint8Array(32)]]));
  keyring = new Keyring({ log, masterKey, clock, erasedKeys: new ErasedKeys(join(folder, 'erased')) });
  runner = new ProcessRunner({ log, clock }, householdsProcess({ log, clock, keyring }), () => {});
  runner.start();
});
afterEach(async () => {
  await runner.stop();
  await log.close();
  rmSync(folder, { recursive: true });
});

const record = (caseId: string, fact: CaseFact) =>
  transact(
    { log, clock },
    casesDecider,
    `case-${caseId}`,
    { do: 'record', fact, today: TODAY },
    envelope(randomUUID()),
  );

async function household(): Promise<{ caseId: string; partner: string }> {
  const [caseId, partner] = [randomUUID(), randomUUID()];
  await keyring.ensure(caseId, envelope('key'));
  const member = { birthYear: 1980, personal: null, followingFamily: false };
  await record(caseId, {
    type: 'PermitGranted',
    data: {
      occurredOn: '2017-01-02',
      permitType: 'ASYLUM_TEMPORARY',
      channel: 'ASYLUM',
      receptionCentre: 'Ter Apel',
      sponsorCaseId: null,
      members: [
        { ...member, personId: randomUUID(), role: 'HOLDER' },
        { ...member, personId: partner, role: 'PARTNER' },
      ],
    },
  } as CaseFact);
  return { caseId, partner };
}

const split = ({ caseId, partner }: { caseId: string; partner: string }, targetCaseId: string) =>
  record(caseId, {
    type: 'HouseholdSplit',
    data: { occurredOn: '2017-03-01', personIds: [partner], targetCaseId },
  } as CaseFact);

async function receivedIn(caseId: string): Promise<boolean> {
  for (let waited = 0; waited < 200; waited++) {
    const { facts } = caseHistory(await log.readStream(`case-${caseId}`));
    if (facts.some(({ fact }) => fact.type === 'MembersReceived')) return true;
    await sleep(10);
  }
  return false;
}

describe('Persons who go to another case', () => {
  it('arrive in a case whose own key has been destroyed', async () => {
    const [giving, target] = [await household(), await household()];
    await keyring.destroy(target.caseId);
    await split(giving, target.caseId);
    expect(await receivedIn(target.caseId)).toBe(true);
    expect(runner.status().parked).toEqual([]);
  });

  it.each([
    ['bring along since when they were linked', '2017-01-12', '2017-01-12'],
    ['bring no link along that came on the same day or later', '2017-03-01', null],
  ])('%s', async (_rule, linkedOn, broughtAlong) => {
    const [giving, target] = [await household(), randomUUID()];
    const data = { occurredOn: linkedOn, municipality: 'GM0344', criteria: [] };
    await record(giving.caseId, { type: 'MunicipalityLinked', data });
    await split(giving, target);
    expect(await receivedIn(target)).toBe(true);
    const { state } = caseHistory(await log.readStream(`case-${target}`));
    expect(state).toMatchObject({ kind: 'open', linkedBeforeOn: broughtAlong });
  });

  it('who can never arrive keep nobody else from arriving, and are shown', async () => {
    const [stuck, other] = [await household(), await household()];
    const [never, target] = [randomUUID(), randomUUID()];
    await keyring.destroy(never);
    await split(stuck, never);
    await split(other, target);
    expect(await receivedIn(target)).toBe(true);
    expect(runner.status().parked).toEqual([
      { stream: `case-${stuck.caseId}`, revision: 1, reason: `the key of ${never} has been destroyed` },
    ]);
  });
});
