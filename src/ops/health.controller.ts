import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OwnCases } from '../analysis/own-cases.ts';
import { Open } from '../access/development-identity.ts';
import { Draining } from '../http/edge.ts';
import { Views, type ViewStatus } from '../read-store/views.ts';
import { MeasuredLog } from './measured-log.ts';
import { Metrics } from './metrics.ts';

/** What a platform asks of a process: does it live, can it take work, how is it doing. */
@ApiExcludeController()
@Open()
@Controller()
export class HealthController {
  private readonly log: MeasuredLog;
  private readonly views: Views;
  private readonly draining: Draining;
  private readonly metrics: Metrics;
  private readonly cases: OwnCases;
  constructor(
    @Inject(MeasuredLog) log: MeasuredLog,
    @Inject(Views) views: Views,
    @Inject(Draining) draining: Draining,
    @Inject(Metrics) metrics: Metrics,
    @Inject(OwnCases) cases: OwnCases,
  ) {
    this.log = log;
    this.views = views;
    this.draining = draining;
    this.metrics = metrics;
    this.cases = cases;
  }

  @Get('livez')
  live(): { status: string } {
    return { status: 'alive' };
  }

  @Get('readyz')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const [log, views, known] = await Promise.all([this.logStatus(), this.viewsStatus(), this.cases.knowledge()]);
    const takesWork = !this.draining.isDraining;
    const isReady = takesWork && log === 'reachable' && views.length > 0 && views.every(caughtUp);
    reply.code(isReady ? 200 : 503);
    const status = isReady ? 'ready' : takesWork ? 'not ready' : 'stopping';
    // Reading goes on, and only an append can tell that appends succeed again: it stays ready.
    // Nobody is kept waiting for analysis: it is told how far it is, and takes nothing from being ready.
    const analysis = { answers: known !== undefined, position: null, recordedAt: null, parked: 0, ...known };
    return { status, log, appendFailure: this.log.appendFailure, views, analysis };
  }

  @Get('metrics')
  async readMetrics(@Res() reply: FastifyReply): Promise<void> {
    const text = await this.metrics.text();
    void reply.header('Content-Type', this.metrics.contentType).send(text);
  }

  private logStatus(): Promise<string> {
    return this.log.checkReady().then(
      () => 'reachable',
      (error: unknown) => (error instanceof Error ? error.message : 'not reachable'),
    );
  }

  private viewsStatus(): Promise<readonly ViewStatus[]> {
    return this.views.status().catch(() => []);
  }
}

/** A view that is rebuilt beside one that answers takes nothing away from anyone. */
function caughtUp({ answers, state }: ViewStatus): boolean {
  return answers && (state === 'ready' || state === 'building');
}
