import { expect, it } from '@jest/globals';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { event, newStream } from './samples.ts';

it('reading stream by stream ends when its reader leaves', async () => {
  const log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  for (let streams = 0; streams < 3; streams++) await log.append(newStream(), 'no-stream', [event(), event()]);
  const reading = log.readStreamByStream({ category: 'case' });
  expect((await reading.next()).value).toHaveLength(2);
  expect(await reading.return(undefined)).toEqual({ done: true, value: undefined });
  expect(await reading.next()).toEqual({ done: true, value: undefined });
  await log.close();
});
