import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Open } from '../../src/access/development-identity.ts';
import { createApp } from '../../src/app.module.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { FixedDayClock } from '../../src/event-sourcing/clock.ts';
import { LogBusy, LogUnavailable } from '../../src/event-sourcing/event-log.ts';
import { Draining } from '../../src/http/edge.ts';
import { PinoServerLog } from '../../src/http/log.ts';
import { BlindIndex } from '../../src/privacy/blind-index.ts';
import { ErasedKeys } from '../../src/privacy/erased-keys.ts';
import { Keyring } from '../../src/privacy/keyring.ts';
import { LocalMasterKey } from '../../src/privacy/master-key.ts';
import { projectionParts } from '../../src/projections.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import type { Views } from '../../src/read-store/views.ts';

const SECRET = 'Zephyrine Quandlebury';

@Open()
@Controller('faulty')
class FaultyController {
  @Get('bug')
  bug(): never {
    throw new TypeError(`Unexpected token in "${SECRET}"`);
  }
  @Get('thing')
  thing(): never {
    // oxlint-disable-next-line typescript/only-throw-error -- what others throw can be anything
    throw SECRET;
  }
  @Get('busy')
  busy(): never {
    throw new LogBusy('17 appends are waiting');
  }
  @Get('unavailable')
  unavailable(): never {
    throw new LogUnavailable('/var/lib/woonspoor/log.sqlite: the disk is full');
  }
}

@Module({ controllers: [FaultyController] })
class FaultyModule {}

let app: NestFastifyApplication;
let log: SqliteEventLog;
let views: Views;
const logged: string[] = [];

beforeAll(async () => {
  log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  const clock = new FixedDayClock('2017-06-30');
  const masterKey = new LocalMasterKey(new Map([[1, new Uint8Array(32)]]));
  const keyring = new Keyring({ log, masterKey, clock, erasedKeys: new ErasedKeys('/nowhere/erased') });
  const blindIndex = await BlindIndex.under(masterKey);
  views = await openViewsInline(projectionParts(log, keyring, blindIndex), { dir: ':memory:' });
  const serverLog = new PinoServerLog({ write: (line) => void logged.push(line) });
  app = await createApp({ log, views, keyring, blindIndex, clock, serverLog, processes: [], also: [FaultyModule] });
});
afterAll(async () => {
  await app.close();
  await views.close();
  await log.close();
});

describe('An unexpected error', () => {
  it.each(['bug', 'thing'])('is answered with an id under which it is logged, and nothing of it (%s)', async (what) => {
    const answer = await app.inject(`/faulty/${what}`);
    const body = answer.json<{ type: string; correlationId: string }>();
    expect([answer.statusCode, body.type]).toEqual([500, '/v1/problems/unexpected']);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.headers['api-version']).toBe('1.0.0');
    expect(answer.body).not.toContain(SECRET);
    const line = logged.find((one) => one.includes('"unexpected"') && one.includes(body.correlationId));
    expect(line).toBeDefined();
    expect(line).not.toContain(SECRET);
  });

  it('is logged with where it happened', async () => {
    await app.inject('/faulty/bug');
    expect(logged.some((line) => line.includes('"error":"TypeError"') && line.includes('FaultyController.bug'))).toBe(
      true,
    );
  });
});

describe('A log', () => {
  it('that is busy is answered 503, to be tried again', async () => {
    const answer = await app.inject('/faulty/busy');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ type: '/v1/problems/log-busy', code: 'LOG_BUSY', status: 503 });
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('that cannot be reached is answered 503, without telling where it is', async () => {
    const answer = await app.inject('/faulty/unavailable');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ type: '/v1/problems/log-unavailable', code: 'LOG_UNAVAILABLE', status: 503 });
    expect(answer.body).not.toContain('/var/lib');
  });
});

describe('A server that is about to stop', () => {
  it('is not ready, lives, and lets go of its connections while it answers', async () => {
    app.get(Draining).begin();
    const ready = await app.inject('/readyz');
    expect([ready.statusCode, ready.json<{ status: string }>().status]).toEqual([503, 'stopping']);
    expect((await app.inject('/livez')).statusCode).toBe(200);
    const answer = await app.inject('/v1/glossary');
    expect([answer.statusCode, answer.headers['connection']]).toEqual([200, 'close']);
  });
});
