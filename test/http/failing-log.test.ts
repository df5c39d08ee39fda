import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailable, type EventLog } from '../../src/event-sourcing/event-log.ts';
import { Changes, type Change } from '../../src/http/changes.ts';
import { PERMIT } from '../stories/server.ts';
import { InlineApp } from './inline-app.ts';

const failing = { append: false, read: false };

/** The log, out of order when told so. */
function outOfOrder(log: EventLog): EventLog {
  const guard = (is: 'append' | 'read'): void => {
    if (failing[is]) throw new LogUnavailable('/var/lib/woonspoor/log.sqlite: the disk is full');
  };
  return new Proxy(log, {
    get(target, name) {
      if (name === 'append') {
        return async (...given: Parameters<EventLog['append']>) => {
          guard('append');
          return target.append(...given);
        };
      }
      if (name === 'readAll') {
        return async function* (...given: Parameters<EventLog['readAll']>) {
          guard('read');
          yield* target.readAll(...given);
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

let app: InlineApp;
beforeAll(async () => {
  app = await InlineApp.start({ around: outOfOrder });
});
afterEach(() => {
  failing.append = false;
  failing.read = false;
});
afterAll(() => app.stop());

async function until(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 5) {
    if (waitedMs > 5_000) throw new Error('waited too long');
    await sleep(5);
  }
}

describe('The changes, when the log cannot be read for a while', () => {
  it('are told once it can be again, each once', async () => {
    const heard: Change[] = [];
    const listening = app
      .part(Changes)
      .after(undefined)
      .subscribe((change) => heard.push(change));
    const { caseId } = (await app.post('/v1/cases', PERMIT)).body;
    await until(() => heard.length === 1);

    failing.read = true;
    await app.post(`/v1/cases/${caseId}/notes`, { text: 'Not told yet.' });
    await until(() => app.logged.some((line) => line.includes('"changes"') && line.includes('the disk is full')));
    expect(heard).toHaveLength(1);
    failing.read = false;
    await app.post(`/v1/cases/${caseId}/notes`, { text: 'The next.' });
    await until(() => heard.length >= 3);
    expect(heard.map((change) => change.revision)).toEqual([0, 1, 2]);
    listening.unsubscribe();
  });
});

describe('A log that cannot be written', () => {
  it('is logged with the reason, under the id the caller can name', async () => {
    const { caseId } = (await app.post('/v1/cases', PERMIT)).body;
    failing.append = true;
    const answer = await app.post(`/v1/cases/${caseId}/notes`, { text: 'Lost.' });
    expect([answer.status, answer.body.type]).toEqual([503, '/v1/problems/log-unavailable']);
    expect(JSON.stringify(answer.body)).not.toContain('/var/lib');
    expect(app.logged.filter((line) => line.includes('"log unavailable"'))).toEqual([
      expect.stringContaining('the disk is full'),
    ]);
  });

  it('is what readiness tells, until something is recorded again', async () => {
    const { caseId } = (await app.post('/v1/cases', PERMIT)).body;
    expect((await app.get('/readyz')).body.appendFailure).toBeNull();
    failing.append = true;
    await app.post(`/v1/cases/${caseId}/notes`, { text: 'Lost.' });
    expect(await app.get('/readyz')).toMatchObject({
      status: 200,
      body: {
        status: 'ready',
        appendFailure: { code: 'LOG_UNAVAILABLE', reason: expect.stringContaining('the disk is full') },
      },
    });
    failing.append = false;
    await app.post(`/v1/cases/${caseId}/notes`, { text: 'Kept.' });
    expect((await app.get('/readyz')).body.appendFailure).toBeNull();
  });

  it('is told by readiness also where it was a key that could not be made', async () => {
    failing.append = true;
    await app.post('/v1/cases', PERMIT);
    expect((await app.get('/readyz')).body.appendFailure).toMatchObject({ code: 'LOG_UNAVAILABLE' });
    failing.append = false;
    await app.post('/v1/cases', PERMIT);
    expect((await app.get('/readyz')).body.appendFailure).toBeNull();
  });
});
