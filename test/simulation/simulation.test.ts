import { afterEach, describe, expect, it } from '@jest/globals';
import type { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { isRefusal } from '../../src/event-sourcing/decider.ts';
import { caseHistory, type RecordedCaseEvent } from '../../src/journey/case-history.ts';
import { decide, type CaseCommand } from '../../src/journey/cases.decider.ts';
import { amsterdamDay } from '../../src/event-sourcing/days.ts';
import { digestOf, emptyLog, SETTINGS, simulateInto } from './small-country.ts';

const logs: SqliteEventLog[] = [];
const newLog = (): SqliteEventLog => {
  const log = emptyLog();
  logs.push(log);
  return log;
};

describe('the simulation', () => {
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
  });

  it('writes the same for the same seed, and something else for another', async () => {
    const [one, same, other] = [newLog(), newLog(), newLog()];
    await simulateInto(one);
    await simulateInto(same);
    await simulateInto(other, { settings: { ...SETTINGS, seed: 8 } });
    expect(await digestOf(same)).toBe(await digestOf(one));
    expect(await digestOf(other)).not.toBe(await digestOf(one));
  });

  it('writes the same on every machine', async () => {
    const log = newLog();
    await simulateInto(log);
    expect(await digestOf(log)).toMatchInlineSnapshot(
      `"49a164727de6c35ded2f40b92244db0f56415db701b6a0bb1fdfe424307e13a9"`,
    );
  });

  it('goes on where it was stopped, as if it had not been', async () => {
    const [whole, broken] = [newLog(), newLog()];
    await simulateInto(whole);
    for (const day of [40, 41, 200]) {
      const stopping = new AbortController();
      const onProgress = (days: number) => days === day && stopping.abort();
      const { ended } = await simulateInto(broken, { onProgress, signal: stopping.signal });
      expect(ended).toBe('STOPPED');
    }
    expect(await simulateInto(broken)).toMatchObject({ ended: 'COMPLETED' });
    expect(await digestOf(broken)).toBe(await digestOf(whole));
    expect(await simulateInto(broken)).toMatchObject({ ended: 'COMPLETED_BEFORE' });
  });

  it('goes on in the middle of a day, where it was killed', async () => {
    const [whole, broken] = [newLog(), newLog()];
    await simulateInto(whole);
    const append = broken.append.bind(broken);
    for (const killedAt of [1, 150, 333, 900]) {
      let appends = 0;
      broken.append = (...request) => (++appends > killedAt ? Promise.reject(new Error('killed')) : append(...request));
      await expect(simulateInto(broken)).rejects.toThrow('killed');
      broken.append = append;
    }
    await simulateInto(broken);
    expect(await digestOf(broken)).toBe(await digestOf(whole));
  });

  it('does not write into a log that has cases, nor go on as another simulation', async () => {
    const [started, foreign] = [newLog(), newLog()];
    await simulateInto(started);
    await expect(simulateInto(started, { settings: { ...SETTINGS, seed: 8 } })).rejects.toThrow('another simulation');
    const metadata = (await started.readStream('simulation-run'))[0]!.metadata;
    await foreign.append('case-1', 'no-stream', [{ id: 'x', type: 'CaseClosed', data: {}, metadata }]);
    await expect(simulateInto(foreign)).rejects.toThrow('there are cases');
  });

  it('writes nothing that the rules of the journey would not let people write', async () => {
    const log = newLog();
    const { facts, refused } = await simulateInto(log);
    expect(refused).toEqual([]);
    let told = 0;
    for await (const events of log.readStreamByStream({ category: 'case' })) {
      const record: RecordedCaseEvent[] = [];
      for (const event of caseHistory(events).events) {
        const decision = decide(commandOf(event), record);
        expect(isRefusal(decision) ? decision : decision.map(({ type }) => type)).toEqual([event.type]);
        record.push(event);
        told++;
      }
    }
    expect(told).toBe(facts);
  });

  it('records in order: nothing before it happened, nothing before what was recorded earlier', async () => {
    const log = newLog();
    await simulateInto(log);
    let last = '';
    for await (const batch of log.readAll()) {
      for (const { metadata, data } of batch) {
        expect(metadata.recordedAt >= last).toBe(true);
        last = metadata.recordedAt;
        const { occurredOn } = data as { occurredOn?: string };
        if (occurredOn !== undefined) expect(occurredOn <= amsterdamDay(metadata.recordedAt)).toBe(true);
      }
    }
    expect(amsterdamDay(last)).toBe(SETTINGS.until);
  });

  it('holds every kind of thing that really happens', async () => {
    const log = newLog();
    await simulateInto(log, { settings: { ...SETTINGS, scale: 0.05 } });
    const types = new Set<string>();
    let late = 0;
    for await (const batch of log.readAll({ categories: ['case'] })) {
      for (const { type, data, metadata } of batch) {
        types.add(type);
        const { occurredOn } = data as { occurredOn: string };
        if (type === 'MovedIn' && Date.parse(metadata.recordedAt) - Date.parse(occurredOn) > 14 * 86_400_000) late++;
      }
    }
    expect([...types].sort()).toMatchInlineSnapshot();
    expect(late).toBeGreaterThan(8);
  });
});

function commandOf(event: RecordedCaseEvent): CaseCommand {
  const today = amsterdamDay(event.metadata.recordedAt);
  if (event.type === 'FactRetracted') return { do: 'retract', ...event.data, today };
  if (event.type === 'FactCorrected') return { do: 'correct', ...event.data, today };
  if (event.type === 'PersonalDataErased') throw new Error('nobody is erased here');
  return {
    do: 'record',
    fact: { type: event.type, data: event.data } as CaseCommand extends { fact: infer F } ? F : never,
    today,
  };
}
