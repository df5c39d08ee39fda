import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemClock } from '../../src/event-sourcing/clock.ts';
import { StreamDamaged } from '../../src/event-sourcing/event-log.ts';
import { ProcessRunner } from '../../src/event-sourcing/process-manager.ts';
import { InlineApp } from '../http/inline-app.ts';
import { PERMIT } from '../stories/server.ts';

let app: InlineApp;
let runner: ProcessRunner;
beforeAll(async () => {
  app = await InlineApp.start({
    processes: (log) => {
      const react = ({ stream }: { stream: string }) => Promise.reject(new StreamDamaged(stream));
      const process = { name: 'doomed', category: 'case', types: ['PermitGranted'], react };
      runner = new ProcessRunner({ log, clock: new SystemClock() }, process, () => {});
      return [runner];
    },
  });
  runner.start();
});
afterAll(async () => {
  await runner.stop();
  await app.stop();
});

describe('A reaction that failed for good', () => {
  it('is shown to operators: of which process, on which event, and why', async () => {
    const { caseId } = (await app.post('/v1/cases', PERMIT)).body;
    while (runner.status().parked.length === 0) await sleep(5);
    const stream = `case-${caseId}`;
    expect(await app.operate('parked-reactions')).toEqual({
      status: 200,
      body: [
        {
          process: 'doomed',
          stream,
          revision: 0,
          reason: `${stream} is damaged: it cannot be read back`,
          nextRetryAt: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ],
    });
  });
});
