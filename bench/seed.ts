import { filesOf, loadConfig } from '../src/config.ts';
import { SqliteEventLog } from '../src/event-log/sqlite-event-log.ts';
import { SystemClock } from '../src/event-sourcing/clock.ts';
import { addDays } from '../src/event-sourcing/days.ts';
import type { EventLog, ExpectedHead } from '../src/event-sourcing/event-log.ts';
import type { JsonObject } from '../src/event-sourcing/event.ts';
import { derivedId, eventIdOf } from '../src/event-sourcing/transact.ts';
import type { CaseFact, Member } from '../src/journey/cases.events.ts';
import { ErasedKeys } from '../src/privacy/erased-keys.ts';
import { Keyring } from '../src/privacy/keyring.ts';
import { openMasterKey } from '../src/privacy/master-key.ts';
import { municipalityFacts } from '../src/reference/municipalities.ts';
import { defaultReferenceEvents } from '../src/reference/reference.ts';

/** Cases that are written together, so that the events of one case lie scattered in the log, as they do in life. */
const WINDOW = 2_000;
const FAMILY_NAMES = ['Haddad', 'Tesfay', 'Yılmaz', 'Rahimi', 'Al-Hassan', 'Ghebremedhin', 'Karimi', 'Osman'];
const MUNICIPALITIES = municipalityFacts().lists[1]!.municipalities.map(({ code }) => code);
const GIVEN_NAMES = ['Amal', 'Yonas', 'Leyla', 'Samir', 'Noor', 'Dawit', 'Fatima', 'Idris'];

/** Numbers from 0 to 1 that are the same for the same seed (Park and Miller's minimal standard generator). */
export function randomOf(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/**
 * Writes `count` cases of two persons and some ten facts each, most of them on their way; personal values sealed with
 * keys of their own, as the product does. Answers the number of events written.
 */
export async function seedCases(
  log: EventLog,
  keyring: Keyring,
  count: number,
  onProgress: (cases: number) => void = () => {},
): Promise<number> {
  let events = 0;
  for (let first = 0; first < count; first += WINDOW) {
    const size = Math.min(WINDOW, count - first);
    const cases = await inFlight(size, 256, (index) => caseOf(first + index, keyring));
    events += cases.length * 3;
    const heads: ExpectedHead[] = cases.map(() => 'no-stream');
    for (let step = 0; ; step++) {
      const due = cases.flatMap((one, index) => (one.facts[step] === undefined ? [] : [index]));
      if (due.length === 0) break;
      await inFlight(due.length, 256, async (nth) => {
        const index = due[nth]!;
        const { caseId, facts } = cases[index]!;
        heads[index] = await log.append(`case-${caseId}`, heads[index]!, [recorded(facts[step]!, caseId, step)]);
      });
      events += due.length;
    }
    onProgress(first + size);
  }
  return events;
}

/** A data folder as the server's, filled with cases; answers what `use` does, and the ids of the cases. */
export async function openSeeded<T>(
  folder: string,
  cases: number,
  use: (log: SqliteEventLog) => Promise<T>,
): Promise<{ result: T; events: number; caseIds: readonly string[] }> {
  const config = loadConfig({ WOONSPOOR_DATA: folder });
  const files = filesOf(config);
  const log = SqliteEventLog.open({ file: files.log, mode: 'write' });
  for (const { stream, event } of defaultReferenceEvents()) await log.append(stream, 'no-stream', [event]);
  const masterKey = await openMasterKey(config.masterKey, log);
  const erasedKeys = new ErasedKeys(files.erasedKeys);
  const keyring = new Keyring({ log, masterKey, clock: new SystemClock(), erasedKeys });
  const events = await seedCases(log, keyring, cases);
  const caseIds = Array.from({ length: cases }, (_, number) => caseIdOf(number));
  return { result: await use(log), events, caseIds };
}

/** Runs `work` for 0 … count − 1 with so many under way at once. */
export async function inFlight<T>(count: number, width: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results = new Array<T>(count);
  let next = 0;
  const run = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, run));
  return results;
}

function caseIdOf(number: number): string {
  return derivedId(`bench ${number}`, 'case');
}

function who(commandId: string) {
  const bench = { actor: 'bench', role: 'PLACEMENT_COORDINATOR', organisation: 'COA' };
  return { commandId, name: 'bench', ...bench, correlationId: commandId, causationId: commandId };
}

function recorded(fact: CaseFact, caseId: string, step: number) {
  const commandId = `${caseId} ${step}`;
  const { name: command, ...by } = who(commandId);
  const recordedAt = `${addDays(fact.data.occurredOn, 1 + (step % 3))}T09:00:00.000Z`;
  return {
    id: eventIdOf(commandId, 0),
    type: fact.type,
    data: fact.data as unknown as JsonObject,
    metadata: { recordedAt, command, ...by },
  };
}

async function caseOf(number: number, keyring: Keyring): Promise<{ caseId: string; facts: readonly CaseFact[] }> {
  const random = randomOf(number * 7919 + 1);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const caseId = caseIdOf(number);
  const permitEvent = eventIdOf(`${caseId} 0`, 0);
  const family = pick(FAMILY_NAMES);
  const member = async (nth: number): Promise<Member> => {
    const personId = derivedId(`bench ${number}`, `person ${nth}`);
    await keyring.ensure(personId, who(caseId));
    const personal = {
      name: `${pick(GIVEN_NAMES)} ${family}`,
      alienNumber: String(2_000_000_000 + number * 2 + nth),
    };
    return {
      personId,
      role: nth === 0 ? 'HOLDER' : 'PARTNER',
      birthYear: 1960 + Math.floor(random() * 45),
      personal: await keyring.seal(personId, permitEvent, 'personal', personal),
    };
  };
  await keyring.ensure(caseId, who(caseId));
  const members = [await member(0), await member(1)];
  const personIds = members.map((one) => one.personId);
  const permitOn = addDays('2016-01-01', Math.floor(random() * 330));
  const on = (days: number) => addDays(permitOn, days);
  const municipality = pick(MUNICIPALITIES);
  const offerId = derivedId(`bench ${number}`, 'offer');
  const facts: CaseFact[] = [
    {
      type: 'PermitGranted',
      data: {
        occurredOn: permitOn,
        permitType: 'ASYLUM_TEMPORARY',
        channel: 'ASYLUM',
        receptionCentre: 'Ter Apel',
        sponsorCaseId: null,
        members,
      },
    },
    {
      type: 'CaseAssigned',
      data: { occurredOn: on(2), assignee: `worker-${number % 400}`, organisation: municipality },
    },
    {
      type: 'InformationProfileCompleted',
      data: {
        occurredOn: on(7),
        languages: ['ar'],
        education: null,
        workExperience: null,
        pendingFamilyReunification: false,
        adaptedHomeNeeded: false,
        roomsNeeded: 3,
        note: null,
      },
    },
    { type: 'MunicipalityLinked', data: { occurredOn: on(9), municipality, criteria: ['NETWORK'] } },
    { type: 'SearchStarted', data: { occurredOn: on(12) } },
    {
      type: 'ImpedimentReported',
      data: {
        occurredOn: on(20),
        impedimentId: derivedId(caseId, 'impediment'),
        code: 'LOW_TURNOVER',
        owner: 'HOUSING_ASSOCIATION',
        term: 'HOME',
        note: null,
      },
    },
    {
      type: 'HomeOffered',
      data: {
        occurredOn: on(50),
        offerId,
        municipality,
        address: null,
        kind: 'APARTMENT',
        rooms: 3,
        rentCents: 58_000,
        availableFrom: on(60),
        answerBy: null,
        housingAssociation: null,
      },
    },
    { type: 'OfferAccepted', data: { occurredOn: on(53), offerId } },
    { type: 'TenancySigned', data: { occurredOn: on(60), offerId, tenancyStartOn: on(62) } },
    { type: 'MovedIn', data: { occurredOn: on(70), personIds, housingKind: 'REGULAR', municipality, offerId } },
  ];
  return { caseId, facts: random() < 0.5 ? facts : facts.slice(0, 4 + Math.floor(random() * 6)) };
}
