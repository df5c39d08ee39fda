import { Controller, Get, Inject, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { EventLog } from '../event-sourcing/event-log.ts';
import { TheCommand, type CommandAnswer, type Sent } from '../http/command.ts';
import { Answers, Records } from '../http/documentation.ts';
import { FreshOrPast } from '../http/freshness.ts';
import * as api from './reference.api.ts';
import { SetReference } from './reference.handler.ts';
import { readReference } from './reference-reading.ts';

/** What every case is reckoned with. */
@ApiTags('Rules')
@Controller('v1')
export class ReferenceController {
  private readonly bus: CommandBus;
  private readonly log: EventLog;
  constructor(@Inject(CommandBus) bus: CommandBus, @Inject(EventLog) log: EventLog) {
    this.bus = bus;
    this.log = log;
  }

  @Get('norm-terms')
  @Answers(api.NormTermSetsBody, 'The norm terms, by the day from which they hold')
  async listNormTerms(@Query() query: FreshOrPast): Promise<api.NormTermSetsBody> {
    const { reference, parked } = await readReference(this.log, query);
    return { sets: reference.normTermSets, parked };
  }

  @Post('norm-terms')
  @Records(api.NormTermSet, 'Set the norm terms from a day on')
  setNormTerms(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new SetReference('norm-terms', sent));
  }

  @Get('counting-rules')
  @Answers(api.CountingRuleSetsBody, 'What counts as realised, by the day from which it holds')
  async listCountingRules(@Query() query: FreshOrPast): Promise<api.CountingRuleSetsBody> {
    const { reference, parked } = await readReference(this.log, query);
    return { sets: reference.countingRuleSets, parked };
  }

  @Post('counting-rules')
  @Records(api.CountingRuleSet, 'Set what counts as realised from a day on')
  setCountingRules(@TheCommand() sent: Sent): Promise<CommandAnswer> {
    return this.bus.execute(new SetReference('counting-rules', sent));
  }
}
