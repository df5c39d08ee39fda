import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { amsterdamDay, epochDay } from '../../src/event-sourcing/days.ts';
import { isRefusal } from '../../src/event-sourcing/decider.ts';
import type { EventLog } from '../../src/event-sourcing/event-log.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import type { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { caseHistory, type RecordedCaseEvent } from '../../src/journey/case-history.ts';
import { decide, type CaseCommand } from '../../src/journey/cases.decider.ts';
import type { CaseFact } from '../../src/journey/cases.events.ts';
import { realisationProjection } from '../../src/quota/realisation.projection.ts';
import { defaultReferenceEvents, referenceOf } from '../../src/reference/reference.ts';
import { Draws } from '../../src/simulation/draws.ts';
import { figuresOf } from '../../src/simulation/published.ts';
import type { SimulationOutcome } from '../../src/simulation/run-simulation.ts';
import { digestOf, emptyLog, SETTINGS, simulateInto, SMALL_COUNTRY } from './small-country.ts';

jest.setTimeout(60_000);

describe('the simulation', () => {
  const logs: SqliteEventLog[] = [];
  const newLog = (): SqliteEventLog => {
    const log = emptyLog();
    logs.push(log);
    return log;
  };
  let whole: SqliteEventLog;
  let digest: string;
  let outcome: SimulationOutcome;

  beforeAll(async () => {
    whole = newLog();
    outcome = await simulateInto(whole);
    digest = await digestOf(whole);
  });
  afterAll(async () => {
    for (const log of logs) await log.close();
  });

  it('writes the same for the same seed, and something else for another', async () => {
    const [same, other] = [newLog(), newLog()];
    await simulateInto(same);
    await simulateInto(other, { settings: { ...SETTINGS, seed: 8 } });
    expect(await digestOf(same)).toBe(digest);
    expect(await digestOf(other)).not.toBe(digest);
  });

  it('writes the same on every machine', () => {
    expect(digest).toMatchInlineSnapshot(`"615cd081a50f847a319003a6aac90812ab144c14e96992c0ec1cf4101884f5e9"`);
  });

  it('goes on where it was stopped, as if it had not been', async () => {
    const broken = newLog();
    for (const day of [40, 41, 200]) {
      const stopping = new AbortController();
      const onProgress = (days: number) => days === day && stopping.abort();
      expect(await simulateInto(broken, { onProgress, signal: stopping.signal })).toMatchObject({ ended: 'STOPPED' });
    }
    expect(await simulateInto(broken)).toMatchObject({ ended: 'COMPLETED', facts: outcome.facts });
    expect(await digestOf(broken)).toBe(digest);
    expect(await simulateInto(broken)).toMatchObject({ ended: 'COMPLETED_BEFORE', facts: outcome.facts });
  });

  it('goes on in the middle of a day, where it was killed', async () => {
    const broken = newLog();
    const append = broken.append.bind(broken);
    for (const killedAt of [1, 150, 333, 900, 901, 333, 40]) {
      let appends = 0;
      broken.append = (...request) => (++appends > killedAt ? Promise.reject(new Error('killed')) : append(...request));
      await expect(simulateInto(broken)).rejects.toThrow('killed');
      broken.append = append;
    }
    await simulateInto(broken);
    expect(await digestOf(broken)).toBe(digest);
  });

  it('does not write into a log that has cases, nor go on as another simulation', async () => {
    const foreign = newLog();
    await expect(simulateInto(whole, { settings: { ...SETTINGS, seed: 8 } })).rejects.toThrow('another simulation');
    const { metadata } = (await whole.readStream('simulation-run'))[0]!;
    await foreign.append('case-1', 'no-stream', [{ id: 'x', type: 'CaseClosed', data: {}, metadata }]);
    await expect(simulateInto(foreign)).rejects.toThrow('there are cases');
  });

  it('writes nothing that the rules of the journey would not let people write', async () => {
    expect(outcome.refused).toEqual([]);
    let told = 0;
    for await (const record of casesOf(whole)) {
      for (const [index, event] of record.entries()) {
        const decision = decide(commandOf(event), record.slice(0, index));
        expect(isRefusal(decision) ? decision : decision.map(({ type }) => type)).toEqual([event.type]);
        told++;
      }
    }
    expect(told).toBe(outcome.facts);
  });

  it('records in order: nothing before it happened, nothing before what was recorded earlier', async () => {
    let last = '';
    for await (const batch of whole.readAll()) {
      for (const { metadata, data } of batch) {
        expect(metadata.recordedAt >= last).toBe(true);
        last = metadata.recordedAt;
        const { occurredOn } = data as { occurredOn?: string };
        if (occurredOn !== undefined) expect(occurredOn <= amsterdamDay(metadata.recordedAt)).toBe(true);
      }
    }
    expect(amsterdamDay(last)).toBe(SETTINGS.until);
  });

  it('names no municipality on a day on which it does not exist', async () => {
    const existed = (code: string, on: number) =>
      SMALL_COUNTRY.some((place) => place.code === code && place.from <= on && on < place.until);
    for await (const record of casesOf(whole)) {
      for (const { type, data } of record) {
        // An old link stays as it was recorded, and so do the offers under it.
        if (type !== 'MunicipalityLinked' && !(type === 'MovedIn' && data.offerId === null)) continue;
        if (type === 'MovedIn' && (data.housingKind === 'REGULAR' || data.housingKind === 'TRANSIT_LOCATION')) continue;
        expect({ type, ...data, exists: existed(data.municipality, epochDay(data.occurredOn)) }).toMatchObject({
          exists: true,
        });
      }
    }
  });

  it('counts the persons housed as the counting rules do', async () => {
    const reference = referenceOf(defaultReferenceEvents().map(({ event }) => event as RecordedEvent));
    const counted = new Map<string, number>();
    for await (const record of casesOf(whole)) {
      const { candidates = [] } = realisationProjection.rows(caseHistory(record), reference, () => undefined);
      for (const row of candidates) add(counted, `${String(row.municipality)} ${String(row.countedOn).slice(0, 7)}`, 1);
    }
    const modelled = new Map<string, number>();
    const period = { from: epochDay(SETTINGS.from), until: epochDay(SETTINGS.until) };
    const { housed } = figuresOf(new Draws(SETTINGS.seed), SMALL_COUNTRY, SETTINGS.scale, period);
    for (const [place, months] of housed) {
      for (const [month, persons] of months)
        if (persons > 0) add(modelled, `${SMALL_COUNTRY[place]!.code} ${month}`, persons);
    }
    expect(modelled.size).toBeGreaterThan(100);
    expect(Object.fromEntries(modelled)).toEqual(Object.fromEntries(counted));
  });

  it('holds what really happens: queues, delays, refusals, families, corrections, facts told weeks late', async () => {
    const log = newLog();
    await simulateInto(log, { settings: { ...SETTINGS, scale: 0.04 } });
    const types = new Set<string>();
    let late = 0;
    for await (const batch of log.readAll({ categories: ['case'] })) {
      for (const { type, data, metadata } of batch) {
        types.add(type);
        const { occurredOn } = data as { occurredOn: string };
        if (type === 'MovedIn' && Date.parse(metadata.recordedAt) - Date.parse(occurredOn) > 14 * 86_400_000) late++;
      }
    }
    expect([...types].toSorted()).toMatchInlineSnapshot(`
     [
       "CaseAssigned",
       "CaseClosed",
       "ChildBorn",
       "FactCorrected",
       "FactRetracted",
       "FollowingFamilyArrived",
       "HomeOffered",
       "HomeViewed",
       "HouseholdDeparted",
       "IdentityItemObtained",
       "ImpedimentReported",
       "ImpedimentResolved",
       "InformationProfileCompleted",
       "IntegrationStepReached",
       "LinkRevoked",
       "MovedIn",
       "MunicipalityLinked",
       "MunicipalityTransferAgreed",
       "NoteAdded",
       "OfferAccepted",
       "OfferRefused",
       "OfferWithdrawn",
       "PermitGranted",
       "PermitWithdrawn",
       "ProfileAccepted",
       "RefusalJudged",
       "SearchStarted",
       "TenancySigned",
       "TermResumed",
       "TermSuspended",
     ]
    `);
    expect(late).toBeGreaterThan(8);
  });
});

async function* casesOf(log: EventLog): AsyncGenerator<readonly RecordedCaseEvent[]> {
  for await (const events of log.readStreamByStream({ category: 'case' })) yield caseHistory(events).events;
}

function commandOf(event: RecordedCaseEvent): CaseCommand {
  const today = amsterdamDay(event.metadata.recordedAt);
  if (event.type === 'FactRetracted') return { do: 'retract', ...event.data, today };
  if (event.type === 'FactCorrected') return { do: 'correct', ...event.data, today };
  return { do: 'record', fact: { type: event.type, data: event.data } as CaseFact, today };
}

function add(counts: Map<string, number>, key: string, persons: number): void {
  counts.set(key, (counts.get(key) ?? 0) + persons);
}
