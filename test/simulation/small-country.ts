import { epochDay } from '../../src/event-sourcing/days.ts';
import type { EventLog } from '../../src/event-sourcing/event-log.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { canonicalJson } from '../../src/event-sourcing/hash-chain.ts';
import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErasedKeys } from '../../src/privacy/erased-keys.ts';
import { Keyring } from '../../src/privacy/keyring.ts';
import { LocalMasterKey } from '../../src/privacy/master-key.ts';
import type { Place } from '../../src/simulation/places.ts';
import { StampClock } from '../../src/simulation/recorder.ts';
import { runSimulation, type SimulationRun } from '../../src/simulation/run-simulation.ts';

const MERGER = epochDay('2017-01-01');

/** Forty municipalities of all sizes; the last three become one on New Year's Day of 2017. */
export const SMALL_COUNTRY: readonly Place[] = Array.from({ length: 41 }, (_, index): Place => {
  const isNew = index === 0;
  const isOld = index > 37;
  return {
    code: `GM${String(100 + index).padStart(4, '0')}`,
    name: `Town ${index}`,
    inhabitants: isNew ? 60_000 : isOld ? 20_000 : 12_000 + 9_000 * index,
    from: isNew ? MERGER : 0,
    until: isOld ? MERGER : Infinity,
    successor: isOld ? 0 : -1,
  };
});

export const SETTINGS = { seed: 7, from: '2016-01-01', until: '2017-02-23', scale: 0.01 };

export function simulateInto(log: EventLog, run: Partial<SimulationRun> = {}): ReturnType<typeof runSimulation> {
  const clock = new StampClock();
  const keyring = keyringOn(log, clock);
  return runSimulation({ log, keyring, clock }, { settings: SETTINGS, demo: false, places: SMALL_COUNTRY, ...run });
}

export function keyringOn(log: EventLog, clock: StampClock): Keyring {
  const masterKey = new LocalMasterKey(new Map([[1, new Uint8Array(32)]]));
  const erasedKeys = new ErasedKeys(join(tmpdir(), `woonspoor-nobody-erased-${randomUUID()}`));
  return new Keyring({ log, masterKey, clock, erasedKeys });
}

export function emptyLog(): SqliteEventLog {
  return SqliteEventLog.open({ file: ':memory:', mode: 'write' });
}

/** Of everything in the log but what chance hides: keys, and what is sealed with them. */
export async function digestOf(log: EventLog): Promise<string> {
  const digest = createHash('sha256');
  for await (const batch of log.readAll()) {
    for (const event of batch) digest.update(openTextOf(event));
  }
  return digest.digest('hex');
}

/** What every stream holds, in whichever order they were written, but for what chance hides. */
export async function contentOf(log: EventLog): Promise<ReadonlyMap<string, readonly string[]>> {
  const content = new Map<string, string[]>();
  for await (const batch of log.readAll()) {
    for (const event of batch) {
      const events = content.get(event.stream) ?? [];
      content.set(event.stream, events);
      events.push(openTextOf(event));
    }
  }
  return content;
}

function openTextOf({ stream, revision, id, type, data, metadata }: RecordedEvent): string {
  const open = JSON.parse(JSON.stringify(data), (key, value: unknown) =>
    key === 'box' || key === 'wrapped' ? '' : value,
  ) as unknown;
  return canonicalJson([stream, revision, id, type, open, metadata]);
}
