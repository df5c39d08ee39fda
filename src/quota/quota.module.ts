import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Clock } from '../event-sourcing/clock.ts';
import { EventLog } from '../event-sourcing/event-log.ts';
import { QuotaWorkController } from './quota-work.controller.ts';
import { QuotaController } from './quota.controller.ts';
import { ChangeQuotaHandler } from './quota.handler.ts';
import { QuotaKnowledge } from './quota-knowledge.ts';
import { QuotaQuestions } from './quota-questions.ts';
import { Views } from '../read-store/views.ts';
import { RealisationController } from './realisation.controller.ts';

@Module({
  imports: [CqrsModule],
  controllers: [RealisationController, QuotaController, QuotaWorkController],
  providers: [
    { provide: QuotaKnowledge, useFactory: (log: EventLog) => new QuotaKnowledge(log), inject: [EventLog] },
    {
      provide: QuotaQuestions,
      useFactory: (views: Views, log: EventLog, clock: Clock, knowledge: QuotaKnowledge) =>
        new QuotaQuestions(views, log, clock, knowledge),
      inject: [Views, EventLog, Clock, QuotaKnowledge],
    },
    ChangeQuotaHandler,
  ],
})
export class QuotaModule {}
