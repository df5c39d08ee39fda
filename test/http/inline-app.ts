import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.module.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { FixedDayClock, type Clock } from '../../src/event-sourcing/clock.ts';
import type { EventLog } from '../../src/event-sourcing/event-log.ts';
import type { ProcessRunner } from '../../src/event-sourcing/process-manager.ts';
import { PinoServerLog } from '../../src/http/log.ts';
import { MeasuredLog } from '../../src/ops/measured-log.ts';
import { OperationsToken } from '../../src/ops/operations.ts';
import { BlindIndex } from '../../src/privacy/blind-index.ts';
import { ErasedKeys } from '../../src/privacy/erased-keys.ts';
import { Keyring } from '../../src/privacy/keyring.ts';
import { LocalMasterKey } from '../../src/privacy/master-key.ts';
import { projectionParts } from '../../src/projections.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import type { Views } from '../../src/read-store/views.ts';
import { defaultReferenceEvents } from '../../src/reference/reference.ts';

export interface Reply {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers as a client would
  readonly body: any;
}

/** The application in this thread, on a log and views in memory: for what a test has to reach into. */
export class InlineApp {
  readonly logged: string[] = [];
  readonly clock: Clock = new FixedDayClock('2017-06-30');
  readonly log: EventLog;
  keyring!: Keyring;
  private readonly folder = mkdtempSync(join(tmpdir(), 'woonspoor-app-'));
  private app!: NestFastifyApplication;
  private views!: Views;
  private keys = 0;

  private constructor(log: EventLog) {
    this.log = log;
  }

  static async start(
    more: {
      /** What the application sees of the log; the views see the log itself. */
      readonly around?: (log: EventLog) => EventLog;
      readonly aroundViews?: (views: Views) => Views;
      readonly processes?: (log: EventLog) => readonly ProcessRunner[];
      readonly also?: readonly Type[];
    } = {},
  ): Promise<InlineApp> {
    const log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    const inline = new InlineApp(log);
    for (const { stream, event } of defaultReferenceEvents()) await log.append(stream, 'no-stream', [event]);
    const masterKey = new LocalMasterKey(new Map([[1, new Uint8Array(32)]]));
    const blindIndex = await BlindIndex.under(masterKey);
    const erasedKeys = new ErasedKeys(join(inline.folder, 'erased'));
    const seen = new MeasuredLog(more.around?.(log) ?? log);
    inline.keyring = new Keyring({ log: seen, masterKey, clock: inline.clock, erasedKeys });
    inline.views = await openViewsInline(projectionParts(log, inline.keyring, blindIndex), { dir: ':memory:' });
    inline.app = await createApp({
      log: seen,
      views: more.aroundViews?.(inline.views) ?? inline.views,
      keyring: inline.keyring,
      blindIndex,
      clock: inline.clock,
      serverLog: new PinoServerLog({ write: (line) => void inline.logged.push(line) }),
      processes: more.processes?.(log) ?? [],
      operationsToken: OperationsToken.writtenTo(join(inline.folder, 'token')),
      also: more.also ?? [],
    });
    return inline;
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.views.close();
    await this.log.close();
    rmSync(this.folder, { recursive: true });
  }

  part<T>(type: Type<T>): T {
    return this.app.get(type);
  }

  caughtUp(): Promise<void> {
    return this.views.caughtUp();
  }

  async get(url: string): Promise<Reply> {
    const answer = await this.app.inject({ url, headers: { 'development-identity': ANNA } });
    return { status: answer.statusCode, body: answer.json() };
  }

  async operate(path: string): Promise<Reply> {
    const authorization = `Bearer ${readFileSync(join(this.folder, 'token'), 'utf8').trim()}`;
    const answer = await this.app.inject({ url: `/operations/${path}`, headers: { authorization } });
    return { status: answer.statusCode, body: answer.json() };
  }

  async post(url: string, payload: object, key = `key-${this.keys++}`): Promise<Reply> {
    const headers = { 'development-identity': ANNA, 'idempotency-key': key };
    const answer = await this.app.inject({ method: 'POST', url, payload, headers });
    return { status: answer.statusCode, body: answer.json() };
  }
}

const ANNA = 'actor=anna; organisation=COA; role=PLACEMENT_COORDINATOR';
