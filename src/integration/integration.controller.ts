import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import { EventLog } from '../event-sourcing/event-log.ts';
import { Answers } from '../http/documentation.ts';
import { askedNow, freshnessOf, isProvisional } from '../http/freshness.ts';
import { Views } from '../read-store/views.ts';
import * as api from './integration.api.ts';
import { integrationFigures } from './integration.projection.ts';

/** Integration after the move. */
@ApiTags('Integration')
@Controller('v1/integration-progress')
export class IntegrationController {
  private readonly views: Views;
  private readonly log: EventLog;
  private readonly clock: Clock;
  constructor(@Inject(Views) views: Views, @Inject(EventLog) log: EventLog, @Inject(Clock) clock: Clock) {
    this.views = views;
    this.log = log;
    this.clock = clock;
  }

  @Get()
  @Answers(api.IntegrationProgressBody, 'Share of those who moved in that reached each step of integration in time')
  async readIntegrationProgress(@Query() query: api.IntegrationQuery): Promise<api.IntegrationProgressBody> {
    const { from, until, weeks, municipality, minPosition } = query;
    const asked = await askedNow(this.log, this.clock);
    const knownOn = query.asKnownOn ?? amsterdamDay(asked.now.toISOString());
    return this.views.read(
      'integration',
      (db, freshness) => {
        const figures = integrationFigures(db, { knownOn, movedIn: { from, until }, weeks, municipality });
        return {
          asKnownOn: knownOn,
          provisional: isProvisional(knownOn, asked, freshness),
          steps: figures.map((one) => ({ ...one, share: one.due === 0 ? null : one.inTime / one.due })),
          freshness: freshnessOf(freshness, this.log.id),
        };
      },
      { minPosition },
    );
  }
}
