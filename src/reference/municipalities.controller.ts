import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import { EventLog } from '../event-sourcing/event-log.ts';
import { Answers } from '../http/documentation.ts';
import { municipalitiesAnswered } from './municipality-answers.ts';
import * as api from './reference.api.ts';
import { readReference } from './reference-reading.ts';

/** Which municipalities exist, and how many live there. */
@ApiTags('Municipalities')
@Controller('v1/municipalities')
export class MunicipalitiesController {
  private readonly log: EventLog;
  private readonly clock: Clock;
  constructor(@Inject(EventLog) log: EventLog, @Inject(Clock) clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  @Get()
  @Answers(api.MunicipalitiesBody, 'The municipalities of a day, with their inhabitants')
  async listMunicipalities(@Query() query: api.MunicipalityQuery): Promise<api.MunicipalitiesBody> {
    const on = query.on ?? query.asKnownOn ?? amsterdamDay(this.clock.now().toISOString());
    return municipalitiesAnswered(await readReference(this.log, query), on);
  }
}
