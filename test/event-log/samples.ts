import { randomUUID } from 'node:crypto';
import type { EventLogError, StreamHead } from '../../src/event-sourcing/event-log.ts';
import { streamName, type JsonObject, type NewEvent, type RecordedEvent } from '../../src/event-sourcing/event.ts';

let made = 0;

/** An event as a case has them, of a type and id of its own. */
export function event(
  data: JsonObject = { occurredOn: '2017-02-23', municipality: 'GM0344', number: ++made },
): NewEvent {
  return {
    id: randomUUID(),
    type: 'MunicipalityLinked',
    data,
    metadata: {
      recordedAt: new Date(Date.UTC(2017, 1, 23, 9, 0, 0, ++made)).toISOString(),
      actor: 'a.jansen',
      role: 'placement-coordinator',
      organisation: 'coa',
      command: 'linkMunicipality',
      commandId: randomUUID(),
      correlationId: randomUUID(),
      causationId: randomUUID(),
    },
  };
}

export function newStream(category = 'case'): string {
  return streamName(category, randomUUID());
}

export function headOf(events: readonly RecordedEvent[]): StreamHead {
  const { revision, hash } = events.at(-1)!;
  return { revision, hash };
}

export async function all(reading: AsyncIterable<readonly RecordedEvent[]>): Promise<RecordedEvent[]> {
  return (await batches(reading)).flat();
}

export async function batches(reading: AsyncIterable<readonly RecordedEvent[]>): Promise<(readonly RecordedEvent[])[]> {
  const read: (readonly RecordedEvent[])[] = [];
  for await (const batch of reading) read.push(batch);
  return read;
}

/** The error a promise ends with; fails the test if it ends well. */
export async function errorOf(promise: Promise<unknown>): Promise<EventLogError> {
  try {
    await promise;
  } catch (error) {
    return error as EventLogError;
  }
  throw new Error('expected an error, but it went well');
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
