import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import { EventLog } from '../event-sourcing/event-log.ts';
import { Answers } from '../http/documentation.ts';
import { askedNow, DEFAULT_LIMIT, freshnessOf, isProvisional } from '../http/freshness.ts';
import { Views } from '../read-store/views.ts';
import * as api from './realisation.api.ts';
import { realisationFigures, realisedPersons, type RealisationQuestion } from './realisation.projection.ts';

/** Persons housed, counted once each by the rules of the quota. */
@ApiTags('Realisation')
@Controller('v1/realisations')
export class RealisationController {
  private readonly views: Views;
  private readonly log: EventLog;
  private readonly clock: Clock;
  constructor(@Inject(Views) views: Views, @Inject(EventLog) log: EventLog, @Inject(Clock) clock: Clock) {
    this.views = views;
    this.log = log;
    this.clock = clock;
  }

  @Get()
  @Answers(api.RealisationBody, 'Persons realised', 'Figures by municipality, month, channel and following family.')
  async countRealisations(@Query() query: api.RealisationQuery): Promise<api.RealisationBody> {
    const question = this.questionOf(query);
    const asked = await askedNow(this.log, this.clock);
    return this.views.read(
      'realisation',
      (db, freshness) => ({
        asKnownOn: question.knownOn,
        provisional: isProvisional(question.knownOn, asked, freshness),
        figures: realisationFigures(db, question),
        freshness: freshnessOf(freshness, this.log.id),
      }),
      { minPosition: query.minPosition },
    );
  }

  @Get('persons')
  @Answers(api.RealisedPersonsBody, 'The persons behind those figures', 'Exactly as many; random ids, no names.')
  listRealisedPersons(@Query() query: api.RealisedPersonsQuery): Promise<api.RealisedPersonsBody> {
    const { channel, followingFamily, cursor, limit = DEFAULT_LIMIT, minPosition } = query;
    const question = { ...this.questionOf(query), channel, followingFamily, cursor, limit };
    return this.views.read(
      'realisation',
      (db, freshness) => ({
        ...realisedPersons(db, question),
        freshness: freshnessOf(freshness, this.log.id),
      }),
      { minPosition },
    );
  }

  private questionOf({ asKnownOn, from, until, municipality }: api.RealisationQuery): RealisationQuestion {
    const knownOn = asKnownOn ?? amsterdamDay(this.clock.now().toISOString());
    return { knownOn, counted: { from, until }, municipality };
  }
}
