import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { keyStream } from '../../src/privacy/keys.events.ts';
import { copyCase, ImportingLog } from './given.ts';

const TWO_CASES =
  'case,fact,occurredOn,persons,role,birthYear,name,permitType,channel\n' +
  'A,PermitGranted,2017-01-02,1,HOLDER,1980,Amina Example,ASYLUM_TEMPORARY,ASYLUM\n' +
  'B,PermitGranted,2017-01-02,1,HOLDER,1981,Bashir Example,ASYLUM_TEMPORARY,ASYLUM\n';

const BEFORE_ALL_OTHERS = '00000000-0000-4000-8000-000000000000';
const WHO = {
  actor: 'test',
  role: 'TEST',
  organisation: 'TEST',
  commandId: '',
  name: '',
  correlationId: '',
  causationId: '',
};

let log: ImportingLog;
let whole: string;
let caseId: string;

beforeEach(async () => {
  log = new ImportingLog();
  await log.import(TWO_CASES);
  whole = await log.export();
  caseId = (await log.histories())[0]!.caseId;
});
afterEach(() => log.close());

describe('Exporting cases leaves out a case whole, says why, and keeps all others', () => {
  const leavesOut = async (personId: string, reason: RegExp) => {
    await copyCase(log.log, caseId, { caseId: BEFORE_ALL_OTHERS, personId });
    const told: string[] = [];
    expect(await log.export((stream, why) => told.push(`${stream} ${why}`))).toBe(whole);
    expect(told).toEqual([expect.stringMatching(reason)]);
    expect(told[0]).toContain(`case-${BEFORE_ALL_OTHERS}`);
  };

  it('of which a key is missing', async () => {
    const nobody = randomUUID();
    await leavesOut(nobody, new RegExp(`there is no key of ${nobody}`));
  });

  it('of which a key cannot be unwrapped', async () => {
    const one = randomUUID();
    const { event } = await log.keyring.ofNewSubject(randomUUID(), WHO);
    log.keyring.forget(one);
    await log.log.append(keyStream(one), 'no-stream', [event]);
    await leavesOut(one, new RegExp(`the key of ${one} cannot be unwrapped`));
  });

  it('of which something is not what was sealed', async () => {
    const other = randomUUID();
    await log.keyring.ensure(other, WHO);
    await leavesOut(other, /personal of event .* is not what was sealed there/);
  });
});
