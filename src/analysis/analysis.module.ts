import { Module } from '@nestjs/common';
import { Clock } from '../event-sourcing/clock.ts';
import { EventLog } from '../event-sourcing/event-log.ts';
import { BottleneckQuestions } from './bottleneck-questions.ts';
import { BottlenecksController } from './bottlenecks.controller.ts';
import { ImportedLogs } from './imported-logs.ts';
import { OwnCases } from './own-cases.ts';

@Module({
  controllers: [BottlenecksController],
  providers: [
    {
      provide: BottleneckQuestions,
      inject: [OwnCases, ImportedLogs, EventLog, Clock],
      useFactory: (cases: OwnCases, logs: ImportedLogs, log: EventLog, clock: Clock) =>
        new BottleneckQuestions({ cases, logs, log, clock }),
    },
  ],
  exports: [BottleneckQuestions],
})
export class AnalysisModule {}
