import { Module } from '@nestjs/common';
import { Clock } from '../event-sourcing/clock.ts';
import { EventLog } from '../event-sourcing/event-log.ts';
import { BlindIndex } from '../privacy/blind-index.ts';
import { Keyring } from '../privacy/keyring.ts';
import { Views } from '../read-store/views.ts';
import { CaseQuestions } from './case-questions.ts';
import { CasesController } from './cases.controller.ts';
import { PersonSearches } from './person-searches.ts';

@Module({
  controllers: [CasesController],
  providers: [
    {
      provide: CaseQuestions,
      inject: [EventLog, Views, Keyring, Clock],
      useFactory: (log: EventLog, views: Views, keyring: Keyring, clock: Clock) =>
        new CaseQuestions({ log, views, keyring, clock }),
    },
    {
      provide: PersonSearches,
      inject: [EventLog, Views, Keyring, BlindIndex],
      useFactory: (log: EventLog, views: Views, keyring: Keyring, blindIndex: BlindIndex) =>
        new PersonSearches({ log, views, keyring, blindIndex }),
    },
  ],
  exports: [CaseQuestions],
})
export class CasesModule {}
