import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { epochDay } from '../../src/event-sourcing/days.ts';
import type { EventLog } from '../../src/event-sourcing/event-log.ts';
import type { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { Draws } from '../../src/simulation/draws.ts';
import type { PlannedFact } from '../../src/simulation/planned-fact.ts';
import { Recorder, StampClock } from '../../src/simulation/recorder.ts';
import { beginSimulation } from '../../src/simulation/run-simulation.ts';
import { SimulatedDays, type Recording, type SimulatedDay } from '../../src/simulation/simulated-days.ts';
import { contentOf, emptyLog, keyringOn, SETTINGS, simulateInto, SMALL_COUNTRY } from './small-country.ts';

jest.setTimeout(60_000);

type Append = EventLog['append'];

describe('what a simulation has lost', () => {
  const logs: SqliteEventLog[] = [];
  const newLog = (): SqliteEventLog => {
    const log = emptyLog();
    logs.push(log);
    return log;
  };
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
  });

  /** From the nth append of a category on, `instead` is asked once. */
  function once(log: SqliteEventLog, category: string, nth: number, instead: Append): { append: Append } {
    const append = log.append.bind(log);
    let left = nth;
    log.append = (...request) =>
      request[0].startsWith(category) && --left === 0 ? instead(...request) : append(...request);
    return { append };
  }

  it('is never said to be there: a day with a fact that the log did not take is not finished', async () => {
    const [whole, broken] = [newLog(), newLog()];
    await simulateInto(whole);
    let refusedOn = '';
    for (const nth of [100, 400]) {
      const { append } = once(broken, 'case', nth, (_stream, _head, [event]) => {
        refusedOn = event!.metadata.recordedAt.slice(0, 10);
        return Promise.reject(new Error('disk full'));
      });
      await expect(simulateInto(broken)).rejects.toThrow('disk full');
      const days = (await broken.readStream('simulation-run')).filter(({ type }) => type === 'DaySimulated');
      expect(days.every(({ data }) => (data as { day: string }).day < refusedOn)).toBe(true);
      broken.append = append;
    }
    expect(await simulateInto(broken)).toMatchObject({ ended: 'COMPLETED', refused: [] });
    expect(await contentOf(broken)).toEqual(await contentOf(whole));
  });

  it('is told, with what to do, when the run goes on: it is not taken for something refused', async () => {
    const log = newLog();
    const stopping = new AbortController();
    let isLost = false;
    const { append } = once(log, 'case', 20, (_stream, _head, events) => {
      isLost = true;
      return Promise.resolve({ revision: events.length - 1, position: '0', hash: 'lost', repeated: false });
    });
    // Days are finished in sevens: what was lost is of days that are said to be there.
    const onProgress = (days: number) => isLost && days === 8 && stopping.abort();
    expect(await simulateInto(log, { onProgress, signal: stopping.signal })).toMatchObject({ ended: 'STOPPED' });
    log.append = append;
    await expect(simulateInto(log)).rejects.toThrow(
      /case-\S+ has 0 events, of which \d+ were planned: .* begin in a new/,
    );
  });

  it('is told when a case of the interrupted day is sealed with a key that was not kept', async () => {
    const log = newLog();
    let isLost = false;
    const { append } = once(log, 'key', 5, (_stream, _head) => {
      isLost = true;
      return Promise.resolve({ revision: 0, position: '0', hash: 'lost', repeated: false });
    });
    const lossy = log.append.bind(log);
    let left = 5;
    log.append = (...request) => (isLost && --left < 0 ? Promise.reject(new Error('killed')) : lossy(...request));
    await expect(simulateInto(log)).rejects.toThrow('killed');
    log.append = append;
    await expect(simulateInto(log)).rejects.toThrow(/is sealed with a key that is not there: .* begin in a new/);
  });

  it('is told apart from what the rules refused in an earlier run, which is decided anew', async () => {
    const log = newLog();
    const [permit, other] = firstFacts();
    const { household, day } = permit;
    const [granted] = permit.facts;
    const accepted = (revision: number): PlannedFact => ({ ...other, recordedOn: day, revision });
    const plan = [granted!, accepted(1), accepted(2)];
    const told = (first: number, end: number): SimulatedDay => {
      const anew = { ...household, hash: '', refused: false };
      return {
        count: 1,
        recordings: [[{ household: anew, day, first, facts: plan.slice(first, end), plan: () => plan }]],
      };
    };
    const earlier = recorderOn(log);
    await earlier.record(day, told(0, 2));
    await earlier.settle();
    expect(earlier).toMatchObject({ facts: 1, refused: [{ fact: { type: 'OfferAccepted' } }] });

    const later = recorderOn(log);
    await later.record(day + 1, told(2, 3));
    expect(later.refused).toEqual(earlier.refused);
    const same = recorderOn(log);
    await same.record(day, told(0, 2), { mayStand: true });
    expect(same).toMatchObject({ facts: 1, cases: 1, refused: earlier.refused });
  });

  it('is not the demo: a log says what it is to hold as its first event, and says it once', async () => {
    const log = newLog();
    const clock = new StampClock();
    await beginSimulation({ log, clock }, { settings: SETTINGS, demo: true });
    await beginSimulation({ log, clock }, { settings: SETTINGS, demo: true });
    expect(await log.readStream('simulation-run')).toMatchObject([{ type: 'SimulationStarted', data: { demo: true } }]);
    await expect(beginSimulation({ log, clock }, { settings: { ...SETTINGS, seed: 9 }, demo: true })).rejects.toThrow(
      'another simulation',
    );
  });

  it('is made by one of several nodes on a log, and gone on with by that one only', async () => {
    const log = newLog();
    const clock = new StampClock();
    const begin = (runner: string) => beginSimulation({ log, clock, runner }, { settings: SETTINGS, demo: true });
    const begun = await Promise.allSettled([begin('here'), begin('there')]);
    expect(begun.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = begun[0]!.status === 'fulfilled' ? 'here' : 'there';
    await begin(winner);
    const loser = winner === 'here' ? 'there' : 'here';
    await expect(begin(loser)).rejects.toThrow('another node is filling this log');
    expect(await log.readStream('simulation-run')).toHaveLength(1);
  });
});

function recorderOn(log: EventLog): Recorder {
  const clock = new StampClock();
  return new Recorder(log, keyringOn(log, clock), clock, { draws: new Draws(SETTINGS.seed), places: SMALL_COUNTRY });
}

/** A permit that is granted, and the acceptance of an offer that was never made to that household. */
function firstFacts(): [Recording, PlannedFact] {
  const period = { from: epochDay(SETTINGS.from), until: epochDay(SETTINGS.until) };
  let permit: Recording | undefined;
  const simulated = new SimulatedDays(new Draws(SETTINGS.seed), SMALL_COUNTRY, SETTINGS.scale, period);
  for (const { recordings } of simulated.days()) {
    for (const recording of [...recordings].flat()) {
      permit ??= recording;
      const accepted = recording.facts.find(({ type }) => type === 'OfferAccepted');
      if (accepted !== undefined && recording.household !== permit.household) return [permit, accepted];
    }
  }
  throw new Error('nobody accepts anything');
}
